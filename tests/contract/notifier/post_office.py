"""An IMAP server with TLS and one mailbox, as far as a reader of bounces needs one."""

import re
import socket
import ssl
import threading
from typing import Self


class PostOffice:
    """Serves one connection after the other; keeps letters and which of them were seen."""

    def __init__(self, tls: ssl.SSLContext, user: str, password: str) -> None:
        self.letters: list[bytes] = []
        self.seen: set[int] = set()
        self._tls, self._signed_in = tls, f'LOGIN {user} "{password}"'
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._tls.wrap_socket(plain, server_side=True) as connection:
                    self._talk(connection)
            except OSError:
                continue  # who did not believe us has gone

    def _talk(self, connection: ssl.SSLSocket) -> None:
        connection.sendall(b"* OK here\r\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                tag, _, command = line.decode().strip().partition(" ")
                told, answer = self._answer(command)
                connection.sendall(told + f"{tag} {answer}\r\n".encode())
                if command == "LOGOUT":
                    return

    def _answer(self, command: str) -> tuple[bytes, str]:
        if command.startswith("LOGIN"):
            return b"", "OK in" if command == self._signed_in else "NO not you"
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n", "OK done"
        if command.startswith("SELECT"):
            return f"* {len(self.letters)} EXISTS\r\n".encode(), "OK [READ-WRITE] done"
        if command == "UID SEARCH UNSEEN":
            new = [str(n) for n in range(1, len(self.letters) + 1) if n not in self.seen]
            return f"* SEARCH {' '.join(new)}".rstrip().encode() + b"\r\n", "OK done"
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            letter = self.letters[int(found[1]) - 1][: int(found[2])]
            head = f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(letter)}}}\r\n"
            return head.encode() + letter + b")\r\n", "OK done"
        if found := re.fullmatch(r"UID STORE ([\d,]+) \+FLAGS \(\\Seen\)", command):
            self.seen.update(map(int, found[1].split(",")))
            return b"", "OK done"
        return b"", "OK bye" if command == "LOGOUT" else "BAD what"
