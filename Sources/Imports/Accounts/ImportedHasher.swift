package import Bytes
package import Credentials

/// Converts hashes and clear-text passwords of other systems into what Postern stores.
package struct ImportedHasher {
    private let keys: Keys
    private let memoryLimit: UInt32
    private let make: (borrowing Secret) throws(HashError) -> String

    /// Makes a hasher with a function for new hashes.
    ///
    /// - Parameters:
    ///   - memoryLimit: `hash_memory_limit`, in KiB.
    ///   - make: Makes a hash as configured.
    package init(
        keys: Keys, memoryLimit: UInt32, make: @escaping (borrowing Secret) throws(HashError) -> String
    ) {
        self.keys = keys
        self.memoryLimit = memoryLimit
        self.make = make
    }

    /// Returns why a secret cannot be verified against a stored hash; nil if it can.
    func whyNotVerifiable(_ stored: String) -> String? {
        if PlainPassword.read(stored: stored) != nil { return nil }
        do throws(HashError) {
            _ = try PasswordHash(stored: stored, memoryLimit: memoryLimit)
            return nil
        } catch {
            switch error {
            case .unusable where !stored.hasPrefix("{") && !stored.hasPrefix("$"):
                return "it names no scheme; give --default-scheme"
            case .unusable: return "\(PasswordHash.scheme(of: stored)) hash"
            case .overLimit(let asked, let limit):
                return "it needs \(asked) KiB, more than hash_memory_limit = \(limit)"
            case .outOfMemory, .noRandom: return error.explanation
            }
        }
    }

    /// Whether a stored text is the bare scheme that replaces a hash that cannot be verified.
    static func isPlaceholder(_ stored: String?) -> Bool { stored?.last == "}" }

    /// Converts the stored main password of a source. Clear text is hashed. Of a hash that cannot be verified only the
    /// scheme is stored, since it may be clear text that is not marked as such. Other hashes stay as they are.
    ///
    /// - Parameter isVerifiable: Whether `whyNotVerifiable` returned nil.
    /// - Throws: `StoreError.secret` if clear text cannot be hashed.
    func convertMainPassword(_ stored: String, isVerifiable: Bool) throws(StoreError) -> MainPasswordHash {
        if let secret = PlainPassword.read(stored: stored) {
            guard let mapped = MainPasswordText.map(secret) else {
                return MainPasswordHash(try hash(secret), isMapped: true)
            }
            return MainPasswordHash(try hash(mapped), isMapped: true)
        }
        return MainPasswordHash(storable(stored, isVerifiable: isVerifiable), isMapped: false)
    }

    private func storable(_ stored: String, isVerifiable: Bool) -> String {
        isVerifiable ? stored : "{\(PasswordHash.scheme(of: stored))}"
    }

    /// Converts the stored app password of a source in the same way. The tag is nil if it is not known yet.
    func convertAppPassword(_ stored: String, isVerifiable: Bool, account: AccountName) throws(StoreError)
        -> (text: String, tag: Int64?)
    {
        if let secret = PlainPassword.read(stored: stored) {
            return (try hash(secret), keys.tag(of: secret, account: account))
        }
        return (storable(stored, isVerifiable: isVerifiable), isVerifiable ? nil : Store.tagOfNone)
    }

    private func hash(_ secret: borrowing Secret) throws(StoreError) -> String {
        do throws(HashError) { return try make(secret) } catch {
            throw .secret(.notHashed(error))
        }
    }
}
