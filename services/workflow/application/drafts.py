"""Drafts: what was typed for a document of a case, and is not handed in yet.

The one idea: a draft belongs to the case and the document, not to who types or to a window; whoever
may hand the document in reads it and goes on with it. Nothing of it is judged before that, nothing
of it is in the log, and no save takes away what another saved: it says which one it is based on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from hashlib import sha256
from threading import Event
from typing import Any, Final, Protocol

import orjson

from schemas.calendar import end_of_day, local_day
from schemas.fields import MapOf, Pattern, StrictSchema, Text
from schemas.instants import instant
from schemas.said import both
from services.workflow.application.asking import COMMAND_BYTES
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import narrowed
from services.workflow.application.unattended import Duty
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import takers, why_not_file
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import Document, File
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Malformed,
    NotAllowed,
    NotYours,
    Refused,
)

ANY: Final = "*"  # expected: whatever stands there
KEPT: Final = timedelta(days=30)  # after the round has ended
ENDLESS: Final = timedelta(days=365)  # after the last save, where a round has no end
TAG = re.compile("[0-9a-f]{16}", re.ASCII)
_PAUSE_S = 600.0
_PLACE = r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,4}"
_ACCEPTED = both("the place of a field, such as parts.problems")
_MOST_FIELDS = 10_000


class DraftBody(StrictSchema):
    """What was typed so far: texts by their place in the document, `parts.problems`, `rows.0.due`.

    Nothing is asked of them before the document is handed in.
    """

    typed = MapOf(
        Pattern(_PLACE, "not_a_path", _ACCEPTED),
        Text(least=0, most=20_000, multiline=True),
        most=_MOST_FIELDS,
        required=True,
    )


DRAFT_BODY = DraftBody()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was typed for one document of one case, by place in the document."""

    case: str  # its id
    document: str
    n_filed: int  # versions of it that were handed in before
    typed: Mapping[str, str]
    saved_by: str
    saved_at: datetime
    gone_at: datetime

    @cached_property
    def body(self) -> bytes:
        """What was typed, as it is kept."""
        return orjson.dumps(self.typed, option=orjson.OPT_SORT_KEYS)

    @cached_property
    def tag(self) -> str:
        """What tells this save from every other of the document."""
        said = (str(self.n_filed).encode(), instant(self.saved_at).encode(), self.body)
        return sha256(b"\n".join(said)).hexdigest()[:16]


class DraftMoved(Refused):
    """Another save came before; *stored* is what stands there, None if nothing does (412)."""

    def __init__(self, stored: Draft | None) -> None:
        super().__init__("draft_moved")
        self.stored = stored

    @property
    def blocker(self) -> Blocker:
        if self.stored is None:
            return Blocker(code="draft_gone", field="If-Match")
        params: dict[str, str | int] = {
            "person": self.stored.saved_by,
            "time": instant(self.stored.saved_at),
        }
        return Blocker(code="draft_moved", field="If-Match", params=params)


class DraftStore(Protocol):
    """Where drafts are kept; each call is one statement, and its own commit."""

    def draft(self, case_id: str, document: str) -> Draft | None: ...

    def keep(self, draft: Draft, expected: str | None) -> bool:
        """Keep *draft*; False where what stands there is not *expected*, and not the same text.

        None expects none that counts, `ANY` whatever there is, all else the tag of the last save.
        """
        ...

    def drop(self, case_id: str, document: str, expected: str | None) -> bool:
        """Take a draft away; False where there is none, or it is not *expected*."""
        ...

    def forget(self, now: datetime) -> int:
        """Take away every draft whose time is over; how many that were."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a document of a case is written, by who may hand it in."""

    case: Case
    n_filed: int
    gone_at: datetime
    now: datetime
    takes_files: bool

    def counts(self, draft: Draft | None) -> bool:
        """Tell whether *draft* is for the version that comes next, and its time is not over."""
        return draft is not None and draft.n_filed == self.n_filed and draft.gone_at > self.now


