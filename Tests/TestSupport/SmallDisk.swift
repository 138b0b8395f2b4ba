import Foundation

/// A file system of one MiB that an installation has its database on from then on.
package struct SmallDisk {
    package let path: String
    package var database: String { path + "/postern.db" }
    /// The database on it, as another program sees it.
    package var stored: StoredDatabase { StoredDatabase(path: database) }
    private var fillers: [String] { [path + "/filler", path + "/filler2"] }

    package init(_ installation: ProgramInstallation) throws {
        path = installation.directory.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try requireSuccess(["mount", "-t", "tmpfs", "-o", "size=1m,mode=2770", "tmpfs", path])
        try requireSuccess(["cp", "-a", installation.database, database])
        try requireSuccess(["chgrp", "postern", path])
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(text.replacing(installation.database, with: database), to: "postern.conf")
    }

    /// To its last byte.
    package func fill() throws {
        // Each goes on until it fails.
        let words = #"! dd if=/dev/zero of="$0" bs=4k 2>/dev/null && ! dd if=/dev/zero of="$1" bs=1 2>/dev/null"#
        try requireSuccess(["/bin/sh", "-c", words] + fillers)
    }

    package func makeRoom() throws { for name in fillers { try FileManager.default.removeItem(atPath: name) } }

    /// Refused as long as somebody has a file on it open for writing.
    package func remount(_ mode: String) throws {
        try requireSuccess(["mount", "-o", "remount,\(mode)", path])
    }

    package func unmount() { _ = try? run(["umount", "-l", path]) }
}
