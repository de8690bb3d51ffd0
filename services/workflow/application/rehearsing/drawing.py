"""Draws as they are rehearsed: sealed at once, over a log nobody signs, by a number made up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from schemas.draw_number import Group, read_format
from schemas.instants import instant
from services.workflow.application.drawing import Sealing
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing.port import Event, Write
from services.workflow.application.ports import Text
from services.workflow.application.sequencing_ports import Frozen
from services.workflow.domain.case.head import Attested, Case, Entered
from services.workflow.domain.case.pool import pool_of, units_of
from services.workflow.domain.case.world import Signed, World
from services.workflow.domain.language.model.scores import Draw
from services.workflow.domain.language.model.triggers import DrawStep

LATER = timedelta(days=1)  # until the number is drawn
_ROOT = "0" * 64


class RehearsedDraws(DrawsAtHand):
    """What draws rest on where there is no log: every size of it is signed."""

    def origin(self) -> str:
        """Return what the log would be called."""
        return "rehearsal"

    def signed(self, sizes: Iterable[int]) -> Iterator[tuple[int, Signed]]:
        """Yield a checkpoint for each of *sizes*."""
        yield from ((size, Signed(root=_ROOT, checkpoint=_ROOT)) for size in sizes)


def sealed(
    case: Case,
    frozen: bytes,
    texts: Callable[[Sequence[bytes]], Mapping[bytes, Text]],
    sealer: Sealer,
    now: datetime,
) -> Write | None:
    """Return what seals the draw of *case*, which the event *frozen* froze."""
    if case.drawing is None:
        return None
    hash_ = bytes.fromhex(case.drawing.terms["roster"]["sha256"])
    text = texts([hash_]).get(hash_)
    roster = None if text is None else text.content
    made = Sealing(sealer, lambda: now).seal(Frozen(case, frozen, case.version, roster))
    if made is None or made.after is None:
        return None
    event = Event(
        stream=made.stream,
        version=made.version,
        type=made.type,
        recorded_at=made.recorded_at,
        body=made.body,
        before=made.before,
        after=made.after,
    )
    return Write(cycle=case.cycle, events=(event,))


def taken_by(case: Case, take: DrawStep) -> frozenset[str | None]:
    """Return who has taken a step of a draw that two people take: another has to."""
    if case.drawing is None:
        return frozenset()
    steps: Mapping[str, Sequence[Attested | Entered]] = {
        "attest": case.drawing.attested,
        "enter": case.drawing.entered,
    }
    return frozenset(one.person for one in steps.get(take.step, ()))


def step_of(take: DrawStep, case: Case, world: World) -> dict[str, Any]:
    """Return sound data of a step."""
    rule = world.scheme.draws[take.name]
    match take.step:
        case "freeze":
            at = instant((world.now + LATER).replace(microsecond=0))
            issue = f"{world.now:%Y%m%d%H%M%S}"  # each draw waits for one of its own
            return {"number": rule.numbers[0].name, "issue": issue, "drawn_at": at}
        case "attest":
            return {"checkpoint": _ROOT}
        case "enter":
            frozen = case.drawing
            groups = read_format(frozen.terms["format"]) if frozen else rule.numbers[0].groups
            return {"number": " + ".join(map(_figures, groups))}
    reason = rule.reasons[0].name if rule.reasons else "other"
    return {"unit": _unit(rule, case, world), "reason": reason}


def _figures(group: Group) -> str:
    steps = range(group.count) if group.ascending else [0] * group.count
    return " ".join(str(group.least + step).zfill(len(str(group.most))) for step in steps)


def _unit(rule: Draw, case: Case, world: World) -> str:
    """Return a unit that may still be exempted."""
    drawing = case.drawing
    if drawing is None:
        return next((one.unit for one in pool_of(rule, case, world)), case.unit)
    known = drawing.order or units_of(drawing, world) or ()
    return next((unit for unit in known if unit not in drawing.out), case.unit)
