import Credentials
import Foundation
import Testing

/// Exports of version 1, whatever the members are called in the code.
struct StoreRecordTests {
    @Test func policyOfAnEarlierExport() throws {
        let text = #"{"maxAge":86400,"mostAppPasswords":5,"services":["imap"]}"#
        let policy = try JSONDecoder().decode(StoreRecord.PolicyRecord.self, from: Data(text.utf8))
        #expect(policy.maxAge == 86_400 && policy.maxAppPasswords == 5 && policy.services == ["imap"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(policy), as: UTF8.self) == text)
    }
}
