import Credentials

/// Makes untrusted text safe to print on a terminal.
package enum Printable {
    /// Returns the text with control characters and other invisible characters replaced by `\u{…}`.
    package static func text(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.isVisible {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
    }
}
