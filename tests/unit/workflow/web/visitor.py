"""A browser without a network: it keeps cookies and fills in the forms it is shown."""

import re
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.end_to_end.pages.site import PASSWORD, Site

ORIGIN = "http://localhost"
_FORM = re.compile(r'<form method="post" action="([^"]*)".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'name="(csrf|key|version)" value="([^"]*)"')


class Visitor:
    """One browser at one site."""

    def __init__(self, site: Site, *, secure: bool = False) -> None:
        self.site = site
        self.client = (site.secure_app if secure else site.app).test_client()
        self.base = "https://localhost" if secure else ORIGIN

    def sign_in(self, person: str, password: str = PASSWORD) -> "Visitor":
        self.get("/sign-in")
        self.post("/sign-in", person=person, password=password)
        return self

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=self.base, headers=headers)

    def post(self, path: str, shown_at: str = "/sign-in", **fields: Any) -> TestResponse:
        """Send a form as the page at *shown_at* shows it, filled in with *fields*."""
        page = self.text(shown_at)
        forms = {found[1]: found[0] for found in reversed(list(_FORM.finditer(page)))}
        hidden = dict(_HIDDEN.findall(forms.get(path, page)))
        return self.send(path, {**hidden, **fields}, Origin=self.base)

    def send(self, path: str, fields: dict[str, Any], **headers: str) -> TestResponse:
        """Send exactly these fields and headers; a form with a file is sent in parts."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if not any(isinstance(value, FileStorage) for value in fields.values()):
            return self.client.post(path, data=fields, base_url=self.base, headers=named)
        boundary, data = encode_multipart(fields)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.client.post(
            path, data=data, content_type=kind, base_url=self.base, headers=named
        )

    def text(self, path: str) -> str:
        """Return what is on a page."""
        return self.get(path).get_data(as_text=True)
