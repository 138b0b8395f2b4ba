/// The answer to an attempt. An outage is never a denial, and a denial is a value, not an error.
package enum Outcome: Sendable {
    case granted(Grant)
    case denied(Denial)
    case unavailable(Unavailability)
}
