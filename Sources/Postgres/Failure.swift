import Credentials

/// Errors of the server, as the store tells them apart.
enum Failure {
    /// The error of an answer that is one.
    static func error(_ answer: PostgresRows) -> StoreError {
        let (state, message) = (answer.errorField("C"), answer.errorField("M"))
        switch state.prefix(2) {
        // libpq gives no code when the connection broke.
        case "", "08", "28", "3D": return .unreachable(message: message.isEmpty ? "the connection broke" : message)
        case "XX": return .corrupt(message: message)
        default: break
        }
        switch state {
        // The server is stopping or starting, has too many sessions, or ended this one.
        case "57P01", "57P02", "57P03", "57P05", "25P03", "53300": return .unreachable(message: message)
        case "53100", "53200": return .full
        // A read-only transaction: the server is a standby now.
        case "25006": return .readOnly
        case "55P03", "40P01", "40001", "57014": return .locked
        default: return .server(ServerError(state: state, message: message))
        }
    }
}
