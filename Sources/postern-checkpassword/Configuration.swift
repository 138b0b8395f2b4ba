import CCheckpassword

/// The configuration file, of which one setting is read.
enum Configuration {
    /// Where posternd listens; nil if the arguments, the file or the setting say it in no plain way.
    static func socket(_ arguments: Arguments) -> String? {
        guard case .valid(let path) = arguments.read() else { return nil }
        let file = unsafe postern_open(path ?? ConfigurationText.defaultPath)
        guard file >= 0 else { return path == nil && file == -ENOENT ? SocketSetting.standard : nil }
        defer { postern_close(file) }
        var text: [UInt8] = []
        // Most files are small, and every page touched costs time.
        var piece = [UInt8](repeating: 0, count: 2048)
        while text.count < ConfigurationText.maxSize {
            let count = unsafe postern_read(file, &piece, piece.count)
            guard count >= 0 else { return nil }
            if count == 0 { return SocketSetting.path(in: text) }
            text += piece[..<count]
        }
        return nil
    }
}
