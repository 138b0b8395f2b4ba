import Authentication
import Credentials
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// Sign-ins between their grant and the store.
struct SignInRecorderTests {
    /// Writes at once, or fails on request.
    private final class Writer: SignInWriter {
        private let store: Mutex<World>
        private let failure = Mutex<StoreError?>(nil)
        private let commits = Mutex(0)

        init(_ world: sending World) { store = Mutex(world) }

        var count: Int { commits.withLock { $0 } }

        func fail(with error: StoreError?) { failure.withLock { $0 = error } }

        func uses(of account: AccountName) throws -> [String: LastUse] {
            try store.withLock { try $0.store.lastUses(account: account) }
        }

        func enter(_ question: PlaceQuestion, then: @escaping @Sendable (Result<Bool, StoreError>) -> Void) {}
        func leave(_ place: Place) {}
        func count(_ guess: NewGuess, then: @escaping @Sendable (Result<CountedGuess, StoreError>) -> Void) {}

        func commit(_ question: CommitQuestion, then: @escaping @Sendable (Result<CommitAnswer, StoreError>) -> Void) {}

        func mark(
            _ signIns: [(SignIn, Timestamp)], _ retention: Retention, then: @escaping @Sendable (StoreError?) -> Void
        ) {
            commits.withLock { $0 += 1 }
            if let error = failure.withLock({ $0 }) { return then(error) }
            then(
                store.withLock { world in
                    do throws(StoreError) { try world.store.mark(signIns, retention) } catch { return error }
                    return nil
                })
        }

        func endSession(
            _ session: [UInt8], of name: AccountName, now: Timestamp, then: @escaping @Sendable (StoreError?) -> Void
        ) {}

        func replace(_ hash: NewHash) {}

        func note(_ former: FormerNote, then: @escaping @Sendable (Bool) -> Void) {}

        func prune(
            _ window: GuessWindow, _ retention: Retention, limit: Int,
            then: @escaping @Sendable (Result<Bool, StoreError>) -> Void
        ) {}
    }

    private func makeRecorder(_ accounts: String...) throws -> (SignInRecorder, Writer) {
        let world = try World()
        for account in accounts { try world.addAccount(account) }
        let retention = world.configuration.retention
        let writer = Writer(world)
        return (SignInRecorder(writer, retention, Logger(label: "test")), writer)
    }

    private func signIn(_ account: String, _ service: Service = .smtp, from address: String = "192.0.2.7") throws
        -> SignIn
    {
        SignIn(
            account: try World.name(account), credential: Store.mainCredential, service: service,
            address: IPAddress(address), generation: 1)
    }

    private func timestamp(_ seconds: Int64) -> Timestamp { Timestamp(1_800_000_000 + seconds) }

    @Test func theLastOfEach() async throws {
        let (recorder, writer) = try makeRecorder("alice@example.org", "bob@example.org")
        let (alice, bob) = try (signIn("alice@example.org"), signIn("bob@example.org", .imap))
        recorder.record(
            [(alice, timestamp(1)), (try signIn("alice@example.org"), timestamp(3))], spaced: [(bob, timestamp(0))])
        #expect(recorder.recentSMTP(alice.account, from: alice.address).map(\.at) == [timestamp(3)])
        #expect(recorder.recentSMTP(alice.account, from: IPAddress("192.0.2.8")).isEmpty)
        #expect(recorder.recentSMTP(bob.account, from: bob.address).isEmpty)
        await recorder.flush()
        #expect(writer.count == 1)
        #expect(try writer.uses(of: alice.account)[Store.mainCredential]?.at == timestamp(3))
        #expect(try writer.uses(of: bob.account)[Store.mainCredential]?.at == timestamp(0))
        #expect(recorder.recentSMTP(alice.account, from: alice.address).isEmpty)
        await recorder.flush()
        #expect(writer.count == 1)
    }

    @Test func whatCannotBeWrittenStays() async throws {
        let (recorder, writer) = try makeRecorder("alice@example.org")
        let alice = try signIn("alice@example.org")
        recorder.record([], spaced: [(alice, timestamp(0))])
        writer.fail(with: .locked)
        await recorder.flush()
        #expect(recorder.recentSMTP(alice.account, from: alice.address).map(\.at) == [timestamp(0)])
        recorder.record([(alice, timestamp(2))], spaced: [])
        writer.fail(with: nil)
        await recorder.flush()
        #expect(try writer.uses(of: alice.account)[Store.mainCredential]?.at == timestamp(2))
        #expect(recorder.recentSMTP(alice.account, from: alice.address).isEmpty)
    }

