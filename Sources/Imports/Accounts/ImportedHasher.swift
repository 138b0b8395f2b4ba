package import Bytes
package import Credentials

/// How the hashes of other systems are kept.
package struct ImportedHasher {
    private let keys: Keys
    private let memoryLimit: UInt32
    private let make: (borrowing Secret) throws(HashError) -> String

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

    /// Nil if a right secret will be recognised.
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
            case .overLimit(let asked, let limit): return "it asks for \(asked) KiB, over hash_memory_limit = \(limit)"
            case .outOfMemory, .noRandom: return error.explanation
            }
        }
    }

    /// Whether it is what `keep` leaves of a hash that cannot be verified.
    static func isPlaceholder(_ stored: String?) -> Bool { stored?.last == "}" }

    /// As it came. What is no hash at all is hashed, and of what cannot be verified only the scheme is kept: it may be clear
    /// text that says so nowhere.
    ///
    /// - Parameter isVerifiable: Whether `whyNotVerifiable` found nothing.
    func keepMainPassword(_ stored: String, isVerifiable: Bool) throws(StoreError) -> MainPasswordHash {
        if let secret = PlainPassword.read(stored: stored) {
            guard let mapped = MainPasswordText.mapped(secret) else {
                return MainPasswordHash(try hash(secret), isMapped: true)
            }
            return MainPasswordHash(try hash(mapped), isMapped: true)
        }
        return MainPasswordHash(keep(stored, isVerifiable: isVerifiable), isMapped: false)
    }

    private func keep(_ stored: String, isVerifiable: Bool) -> String {
        isVerifiable ? stored : "{\(PasswordHash.scheme(of: stored))}"
    }

    /// The same for an app password, with its tag where that is known.
    func keep(_ stored: String, isVerifiable: Bool, account: AccountName) throws(StoreError)
        -> (text: String, tag: Int64?)
    {
        if let secret = PlainPassword.read(stored: stored) {
            return (try hash(secret), keys.tag(of: secret, account: account))
        }
        return (keep(stored, isVerifiable: isVerifiable), isVerifiable ? nil : Store.tagOfNone)
    }

    private func hash(_ secret: borrowing Secret) throws(StoreError) -> String {
        do throws(HashError) { return try make(secret) } catch {
            throw .failed(error.explanation)
        }
    }
}
