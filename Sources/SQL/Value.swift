/// A parameter of a statement. Nil stands for NULL, which has a type because an engine may
/// choose its plan by the types of parameters.
package enum Value: Sendable {
    case integer(Int64?)
    case text(String?)
    case blob([UInt8]?)

    /// 1 or 0; NULL for nil.
    package static func flag(_ flag: Bool?) -> Value { .integer(flag.map { $0 ? 1 : 0 }) }
}
