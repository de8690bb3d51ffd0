"""Reading `follows`: which scheme went before, and which of its open cases go on in this one."""

from services.workflow.domain.language.model.scheme import Carry, Follows
from services.workflow.domain.language.naming import ID, MARK, NAME
from services.workflow.domain.language.shapes import Key, Names, Record, Several, Table

_CARRY = Record(
    Carry,
    {
        "case": Key(NAME, to="kind"),
        "in": Key(Names(MARK), to="states"),
        "ends": Key(MARK),
        "as": Key(NAME, to="new_kind"),
        "columns": Key(Table(NAME, NAME), default={}),
    },
    defined="carry",
)
FOLLOWS = Record(Follows, {"scheme": Key(ID), "carries": Key(Several(_CARRY, most=20), default=())})
