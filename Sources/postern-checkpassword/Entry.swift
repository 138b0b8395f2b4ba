import CCheckpassword

/// What SwiftPM links as `main`. Embedded Swift has no top-level code with arguments.
@c(postern_checkpassword_main)
func main(
    _: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
    _: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
    // Before anything is read: no part of a secret may end up in a core file, and descriptors that Dovecot leaks are
    // closed.
    _ = postern_disable_core_dumps()
    postern_close_from(5)
    checkpassword_harden()
    return unsafe Program.run(Arguments(arguments))
}
