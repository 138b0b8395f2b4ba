"""Mail programs, as far as they sign in: imap and smtp say granted, denied, temporary or gone."""

import base64
import socket
import ssl
import sys

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


class Connection:
    def __init__(self, protocol, port):
        self.protocol = protocol
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket = context.wrap_socket(plain) if protocol == "smtp" else plain
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, line):
        self.socket.sendall(line.encode() + b"\r\n")

    def answer(self, tag=None):
        while line := self.stream.readline().decode(errors="replace").rstrip():
            if self.protocol == "imap" and (tag is None or line.startswith(tag + " ")):
                return line.removeprefix((tag or "") + " ")
            if self.protocol == "smtp" and line[3:4] == " ":
                return line
        return ""


def imap(port, address, user, password):
    with Connection("imap", port) as connection:
        connection.answer()
        connection.send(f'i ID ("x-originating-ip" "{address}")')
        connection.answer("i")
        connection.send(f'a LOGIN "{user}" "{password}"')
        answer = connection.answer("a")
        connection.send("b LOGOUT")
        connection.answer("b")
    if answer.startswith("OK"):
        return "granted"
    return "temporary" if "[UNAVAILABLE]" in answer else "denied" if answer else "gone"


def smtp(port, address, user, password):
    with Connection("smtp", port) as connection:
        connection.answer()
        for line in ("EHLO client.example.net", f"XCLIENT ADDR={address}", "EHLO client.example.net"):
            connection.send(line)
            connection.answer()
        connection.send("AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())
        answer = connection.answer()
        if answer[:3] not in ("235", "535", "454"):
            print("answer", repr(answer), file=sys.stderr)
        connection.send("QUIT")
        connection.answer()
    if answer.startswith("235"):
        return "granted"
    return "temporary" if answer.startswith("4") else "denied" if answer.startswith("535") else "gone"
