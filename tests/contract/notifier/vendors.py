"""Servers that answer as those of WeCom, DingTalk and Feishu do, and some that answer badly."""

import json
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY, TOKEN, SECRET = "aaaabbbb-cccc-dddd-eeee-ffff00001111", "a1b2c3d4e5f6", "SECabcdef0123456789"
CORP, AGENT, APP_SECRET = "ww1234567890abcdef", "1000002", "of-the-application"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True)
class Reply:
    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Serve = Callable[[Asked], Reply]


class Server:
    """A real HTTP server on this machine; keeps what it was asked."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                url = urlsplit(self.path)
                asked = Asked(
                    method=self.command,
                    path=url.path,
                    query={key: value[0] for key, value in parse_qs(url.query).items()},
                    headers=dict(self.headers),
                    raw=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                )
                outer.asked.append(asked)
                reply = serve(asked)
                body = reply.body
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            listener = self._server.socket
            self._server.socket = tls.wrap_socket(listener, server_side=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


class Raw:
    """A server that says some bytes, or one every now and then, whatever it is asked."""

    def __init__(self, *pieces: bytes, pause_s: float = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._pieces, self._pause_s = pieces, pause_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for piece in self._pieces:
                    connection.sendall(piece)
                    if self._over.wait(self._pause_s):
                        return
            except OSError:
                return  # who asked has gone

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)
        self._listener.close()


@dataclass
class Wecom:
    """Robot and application messages of one enterprise."""

    people: tuple[str, ...] = ("wangwu",)
    most: int = 20
    token: str = "token-1"
    sent: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/cgi-bin/gettoken":
            return Reply(self._token(asked.query))
        if asked.path == "/cgi-bin/webhook/send":
            return Reply(self._robot(asked))
        if asked.path == "/cgi-bin/message/send":
            return Reply(self._message(asked))
        return Reply(b"", 404)

    def _token(self, query: dict[str, str]) -> dict[str, Any]:
        if query != {"corpid": CORP, "corpsecret": APP_SECRET}:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        return {"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200}

    def _robot(self, asked: Asked) -> dict[str, Any]:
        if asked.query.get("key") != KEY:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}
        content = asked.body["text"]["content"]
        if len(content.encode()) > 2048:
            return {"errcode": 40058, "errmsg": "content exceed max length"}
        if len(self.sent) >= self.most:
            return {"errcode": 45009, "errmsg": "api freq out of limit"}
        self.sent.append(content)
        return {"errcode": 0, "errmsg": "ok"}

    def _message(self, asked: Asked) -> dict[str, Any]:
        if asked.query.get("access_token") != self.token:
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        to = asked.body["touser"].split("|")
        if not set(to) & set(self.people):
            return {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        self.sent.append(asked.body["text"]["content"])
        return {"errcode": 0, "errmsg": "ok", "msgid": "x"}


@dataclass
class Dingtalk:
    """A group's robot with a signature, and perhaps a keyword."""

    keyword: str = ""
    most: int = 20
    sent: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        at = asked.query.get("timestamp", "")
        signed = b64encode(digest(SECRET.encode(), f"{at}\n{SECRET}".encode(), sha256)).decode()
        if asked.query.get("access_token") != TOKEN:
            return Reply({"errcode": 300005, "errmsg": "token is not exist"})
        if asked.query.get("sign") != signed or len(at) != 13:
            return Reply({"errcode": 310000, "errmsg": "sign not match"})
        content = asked.body["text"]["content"]
        if self.keyword not in content:
            return Reply({"errcode": 310000, "errmsg": "keywords not in content"})
        if len(self.sent) >= self.most:
            return Reply({"errcode": 130101, "errmsg": "send too fast"})
        self.sent.append(content)
        return Reply({"errcode": 0, "errmsg": "ok"})


@dataclass
class Feishu:
    """A group's robot with a signature, and perhaps a keyword."""

    keyword: str = ""
    most: int = 100
    sent: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        at = asked.body["timestamp"]
        signed = b64encode(digest(f"{at}\n{SECRET}".encode(), b"", sha256)).decode()
        if asked.path != f"/open-apis/bot/v2/hook/{TOKEN}":
            return Reply({"code": 19001, "msg": "param invalid: incoming webhook access token"})
        if asked.body["sign"] != signed or len(at) != 10:
            return Reply({"code": 19021, "msg": "sign match fail or timestamp is not within"})
        text = asked.body["content"]["text"]
        if self.keyword not in text:
            return Reply({"code": 19024, "msg": "Key Words Not Found"})
        if len(self.sent) >= self.most:
            return Reply({"code": 11232, "msg": "frequency limited psm"})
        self.sent.append(text)
        return Reply({"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"})
