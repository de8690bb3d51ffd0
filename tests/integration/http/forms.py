"""Forms as pages show them, and every way of spoiling one: a new form brings its own cases."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

ORIGIN = "http://localhost"
FORM = "application/x-www-form-urlencoded"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/invitation/)[\w-]+")
_ROLE = re.compile(r"^role\..*")
# What somebody would type, by the field's name or else by its kind.
TYPED = {"due_at": "2020-02-20", "effective_at": "2020-01-08T09:00", "q": "示例"}
TYPED_BY_KIND = {"textarea": "一", "text": "一", "decimal": "90", "date": "2020-01-08"}
# No field of any form takes these, whatever it is for.
NEVER = ("\0", "a\ab", "\x1b", "a\u202eb", "长" * 25_000)


@dataclass(frozen=True)
class Input:
    """One field of a form."""

    name: str
    kind: str  # hidden, text, decimal, textarea, select, date, datetime-local, password, search
    value: str = ""
    required: bool = False

    @property
    def sort(self) -> str:
        """Return its name without what tells it from fields that are read alike."""
        return _ID.sub("…", _ROLE.sub("role.…", self.name))


@dataclass(frozen=True)
class Form:
    """One form of one page."""

    page: str
    action: str
    method: str
    inputs: tuple[Input, ...] = ()

    @property
    def what(self) -> tuple[str, ...]:
        """Return what forms of different cases have in common that ask for the same."""
        words = [one.value for one in self.inputs if one.name in ("trigger", "kind")]
        names = sorted({one.sort for one in self.inputs})
        return (self.method, _ID.sub("…", self.action), *words, *names)

    def typed(self) -> dict[str, str]:
        """Return the form as filled in by somebody who means it."""
        return {
            one.name: one.value or TYPED.get(one.name) or TYPED_BY_KIND.get(one.kind, "")
            for one in self.inputs
        }


@dataclass
class Page(HTMLParser):
    """The forms and the links of one page."""

    path: str
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        match tag:
            case "a":
                self.links.append(about["href"])
            case "form":
                self.forms.append(Form(self.path, about["action"], about["method"]))
            case "input" | "textarea" | "select":
                self._take(tag, about)
            case "option" if self.forms[-1].inputs[-1].value == "":
                self._change(value=about["value"])
            case "button" if "formaction" in about:  # the same fields, sent to somewhere else
                self.forms.insert(-1, replace(self.forms[-1], action=about["formaction"]))

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self.forms:
            last = self.forms[-1].inputs[-1]
            self._change(value=last.value + data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.lasttag = tag if tag != "textarea" else ""

    def _take(self, tag: str, about: Mapping[str, str]) -> None:
        if "name" not in about:
            return
        kind = about.get("inputmode") or (about["type"] if tag == "input" else tag)
        one = Input(about["name"], kind, about.get("value", ""), "required" in about)
        form = self.forms[-1]
        self.forms[-1] = replace(form, inputs=(*form.inputs, one))

    def _change(self, **what: Any) -> None:
        form = self.forms[-1]
        changed = replace(form.inputs[-1], **what)
        self.forms[-1] = replace(form, inputs=(*form.inputs[:-1], changed))


class Browser:
    """A browser without a network, signed in or not."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def open(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def sees(self, case: str) -> bool:
        return self.open(f"/cases/{case}").status_code == 200

    def page(self, path: str) -> Page:
        page = Page(urlsplit(path).path)
        answer = self.open(path)
        if answer.mimetype == "text/html":  # a file has no forms
            page.feed(answer.get_data(as_text=True))
        return page

    def send(self, form: Form, data: bytes | dict[str, Any], kind: str = FORM) -> TestResponse:
        if form.method == "get":
            return self.open(f"{form.action}?{data.decode() if isinstance(data, bytes) else data}")
        return self.client.post(
            form.action, data=data, content_type=kind, headers={"Origin": ORIGIN}
        )

    def sign_in(self, person: str, password: str) -> "Browser":
        form = next(form for form in self.page("/sign-in").forms if form.action == "/sign-in")
        typed = form.typed() | {"person": person, "password": password}
        assert self.send(form, urlencode(typed).encode()).status_code == 303
        return self


def spoilt(
    form: Form, known: set[tuple[str, str, str]] | None = None
) -> Iterator[tuple[str, bytes, str]]:
    """Yield (what is wrong, body, content type) for every way of spoiling *form*.

    Of fields that are read alike, as those of many cases, one stands for all: what COMMON names is
    left alone where *known* says that it was spoilt in another form to the same address.
    """
    typed, known = form.typed(), set() if known is None else known
    for one in {one.sort: one for one in form.inputs}.values():
        if one.name in COMMON:
            place = (form.method, _ID.sub("…", form.action), one.name)
            if place in known:
                continue
            known.add(place)
        for value in NEVER:
            yield f"{one.name} {value[:3]!r}", urlencode(typed | {one.name: value}).encode(), FORM
        yield f"{one.name} no UTF-8", _with(typed, f"{one.name}=%ff%fe"), FORM
        twice = urlencode([*typed.items(), (one.name, typed[one.name])]).encode()
        yield f"{one.name} twice", twice, FORM
        if form.method == "post":
            yield f"{one.name} a file", *_as_file(typed, one.name)
        if one.required or (form.method == "post" and one.kind == "hidden" and one.name in MUST):
            yield f"{one.name} absent", _with(typed, "", without=one.name), FORM
    if form.method == "post":
        yield "an unknown field", _with(typed, "rev=7"), FORM
        yield "JSON", b"{}", "application/json"
        yield "too many fields", _with(typed, "&".join(f"x{n}=" for n in range(200))), FORM


MUST = ("csrf", "key", "version", "trigger", "kind")
# Read by the same lines for all forms to one address, before what each of them asks for.
COMMON = ("csrf", "key", "version", "trigger", "back")


def _with(typed: Mapping[str, str], more: str, without: str = "") -> bytes:
    name = without or more.partition("=")[0]
    rest = urlencode({key: value for key, value in typed.items() if key != name})
    return "&".join(part for part in (rest, more) if part).encode()


def _as_file(typed: Mapping[str, str], name: str) -> tuple[bytes, str]:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{key}"'
        + ('; filename="f.txt"' if key == name else "")
        + f"\r\n\r\n{value}\r\n"
        for key, value in typed.items()
    ]
    return "".join([*parts, "--x--\r\n"]).encode(), "multipart/form-data; boundary=x"


def names_asked(links: list[str]) -> dict[str, set[str]]:
    """Return the names that addresses of each page are asked with."""
    found: dict[str, set[str]] = {}
    for link in links:
        parts = urlsplit(link)
        if not parts.path.startswith("/static/"):
            names = dict(parse_qsl(parts.query, keep_blank_values=True))
            found.setdefault(parts.path, set()).update(names)
    return found
