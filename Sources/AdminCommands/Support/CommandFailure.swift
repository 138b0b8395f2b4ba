import Administration
import Authentication
import Credentials

/// Ends a command with a sentence on standard error and an exit status.
struct CommandFailure: Error {
    /// Exit statuses, as documented in postern(8); the numbers are those of sysexits.h.
    enum Code: Int32 {
        case negative = 1
        case usage = 64
        case badInput = 65
        case tryLater = 75
        case badConfiguration = 78
    }

    let exitCode: Code
    let text: String

    init(_ exitCode: Code, _ text: String) {
        self.exitCode = exitCode
        self.text = text
    }

    init(_ failure: Unavailability) {
        if case .configuration = failure {
            self.init(.badConfiguration, failure.explanation)
        } else {
            self.init(.tryLater, failure.explanation)
        }
    }

    init(_ error: AdministrationError) {
        switch error {
        case .unavailable(let failure): self.init(failure)
        case .refused(let refusal): self.init(Self.code(refusal), refusal.explanation + Self.hint(refusal))
        }
    }

    private static func code(_ refusal: Refusal) -> Code {
        switch refusal {
        case .noAccount, .accountExists, .aliasExists, .noAlias, .tooManyAppPasswords, .noAppPassword, .noneToRotate,
            .rotatedBefore,
            .secondFactorIsExternal, .secondFactorIsOurs, .noSecondFactor, .nothingToConfirm, .wrongCode,
            .cannotBePutBack, .disabledByOperator, .sessionEnded, .notConfirmed, .mustChangeFirst, .enrolFirst,
            .formUsedBefore, .tooManyForms, .tooManyNew, .secondFactorRequired:
            .negative
        case .notAUserName, .notADomain, .cannotBeAccount, .notAnAlias, .ownAddress, .mainPassword, .hash,
            .endsTooLate, .endsInThePast, .unusedSinceTheFuture, .notANetwork, .notATime,
            .tooManyNetworks, .samePassword:
            .badInput
        case .appPasswordName, .appPasswordForWeb, .appPasswordWithoutService, .graceTooLong, .profileWithoutServices:
            .usage
        case .profileWithoutServers: .badConfiguration
        case .profileNotEncoded: .tryLater
        }
    }

    /// Names the command that helps, if there is one.
    private static func hint(_ refusal: Refusal) -> String {
        switch refusal {
        case .secondFactorIsExternal(let name): "; see 'postern second-factor external off \(name.text)'"
        case .noAppPassword(let name), .noneToRotate(let name): "; see 'postern app-password list \(name.text)'"
        case .nothingToConfirm(let name): "; run 'postern second-factor enroll \(name.text)' first"
        default: ""
        }
    }
}
