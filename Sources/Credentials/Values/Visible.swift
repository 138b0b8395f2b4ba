extension Unicode.Scalar {
    /// Whether people can see the character, so that a name may contain it; spaces count as visible.
    package var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }
}
