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
        if !admin.configuration.notifyFrom.isEmpty { try mail(admin) }
        if !admin.configuration.eventCommand.isEmpty { try runCommand(admin) }
    }

    /// Sends one mail for all events of an account. After a failure the whole batch is sent again by the next run, so
    /// some owners may be told twice, and none never.
    private func mail(_ admin: Administrator) throws {
        let batch = try admin.events(for: "mail")
        if !batch.events.isEmpty {
            let configuration = admin.configuration
            var smtp = try LocalSMTP(port: configuration.notifyPort)
            let byAccount = Dictionary(grouping: batch.events) { $0.account.text }
            for (account, events) in byAccount.sorted(by: { $0.key < $1.key }) {
                let language = try admin.storing { store throws(StoreError) in
                    try store.ownerLanguage(AccountName(stored: account))
                }
                let mail = NoticeMail(
                    account, events, from: configuration.notifyFrom, page: configuration.portalOrigin, language,
                    now: .now())
                guard try smtp.send(mail.text, from: configuration.notifyFrom, to: account) else {
                    Output.error("postern: the mail server takes no mail for \(Printable.text(account)); not told")
                    continue
                }
            }
            smtp.quit()
        }
        try admin.finish(batch, for: "mail")
    }

    private func runCommand(_ admin: Administrator) throws {
        let batch = try admin.events(for: "command")
        if !batch.events.isEmpty { try EventProgram.run(admin.configuration.eventCommand, batch.events) }
        try admin.finish(batch, for: "command")
    }
}
