"""What was just done, told once on the next page.

The one idea: a page says "done" only of what this service itself did for this session. The word
travels in a cookie sealed with the session, for one page alone; an address claims nothing.
"""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from flask import g, redirect, request
from werkzeug import Response

from services.workflow.adapters.web.browser import Browsers

COOKIE = "shuping_done"
_LIFE_S = 60  # a page that was never reached says nothing later


def go_and_tell(browsers: Browsers, to: str, what: str) -> Response:
    """Return the redirect to the page at *to*, which will tell that *what* was done."""
    response = redirect(to, 303)
    place = urlsplit(to).path
    value = f"{what}.{_seal(browsers, place, what)}"
    browsers.set_cookie(response, COOKIE, value, max_age=_LIFE_S)
    return response


def just_done(browsers: Browsers) -> str:
    """Return what was done before the browser came to this page, once; "" if nothing was."""
    what, _, seal = request.cookies.get(COOKIE, "").rpartition(".")
    wanted = _seal(browsers, request.path, what)
    if request.method != "GET" or not hmac.compare_digest(seal.encode(), wanted.encode()):
        return ""
    g.page_told = True
    return what


def forget_if_told(browsers: Browsers, response: Response) -> Response:
    """Take the cookie away from a browser that has been told."""
    if g.get("page_told"):
        browsers.drop_cookie(response, COOKIE)
    return response


def _seal(browsers: Browsers, place: str, what: str) -> str:
    session = browsers.session()
    key = session.csrf if session else ""
    return hmac.new(key.encode(), f"done\n{place}\n{what}".encode(), sha256).hexdigest()
