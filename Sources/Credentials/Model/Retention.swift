/// How long the history of granted sign-ins goes back, in seconds, and how many entries one account may have; and for how
/// many seconds former main passwords are kept.
package struct Retention: Sendable {
    package let kept: Int64
    package let most: Int
    package let formers: Int64

    package init(kept: Int64, most: Int, formers: Int64) {
        self.kept = kept
        self.most = most
        self.formers = formers
    }
}
