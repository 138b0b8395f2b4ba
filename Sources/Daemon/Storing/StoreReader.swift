import Credentials

/// Reads of one event loop from a database on this machine: answered at once, all questions of a call in one transaction.
final class StoreReader: SignInReader {
    private let kept: KeptStore
    private var watch = VersionWatch()

    init(_ store: KeptStore) { kept = store }

    /// Opens the store before the first attempt needs it.
    func open() throws(StoreError) { try kept.current().read {} }

    var version: Int? {
        do throws(StoreError) { return watch.version(of: try kept.current(), opening: kept.openings) } catch {
            kept.note(error)
            return nil
        }
    }

    func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void) {
        then(answers(questions.count) { store throws(StoreError) in try store.answer(questions) })
    }

    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void) {
        then(answers(questions.count) { store throws(StoreError) in try store.answer(questions) })
    }

    func look(_ bodies: [(Store) throws(StoreError) -> Void], then: @escaping ([StoreError?]) -> Void) {
        let results = answers(bodies.count) { store throws(StoreError) in
            try store.read { () throws(StoreError) in
                bodies.map { body in
                    do throws(StoreError) { return Result<Void, StoreError>.success(try body(store)) } catch {
                        return .failure(error)
                    }
                }
            }
        }
        then(results.map { if case .failure(let error) = $0 { error } else { nil } })
    }

    /// As many as were asked for, whatever happens.
    private func answers<Answer>(
        _ count: Int, _ ask: (Store) throws(StoreError) -> [Result<Answer, StoreError>]
    ) -> [Result<Answer, StoreError>] {
        do throws(StoreError) {
            let answers = try ask(try kept.current())
            for case .failure(let error) in answers { kept.note(error) }
            return answers
        } catch {
            kept.note(error)
            return Array(repeating: .failure(error), count: count)
        }
    }
}
