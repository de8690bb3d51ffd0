"""The page on writing a scheme, followed literally: its files, its commands, and what they say."""

import json
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import jsonschema_rs
import pytest
import yaml

from deploy.running import ROOT
from schemas.document import read_document

PAGE = ROOT / "docs" / "how-to" / "write-a-scheme.md"
_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DONE = "the next block begins"


class Block(NamedTuple):
    language: str
    name: str
    body: str


BLOCKS = [Block(*found) for found in _BLOCK.findall(PAGE.read_text("utf-8"))]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A root of a checkout whose `var` is ours, with the page's files in their place."""
    for part in (".venv", "docs", "schemas", "services"):
        (tmp_path / part).symlink_to(ROOT / part)
    folder = tmp_path / "var" / "curators"
    folder.mkdir(parents=True)
    for name in {block.name for block in BLOCKS if block.language == "yaml"}:
        parts = [block.body for block in BLOCKS if block.name == name]
        (folder / name).write_text("\n".join(parts), encoding="utf-8")
    return tmp_path


def said(commands: list[str], root: Path) -> list[str]:
    """Return what each block of *commands* printed, in one shell from the first to the last."""
    script = "".join(f"{block}echo '{_DONE}'\n" for block in commands)
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.split(f"{_DONE}\n")[:-1]


def test_what_the_page_shows_is_what_its_commands_say(checkout: Path) -> None:
    places = [n for n, block in enumerate(BLOCKS) if block[:2] == ("bash", "")]
    answers = said([BLOCKS[n].body for n in places], checkout)
    shown = [
        (answer, BLOCKS[n + 1].body)
        for n, answer in zip(places, answers, strict=True)
        if BLOCKS[n + 1].language == "text"
    ]
    assert [answer for answer, _ in shown] == [text for _, text in shown]
    assert len(shown) == len([block for block in BLOCKS if block.language == "text"])
    assert "每个结局都能到达，每项操作都有人能办理。" in "".join(answers)


def test_the_first_line_of_the_page_s_scheme_leads_an_editor_to_what_takes_it(
    checkout: Path,
) -> None:
    file = checkout / "var" / "curators" / "curators.yaml"
    first, _, _ = file.read_text("utf-8").partition("\n")
    schema = file.parent / first.removeprefix("# yaml-language-server: $schema=")
    editor = jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))
    tree = read_document(file.read_text("utf-8"), yaml.compose).tree
    assert [error.message for error in editor.iter_errors(tree)] == []


def test_what_goes_along_with_the_scheme_is_imported(checkout: Path) -> None:
    """The scheme itself is left out until the service runs what its format says."""
    named = {block.name: block.body for block in BLOCKS if block.language == "bash"}
    beside = [one for one in named["import"].splitlines() if "scheme import" not in one]
    first = BLOCKS[[block.language for block in BLOCKS].index("bash")]
    *_, answers = said([first.body, named["service"], "\n".join([*beside, ""])], checkout)
    assert "+ 任职 p-office 任 m-committee 委员会秘书" in answers
    for told in ("提醒与督办规则 curators", "日历 cn-state-council"):
        assert told in answers
