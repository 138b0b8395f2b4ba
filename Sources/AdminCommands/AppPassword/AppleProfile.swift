import Authentication
import Bytes
import Credentials
import FoundationEssentials
import Glibc

/// A configuration profile for Apple's Mail (Apple, "Configuration Profile Reference", section "Email Payload").
struct AppleProfile {
    private struct Profile: Encodable {
        let payloadType = "Configuration"
        let payloadVersion = 1
        let payloadIdentifier: String
        let payloadUUID = UUID().uuidString
        let payloadDisplayName: String
        let payloadContent: [Account]

        enum CodingKeys: String, CodingKey {
            case payloadType = "PayloadType"
            case payloadVersion = "PayloadVersion"
            case payloadIdentifier = "PayloadIdentifier"
            case payloadUUID = "PayloadUUID"
            case payloadDisplayName = "PayloadDisplayName"
            case payloadContent = "PayloadContent"
        }
    }

    private struct Account: Encodable {
        let payloadType = "com.apple.mail.managed"
        let payloadVersion = 1
        let payloadIdentifier: String
        let payloadUUID = UUID().uuidString
        let payloadDisplayName: String
        let emailAccountType = "EmailTypeIMAP"
        let emailAccountDescription: String
        let emailAddress: String
        let incomingAuthentication = "EmailAuthPassword"
        let incomingHost: String
        let incomingPort: Int
        let incomingTLS = true
        let incomingUser: String
        let incomingPassword: String
        let outgoingAuthentication = "EmailAuthPassword"
        let outgoingHost: String
        let outgoingPort: Int
        let outgoingTLS = true
        let outgoingUser: String
        let outgoingPasswordIsIncoming = true

        enum CodingKeys: String, CodingKey {
            case payloadType = "PayloadType"
            case payloadVersion = "PayloadVersion"
            case payloadIdentifier = "PayloadIdentifier"
            case payloadUUID = "PayloadUUID"
            case payloadDisplayName = "PayloadDisplayName"
            case emailAccountType = "EmailAccountType"
            case emailAccountDescription = "EmailAccountDescription"
            case emailAddress = "EmailAddress"
            case incomingAuthentication = "IncomingMailServerAuthentication"
            case incomingHost = "IncomingMailServerHostName"
            case incomingPort = "IncomingMailServerPortNumber"
            case incomingTLS = "IncomingMailServerUseSSL"
            case incomingUser = "IncomingMailServerUsername"
            case incomingPassword = "IncomingPassword"
            case outgoingAuthentication = "OutgoingMailServerAuthentication"
            case outgoingHost = "OutgoingMailServerHostName"
            case outgoingPort = "OutgoingMailServerPortNumber"
            case outgoingTLS = "OutgoingMailServerUseSSL"
            case outgoingUser = "OutgoingMailServerUsername"
            case outgoingPasswordIsIncoming = "OutgoingPasswordSameAsIncomingPassword"
        }
    }

    /// Stands for the secret until the file is written, so that the secret is never in a string.
    private let mark = UUID().uuidString
    private let text: [UInt8]

    init(_ new: NewAppPassword, _ account: AccountName, _ configuration: Configuration) throws {
        guard let imap = configuration.imapServer, let smtp = configuration.smtpServer else {
            throw CommandFailure(.badConfiguration, "a profile needs imap_server and smtp_server in the configuration")
        }
        guard new.scope.allows(.imap), new.scope.allows(.smtp) else {
            throw CommandFailure(.usage, "a profile needs an app password for imap and smtp")
        }
        // Reversed domain names, as Apple has them.
        let identifier =
            account.domain.split(separator: ".").reversed().joined(separator: ".") + ".postern." + UUID().uuidString
        let mail = Account(
            payloadIdentifier: identifier + ".mail", payloadDisplayName: account.text,
            emailAccountDescription: account.text, emailAddress: account.text, incomingHost: imap.host,
            incomingPort: imap.port, incomingUser: account.text, incomingPassword: mark, outgoingHost: smtp.host,
            outgoingPort: smtp.port, outgoingUser: account.text)
        let profile = Profile(
            payloadIdentifier: identifier, payloadDisplayName: "Mail for " + account.text, payloadContent: [mail])
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .xml
        text = Array(try encoder.encode(profile))
    }

    /// Writes the profile with the secret in it, whose symbols mean nothing to XML.
    func write(_ secret: borrowing Secret, to file: NewFile) throws(CommandFailure) {
        let marked = Array(mark.utf8)
        guard let start = text.indices.first(where: { text[$0...].starts(with: marked) }) else {
            throw CommandFailure(.tryLater, "no profile could be made")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + secret.count)
        bytes += text[..<start]
        unsafe secret.withBytes { unsafe bytes.append(contentsOf: $0) }
        bytes += text[(start + marked.count)...]
        defer { wipe(&bytes) }
        // On the disk before the app password counts.
        guard file.write(bytes), file.isOnDisk() else {
            let message = systemMessage(errno)
            file.discard()
            throw CommandFailure(
                .tryLater, "\(Printable.text(file.path)): \(message); no app password was made")
        }
    }
}
