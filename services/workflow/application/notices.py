"""Remarks, reminders by hand, and what the notifier reports: the stream beside each case.

None of these moves a case's version. Writers read where the side stream stands and append one
further; whoever loses that race reads again. A notice is reported once for ever: its id is used
like an idempotency key, whichever token reports it. Told again it is the same wherever its words,
its reason or its times are others: those depend on the moment of writing, and the first count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import orjson

from schemas.envelope import open_envelope
from schemas.facts import EVENTS
from schemas.instants import instant, parse_instant
from schemas.streams import NOTICES
from services.workflow.application.access import Access
from services.workflow.application.answered import Answered
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.port import CaseStore, Standing, Used, Wanted
from services.workflow.application.firing.sealing import partition_key
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.ports import (
    FINGERPRINT_BYTES,
    Append,
    InboxItem,
    Key,
    NoticeRow,
    SideStream,
    Text,
)
from services.workflow.application.reading_ports import Reads
from services.workflow.application.seeing import SeenCase
from services.workflow.domain.authority import Actor, Verdict, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case, Holder
from services.workflow.domain.case.world import recorded_at
from services.workflow.domain.refusals import Blocker, NotAllowed, NotYours

MOST_ATTEMPTS = 10
# No token can have this name, so that a notice's id and a client's key never meet.
NOTICE_KEYS = "urn:shuping:notices"
FACTS = (
    *("subject", "version", "state", "track", "rung", "kind", "channel", "outcome", "reason"),
    *("notice", "policyhash"),
)
MAY_BE = ("desk", "attempts", "wordshash", "instead_of", "why_channel", "acknowledgement")
# What makes it this notice and no other.
SAME = (
    *("subject", "version", "track", "rung", "kind", "channel", "outcome"),
    *("desk", "recipient"),
)
INSTANTS = ("due_at", "planned_at", "decided_at", "settled_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """One event for a notices stream, before its version is known."""

    case: Case
    fact: str
    data: Mapping[str, Any]
    texts: tuple[Text, ...]
    origin: Origin
    key: Key


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """What came of one reported notice."""

    notice: str
    # Recorded now, known already, known with other content, a bug, or to be tried again.
    outcome: Literal["recorded", "known", "absent", "differs", "broken", "unavailable"]
    code: str = ""
    failure: UnfitEvent | None = None  # the bug
    stands: Mapping[str, Any] | None = None  # of one that differs, what is recorded


class Notices:
    """The use cases of the notices streams."""

    def __init__(
        self,
        *,
        store: CaseStore,
        reads: Reads,
        access: Access,
        sealer: Sealer,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._answered = Answered(reads)
        self._access = access
        self._sealer = sealer
        self._now = now

    def note(
        self,
        actor: Actor,
        case_id: str,
        kind: str,
        text: str,
        key: str,
        fingerprint: bytes,
        correlation: str,
        only: str | None = None,
    ) -> Answer:
        """Add a remark (`note`), or remind the holder by hand (`urge`).

        *only* is the one kind the case may be of, if there is but one.

        Raises:
            NotYours: absent, or not the actor's to see.
            NotAllowed: seen, but not theirs to write on.
            UnfitEvent: see there.
        """
        found = self._access.case(actor, case_id, only)
        head, wanted = found.case, Key(client=actor.client, key=key, fingerprint=fingerprint)
        standing = self.standing([(head.stream, wanted)])
        used = standing.used.get((wanted.client, wanted.key))
        if used is not None:
            return self._answered.again(used, fingerprint)
        deputy_for = _written_for(actor, f"case.{kind}", found)
        if kind == "urge" and not head.holders:
            return Answer(outcome="unfit", case=head, blockers=(Blocker(code="no_holder"),))
        origin = replace(Origin.of(actor, correlation), deputy_for=deputy_for)
        return self._noted(head, kind, text, wanted, origin, standing)

    def told_by_operator(self, case: str, text: str, key: Key) -> Answer:
        """Add a remark that nobody makes in their own name: what was done on the command line.

        Raises:
            NotYours: there is no such case.
        """
        standing = self.standing([(case, key)])
        head, used = standing.case(case), standing.used.get((key.client, key.key))
        if head is None:
            raise NotYours(case)
        if used is not None:
            return self._answered.again(used, key.fingerprint)
        return self._noted(head, "note", text, key, Origin(client=key.client), standing)

    def _noted(
        self, head: Case, kind: str, text: str, wanted: Key, origin: Origin, standing: Standing
    ) -> Answer:
        commitment, row = self._sealer.commit(text)
        data = {"kind": kind, "text": commitment, "holders": list(map(_desk, head.holders))}
        one = Beside(
            case=head, fact="note_added", data=data, texts=(row,), origin=origin, key=wanted
        )
        return self.one(one, standing)

    def one(self, one: Beside, standing: Standing) -> Answer:
        """Write *one* event beside its case, which stands as it was read.

        Raises:
            UnfitEvent: see there.
        """
        head, wanted = one.case, one.key
        written, standing = self.write([one], standing)
        if isinstance(written[0], UnfitEvent):
            raise written[0]
        if written[0] is not None:
            return Answer(outcome="done", case=head, event=written[0])
        used = standing.used.get((wanted.client, wanted.key))
        if used is not None:  # the same request, sent twice at once
            return self._answered.again(used, wanted.fingerprint)
        return Answer(outcome="unavailable", blockers=(Blocker(code="unavailable"),))

    def report(
        self, actor: Actor, items: Sequence[Mapping[str, Any]], correlation: str
    ) -> list[Reported]:
        """Record what the notifier sent and did not send; *items* are checked in shape.

        An in-app notice is this call: its text goes into the recipient's inbox.

        Raises:
            NotAllowed: not a notifier's token.
        """
        self._access.require(actor, "notices.report")
        keys = [_key(item) for item in items]
        subjects = [item["subject"] for item in items]
        standing = self.standing(list(zip(subjects, keys, strict=True)))
        organisation = self._access.directory.at_least(standing.organisation_version)
        today, answers = self._access.today(), dict[str, Reported]()
        writing: list[Beside] = []
        for item, key in zip(items, keys, strict=True):
            notice, case = item["notice"], standing.case(item["subject"])
            verdict = authorise(actor, "notice.record", organisation, today, case=case)
            used = standing.used.get((key.client, key.key))
            if case is None or not verdict.allowed:
                answers[notice] = Reported(notice=notice, outcome="absent", code="not_found")
            elif used is not None:
                answers[notice] = _known(notice, used, key)
            elif notice in answers:
                continue  # the same notice twice in one call: the first one counts
            else:
                answers[notice] = Reported(notice=notice, outcome="recorded")
                writing.append(self._recorded(item, case, key, actor, correlation))
        written, standing = self.write(writing, standing)
        for one, body in zip(writing, written, strict=True):
            client, notice = one.key.client, one.key.key
            if isinstance(body, UnfitEvent):
                answers[notice] = Reported(
                    notice=notice, outcome="broken", code="internal", failure=body
                )
            elif body is None:
                answers[notice] = _known(notice, standing.used.get((client, notice)), one.key)
        return [answers[item["notice"]] for item in items]

    def _recorded(
        self, item: Mapping[str, Any], case: Case, key: Key, actor: Actor, correlation: str
    ) -> Beside:
        data: dict[str, Any] = {name: item[name] for name in FACTS}
        data |= {name: instant(item[name]) for name in INSTANTS if item.get(name) is not None}
        data["skipped"] = [dict(one) for one in item["skipped"]]
        data |= {name: item[name] for name in MAY_BE if item.get(name) is not None}
        recipient = item.get("recipient")
        if recipient is not None:
            data["recipient"] = dict(recipient)
        texts: tuple[Text, ...] = ()
        if item.get("text") is not None:
            data["text"], row = self._sealer.commit(item["text"])
            texts = (row,)
        return Beside(
            case=case,
            fact="notice_recorded",
            data=data,
            texts=texts,
            origin=Origin.of(actor, correlation),
            key=key,
        )

    # --- Writing ---

    def write(
        self, writing: Sequence[Beside], standing: Standing
    ) -> tuple[list[bytes | UnfitEvent | None], Standing]:
        """Append each at the end of its stream; None where it could not be: its key was used."""
        bodies: list[bytes | UnfitEvent | None] = [None] * len(writing)
        waiting = list(range(len(writing)))
        for _ in range(MOST_ATTEMPTS + len(writing)):
            if not waiting:
                break
            now, streams = self._now(), [_stream(writing[index]) for index in waiting]
            sides = dict(self._store.side_streams(list(dict.fromkeys(streams)), now))
            appends = list[Append]()
            for index, stream in zip(waiting, streams, strict=True):
                one = self._append(writing[index], sides[stream], now, standing)
                # What is next in the same stream follows it.
                sides[stream] = SideStream(version=one.version, recorded_at=one.recorded_at)
                appends.append(one)
            for index, written in zip(waiting, self._append_each(appends), strict=True):
                bodies[index] = written
            lost = [index for index in waiting if bodies[index] is None]
            if lost:
                standing = self.standing(
                    [(writing[index].case.stream, writing[index].key) for index in lost]
                )
            used = {
                index
                for index in lost
                if (writing[index].key.client, writing[index].key.key) in standing.used
            }
            waiting = [i for i in waiting if bodies[i] is None and i not in used]
        return bodies, standing

    def _append_each(self, appends: Sequence[Append]) -> list[bytes | UnfitEvent | None]:
        """Return the bytes of each that was written, or why it never can be; None: a lost race."""
        try:
            won = self._store.append(appends)
        except UnfitEvent as error:
            if len(appends) == 1:
                return [error]
            # The fault of one: the others are written without it.
            return [self._append_each([one])[0] for one in appends]
        return [one.body if done else None for one, done in zip(appends, won, strict=True)]

    def _append(self, one: Beside, side: SideStream, now: datetime, standing: Standing) -> Append:
        version = side.version + 1
        at = recorded_at(max(now, one.case.recorded_at), side.recorded_at)
        organisation = self._access.directory.at_least(standing.organisation_version)
        reported = one.fact == "notice_recorded"
        body = self._sealer.event(
            one.fact,
            _stream(one),
            version,
            one.data,
            at=at,
            origin=one.origin,
            root=organisation.root or "",
            organisation_version=organisation.version,
            scheme_hash=one.case.scheme,
            partition_key=partition_key(one.case),
        )
        return Append(
            stream=_stream(one),
            version=version,
            type=EVENTS.latest(one.fact),
            recorded_at=at,
            body=body,
            key=one.key,
            inbox=inbox_item(one.case.id, one.data, at) if reported else None,
            notice=notice_row(one.case.id, one.data) if reported else None,
            texts=one.texts,
        )

    def standing(self, wanted: Sequence[tuple[str, Key]]) -> Standing:
        """Return cases, by stream or id, and what keys were used for, in one statement."""
        return self._store.standing(
            [Wanted(case=case, client=key.client, key=key.key) for case, key in wanted]
        )


def notice_row(case_id: str, data: Mapping[str, Any]) -> NoticeRow:
    """Return the row that lists show, from a `notice_recorded` event's *data*."""
    recipient = data.get("recipient", {})
    return NoticeRow(
        notice=data["notice"],
        case_id=case_id,
        kind=data["kind"],
        rung=str(data["rung"]),
        channel=data["channel"],
        outcome=data["outcome"],
        person=recipient.get("person"),
        unit=recipient.get("unit"),
        role=recipient.get("role"),
        decided_at=parse_instant(data["decided_at"]),
    )


