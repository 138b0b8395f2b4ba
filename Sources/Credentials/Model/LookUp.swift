/// A question that comes without a secret, and the closure that receives the answer.
package enum LookUp {
    case account(AccountName, then: (Result<AccountState?, StoreError>) -> Void)
    /// At most `limit` names that follow `after`, sorted.
    case names(after: String, limit: Int, then: (Result<[String], StoreError>) -> Void)
    case sender(SenderQuestion, then: (Result<SenderAnswer?, StoreError>) -> Void)
    /// Asks nothing: `then` is called in its turn.
    case nothing(then: () -> Void)

    /// Answers with an outage; `nothing` is just called.
    package func fail(_ error: StoreError) {
        switch self {
        case .account(_, let then): then(.failure(error))
        case .names(_, _, let then): then(.failure(error))
        case .sender(_, let then): then(.failure(error))
        case .nothing(let then): then()
        }
    }
}
