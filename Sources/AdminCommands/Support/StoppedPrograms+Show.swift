import Administration
import Credentials

extension StoppedPrograms {
    /// Lists the programs on standard error, with what to do.
    func show(_ name: AccountName) {
        guard !programs.isEmpty else { return }
        Output.error(
            "These programs signed in during the last \(Self.days) days and can no longer sign in or read mail:")
        Output.table(
            ["SERVICE", "NETWORK", "WITH", "LAST"],
            programs.map { [$0.service.rawValue, $0.network.description, $0.credential, $0.last.iso8601] }, to: .error)
        guard programs.contains(where: { $0.service != .web && $0.credential == Store.mainCredential }) else { return }
        Output.error(
            "Make an app password for each of them: postern app-password create \(name.text) --name NAME")
    }
}
