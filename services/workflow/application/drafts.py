"""Drafts: what was typed for a document of a case, and is not handed in yet.

The one idea: a draft belongs to the case and the document, not to who types or to a window; whoever
may hand the document in reads it and goes on with it. Of it only the shape is judged before that,
nothing of it is in the log, and no save takes away what another saved, or begins anew what was
handed in meanwhile: it says which one it is based on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Protocol

import orjson

from schemas.calendar import end_of_day, local_day
from schemas.envelope import open_envelope
from schemas.fields import MapOf, Pattern, StrictInt, StrictSchema, Text
from schemas.instants import instant
from schemas.said import both
from services.workflow.application.asking import COMMAND_BYTES
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import asking
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import lacking, who_may
from services.workflow.domain.case.filing import takers, why_not_file
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.data.unfinished import flaws
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
_PLACE = r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,4}"
_ACCEPTED = both("the place of a field, such as parts.problems")
_MOST_FIELDS = 10_000
_MOST_VERSIONS = 0xFFFF
_NOTHING = "0" * 12


class DraftBody(StrictSchema):
    """What was typed so far: texts by their place in the document, `parts.problems`, `rows.0.due`.

    What is asked of them when the document is handed in is not asked before. *version* is the one
    that the draft is to become; a save that goes on from another has its entity tag to say so.
    """

    version = StrictInt(least=1, most=_MOST_VERSIONS)
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
        """What tells this save from every other of the document, and after how many versions."""
        said = (str(self.n_filed).encode(), instant(self.saved_at).encode(), self.body)
        return _tag(self.n_filed, sha256(b"\n".join(said)).hexdigest())


def nothing_yet(n_filed: int) -> str:
    """Return the tag of a draft that nobody has begun, after so many versions of the document."""
    return _tag(n_filed, _NOTHING)


def is_begun(tag: str) -> bool:
    """Tell whether *tag* is of a draft that somebody has begun."""
    return bool(tag) and not tag.endswith(_NOTHING)


def _tag(n_filed: int, rest: str) -> str:
    return f"{min(n_filed, _MOST_VERSIONS):04x}{rest[: len(_NOTHING)]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """The last version of a document that was handed in, and when and by whom."""

    version: int
    at: datetime
    by: str  # "" where nobody is named


class DraftMoved(Refused):
    """Another save came before; *stored* is what stands there, None if nothing does (412).

    *submitted* where what it goes on from was handed in meanwhile.
    """

    def __init__(self, stored: Draft | None, submitted: Submitted | None = None) -> None:
        super().__init__("draft_moved")
        self.stored = stored
        self.submitted = submitted

    @property
    def blocker(self) -> Blocker:
        if self.submitted is not None:
            said: dict[str, str | int] = {
                "version": self.submitted.version,
                "time": instant(self.submitted.at),
            }
            return Blocker(code="draft_submitted", field="If-Match", params=said)
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

    def of_case(self, case_id: str) -> list[Draft]:
        """Return every draft of a case."""
        ...

    def keep(self, draft: Draft, expected: str | None) -> bool:
        """Keep *draft*; False where what stands there is not *expected*, and not the same text.

        None expects none that counts, `ANY` whatever there is, all else the tag of the last save.
        Nothing is kept for a version that is handed in by now, however close the two come.
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
    document: Document

    @property
    def takes_files(self) -> bool:
        columns = self.document.columns
        return bool(self.document.file) or any(isinstance(one.type, File) for one in columns)

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
        reads: Reads,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._kept = kept
        self._reads = reads
        self._directory = directory
        self._rulebook = rulebook
        self._now = now

    def read(self, actor: Actor, case_id: str, document: str) -> Draft | None:
        """Return the draft of a document; None where nothing was typed since it was last filed.

        Raises:
            NotYours, NotAllowed: the document is not theirs to hand in.
        """
        return self._stored(self.place(actor, case_id, document), document)

    def read_all(self, actor: Actor, case_id: str, document: str) -> dict[str, Draft]:
        """Return the draft of a document, and those of others of its case that are theirs too.

        Raises:
            NotYours, NotAllowed: *document* is not theirs to hand in.
        """
        first, found = self.place(actor, case_id, document), {}
        for draft in self._kept.of_case(case_id):
            name = draft.document
            try:
                place = first if name == document else self.place(actor, case_id, name)
            except (NotYours, NotAllowed):
                continue
            if place.counts(draft):
                found[name] = draft
        return found

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
            Malformed: it is too long, or has what the document has no place for.
            DraftMoved: another save came before, or the document was handed in; nothing was
                changed.
        """
        place = self.place(actor, case_id, document)
        if not place.case.is_open:
            raise Conflict(Blocker(code="case_ended"))
        if faults := tuple(flaws(place.document, typed)):
            raise Malformed(*faults)
        if _is_of_before(expected, place.n_filed):
            raise DraftMoved(self._stored(place, document), self._submitted(place, document))
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
        first = expected == nothing_yet(place.n_filed)
        if not self._kept.keep(draft, None if first else expected):
            raise self._moved(self.place(actor, case_id, document), document, place.n_filed)
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

    def _moved(self, now: Place, document: str, n_filed: int) -> DraftMoved:
        """Return what became of a draft *now* that was not to be kept after *n_filed* versions."""
        handed_in = self._submitted(now, document) if now.n_filed > n_filed else None
        return DraftMoved(self._stored(now, document), handed_in)

    def _submitted(self, place: Place, document: str) -> Submitted:
        """Return the last version that was handed in; asked where a save comes too late alone."""
        for row in reversed(self._reads.stream(place.case.stream)):
            told = open_envelope(row.body)
            for one in told.data.get("documents", ()):
                if one["name"] == document:
                    return Submitted(version=one["version"], at=told.time, by=told.actor or "")
        return Submitted(version=place.n_filed, at=place.case.recorded_at, by="")

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

    about: dict[str, Any] = {"case": case, "fires": files, **asking(case, world)}
    organisation, day = world.organisation, world.day(world.now)
    sees = authorise(actor, "case.find", organisation, day, **about)
    if sees.reason == "client_scope":
        raise NotAllowed(Blocker(code=sees.reason))
    if not sees.allowed or not takers(case, document, world):
        raise NotYours(case.id)
    verdict = authorise(actor, "case.draft", organisation, day, **about)
    if not verdict.allowed:
        able = (who_may(case, one, world) for one in takers(case, document, world))
        roles = (role for found in able for _, each in found for role in each)
        raise NotAllowed(lacking(verdict.reason, roles, world))


def _place_of(case: Case, document: str, world: World) -> Place:
    return Place(
        case=case,
        n_filed=case.n_filed.get(document, 0),
        gone_at=gone_at(world.day(world.now), world.round.ends, world.scheme.zone),
        now=world.now,
        document=world.scheme.documents[document],
    )


def _is_of_before(expected: str | None, n_filed: int) -> bool:
    """Tell whether a save goes on from what was typed for a version that is handed in by now."""
    return expected not in (None, ANY) and int(str(expected)[:4], 16) < min(n_filed, _MOST_VERSIONS)


def gone_at(today: date, ends: date | None, zone: tzinfo) -> datetime:
    """Return until when a draft that is saved *today* is kept, in a round that ends on a day."""
    last = today + ENDLESS if ends is None else max(ends, today) + KEPT
    return end_of_day(last, zone)
