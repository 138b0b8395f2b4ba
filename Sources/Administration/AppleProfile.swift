package import Authentication
package import Bytes
import Credentials
import FoundationEssentials

/// A configuration profile for Apple's Mail (Apple, "Configuration Profile Reference", section "Email Payload").
package struct AppleProfile {
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

    /// Placeholder for the secret, so that the secret itself is never in a `String`.
    private let placeholder = UUID().uuidString
    private let text: [UInt8]

    /// Makes the profile of an app password for IMAP and SMTP.
    ///
    /// - Throws: `Refusal.profileWithoutServers`, `.profileWithoutServices`.
    package init(
        _ prepared: borrowing PreparedAppPassword, _ configuration: Configuration
    ) throws(AdministrationError) {
        guard let imap = configuration.imapServer, let smtp = configuration.smtpServer else {
            throw .refused(.profileWithoutServers)
        }
        guard prepared.new.scope.allows(.imap), prepared.new.scope.allows(.smtp) else {
            throw .refused(.profileWithoutServices)
        }
        let name = prepared.account.text
        // Apple's identifiers are reversed domain names.
        let identifier =
            prepared.account.domain.split(separator: ".").reversed().joined(separator: ".") + ".postern."
            + UUID().uuidString
        let mail = Account(
            payloadIdentifier: identifier + ".mail", payloadDisplayName: name, emailAccountDescription: name,
            emailAddress: name, incomingHost: imap.host, incomingPort: imap.port, incomingUser: name,
            incomingPassword: placeholder, outgoingHost: smtp.host, outgoingPort: smtp.port, outgoingUser: name)
        let profile = Profile(
            payloadIdentifier: identifier, payloadDisplayName: "Mail for " + name, payloadContent: [mail])
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .xml
        // Strings and numbers always encode.
        text = (try? encoder.encode(profile)).map { Array($0) } ?? []
    }

    /// Returns the profile with the secret in place of the placeholder. An app password has no symbol that XML would
    /// need escaped.
    package func file(with secret: borrowing Secret) -> Secret {
        let mark = Array(placeholder.utf8)
        guard let start = text.indices.first(where: { text[$0...].starts(with: mark) }) else { return Secret([]) }
        return secret.between(Array(text[..<start]), Array(text[(start + mark.count)...]))
    }
}
