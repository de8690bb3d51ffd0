"""Reading rosters: their capacities, reasons, and the agenda."""

from services.workflow.domain.language.model.rosters import Agenda, Capacity, Roster
from services.workflow.domain.language.naming import LINK, NAME
from services.workflow.domain.language.reading.documents import NAMED
from services.workflow.domain.language.reading.scores import ELECTORS
from services.workflow.domain.language.reading.where import ANYWHERE
from services.workflow.domain.language.shapes import Catalogue, Key, Line, Names, Present, Record
from services.workflow.domain.language.shapes import Named as NamedList

_CAPACITY = Record(
    Capacity,
    {
        "name": Key(NAME),
        "label": Key(Line()),
        "people": Key(ELECTORS, default=()),
        "invited": Key(Present(), default=False),
        "where": ANYWHERE,
    },
    needs=(("people", "invited"),),
    defined="capacity",
)
_DOCUMENTS: Key[tuple[str, ...]] = Key(Names(NAME, most=20), default=())
_AGENDA = Record(
    Agenda,
    {
        "of": Key(LINK, to="link"),
        "pins": Key(NAME, default=""),
        "comments": _DOCUMENTS,
        "drafts": _DOCUMENTS,
        "record": Key(NAME, default=""),
        "concerned": Key(NAME, default=""),
    },
    defined="agenda",
)
ROSTERS = Catalogue(
    NAME,
    Record(
        lambda **given: Roster(name="", **given),
        {
            "label": Key(Line()),
            "capacities": Key(NamedList(NAME, _CAPACITY, most=20)),
            "reasons": Key(NAMED, default=()),
            "agenda": Key(_AGENDA, default=None),
        },
        defined="roster",
    ),
    most=20,
    bears="name",
)