    /// One device that signs in all the time takes no room from others; many sign-ins are written in several commits.
    @Test func crowds() async throws {
        let (recorder, writer) = try makeRecorder("alice@example.org", "bob@example.org")
        let (alice, bob) = try (signIn("alice@example.org", .imap), signIn("bob@example.org", .imap))
        for second in 0..<Int64(70_000) { recorder.record([(alice, timestamp(second / 1000))], spaced: []) }
        recorder.record([(bob, timestamp(7))], spaced: [])
        await recorder.flush()
        #expect(writer.count == 1)
        #expect(try writer.uses(of: alice.account)[Store.mainCredential]?.at == timestamp(69))
        #expect(try writer.uses(of: bob.account)[Store.mainCredential]?.at == timestamp(7))
        for number in 0..<1025 {
            let address = "10.0.\(number / 256).\(number % 256)"
            recorder.record([], spaced: [(try signIn("alice@example.org", .imap, from: address), timestamp(300))])
        }
        await recorder.flush()
        #expect(writer.count == 4)
    }

    /// The time of the last use never goes back, whichever sign-in is written first.
    @Test func order() async throws {
        let (recorder, writer) = try makeRecorder("alice@example.org")
        let alice = try signIn("alice@example.org")
        recorder.record([(alice, timestamp(0))], spaced: [(alice, timestamp(9)), (alice, timestamp(3))])
        #expect(recorder.recentSMTP(alice.account, from: alice.address).map(\.at) == [timestamp(9)])
        writer.fail(with: .full)
        await recorder.flush()
        #expect(recorder.recentSMTP(alice.account, from: alice.address).map(\.at) == [timestamp(9)])
        recorder.record([], spaced: [(alice, timestamp(20))])
        #expect(recorder.recentSMTP(alice.account, from: alice.address).map(\.at) == [timestamp(20)])
        writer.fail(with: nil)
        await recorder.flush()
        #expect(try writer.uses(of: alice.account)[Store.mainCredential]?.at == timestamp(9))
        recorder.record([], spaced: [(alice, timestamp(100))])
        await recorder.flush()
        #expect(try writer.uses(of: alice.account)[Store.mainCredential]?.at == timestamp(100))
    }

    /// Sign-ins beyond the limits are dropped, and no others are lost.
    @Test func room() async throws {
        let (recorder, writer) = try makeRecorder("alice@example.org", "bob@example.org")
        let (alice, bob) = try (signIn("alice@example.org"), signIn("bob@example.org"))
        func from(_ number: Int, _ service: Service = .imap) -> SignIn {
            SignIn(
                account: alice.account, credential: Store.mainCredential, service: service,
                address: IPAddress(ipv4: UInt32(number)), generation: 1)
        }
        recorder.record([(bob, timestamp(1))], spaced: (0..<70_000).map { (from($0, .smtp), timestamp(0)) })
        #expect(recorder.hasRoom)
        // The waiting ones include spaced sign-ins that were over their own limit.
        recorder.record((0..<32_768 - 1 - (70_000 - 65_536)).map { (from($0), timestamp(2)) }, spaced: [])
        #expect(!recorder.hasRoom)
        // Sign-ins that are waiting already are still renewed.
        recorder.record([(bob, timestamp(3)), (from(40_000), timestamp(3))], spaced: [])
        #expect(recorder.recentSMTP(bob.account, from: bob.address).map(\.at) == [timestamp(3)])
        writer.fail(with: .full)
        await recorder.flush()
        // All sign-ins that cannot be written are kept.
        #expect(recorder.hasRoom)
        #expect(recorder.recentSMTP(bob.account, from: bob.address).map(\.at) == [timestamp(3)])
        for number in [0, 65_535, 65_536, 69_999] {
            #expect(recorder.recentSMTP(alice.account, from: from(number).address).map(\.at) == [timestamp(0)])
        }
    }
}
