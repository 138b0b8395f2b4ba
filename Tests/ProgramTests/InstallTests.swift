import Foundation
import TestSupport
import Testing

/// `make install`.
struct InstallTests {
    /// Each in a process namespace of its own, where process ids are the same.
    @Test func severalAtOnce() throws {
        let directory = TemporaryDirectory()
        let programs = [
            "postern", "postern-checkpassword", "postern-checkpassword-local", "postern-portal", "posternd",
        ]
        for program in programs {
            try FileManager.default.createSymbolicLink(
                atPath: directory.file(program), withDestinationPath: Repository.program(program))
        }
        let installs = try (1...4).map { place in
            try Child([
                "unshare", "--pid", "--fork", "make", "--silent", "-C", Repository.root, "install",
                "PROGRAMS=\(directory.path)", "PREFIX=/usr/local", "DESTDIR=\(directory.file("\(place)"))",
            ])
        }
        for (place, install) in zip(1..., installs) {
            let result = install.wait()
            #expect(result.status == 0, "\(place): \(result.error)")
        }
        let paths = [
            "bin/postern", "libexec/postern-checkpassword", "libexec/postern-checkpassword-local",
            "sbin/postern-portal", "sbin/posternd",
        ]
        for (program, path) in zip(programs, paths) {
            for place in 1...4 {
                let installed = "\(directory.path)/\(place)/usr/local/\(path)"
                #expect(try run(["cmp", installed, directory.file(program + ".stripped")]).status == 0, "\(installed)")
            }
        }
    }
}
