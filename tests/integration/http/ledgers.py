"""A round of ledgers and their slips: cases of two kinds that are no reviews, and of one family."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import documents
from tests.integration.http.conftest import started
from tests.integration.http.service import Service
from tests.texts import publish_schemes

_FILE = Path(__file__).with_name("every_datum.txt")
SCHEME = scheme_file.load(_FILE.read_text(), _FILE.name)
OFFICE = "c.off"


class Ledgers:
    """The ledgers of c-h1 and c-h2, whose secretaries write their slips."""

    def __init__(self, service: Service) -> None:
        self.service = service
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        opened = service.call("POST", "/v1/cycles", body, person=OFFICE)
        assert opened.status_code == 201, opened.text
        self.cycle = opened.json["id"]
        found = service.get(f"/v1/cases?cycle={self.cycle}", OFFICE).json["items"]
        self.slips: dict[str, str] = {}  # by the names a test gives them
        self.of = {one["unit"]: one["id"] for one in found}

    def slip(self, unit: str = "c-h1") -> str:
        """Return the id of a new slip in the ledger of *unit*."""
        body = {"kind": "slip", "parent": self.of[unit]}
        opened = self.service.call("POST", "/v1/cases", body, person=f"{unit}.sec")
        assert opened.status_code == 201, opened.text
        return str(opened.json["case"]["id"])

    def bring(self, case: str, document: str, content: bytes) -> None:
        """Bring a file for a document of a slip."""
        path = (
            f"/v1/cases/{case}/files/{sha256(content).hexdigest()}?document={document}&name=a.pdf"
        )
        headers = {"Content-Type": "application/octet-stream"}
        answer = self.service.call("PUT", path, raw=content, person="c-h1.sec", headers=headers)
        assert answer.status_code == 200, answer.text

    def fire(self, case: str, trigger: str, person: str = "c-h1.sec", **rest: Any) -> Any:
        path = f"/v1/cases/{case}/transitions"
        return self.service.call("POST", path, {"trigger": trigger, **rest}, person=person)

    def many(self, *commands: tuple[str, str], person: str = "c-h1.sec") -> list[dict[str, Any]]:
        """Fire triggers of cases in bulk; return the results."""
        body = [
            {"case": case, "trigger": trigger, "idempotency_key": f"{n}-{trigger}-{case}"}
            for n, (case, trigger) in enumerate(commands)
        ]
        answer = self.service.call("POST", "/v1/transitions", {"commands": body}, person=person)
        assert answer.status_code == 200, answer.text
        documents.RESULTS.load(answer.json)
        return list(answer.json["results"])


def opened(store: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Ledgers]:
    """Yield a round of ledgers on *store*."""
    for service in started(store, folder, request):
        publish_schemes(service.parts.publishing, SCHEME)
        yield Ledgers(service)
