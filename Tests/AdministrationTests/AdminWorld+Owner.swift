import Administration
import Bytes
import Credentials
import TestSupport

/// Alice on the page.
extension AdminWorld {
    /// The administrator that acts for owners.
    var ownerAdmin: Administrator {
        let clock = world.clock
        return Administrator(
            store: store, configuration: world.configuration, actor: Owner.actor, clock: { clock.now })
    }

    /// Opens a session and returns its token.
    func openOwnerSession() throws -> String {
        text(try ownerAdmin.openSession(state(), from: Network(of: IPAddress("192.0.2.7"))))
    }

    func owner(_ token: String) throws -> Owner { try ownerAdmin.owner(secret(token)) }

    /// A form that was not sent yet.
    func form() throws -> [UInt8] { try randomBytes(Store.formNonceLength) }

    /// Makes an app password on the page.
    func create(
        _ token: String, _ new: NewAppPassword = NewAppPassword(name: "Phone"), isCompact: Bool = false
    ) throws -> (id: String, secret: String) {
        let made = try owner(token).create(new, isCompact: isCompact, form: form())
        return (made.id, text(made.prepared.secret))
    }
}
