"""A play of a scheme in memory, shown on the product's own pages: cases of any kind, no database.

Who looks, the session and the templates are the site's; the boards read the play. The organisation
is the play's too, so that sight and desks are its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.workflow.application.boards import Boards, case
from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.possible import possible
from services.workflow.application.reading_ports import ListQuery, Page, Stored
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import CYCLE, Play
from tests.unit.workflow.web.visitor import Visitor

VIEWER = "inspector.w"  # sees all of the tree


class StagedReads:
    """What pages ask of the read model, answered from a play's events and heads."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.asked: list[str] = []

    def _cases(self) -> list[Case]:
        return sorted(self._play.world.heads.cases.values(), key=lambda one: one.number)

    def _events(self) -> list[Stored]:
        log = enumerate(self._play.store.log, 1)
        return [Stored(stream=e.stream, version=e.version, body=e.body, position=n) for n, e in log]

    def cycles(self) -> list[Any]:
        return [self.cycle(CYCLE)]

    def cycle(self, cycle: str) -> Any:
        return SimpleNamespace(
            id=cycle, scheme=self._play.scheme.id, scheme_hash="", calendar_hash="", kinds=(),
            left_out="", unit=self._play.round.unit, year=2019, label="2019",
            opened_at=self._play.now, closed_at=None,
        )  # fmt: skip

    def list_cases(self, query: ListQuery, total: int | None = None) -> Page:
        found = [one for one in self._cases() if query.kind in (None, one.kind)]
        found = [one for one in found if query.overdue_at is None]
        n = len(found) if total is None else total
        return Page(cases=tuple(found), next=None, total=n)  # type: ignore[arg-type]

    def count_each(self, queries: Sequence[ListQuery]) -> list[int]:
        return [self.list_cases(query).total for query in queries]

    def latest_events(self, _cases: Sequence[str]) -> Mapping[str, Stored]:
        return {one.stream.partition("/")[2]: one for one in self._events()}

    def latest_notices(self, _cases: Sequence[str]) -> Mapping[str, Any]:
        return {}

    def events_of(
        self, streams: Sequence[str], limit: int, *_: Any, newest_first: bool = False
    ) -> list[Stored]:
        found = [one for one in self._events() if one.stream in streams]
        return (found[::-1] if newest_first else found)[:limit]

    def first_events(self, streams: Sequence[str]) -> list[Stored]:
        return [self.stream(one)[0] for one in streams]

    def stream(self, stream: str, _upto: int | None = None) -> list[Stored]:
        return [one for one in self._events() if one.stream == stream]

    def texts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Any]:
        kept = (text for event in self._play.store.log for text in event.texts)
        return {text.sha256: text for text in kept if text.sha256 in hashes}

    def intervals(self, _case: str) -> list[Mapping[str, Any]]:
        return []

    def people(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {one: {"name": f"姓名<{one}>"} for one in ids}

    def heat(self, *_: Any) -> list[tuple[str, str, int]]:
        return []

    def count_unread(self, *_: Any) -> int:
        return 0


class Stage:
    """One play on the pages of a site."""

    def __init__(
        self, play: Play, site: Site, monkeypatch: pytest.MonkeyPatch, viewer: str = VIEWER
    ) -> None:
        self.play, self.site, self.viewer = play, site, viewer
        self.as_person = viewer  # through whose eyes acts are looked at
        rules = Rules(
            cycle=StagedReads(play).cycle(CYCLE),
            scheme=play.scheme,  # type: ignore[arg-type]
            calendar=play.calendar,
        )
        sources = replace(
            site.parts.boards.sources,
            reads=StagedReads(play),  # type: ignore[arg-type]
            store=SimpleNamespace(standing=self._standing),  # type: ignore[arg-type]
            rulebook=SimpleNamespace(of=lambda _: rules, word=lambda _, text: text),  # type: ignore[arg-type]
            directory=SimpleNamespace(
                current=lambda: play.organisation, namesakes=lambda _: frozenset()
            ),  # type: ignore[arg-type]
            watch=SimpleNamespace(opens=lambda *_: True, has_opened=lambda *_: True),  # type: ignore[arg-type]
            possible=self._possible,
            next_notices=dict.fromkeys,
            heads=lambda _: play.store.round(CYCLE),
        )
        boards = Boards(sources=sources, checkpoint=lambda: None)
        monkeypatch.setitem(site.parts.__dict__, "boards", boards)
        monkeypatch.setitem(site.parts.__dict__, "now", lambda: play.now)
        # Who reads refusals is asked of reviews alone as yet, and there are none here.
        real = case.may
        monkeypatch.setattr(
            case,
            "may",
            lambda look, asked, case, **more: (
                "refusals" not in asked and real(look, asked, case, **more)
            ),
        )
        fires = SimpleNamespace(fire=self._fire)
        monkeypatch.setitem(site.parts.__dict__, "firing", fires)

    def visitor(self) -> Visitor:
        """Return a browser of the one who sees everything."""
        self.site.password(self.viewer)
        return Visitor(self.site).sign_in(self.viewer)

    def send(self, visitor: Visitor, number: str, trigger: str, **fields: str) -> TestResponse:
        """Send the form of a trigger as the case's page shows it."""
        path = f"/cases/{self.play.case(number).id}"
        return visitor.post(f"{path}/transitions", shown_at=path, trigger=trigger, **fields)

    def page(self, visitor: Visitor, number: str) -> str:
        return visitor.text(f"/cases/{self.play.case(number).id}")

    def _standing(self, _wanted: Sequence[Any]) -> Any:
        heads = self.play.store.round(self.play.round.id)
        return SimpleNamespace(case=self._named, heads={self.play.round.id: heads})

    def _named(self, name: str) -> Case:
        cases = self.play.world.heads.cases.values()
        return next(one for one in cases if name in (one.id, one.stream))

    def _fire(self, command: Any) -> Answer:
        stream = self._named(command.case).stream
        members = ("trigger", "data", "reason", "reference", "effective_at", "if_match", "key")
        asked = {name: getattr(command, name) for name in members}
        actor = replace(command.actor, person=self.as_person)
        return self.play.firing.fire(CaseCommand(case=stream, actor=actor, **asked))

    def _possible(self, actor: Actor, case_id: str, only: Any) -> list[Any]:
        actor = replace(actor, person=self.as_person)
        return list(possible(self._named(case_id), actor, self.play.world, only))
