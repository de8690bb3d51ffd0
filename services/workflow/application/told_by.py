"""Why somebody was told so: the text of the policy, and by which ways else, for who may know it.

The one idea: the notice names the text by its hash, and the bytes answer for themselves. So it does
not matter who kept them: here, where they were published, or the notifier, whose own they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from schemas.envelope import UnreadableEvent, open_envelope
from schemas.policy import BULLETIN
from schemas.streams import NOTICES
from schemas.upcast import upcast
from services.workflow.application.access import Access
from services.workflow.application.answers import Answers
from services.workflow.application.boards.look import NextNotice, NextNotices
from services.workflow.application.editions import POLICY, Editions, Kept, read_kept
from services.workflow.application.ports import Document
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import NotYours

_SAME_NEWS = ("version", "desk", "track", "rung", "kind", "planned_at")
MOST_LOOKED_THROUGH = 5000  # events beside one case, as the proof of notice has them


# Of a hash; None: the notifier has none of it either. Raises NotifierAway.
AsksForPolicy = Callable[[str], bytes | None]


def nobody_keeps(_hash: str) -> bytes | None:
    """Answer where there is no notifier."""
    return None


def nothing_planned(_cases: Sequence[str]) -> None:
    """Answer where there is no notifier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldBy:
    """The use cases of reading under which text one was told, and how else."""

    access: Access
    answers: Answers
    editions: Editions
    reads: Reads
    ask: AsksForPolicy = nobody_keeps
    next_notices: NextNotices = nothing_planned

    def of_notice(self, actor: Actor, notice: str) -> tuple[Mapping[str, Any], Kept]:
        """Return what was recorded of a notice to *actor*, and the text that it names.

        Raises:
            NotYours: it is not theirs, or nobody kept the text.
            NotAllowed, NotifierAway
        """
        told = self.answers.recorded(actor, notice).data
        return told, self._text(told["policyhash"])

    def of_case(self, actor: Actor, case_id: str, hash_: str, kind: str | None = None) -> Kept:
        """Return the text *hash_*, which a notice names that *actor* sees of the case.

        One that lies beside the case, or that it will be reminded by next.

        The case is of *kind* if that is given.

        Raises:
            NotYours: there is no such notice, or nobody kept the text.
            NotAllowed, NotifierAway
        """
        seen = self.access.case(actor, case_id, kind)
        beside = f"{seen.case.stream}/{NOTICES}"
        for row in self.reads.events_of([beside], MOST_LOOKED_THROUGH, newest_first=True):
            if not _has(row.body, hash_):
                continue
            data = _data(row.body)
            if data.get("policyhash") == hash_ and not seen.extent.withholds(data):
                return self._text(hash_)
        stream = seen.case.stream
        planned = (self.next_notices([stream]) or {}).get(stream)
        is_next = isinstance(planned, NextNotice) and planned.policy == hash_
        if is_next and seen.extent.shown is None:
            return self._text(hash_)
        raise NotYours(hash_)

    def other_ways(self, told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return what the log has by now of the same news to the same person by other channels.

        The oldest first; *told* is what was recorded of a notice of one's own.
        """
        person = told.get("recipient", {}).get("person")
        if person is None or told["kind"] == BULLETIN:  # beside one case, to a whole range
            return []
        beside = f"{told['subject']}/{NOTICES}"
        rows = self.reads.events_of([beside], MOST_LOOKED_THROUGH, newest_first=True)
        same = [told.get(name) for name in _SAME_NEWS]
        return [
            data
            for data in (_data(row.body) for row in reversed(rows) if _has(row.body, person))
            if data.get("channel", told["channel"]) != told["channel"]
            and data.get("recipient", {}).get("person") == person
            and [data.get(name) for name in _SAME_NEWS] == same
        ]

    def _text(self, hash_: str) -> Kept:
        found = self.editions.kept([hash_]).get(hash_)
        if found is None:
            body = self.ask(hash_)
            if body is None or sha256(body).hexdigest() != hash_:
                raise NotYours(hash_)
            return read_kept(Document(hash=hash_, kind=POLICY, body=body))
        if found.kind != POLICY:  # a notice may name any hash
            raise NotYours(hash_)
        return found


def _has(body: bytes, said: str) -> bool:
    """Tell whether *body* says so anywhere: opening it takes far longer."""
    return f'"{said}"'.encode() in body


def _data(body: bytes) -> Mapping[str, Any]:
    try:
        return upcast(open_envelope(body)).data
    except UnreadableEvent:  # stored before every event was held against its schema
        return {}
