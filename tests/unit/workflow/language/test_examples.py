"""What is shipped beside an example scheme speaks of that scheme, in its organisation's words."""

from pathlib import Path

import pytest

from schemas.document import read_document
from schemas.policy_reading import read_new_policy
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load
from services.workflow.domain.organisation import parse
from tests.unit.workflow.language.examples import EXAMPLES

NAMES = sorted(file.name.removesuffix(".policy.yaml") for file in EXAMPLES.glob("*.policy.yaml"))


def document(suffix: str, name: str):
    return read_document(Path(EXAMPLES / f"{name}{suffix}").read_text(), compose, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_names_its_scheme_and_states_that_it_has(name: str):
    scheme, policy = load(document(".yaml", name)), read_new_policy(document(".policy.yaml", name))
    assert policy.scheme == scheme.id
    states = {(kind.name, state) for kind, life in scheme.lives() for state in life.states}
    written = document(".policy.yaml", name).tree["acts"]
    assert [one for one in written if (one["kind"], one["state"]) not in states] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_tells_roles_and_kinds_of_units_of_its_organisation(name: str):
    vocabulary = parse(document(".organisation.yaml", name)).vocabulary
    for track in read_new_policy(document(".policy.yaml", name)).tracks:
        for rung in track.rungs:
            assert set(rung.target.nearest) <= vocabulary.kinds.keys()
            assert set(rung.target.roles) <= vocabulary.roles.keys()
