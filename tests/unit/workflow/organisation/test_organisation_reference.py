"""The written format of the organisation file is the one that is read."""

import re
from pathlib import Path

from schemas.vocabulary import administrators, default
from services.workflow.adapters.files.organisation_file import load

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "organisation-file.md"


def test_every_kind_and_role_is_in_the_reference_with_its_label():
    text = REFERENCE.read_text()
    for word in (*default().kinds.values(), *default().roles.values(), *administrators().values()):
        assert f"| `{word.name}` | {word.label} |" in text


def test_the_example_of_the_reference_is_a_sound_file(tmp_path: Path):
    (example,) = re.findall(r"```yaml\n(.*?)```", REFERENCE.read_text(), re.DOTALL)
    file = tmp_path / "example.yaml"
    file.write_text(example)
    assert load(file).root == "u-work-committee"
