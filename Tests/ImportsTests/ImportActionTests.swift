import Credentials
import Testing

@testable import Imports

/// (mark, source, Postern) → what an import does with an account.
struct ImportActionTests {
    private static func mark(_ generation: Int64?, isIncomplete: Bool = false) -> ImportMark {
        ImportMark(digest: [1], generation: generation, isIncomplete: isIncomplete)
    }

    @Test(
        arguments: [
            // Never imported.
            (nil, [1], nil, .add),
            (nil, [1], 7, .skipForeign),
            // Imported, and removed since.
            (mark(7), [1], nil, .skipRemoved),
            (mark(7), [2], nil, .skipRemoved),
            (mark(nil), [2], nil, .skipRemoved),
            // The source has it as before.
            (mark(7), [1], 7, .unchanged),
            (mark(7), [1], 8, .unchanged),
            (mark(7, isIncomplete: true), [1], 7, .update),
            (mark(7, isIncomplete: true), [1], 8, .leave),
            // It changed in the source.
            (mark(7), [2], 7, .update),
            (mark(7), [2], 8, .leave),
            (mark(7, isIncomplete: true), [2], 7, .update),
            (mark(7, isIncomplete: true), [2], 8, .leave),
            // By an earlier version, which did not say which generation it left.
            (mark(nil), [1], 7, .adopt),
            (mark(nil), [2], 7, .adopt),
        ] as [(ImportMark?, [UInt8], Int64?, ImportAction)])
    func table(_ mark: ImportMark?, _ digest: [UInt8], _ generation: Int64?, _ action: ImportAction) {
        #expect(ImportAction(mark: mark, digest: digest, generation: generation) == action)
    }
}
