import Credentials

/// Checks the server that a shared database is on.
enum ServerChecks {
    /// The oldest version that says at the start of a session whether it takes writes (`server_version_num`).
    private static let oldest: Int64 = 140_000
    /// Seconds that the clocks may differ: as far apart as two nodes may count the same guess.
    private static let maxClockDifference: Int64 = 10

    static func run(_ store: Store, now: Timestamp) throws(StoreError) -> [Finding] {
        guard let state = try store.serverState() else { return [] }
        var findings: [Finding] = []
        func add(_ level: Finding.Level, _ text: String) {
            findings.append(Finding(level: level, subject: "database server", text: text))
        }
        if state.version < oldest { add(.bad, "is older than PostgreSQL 14; install a newer one") }
        if state.encoding != "UTF8" { add(.bad, "has the encoding \(state.encoding); make the database with UTF8") }
        if state.standbys.isEmpty {
            add(
                .warning,
                "waits for no standby: when it fails, revoked app passwords can work again; set synchronous_standby_names, "
                    + "such as 'ANY 1 (a, b)'")
        }
        if !state.hasChecksums {
            add(.warning, "has no checksums, so it does not notice damaged pages; run pg_checksums while it is stopped")
        }
        let difference = state.clock.seconds - now.seconds
        if abs(difference) > maxClockDifference {
            add(.bad, "has a clock that is \(difference) s from this machine's; run an NTP service on both")
        }
        if state.isSuperuser {
            add(.warning, "lets this role do anything; use a role that only has rights on the schema of Postern")
        } else if state.mayForge {
            add(.warning, "lets this role rewrite the change record; revoke UPDATE and TRUNCATE on the table 'change'")
        }
        for host in state.otherHosts { add(.warning, "does not include the host \(host.name): it \(host.reason)") }
        if findings.isEmpty { add(.good, "is of a version and a configuration that fit") }
        return findings
    }
}
