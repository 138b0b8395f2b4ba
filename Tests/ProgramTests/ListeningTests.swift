import Foundation
import TestSupport
import Testing

/// How `posternd` starts, listens and ends.
struct ListeningTests {
    private func start(_ installation: ProgramInstallation, _ options: [String] = []) throws -> CommandResult {
        try run([Repository.program("posternd"), "--config", installation.configurationFile] + options)
    }

    @Test func socketsBelongToWhomTheirDirectoryBelongsTo() throws {
        let installation = try ProgramInstallation()
        let directory = installation.directory.file("private")
        try requireSuccess(["install", "-d", "-m", "700", "-o", "postfix", "-g", "postern", directory])
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(
            text.replacing(installation.authSocket, with: directory + "/auth"), to: "postern.conf")
        let daemon = try Child([Repository.program("posternd"), "--config", installation.configurationFile])
        #expect(try eventually { (try? LineClient(path: directory + "/auth")) != nil })
        #expect(try run(["stat", "-c", "%a %U %G %F", directory + "/auth"]).output == "660 postfix postern socket\n")
        #expect(try run(["stat", "-c", "%a %F", installation.dovecotSocket]).output == "660 socket\n")
        daemon.send(SIGTERM)
        #expect(daemon.wait().status == 0)
    }

    /// A socket that a killed daemon left is replaced; one that is answered on is not, nor is a file.
    @Test func whatIsThereAlready() throws {
        let installation = try ProgramInstallation()
        let first = try DaemonProcess(installation)
        let refused = try start(installation)
        #expect(refused.status == 78 && refused.error.contains(installation.authSocket), "\(refused)")
        #expect((try? AuthClient(installation.authSocket)) != nil)
        first.stop(SIGKILL)
        #expect(FileManager.default.fileExists(atPath: installation.authSocket))
        let second = try DaemonProcess(installation)
        second.stop()
        try installation.directory.write("a file", to: "policy")
        let blocked = try start(installation)
        #expect(blocked.status == 78 && blocked.error.contains(installation.policySocket), "\(blocked)")
        // Nothing half-open stays behind, and the file is what it was.
        #expect(!FileManager.default.fileExists(atPath: installation.authSocket))
        #expect(lines(of: installation.policySocket) == ["a file"])
    }

    @Test func startsOnlyIfItCanWork() throws {
        let installation = try ProgramInstallation()
        #expect(try start(installation, ["--check"]).status == 0)
        try requireSuccess(["chmod", "0666", installation.keyFile])
        let open = try start(installation)
        #expect(open.status == 78 && open.error.contains(installation.keyFile), "\(open)")
        try requireSuccess(["chmod", "0640", installation.keyFile])
        try requireSuccess(["mv", installation.database, installation.database + ".away"])
        for options in [[], ["--check"]] {
            let missing = try start(installation, options)
            #expect(missing.status == 75 && missing.error.contains(installation.database), "\(missing)")
        }
        try requireSuccess(["mv", installation.database + ".away", installation.database])
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        for (line, words) in [
            ("auth_soket = /x", "auth_socket"), ("failure_delay = 9s", "failure_delay"),
            ("hash_queue = many", "hash_queue"),
        ] {
            try installation.directory.write(text + line + "\n", to: "postern.conf")
            let bad = try start(installation)
            #expect(bad.status == 78 && bad.error.contains(words), "\(bad)")
        }
        try installation.directory.write(text.replacing("/auth\n", with: "/nowhere/auth\n"), to: "postern.conf")
        let nowhere = try start(installation)
        #expect(nowhere.status == 78 && nowhere.error.contains("/nowhere/auth"), "\(nowhere)")
        let empty = text.replacing(installation.authSocket, with: "").replacing(installation.dovecotSocket, with: "")
            .replacing(installation.policySocket, with: "")
            .replacing(installation.accountSocket, with: "")
        try installation.directory.write(empty, to: "postern.conf")
        let nothing = try start(installation)
        #expect(nothing.status == 78 && nothing.error.contains("auth_socket"), "\(nothing)")
    }

    /// As systemd starts it: sockets by LISTEN_FDS, READY=1 and STOPPING=1 to NOTIFY_SOCKET.
    @Test func underSystemd() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let script = """
            import os, socket, sys
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notify.bind("\\0" + sys.argv[1]); notify.settimeout(10)
            for index, path in enumerate(sys.argv[2:4]):
                s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); os.dup2(s.fileno(), 20 + index)
            child = os.fork()
            if child == 0:
                for index in range(2): os.dup2(20 + index, 3 + index)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", NOTIFY_SOCKET="@" + sys.argv[1])
                os.execv(sys.argv[4], sys.argv[4:])
            print(notify.recv(100).decode(), flush=True)
            client = socket.socket(socket.AF_UNIX); client.connect(sys.argv[2]); print(client.recv(9).decode().split()[0])
            os.kill(child, 15)
            print(notify.recv(100).decode())
            print(os.waitpid(child, 0)[1], [os.path.exists(path) for path in sys.argv[2:4]])
            """
        let command = [Repository.program("posternd"), "--config", installation.configurationFile]
        let name = "postern-test-\(getpid())"
        let result = try run(
            ["python3", "-c", script, name, installation.dovecotSocket, installation.authSocket] + command)
        #expect(result.output == "READY=1\nVERSION\nSTOPPING=1\n0 [True, True]\n", "\(result)")
        #expect(!FileManager.default.fileExists(atPath: installation.policySocket))
        // One that the configuration does not know: the two would talk past each other.
        let other = try run(
            [
                "python3", "-c", script, name + "x", installation.directory.file("other"),
                installation.directory.file("o2"),
            ]
                + command)
        #expect(other.error.contains(installation.directory.file("o2")), "\(other)")
    }

    /// A user that is none of the mail system's has a number of connections, and the daemon says when it wants more.
    @Test func connectionsOfAStranger() throws {
        let installation = try ProgramInstallation("peer_connection_limit = 3")
        let daemon = try DaemonProcess(installation)
        chmod(installation.dovecotSocket, 0o666)
        let script = """
            import socket, sys
            def connect():
                s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
                return s, s.recv(4096)
            held = [connect() for _ in range(3)]
            print(all(greeting for _, greeting in held), [connect()[1] for _ in range(5)])
            held[0][0].close()
            """
        let result = try run([
            "setpriv", "--reuid=nobody", "--clear-groups", "--", "/usr/bin/python3", "-c", script,
            installation.dovecotSocket,
        ])
        #expect(result.output == "True [b'', b'', b'', b'', b'']\n", "\(result)")
        let said = daemon.stop().error.split(separator: "\n").filter { $0.contains("peer_connection_limit") }
        #expect(said.count == 1 && said[0].contains("65534"), "\(said)")
    }
}