class Drafts:
    """Reading, saving and discarding drafts."""

    def __init__(
        self,
        *,
        store: CaseStore,
        kept: DraftStore,
        directory: Directory,
        rulebook: Rulebook,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._kept = kept
        self._directory = directory
        self._rulebook = rulebook
        self._now = now

    def read(self, actor: Actor, case_id: str, document: str) -> Draft | None:
        """Return the draft of a document; None where nothing was typed since it was last filed.

        Raises:
            NotYours, NotAllowed: the document is not theirs to hand in.
        """
        return self._stored(self.place(actor, case_id, document), document)

    def save(
        self,
        actor: Actor,
        case_id: str,
        document: str,
        typed: Mapping[str, str],
        expected: str | None,
    ) -> Draft:
        """Keep what was *typed*, where the draft is *expected*; two statements and one commit.

        Raises:
            NotYours, NotAllowed: the document is not theirs to hand in.
            Conflict: the case has ended.
            Malformed: it is too long.
            DraftMoved: another save came before; nothing was changed.
        """
        place = self.place(actor, case_id, document)
        if not place.case.is_open:
            raise Conflict(Blocker(code="case_ended"))
        draft = Draft(
            case=place.case.id,
            document=document,
            n_filed=place.n_filed,
            typed=typed,
            saved_by=actor.person or "",
            saved_at=place.now,
            gone_at=place.gone_at,
        )
        if len(draft.body) > COMMAND_BYTES:
            raise Malformed(code="too_large")
        if not self._kept.keep(draft, expected):
            raise DraftMoved(self._stored(place, document))
        return draft

    def discard(self, actor: Actor, case_id: str, document: str, expected: str | None) -> None:
        """Take the draft away, where it still is the one *expected*; None: whatever it is.

        Raises:
            NotYours, NotAllowed: the document is not theirs to hand in.
            DraftMoved: another save came before; nothing was changed.
        """
        place = self.place(actor, case_id, document)
        if not self._kept.drop(place.case.id, document, expected) and expected is not None:
            raise DraftMoved(self._stored(place, document))

    def _stored(self, place: Place, document: str) -> Draft | None:
        draft = self._kept.draft(place.case.id, document)
        return draft if place.counts(draft) else None

    def place(self, actor: Actor, case_id: str, document: str) -> Place:
        """Return where a document is written, for who may hand it in; one statement for nearly all.

        Raises:
            NotYours, NotAllowed: it is not theirs to hand in.
        """

        def ask(standing: Standing) -> Place:
            organisation = self._directory.at_least(standing.organisation_version)
            case = standing.case(case_id)
            if case is None:
                raise _absent(actor, organisation, local_day(self._now(), ZONE), case_id)
            rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
            world = rules.world(heads, organisation, self._now(), str)
            _require(actor, case, document, world)
            return _place_of(case, document, world)

        return looking(self._store, Wanted(case=case_id), ask)


def _absent(actor: Actor, organisation: Organisation, day: date, case_id: str) -> Refused:
    # A token without the scope is told so either way, or it could tell which cases exist.
    verdict = authorise(actor, "case.find", organisation, day)
    if verdict.reason == "client_scope":
        return NotAllowed(Blocker(code=verdict.reason))
    return NotYours(case_id)


def _require(actor: Actor, case: Case, document: str, world: World) -> None:
    def files(candidate: Candidate) -> str:
        return why_not_file(candidate, case, document, world)

    about: dict[str, Any] = {"case": case, "fires": files, "narrowed": narrowed(case, world)}
    organisation, day = world.organisation, world.day(world.now)
    sees = authorise(actor, "case.find", organisation, day, **about)
    if sees.reason == "client_scope":
        raise NotAllowed(Blocker(code=sees.reason))
    if not sees.allowed or not takers(case, document, world):
        raise NotYours(case.id)
    verdict = authorise(actor, "case.draft", organisation, day, **about)
    if not verdict.allowed:
        raise NotAllowed(Blocker(code=verdict.reason))


def _place_of(case: Case, document: str, world: World) -> Place:
    return Place(
        case=case,
        n_filed=case.n_filed.get(document, 0),
        gone_at=gone_at(world.day(world.now), world.round.ends, world.scheme.zone),
        now=world.now,
        takes_files=_takes_files(world.scheme.documents[document]),
    )


def _takes_files(document: Document) -> bool:
    return bool(document.file) or any(isinstance(one.type, File) for one in document.columns)


def gone_at(today: date, ends: date | None, zone: tzinfo) -> datetime:
    """Return until when a draft that is saved *today* is kept, in a round that ends on a day."""
    last = today + ENDLESS if ends is None else max(ends, today) + KEPT
    return end_of_day(last, zone)


class Forgetting:
    """The thread that takes drafts away whose time is over."""

    def __init__(
        self, kept: DraftStore, now: Callable[[], datetime], say: Callable[..., object]
    ) -> None:
        self._kept, self._now = kept, now
        self.duty = Duty("drafts", self.step, say)

    def run(self, stop: Event) -> None:
        """Go on until *stop*, whatever happens."""
        while not stop.is_set():
            self.duty.attempt()
            stop.wait(_PAUSE_S)

    def step(self) -> int:
        """Take away what is over; how many drafts that were."""
        return self._kept.forget(self._now())
