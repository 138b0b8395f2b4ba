import CPostern

/// The kernel gave no random bytes, so nothing can be made safely.
package struct RandomFailure: Error, Equatable {
    /// errno of getrandom(2).
    package let code: Int32
}

/// `count` bytes from getrandom(2).
///
/// - Throws: `RandomFailure` if the kernel has no random bytes.
package func randomBytes(_ count: Int) throws(RandomFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = unsafe postern_random(&bytes, count)
    guard code == 0 else { throw RandomFailure(code: code) }
    return bytes
}
