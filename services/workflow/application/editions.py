"""Schemes, calendars and policies as they were published: which there are, and which is in force.

The one idea: what was published is the log's to tell, in one stream per kind. The newest edition of
an id is in force for what begins from then on; what an older one began goes on under it, so every
edition stays readable by its hash.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from schemas.document import Faults
from schemas.envelope import peek
from schemas.facts import EVENTS
from schemas.facts.texts import MOVE, PIN
from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.in_other_words import said_for
from services.workflow.application.ports import Append, Bulk, Document
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.world import recorded_at
from services.workflow.domain.language.loading import as_far_as_said
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.refusals import Blocker, Conflict, LogDamaged, NotYours

SCHEME, POLICY = "scheme", "policy"
KINDS = (SCHEME, "calendar", POLICY)
FACT = "text_published"
# An installation's texts are there before its organisation, which names the root unit.
NO_ROOT = "-"
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A text that was read and found sound, and could be published."""

    kind: str  # one of KINDS
    id: str
    hash: str  # hex SHA-256 of *canonical*
    canonical: bytes
    running: str = ""  # of a policy: PIN or MOVE, what becomes of cases that were opened before


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """A text as it was published."""

    kind: str
    id: str
    hash: str
    number: int  # in the stream of its kind
    event: str  # the id of the event that published it
    since: datetime
    running: str = ""  # PIN or MOVE; of other than policies, or from a release of before: ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A text as it is kept: published, or pinned by a round before there were editions."""

    kind: str
    id: str
    hash: str
    canonical: bytes
    title: str  # "" where it has none
    version: str  # what a calendar calls itself; "" where it has none
    scheme: str | None  # of a policy: the id of the scheme whose cases it is for


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An edition as lists show it."""

    edition: Edition
    kept: Kept
    in_force: bool


class Editions:
    """What was published; nothing is remembered, so nothing is stale."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def of(self, kind: str) -> list[Edition]:
        """Return every edition of *kind*, the oldest first; one statement."""
        events = (peek(row.body) for row in self._reads.stream(str(Stream("text", kind))))
        return [
            Edition(
                kind=kind,
                id=event.data["id"],
                hash=event.data["hash"],
                number=event.streamversion,
                event=event.id,
                since=event.time,
                running=event.data.get("running", ""),
            )
            for event in events
        ]

    def in_force(self, kind: str) -> dict[str, Edition]:
        """Return the newest edition of each id, those published last at the end."""
        return _newest(self.of(kind))

    def policies(self) -> dict[str, Edition]:
        """Return the policy in force for each scheme id: the last one published that names it."""
        in_force = list(self.in_force(POLICY).values())
        return _by_scheme(in_force, self._texts(in_force))

    def policy_texts(self) -> dict[str, Kept]:
        """Return what is kept of each of them; no statement more."""
        in_force = list(self.in_force(POLICY).values())
        texts = self._texts(in_force)
        return {scheme: texts[one.hash] for scheme, one in _by_scheme(in_force, texts).items()}

    def listed(self, kinds: Sequence[str]) -> list[Listed]:
        """Return every edition of *kinds*, the newest first, with what is in it."""
        by_kind = {kind: self.of(kind) for kind in kinds}
        found = [edition for editions in by_kind.values() for edition in editions]
        texts, ruling = self._texts(found), set[Edition]()
        for kind, editions in by_kind.items():
            newest = list(_newest(editions).values())
            ruling.update(_by_scheme(newest, texts).values() if kind == POLICY else newest)
        return [
            Listed(edition=one, kept=texts[one.hash], in_force=one in ruling)
            for one in sorted(found, key=lambda one: one.since, reverse=True)
        ]

    def _texts(self, editions: Sequence[Edition]) -> dict[str, Kept]:
        texts = self.kept([one.hash for one in editions])
        missing = [one.hash for one in editions if one.hash not in texts]
        if missing:
            raise LogDamaged(f"the document {missing[0]} was published and is gone")
        return texts

    def kept(self, hashes: Sequence[str]) -> dict[str, Kept]:
        """Return the texts kept under *hashes*; absent ones are missing; one statement.

        Raises:
            LogDamaged: what is kept under one of them is another.
        """
        found = self._reads.documents(hashes)  # what polls leave lies there as well
        return {hash_: read_kept(one) for hash_, one in found.items() if one.kind in KINDS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """The use cases of reading what was published."""

    access: Access
    editions: Editions
    scheme: Callable[[str], Scheme]  # by hash
    english: Mapping[str, Mapping[str, str]]  # by id of scheme, what is said for its words
    _said: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by hash, as far as it fits

    def listed(self, actor: Actor, kinds: Sequence[str]) -> list[Listed]:
        """Return every edition of *kinds*, the newest first. Raises `NotAllowed`."""
        self.access.require(actor, "text.read")
        return self.editions.listed(kinds)

    def text(self, actor: Actor, hash_: str) -> Kept:
        """Return the text kept under *hash_*, published or not. Raises `NotAllowed`, `NotYours`."""
        self.access.require(actor, "text.read")
        found = self.editions.kept([hash_]) if _HASH.fullmatch(hash_) else {}
        if hash_ not in found:
            raise NotYours(hash_)
        return found[hash_]

    def words(self, actor: Actor, hash_: str) -> Mapping[str, str]:
        """Return what English says for words of the text under *hash_*, of a scheme's any.

        What does not fit the scheme is left out, as it is on its pages.

        Raises:
            NotAllowed, NotYours
        """
        text = self.text(actor, hash_)
        if text.kind == SCHEME and hash_ not in self._said:
            try:
                scheme = self.scheme(hash_)
                said = said_for(scheme, self.english)
                _, kept = as_far_as_said(scheme, said) if said else (scheme, {})
                self._said[hash_] = {word: told for word, told in said.items() if word not in kept}
            except Faults:  # it is no scheme in any words
                self._said[hash_] = {}
        return self._said.get(hash_, {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """The use case of `scheme | calendar | policy import`, and of what `migrate` ships."""

    store: CaseStore
    reads: Reads
    editions: Editions
    directory: Directory
    sealer: Sealer
    now: Callable[[], datetime]

    def news(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return those of *drafts* that are not in force already; policies also for what runs."""
        in_force = {kind: self.editions.in_force(kind) for kind in {one.kind for one in drafts}}
        known = {one.hash: one for found in in_force.values() for one in found.values()}
        return [draft for draft in drafts if _is_news(draft, known.get(draft.hash))]

    def publish(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Put *drafts* in force, all or none; return those that were not in force already.

        Raises:
            Conflict: somebody else published at the same moment.
        """
        fresh = self.news(drafts)
        documents = tuple(Document(hash=d.hash, kind=d.kind, body=d.canonical) for d in fresh)
        if fresh:
            appends = tuple(self._appends(fresh))
            if not self.store.write(Bulk(appends=appends, documents=documents)):
                raise Conflict(Blocker(code="stale_version"))
        return fresh

    def _appends(self, drafts: Sequence[Draft]) -> Iterator[Append]:
        organisation = self.directory.current()
        last = {kind: self.editions.of(kind)[-1:] for kind in {one.kind for one in drafts}}
        version = {kind: found[0].number if found else 0 for kind, found in last.items()}
        before = max((found[0].since for found in last.values() if found), default=None)
        now = recorded_at(self.now(), before)
        for draft in drafts:
            stream = str(Stream("text", draft.kind))
            version[draft.kind] += 1
            body = self.sealer.event(
                FACT,
                stream,
                version[draft.kind],
                {"kind": draft.kind, "id": draft.id, "hash": draft.hash}
                | ({"running": draft.running} if draft.running else {}),
                at=now,
                origin=Origin(client="cli"),
                root=organisation.root or NO_ROOT,
                organisation_version=organisation.version,
            )
            yield Append(
                stream=stream,
                version=version[draft.kind],
                type=EVENTS.latest(FACT),
                recorded_at=now,
                body=body,
            )


def _is_news(draft: Draft, in_force: Edition | None) -> bool:
    if in_force is None:
        return True
    return draft.running == MOVE and in_force.running == PIN


def _newest(editions: Iterable[Edition]) -> dict[str, Edition]:
    found: dict[str, Edition] = {}
    for edition in editions:
        found.pop(edition.id, None)  # so that the one published last stands last
        found[edition.id] = edition
    return found


def _by_scheme(policies: Iterable[Edition], texts: Mapping[str, Kept]) -> dict[str, Edition]:
    return {texts[one.hash].scheme or one.id: one for one in policies}


def read_kept(document: Document) -> Kept:
    """Return what is in a text that is kept; raises LogDamaged where it is another."""
    if sha256(document.body).hexdigest() != document.hash:
        raise LogDamaged(f"the document kept as {document.hash} is another")
    tree: dict[str, Any] = orjson.loads(document.body)
    return Kept(
        kind=document.kind,
        id=tree["id"],
        hash=document.hash,
        canonical=document.body,
        title=tree.get("title", ""),
        version=tree.get("version", ""),
        scheme=tree.get("scheme", tree["id"]) if document.kind == POLICY else None,
    )
