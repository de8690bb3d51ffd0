"""What came back to a desk, and why: the reason and the findings of whoever sent it back.

The one idea: whether a case came back its head tells, so only of those that did is anything read;
and a list shows no text that the page of the case would not show, or only against a trace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from schemas.envelope import Envelope
from services.workflow.application.boards.acts import alone
from services.workflow.application.boards.history import Entry, read_together
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.boards.versions import Row as Filed
from services.workflow.application.boards.versions import Version, versions_of
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import stages
from services.workflow.domain.language.model.lives import Life

MOST_TOLD = 30  # cases of one page whose reasons are read: those that are due first
MOST_REMARKS = 3  # of one case; its own page has the rest
MOST_LENGTH = 80  # of a remark, in characters


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """One thing that was said where a case was sent back: how it begins."""

    text: str | None  # None: erased
    part: str = ""  # what it points at, as people call it; "": it points nowhere
    paragraph: int = 0  # 0: at no paragraph


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """That a case was sent back; by whom and why, where that is told in lists."""

    at: datetime | None = None
    version: int = 0  # of the event
    label: str = ""  # of the act, in the scheme's words
    actor: str | None = None
    deputy_for: str | None = None
    remarks: tuple[Remark, ...] = ()
    n_more: int = 0


def returns(
    sources: Sources, look: Look, cases: Iterable[tuple[Case, Spoken]], most: int = MOST_TOLD
) -> Mapping[str, Returned]:
    """Return which of *cases* came back, by id; two statements where one did, else none.

    Of no more than *most* of them is read why.
    """
    back = [(case, here) for case, here in cases if came_back(case, here.life)]
    open_to = {
        case.stream: (here, found)
        for case, here in back[:most]
        if (found := _told_in_lists(sources, look, case))
    }
    told: dict[str, Returned] = {case.id: Returned() for case, _ in back}
    if open_to:
        entries, _ = read_together(sources, [found for _, found in open_to.values()], _sends_back)
        for entry in entries:  # the last one stands
            here, found = open_to[entry.event.subject]
            told[found.case.id] = _returned(entry, here)
    return told


def came_back(case: Case, life: Life) -> bool:
    """Tell whether *case* lies where a verdict has sent it back to, and nothing came after."""
    here = case.reached.get(case.state)
    return here is not None and any(
        trigger.verdict == "back"
        and case.state in trigger.targets(source, stages(case))
        and _left_before(case, source, here.recorded_at)
        for trigger in life.triggers.values()
        for source in trigger.sources
    )


def _left_before(case: Case, source: str, at: datetime) -> bool:
    """Tell whether *source* was judged, and not passed, before *at*."""
    said, there = case.verdicts.get(source), case.reached.get(source)
    return said is not None and not said.passed and (there is None or there.recorded_at <= at)


def _told_in_lists(sources: Sources, look: Look, case: Case) -> SeenCase | None:
    world = alone(look, case, sources.rulebook.of(case.cycle))
    if sources.watch.shows_texts(look.actor, case, world):
        with suppress(Unread):
            found = seen(look.actor, case, world)
            return found if isinstance(found, SeenCase) else None
    return None


def _sends_back(event: Envelope) -> bool:
    verdict = event.data.get("verdict")
    return isinstance(verdict, Mapping) and verdict.get("result") == "back"


def _returned(entry: Entry, here: Spoken) -> Returned:
    said = list(_remarks(entry, here))
    return Returned(
        at=entry.effective_at,
        version=entry.event.streamversion,
        label=here.trigger(entry.event.data["trigger"]),
        actor=entry.event.actor,
        deputy_for=entry.event.deputyfor,
        remarks=tuple(islice(said, MOST_REMARKS)),
        n_more=max(0, len(said) - MOST_REMARKS),
    )


def _remarks(entry: Entry, here: Spoken) -> Iterator[Remark]:
    """Yield the reason, then what points at something, then all else that was written."""
    reason = entry.event.data.get("reason")
    if isinstance(reason, Mapping):
        yield Remark(text=_begins(entry.texts.get(reason["sha256"])))
    filed = sorted(versions_of([entry], here), key=lambda one: not _points(one, here))
    for version in filed:
        yield from (Remark(text=_begins(one.text), part=one.label) for one in version.parts)
        for row in version.rows:
            if row.texts is None or any(row.texts.values()):
                yield _of_row(row, version, here)


def _points(version: Version, here: Spoken) -> bool:
    document = here.filed(version.document)
    return document is not None and document.points_at is not None


def _of_row(row: Filed, version: Version, here: Spoken) -> Remark:
    texts: Sequence[str] = tuple(filter(None, (row.texts or {}).values()))
    text = None if row.texts is None else _begins("\n".join(texts))
    document = here.filed(version.document)
    if document is None or document.points_at is None:
        return Remark(text=text, part=row.label)
    at = document.points_at
    part, paragraph = (str(row.values.get(name, "")) for name in (at.part, at.paragraph))
    return Remark(
        text=text,
        part=here.part(document.about or "", part) if part else "",
        paragraph=int(paragraph.partition(".")[0] or 0) if part else 0,
    )


def _begins(text: str | None) -> str | None:
    """Return the first lines of a text in one; None where it was erased."""
    if text is None:
        return None
    whole = " ".join(text.split())
    return whole if len(whole) <= MOST_LENGTH else f"{whole[:MOST_LENGTH]}…"
