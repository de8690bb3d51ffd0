"""What has ended and is taken up again: each row that comes anew names which it is."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import OPEN
from services.workflow.domain.case.rows import placed
from services.workflow.domain.case.seeing import is_narrowed
from services.workflow.domain.language.model.guards import TakesUp
from services.workflow.domain.refusals import Blocker

_SOME = 5  # numbers that are told of what could be named


def takes_up(guard: TakesUp, asked: Asked) -> Iterator[Blocker]:
    """Yield the rows that come anew and take up nothing that has ended, or what is open again."""
    world = asked.world
    linked = world.heads.linked(asked.case, guard.link)
    ended = {one.stream: one for one in linked if one.final not in (OPEN, "carried")}
    kind = world.scheme.kinds[world.kind(asked.case).links[guard.link].kind]
    params = {"link": guard.link, "kind": kind.name, "kind_label": kind.label}
    given = asked.given("documents", guard.document)
    if not ended and not given:
        yield Blocker(code="none_has_ended", params=params)
    shown = [one.number for one in ended.values() if not is_narrowed(one, world)]
    again = {one.values.get(guard.column) for one in linked if one.is_open}
    for place, row in placed(guard.document, given or {}):
        named, at = row.get(guard.column), f"{place}.{guard.column}"
        if set(row) == {"row"}:
            continue
        if not ended:
            yield Blocker(code="none_has_ended", field=at, params=params)
        elif named not in ended:
            numbers = ", ".join(shown[:_SOME])
            yield Blocker(code="takes_up_none", field=at, params={**params, "numbers": numbers})
        elif named in again:
            number = {"number": ended[named].number}
            yield Blocker(code="taken_up_already", field=at, params=number)
        else:
            asked.looks.at(ended[named])
            again.add(named)
