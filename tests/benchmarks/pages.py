"""A signed-in browser, without the browser: cookies and forms as the pages want them."""

import http.client
import re
import time
from urllib.parse import urlencode, urlsplit

from deploy.demo.sign_in import set_password
from deploy.running import WORKFLOW, Running

_HIDDEN = re.compile(r'name="([^"]+)" (?:type="hidden" )?value="([^"]*)"')
_PASSWORD = "bench-korrekt-pferd"


class Browser:
    """One session that keeps its connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._origin = url
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._waited_ms = 0.0  # for the first line of the last answer

    def get(self, path: str) -> str:
        """Return a page that must be there."""
        status, text = self._ask("GET", path)
        if status != http.client.OK:
            raise RuntimeError(f"{path}: {status}")
        return text

    def first_byte_ms(self, path: str) -> float:
        """Open a page that must be there; return how long its answer took to begin."""
        self.get(path)
        return self._waited_ms

    def sign_in(self, person: str, password: str) -> None:
        """Fill in the sign-in form, not the one beside it that changes the language."""
        _, _, own = self.get("/sign-in").partition('action="/sign-in"')
        form = {
            name: value
            for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", own.partition("</form>")[0])
            for name, value in [(_attribute(tag, "name"), _attribute(tag, "value"))]
        }
        status, _ = self._ask("POST", "/sign-in", form | {"person": person, "password": password})
        if status != http.client.SEE_OTHER:
            raise RuntimeError(f"sign-in: {status}")

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": self._origin,
            }
        began = time.perf_counter()
        self._connection.request(method, path, urlencode(form or {}) or None, headers)
        answer = self._connection.getresponse()
        self._waited_ms = 1000 * (time.perf_counter() - began)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode()


def signed_in(running: Running, person: str) -> Browser:
    """Invite *person*, set a password by the link, and sign in."""
    set_password(running.command(WORKFLOW, "account", "invite", "--person", person), _PASSWORD)
    browser = Browser(running.url)
    browser.sign_in(person, _PASSWORD)
    return browser


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""
