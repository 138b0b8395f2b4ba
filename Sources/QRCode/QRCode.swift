package import Bytes
import CQRencode

/// A QR code (ISO/IEC 18004), made by libqrencode.
package struct QRCode {
    /// White modules around the code (ISO/IEC 18004, section 6.3.8).
    private static let quietZone = 4
    /// Black on bright white, whatever the terminal's colours are: some scanners cannot read inverse codes.
    private static let blackOnWhite = "\u{1b}[30;107m"
    private static let reset = "\u{1b}[0m"

    private let width: Int
    private let isDark: [Bool]

    /// The code could not be made, for example because the text is too long.
    package struct Failure: Error {}

    /// Makes the code of a text.
    ///
    /// - Throws: `Failure`.
    package init(of text: borrowing Secret) throws(Failure) {
        let made = unsafe text.withBytes { bytes in
            unsafe QRcode_encodeData(
                Int32(bytes.count), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), 0, QR_ECLEVEL_L)
        }
        guard let code = unsafe made else { throw Failure() }
        defer { unsafe QRcode_free(code) }
        width = unsafe Int(code.pointee.width)
        // The lowest bit of a module is its colour (qrencode.h).
        isDark = unsafe UnsafeBufferPointer(start: code.pointee.data, count: width * width).map { $0 & 1 == 1 }
    }

    /// The code in half blocks, two rows of modules in a line: a character is about twice as high as wide.
    package var terminalText: String {
        let range = -Self.quietZone..<(width + Self.quietZone)
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { y in
            let line = range.map { x in
                switch (self[x, y], self[x, y + 1]) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }
            return Self.blackOnWhite + line.joined() + Self.reset
        }.joined(separator: "\n")
    }

    /// The modules of a side, with the white ones around the code.
    package var size: Int { width + 2 * Self.quietZone }

    /// The dark modules as the path of an SVG image whose view box is `size` wide and high.
    package var svgPath: String {
        var path = ""
        for y in 0..<width {
            var x = 0
            while x < width {
                let start = x
                while self[x, y] { x += 1 }
                if x > start {
                    path += "M\(start + Self.quietZone) \(y + Self.quietZone)h\(x - start)v1h-\(x - start)z"
                }
                x += 1
            }
        }
        return path
    }

    private subscript(x: Int, y: Int) -> Bool {
        (0..<width).contains(x) && (0..<width).contains(y) && isDark[y * width + x]
    }
}
