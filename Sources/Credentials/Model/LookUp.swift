/// A question that no secret comes with, and the closure that gets its answer.
package enum LookUp {
    case account(AccountName, then: (Result<AccountState?, StoreError>) -> Void)
    /// The names that follow `after`, sorted, at most `most` of them.
    case names(after: String, most: Int, then: (Result<[String], StoreError>) -> Void)
    case sender(SenderQuestion, then: (Result<SenderAnswer?, StoreError>) -> Void)
    /// Asks nothing: `then` is called when its turn comes.
    case nothing(then: () -> Void)

    package func fail(_ error: StoreError) {
        switch self {
        case .account(_, let then): then(.failure(error))
        case .names(_, _, let then): then(.failure(error))
        case .sender(_, let then): then(.failure(error))
        case .nothing(let then): then()
        }
    }
}
