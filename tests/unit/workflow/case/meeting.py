"""A unit's own meeting, made ready for tests: its hospital, its roster, who comes and goes."""

from datetime import timedelta
from typing import Any

from services.workflow.domain.case.listing import (
    Listing,
    read_listing,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from tests.builders import changed, unit
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_links_2019 import (
    UNIT,
    C,
    commented,
    unit_in_session,
)
from tests.unit.workflow.case.test_notice_2019 import ALONE

HOST = "office.c.h1"


def hospital(staff: int) -> Organisation:
    organisation = everybody()
    placed = unit("c.h1", "c", "unit_committee", attributes={"staff": staff})
    return organisation.evolve(changed(units=[placed]))


def roster(**given: Any) -> dict[str, Any]:
    return {"rosters": {"attendance": given}}


def moves(*told: dict[str, Any]) -> dict[str, Any]:
    return {"presence": {"attendance": {"moves": list(told)}}}


def listing(play: Play) -> Listing:
    told = play.case(UNIT).listed["attendance"]
    (text,) = play.texts([bytes.fromhex(told["sha256"])]).values()
    return read_listing(text.content, text.salt)


def people(play: Play, capacity: str) -> list[str | None]:
    return [one.person for one in listing(play).rows if one.capacity == capacity]


def shown(play: Play, ago: timedelta = timedelta(0)) -> str:
    """Return the code that is shown when the next act comes, or was some time before."""
    return listing(play).code(play.case(UNIT).stream, play.now + timedelta(minutes=1) - ago)


def by_code(code: str, **more: str) -> dict[str, Any]:
    return {"presence": {"attendance": {"code": code, **more}}}


def expected(scheme: Scheme = ALONE, *, staff: int = 300) -> Play:
    """Return the round of a hospital, a large one unless *staff* says otherwise."""
    made = Play(scheme, hospital(staff))
    made.open()
    return made


def gathered(play: Play) -> Play:
    """Bring the unit's meeting into session, its four reviews heard and commented on."""
    for number in C:
        commented(play, number)
    unit_in_session(play)
    return play
