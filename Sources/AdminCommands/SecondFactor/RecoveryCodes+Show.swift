import Administration
import Credentials

extension RecoveryCodes {
    func show(_ account: AccountName) throws(CommandFailure) {
        try Output.secret(
            text,
            "Recovery codes of \(account.text), for when the phone is lost. Each works once, on the web, instead of a "
                + "code. They are shown only once:")
    }
}
