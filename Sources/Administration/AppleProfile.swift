package import Authentication
package import Bytes
package import Credentials
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

    /// What stands before and behind the secret.
    private let beginning, end: [UInt8]

    /// Makes the profile of an app password for IMAP and SMTP.
    ///
    /// - Throws: `Refusal.profileWithoutServers`, `.profileWithoutServices`, `.profileNotEncoded`.
    package init(
        _ account: AccountName, _ scope: Scope, _ configuration: Configuration
    ) throws(AdministrationError) {
        guard let imap = configuration.imapServer, let smtp = configuration.smtpServer else {
            throw .refused(.profileWithoutServers)
        }
        guard scope.allows(.imap), scope.allows(.smtp) else {
            throw .refused(.profileWithoutServices)
        }
        let name = account.text
        // The secret itself must never be in a `String`.
        let placeholder = UUID().uuidString
        // Apple's identifiers are reversed domain names.
        let identifier =
            account.domain.split(separator: ".").reversed().joined(separator: ".") + ".postern."
            + UUID().uuidString
        let mail = Account(
            payloadIdentifier: identifier + ".mail", payloadDisplayName: name, emailAccountDescription: name,
            emailAddress: name, incomingHost: imap.host, incomingPort: imap.port, incomingUser: name,
            incomingPassword: placeholder, outgoingHost: smtp.host, outgoingPort: smtp.port, outgoingUser: name)
        let profile = Profile(
            payloadIdentifier: identifier, payloadDisplayName: "Mail for " + name, payloadContent: [mail])
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .xml
        let mark = Array(placeholder.utf8)
        guard let encoded = try? encoder.encode(profile),
            let start = encoded.indices.first(where: { encoded[$0...].starts(with: mark) })
        else { throw .refused(.profileNotEncoded) }
        beginning = Array(encoded[..<start])
        end = Array(encoded[(start + mark.count)...])
    }

    /// Returns the profile with the secret in it. An app password has no symbol that XML would need escaped.
    package func file(with secret: borrowing Secret) -> Secret { secret.between(beginning, end) }
}
