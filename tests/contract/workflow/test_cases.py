"""What every store of cases promises, held by all of them."""

import pytest

from services.workflow.adapters.database import connect
from services.workflow.adapters.database.postgres_cases import PostgresCases
from services.workflow.adapters.database.sqlite_cases import SqliteCases
from services.workflow.adapters.memory.cases import MemoryCases
from tests.contract.workflow.conftest import POSTGRES, SQLITE
from tests.unit.workflow.case import test_races as races
from tests.unit.workflow.case.played import Play


@pytest.fixture(params=["memory", SQLITE, POSTGRES])
def cases(request):
    if request.param == "memory":
        yield MemoryCases()
        return
    if request.param == "sqlite":
        found = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
        yield SqliteCases(found._connections)
    else:
        found = connect(request.getfixturevalue("workflow_urls").app)
        yield PostgresCases(found._connections)
    found.close()


def test_it(cases):
    play = Play(races.SCHEME, store=cases)
    play.open()
    races.items_open(play)
