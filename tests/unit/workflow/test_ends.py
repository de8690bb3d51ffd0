"""A case's end is what the scheme says it is, whatever it is called."""

import re
from pathlib import Path
from typing import Any

import yaml

from services.workflow.application.cycles import Cycles
from services.workflow.application.envelopes import Sealer
from tests.builders import person
from tests.unit.workflow.hospital import Hospital
from tests.unit.workflow.scheme.cases import SCHEME, TEXT
from tests.unit.workflow.scheme.test_scheme_events import renamed

WEB = Path("services/workflow/adapters/web")


def test_what_is_closed_is_counted_under_any_name():
    tree = renamed(yaml.safe_load(TEXT), {"closed": "settled", "withdrawn": "closed"})
    hospital = Hospital((TEXT, yaml.safe_dump(tree, allow_unicode=True)))
    hospital.go_to("settled")
    (other,) = (one for one in hospital.store.heads.values() if one.person == "wang")
    hospital.fire("chen", "withdraw", case=other.stream, reason="调离")
    reads: Any = hospital.store
    cycles = Cycles(
        store=hospital.store,
        reads=reads,
        rulebook=hospital.rulebook,
        directory=hospital.directory,
        sealer=Sealer(),
        editions=hospital.editions,
        now=lambda: hospital.clock,
    )
    (cycle,) = hospital.store.kept_cycles
    coverage = cycles.view(person("chen"), cycle).coverage
    assert coverage["C"]["states"] == {"settled": 1}
    assert coverage["B"]["states"] == {"closed": 1}
    assert {tier: counts["closed"] for tier, counts in coverage.items()} == {"A": 0, "B": 0, "C": 1}


def test_no_page_knows_an_end_by_its_name():
    ends = {end for _, life in SCHEME.lives() for end in life.ends}
    quoted = re.compile("|".join(f"""['"]{end}['"]""" for end in sorted(ends)))
    sources = [*WEB.rglob("*.py"), *WEB.rglob("*.html")]
    assert [path.name for path in sources if quoted.search(path.read_text())] == []
    assert len(sources) > 10