def inbox_item(case_id: str, data: Mapping[str, Any], recorded_at: datetime) -> InboxItem | None:
    """Return what an in-app notice puts into its recipient's inbox; None for every other."""
    person = data.get("recipient", {}).get("person")
    if data["channel"] != "inapp" or data["outcome"] != "sent" or not person or "text" not in data:
        return None
    asks = data["kind"] == "reminder" and data.get("acknowledgement", False)
    return InboxItem(
        person=person,
        notice=data["notice"],
        case_id=case_id,
        sha256=bytes.fromhex(data["text"]["sha256"]),
        recorded_at=recorded_at,
        asks_in=data["state"] if asks else None,
        asks_desk=data.get("desk", "") if asks else None,
    )


def _known(notice: str, used: Used | None, key: Key) -> Reported:
    if used is None:
        return Reported(notice=notice, outcome="unavailable", code="unavailable")
    if used.key.fingerprint == key.fingerprint:
        return Reported(notice=notice, outcome="known")
    data = open_envelope(used.body).data
    return Reported(notice=notice, outcome="differs", code="notice_differs", stands=data)


def _written_for(actor: Actor, operation: str, found: SeenCase) -> str | None:
    """Return as whose deputy *actor* writes on a case; None: in their own right.

    Raises:
        NotAllowed: neither may.
    """

    def asked(*voices: Candidate) -> Verdict:
        day, case = found.day, found.case
        return authorise(
            actor, operation, found.organisation, day, case=case, voices=lambda _: voices
        )

    own, *others = found.asking["voices"](
        Candidate(actor.person or "", found.organisation, found.day)
    )
    verdict = asked(own)
    if verdict.allowed:
        return None
    for one in others:
        if asked(own, one).allowed:
            return str(one.person)
    raise NotAllowed(Blocker(code=verdict.reason))


def _desk(holder: Holder) -> dict[str, str]:
    """Return who is reminded by hand, or was there when something was remarked."""
    told = {"unit": holder.unit, "role": holder.role}
    told |= {"desk": holder.desk} if holder.desk else {}
    return told if holder.person is None else told | {"person": holder.person}


def _key(item: Mapping[str, Any]) -> Key:
    content = {name: item[name] for name in SAME if item.get(name) is not None}
    digest = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
    return Key(client=NOTICE_KEYS, key=item["notice"], fingerprint=digest[:FINGERPRINT_BYTES])


def _stream(one: Beside) -> str:
    return f"{one.case.stream}/{NOTICES}"
