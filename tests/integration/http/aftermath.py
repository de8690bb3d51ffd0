"""A service under the shipped 2019 scheme, and what comes after scores, told over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.domain.language.model.scheme import Scheme
from tests.builders import passed, superior
from tests.integration.http.service import SCHEME, begin
from tests.integration.http.test_meetings import REPORT, Year, texts
from tests.unit.workflow.case.played import NOTICE, heard_at_any_time

OFFICE, SECRETARY = "c.off", "c.sec"
# What comes after scores needs no meeting.
ALONE = scheme_file.load(heard_at_any_time(NOTICE.read_text(encoding="utf-8")), SCHEME)
GOOD, FAIR, AVERAGE, POOR = ("95.00", "85.00", "70.00", "50.00")


def figures(figure: str) -> dict[str, Any]:
    """Return the data of a score whose weighted figure is *figure*."""
    return {"components": {"ballot": figure, "superior": superior(figure)}}


class Aftermath(Year):
    """The reviews of one round, from their scores on."""

    def scored(self, unit: str, figure: str) -> dict[str, Any]:
        """Bring the review of a unit the commission hears to its score."""
        review = self.case("review", unit)
        self.done(review, "submit", f"{unit}.sec", data=REPORT)
        if unit.startswith("c-h"):
            self.done(review, "pass_unit_audit", f"{unit}.dep", data=passed())
        self.done(review, "pass_organ_audit", OFFICE, data=passed())
        self.done(review, "present", OFFICE)
        self.done(review, "comment", OFFICE, data=texts("comment", "comment"))
        self.done(review, "score", OFFICE, data=figures(figure))
        return review

    def decided(self, review: dict[str, Any]) -> None:
        """Take it through the meetings of both bodies."""
        day = self.service.clock.at.date().isoformat()
        for trigger in ("give_opinion", "approve_opinion"):
            told = {"decisions": [{"date": day, "minutes": "纪要〔2020〕1号"}]}
            self.done(review, trigger, OFFICE, data=told)

    def told(self, review: dict[str, Any]) -> dict[str, Any]:
        """Give the feedback, before which nothing that a grade leads to is there."""
        self.done(review, "give_feedback", OFFICE, data=self.both())
        return review

    def both(self) -> dict[str, Any]:
        """Return what both bodies decided today, one after the other."""
        day = self.service.clock.at.date().isoformat()
        told = [{"body": one, "date": day, "minutes": "纪要〔2020〕1号"} for one in ("c", "g")]
        return {"decisions": told}

    def now(self, case: dict[str, Any], by: str = OFFICE) -> dict[str, Any]:
        """Return a case as it stands."""
        found: dict[str, Any] = self.service.get(f"/v1/cases/{case['id']}", by).json
        return found

    def follows(self, case: dict[str, Any], by: str = OFFICE) -> list[dict[str, Any]]:
        """Return everything that follows from a case, and did."""
        found = self.service.get(f"/v1/cases/{case['id']}/consequences", by)
        assert found.status_code == 200, found.text
        items: list[dict[str, Any]] = found.json["items"]
        return items

    def in_force(self, case: dict[str, Any]) -> list[tuple[str, str]]:
        return [(one["way"], one["name"]) for one in self.follows(case) if one["in_force"]]

    def opened(self, case: dict[str, Any], kind: str) -> dict[str, Any]:
        """Return the newest case of a kind that a consequence opened."""
        found = [
            one["opened"]["case"]
            for one in self.follows(case, SECRETARY)
            if one["opened"] and one["opened"]["case"].startswith(f"{kind}/")
        ]
        return {"id": found[-1].partition("/")[2]}


def aftermath(
    store: str, folder: Path, request: pytest.FixtureRequest, scheme: Scheme = ALONE
) -> Iterator[Aftermath]:
    """Start a service on *store* that knows the scheme as it is shipped, or a changed one."""
    service = begin(store, folder, request, schemes=[scheme])
    yield Aftermath(service)
    service.parts.database.close()
