"""Every way in which somebody reads: each route of the API, and each page, that there is."""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import product
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from services.workflow.domain.authority import OPERATIONS
from tests.integration.http.forms import ORIGIN, Browser
from tests.integration.http.service import Service

NONE = "0" * 64  # the hash of nothing
UNKNOWN = "00000000-0000-7000-8000-000000000000"
# What else addresses name: what an answer says of it is not taken for what it says of the case.
ANOTHER = "00000000-0000-7000-8000-000000000001"
# They tell how long the log is, to everybody, and nothing of what is in it.
OF_THE_LOG = {"/v1/log/checkpoint", "/v1/log/proof"}


@dataclass
class Asker:
    """Somebody who asks over the API, and at their browser where they have one."""

    service: Service
    person: str
    own: str  # a case besides
    cycle: str
    browser: Browser | None = None
    csrf: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if self.browser is not None:
            (self.csrf, *_) = re.findall('name="csrf" value="([^"]+)"', self.open("/inbox").text)

    def open(self, path: str) -> TestResponse:
        assert self.browser is not None
        return self.browser.open(path)


Ask = Callable[[Asker, str], TestResponse]


def read(path: str) -> Ask:
    """Return a way that reads *path*, in which `{case}` and `{own}` stand for two ids."""

    def ask(who: Asker, case: str) -> TestResponse:
        service = who.service
        filled = path.format(case=case, own=who.own, cycle=who.cycle)
        return service.get(filled, who.person) if is_api(path) else who.open(filled)

    return ask


def type_in(path: str, **typed: str) -> Ask:
    """Return a way that sends a form of a page."""

    def ask(who: Asker, case: str) -> TestResponse:
        assert who.browser is not None
        data = {"csrf": who.csrf, "key": UNKNOWN, **typed}
        filled = path.format(case=case)
        return who.browser.client.post(filled, data=data, headers={"Origin": ORIGIN})

    return ask


def send(method: str, path: str, body: Any = None, **more: Any) -> Ask:
    def ask(who: Asker, case: str) -> TestResponse:
        return who.service.call(method, path.format(case=case), body, person=who.person, **more)

    return ask


def text_of(answer: TestResponse) -> str:
    """Return what an answer says; of a workbook, what its sheets do."""
    if not answer.data.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        names = sorted(one for one in archive.namelist() if not one.startswith("docProps/"))
        return "\n".join(archive.read(one).decode() for one in names)


def is_api(path: str) -> bool:
    return path.startswith("/v1/")


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and address of each route that somebody has to be known for."""
    for rule in app.url_map.iter_rules():
        named = getattr(app.view_functions[rule.endpoint], "operation", None)
        if named and not OPERATIONS[named].public:
            yield from ((one, str(rule)) for one in sorted(rule.methods - {"HEAD", "OPTIONS"}))


def readable(app: Flask, documents: Sequence[str]) -> dict[str, Ask]:
    """Return all that can be read: of a case, of another that is there, and of their round."""
    found = {}
    for method, rule in routes(app):
        if method != "GET" or rule in OF_THE_LOG:
            continue
        path = re.sub("<(?:uuid:)?cycle(_id)?>", "{cycle}", rule)
        path = re.sub("<(hash_|sha256)>", NONE, path)
        for case, one in product(("{case}", "{own}"), documents):
            of_it = re.sub("<(?:uuid:)?(case|case_id|review)>", case, path)
            filled = re.sub("<[^>]+>", ANOTHER, of_it.replace("<document>", one))
            found[filled] = read(filled)
    return found


def writable(app: Flask) -> dict[str, Ask]:
    """Return each way in which something is written to a case, with nothing in it yet."""
    found = {}
    for method, rule in routes(app):
        if method != "GET" and "<case" in rule.replace("uuid:", ""):
            path = re.sub("<(?:uuid:)?(case|case_id)>", "{case}", rule)
            path = re.sub("<[^>]+>", ANOTHER, path)
            way = send(method, path, {}) if is_api(path) else type_in(path)
            found[f"{method} {path}"] = way
    return found
