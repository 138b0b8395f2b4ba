import Administration
import ArgumentParser
import Authentication
import Credentials

/// Tells owners, and the operator's own program, what happened to accounts. A systemd timer runs it.
struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Mail account owners what happened to their accounts, and run event_command.",
        discussion: """
            Does nothing unless notify_from or event_command is set. The first run only notes where the events begin.
            A systemd timer, postern-notify.timer, runs it every five minutes.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let admin = try Session(global).admin
        // Both have their own place in the queue: a failure of one does not stop the other.
        let mailed = Result { if !admin.configuration.notifyFrom.isEmpty { try mail(admin) } }
        if !admin.configuration.eventCommand.isEmpty { try runCommand(admin) }
        try mailed.get()
    }

    /// Sends one mail for all events of an account. Whoever the mail server takes no mail for now is told by a later run.
    private func mail(_ admin: Administrator) throws {
        let batch = try admin.events(for: "mail")
        var (failed, failure): (Set<String>, CommandFailure?) = ([], nil)
        if !batch.events.isEmpty {
            do throws(CommandFailure) {
                failed = Set(batch.events.keys)
                var smtp = try LocalSMTP(port: admin.configuration.notifyPort)
                for (account, events) in batch.events.sorted(by: { $0.key < $1.key }) {
                    if try send(account, events, admin, &smtp) { failed.remove(account) }
                }
                smtp.quit()
            } catch {
                failure = error
            }
        }
        try admin.finish(batch, for: "mail", failed: failed)
        if let failure { throw failure }
        if !failed.isEmpty {
            throw CommandFailure(
                .tryLater, "the mail server takes no mail now for \(failed.count) accounts; sent later")
        }
    }

    /// Sends an account's mail, or says why it never can be.
    ///
    /// - Returns: False if it has to be sent later.
    private func send(
        _ account: String, _ events: [OwnerEvent], _ admin: Administrator, _ smtp: inout LocalSMTP
    ) throws(CommandFailure) -> Bool {
        let configuration = admin.configuration
        let language: String?
        do throws(AdministrationError) {
            language = try admin.storing { store throws(StoreError) in
                try store.ownerLanguage(AccountName(stored: account))
            }
        } catch {
            throw CommandFailure(error)
        }
        let mail = NoticeMail(
            account, events, from: configuration.notifyFrom, page: configuration.portalOrigin, language, now: .now())
        switch try smtp.send(mail.text, from: configuration.notifyFrom, to: account) {
        case .taken: return true
        case .later: return false
        case .refused:
            Output.error("postern: the mail server takes no mail for \(Printable.text(account)); not told")
            return true
        }
    }

    private func runCommand(_ admin: Administrator) throws {
        let batch = try admin.events(for: "command")
        let events = batch.events.values.flatMap { $0 }.sorted { ($0.at, $0.account.text) < ($1.at, $1.account.text) }
        if !events.isEmpty { try EventProgram.run(admin.configuration.eventCommand, events) }
        try admin.finish(batch, for: "command")
    }
}
