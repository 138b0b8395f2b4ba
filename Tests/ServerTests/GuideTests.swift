import TestSupport
import Testing

/// The guides in `docs/` for moving from another system, each followed step by step with a real one.
struct GuideTests {
    @Test(.timeLimit(.minutes(15)), arguments: ["from-mailcow", "from-mailu", "from-postfixadmin", "from-passwd-file"])
    func leadsWhereItSays(_ guide: String) throws {
        let followed = try run([Repository.file("Tests/Guides/\(guide)")])
        #expect(followed.status == 0, "\(followed.output.suffix(4000))\n\(followed.error.suffix(4000))")
        #expect(followed.output.contains("== Cut over") && followed.output.contains("== Roll back"))
    }
}
