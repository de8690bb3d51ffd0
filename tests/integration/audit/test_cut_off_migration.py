"""A migration that ended after its tables and before cases were lived through again."""

import pytest

from services.workflow.adapters.database import SchemaOutdated
from tests.integration.audit.conftest import Tampered


def test_nothing_starts_over_heads_of_before_until_somebody_migrates_again(log: Tampered):
    log.do("""UPDATE case_head SET facts = '[["decisions",[]],' || substr(facts, 2)""")
    with pytest.raises(SchemaOutdated, match="run migrate"):
        log.continues()
    status, told = log.run("migrate")
    assert (status, told["migrated"]) == (0, True)
    assert log.continues()
    assert log.found("--thorough") == set()
