"""Setting a password by a one-time link, as a person's browser does."""

import http.client
import re
from urllib.parse import urlencode, urlsplit

_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


def set_password(link: str, password: str) -> None:
    """Open *link*, fill the form in, and send it.

    Raises:
        RuntimeError: the page refused.
    """
    parts = urlsplit(link)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", parts.path)
        page = connection.getresponse()
        cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
        shown = page.read().decode().split("<form")  # the page has others, such as the language's
        asked = next(one for one in shown if 'type="password"' in one)
        hidden = (dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(asked))
        form = {one["name"]: one.get("value", "") for one in hidden}
        form |= {"password": password, "again": password}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie,
            "Origin": f"{parts.scheme}://{parts.netloc}",
        }
        connection.request("POST", parts.path, urlencode(form), headers)
        answer = connection.getresponse()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{answer.status}: {answer.read().decode(errors='replace')[:500]}")
    finally:
        connection.close()
