import Credentials

extension Refusal {
    /// The word by which a program tells refusals apart; the protocol of `account_socket` has it.
    package var code: String {
        switch self {
        case .notAUserName: "not-a-user-name"
        case .notADomain: "not-a-domain"
        case .noAccount: "no-account"
        case .cannotBeAccount: "cannot-be-account"
        case .accountExists: "account-exists"
        case .notAnAlias: "not-an-alias"
        case .ownAddress: "own-address"
        case .aliasExists: "alias-exists"
        case .noAlias: "no-alias"
        case .mainPassword(let fault): fault.code
        case .hash: "hash"
        case .appPasswordName: "name-invalid"
        case .appPasswordForWeb: "service-web"
        case .appPasswordWithoutService: "service-missing"
        case .tooManyAppPasswords: "too-many"
        case .endsTooLate: "ends-too-late"
        case .endsInThePast: "ends-in-past"
        case .graceTooLong: "grace-too-long"
        case .noAppPassword: "no-device"
        case .noneToRotate: "no-rotation"
        case .rotatedBefore: "already-rotated"
        case .unusedSinceTheFuture: "unused-since-future"
        case .profileWithoutServers, .profileWithoutServices, .profileNotEncoded: "profile"
        case .cannotBePutBack: "cannot-put-back"
        case .disabledByOperator: "disabled-by-operator"
        case .tooManyNetworks: "too-many-networks"
        case .samePassword: "password-same"
        case .notANetwork: "not-a-network"
        case .notATime: "not-a-date"
        case .sessionEnded: "session-ended"
        case .notConfirmed: "not-confirmed"
        case .mustChangeFirst: "must-change-first"
        case .enrolFirst: "enrol-first"
        case .formUsedBefore: "form-used"
        case .tooManyForms: "too-many-forms"
        case .tooManyNew: "too-many-new"
        case .secondFactorRequired: "factor-required"
        case .secondFactorIsExternal: "factor-external"
        case .secondFactorIsOurs: "factor-ours"
        case .noSecondFactor: "factor-off"
        case .nothingToConfirm: "nothing-to-confirm"
        case .wrongCode(nil): "wrong-code"
        case .wrongCode(.used?): "code-used"
        case .wrongCode(.otherClock?): "code-clock"
        }
    }

    /// The value that belongs to the code, for a message; nil: none.
    package var value: String? {
        switch self {
        case .tooManyAppPasswords(_, let live): "\(live)"
        case .tooManyNew(let max), .tooManyNetworks(let max): "\(max)"
        case .endsTooLate(_, let latest): latest.iso8601
        case .notANetwork(let text), .notATime(let text): text
        case .wrongCode(.otherClock(let seconds)?): "\(seconds.magnitude)"
        default: nil
        }
    }
}

extension MainPasswordFault {
    fileprivate var code: String {
        switch self {
        case .empty, .tooLong: "password-length"
        case .unusableByte: "password-bytes"
        case .tooShort: "password-short"
        case .looksLikeAppPassword: "password-app"
        case .common: "password-common"
        case .ownName: "password-own-name"
        }
    }
}
