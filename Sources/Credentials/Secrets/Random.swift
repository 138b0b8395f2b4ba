import CPostern

/// The kernel gave no random bytes. Nothing can be made safely then.
package struct RandomFailure: Error {
    package let code: Int32
}

/// `count` bytes from getrandom(2).
package func randomBytes(_ count: Int) throws(RandomFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = unsafe postern_random(&bytes, count)
    guard code == 0 else { throw RandomFailure(code: code) }
    return bytes
}
