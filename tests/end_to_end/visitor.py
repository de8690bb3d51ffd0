"""A person who signs in by a one-time link, reads pages and sends forms, without a browser."""

import http.client
import re
import secrets
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from deploy.demo.sign_in import set_password
from deploy.running import WORKFLOW, Running

PASSWORD = "made up for a visit"
_HIDDEN = re.compile(r'name="(csrf|key|version)"[^>]*?value="([^"]*)"')


class Visitor:
    """One person at the pages of a running system."""

    def __init__(self, running: Running, person: str) -> None:
        self._url, self._jar = running.url, SimpleCookie()
        set_password(running.command(WORKFLOW, "account", "invite", "--person", person), PASSWORD)
        form = {"csrf": self._csrf("/sign-in"), "person": person, "password": PASSWORD, "next": "/"}
        status, _ = self._ask("POST", "/sign-in", form)
        if status != http.client.SEE_OTHER:
            raise RuntimeError(f"{person} could not sign in: {status}")

    def page(self, path: str) -> str:
        """Return the page at *path*."""
        status, text = self._ask("GET", path)
        if status != http.client.OK:
            raise RuntimeError(f"{path}: {status}")
        return text

    def send(self, path: str, form: dict[str, str]) -> int:
        """Send a form with a right csrf and a key of its own; return the status."""
        rest = {"csrf": self._csrf("/tasks"), "key": secrets.token_hex(8)}
        return self._ask("POST", path, rest | form)[0]

    def _csrf(self, path: str) -> str:
        return dict(_HIDDEN.findall(self._ask("GET", path)[1]))["csrf"]

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {
            "Cookie": "; ".join(f"{one.key}={one.value}" for one in self._jar.values()),
            "Origin": self._url,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self._jar.load(value)
            return answer.status, answer.read().decode()
        finally:
            connection.close()
