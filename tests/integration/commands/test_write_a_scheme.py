"""The page on writing a scheme, followed literally: its files, its commands, and what they say."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import jsonschema_rs
import pytest

from deploy.running import ROOT
from deploy.servers.ports import free_port
from schemas.document import read_document
from services.workflow.adapters.files.yaml_nodes import compose

PAGE = ROOT / "docs" / "how-to" / "write-a-scheme.md"
_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DONE = "the next block begins"
PORT = free_port()


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
    # A service that a block started ends with the shell, whatever fails on the way.
    script = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n"
    script += "".join(f"{block}echo '{_DONE}'\n" for block in commands)
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=root,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.split(f"{_DONE}\n")[:-1]


def on_free_ports(block: str) -> str:
    """Return *block* with other ports than the page's, which may be taken here."""
    others = {"8098": str(free_port()), "8097": str(free_port())}
    for port, other in ({"8099": str(PORT)} | others).items():
        block = block.replace(port, other)
    return block


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
    assert "每个结局都能到达，每项操作都有人能办理，每种意外都演过。" in "".join(answers)


def test_the_first_line_of_the_page_s_scheme_leads_an_editor_to_what_takes_it(
    checkout: Path,
) -> None:
    file = checkout / "var" / "curators" / "curators.yaml"
    first, _, _ = file.read_text("utf-8").partition("\n")
    schema = file.parent / first.removeprefix("# yaml-language-server: $schema=")
    editor = jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))
    tree = read_document(file.read_text("utf-8"), compose).tree
    assert [error.message for error in editor.iter_errors(tree)] == []


def test_the_page_ends_in_a_running_round_and_its_first_reminder(checkout: Path) -> None:
    named = {block.name: block.body for block in BLOCKS if block.language == "bash"}
    first = BLOCKS[[block.language for block in BLOCKS].index("bash")]
    last = [on_free_ports(named[name]) for name in ("service", "import", "open", "remind", "end")]
    _, _, imported, opened, reminded, _ = said([first.body, *last], checkout)
    assert "+ 任职 p-office 任 m-committee 委员会秘书" in imported
    for told in ("方案 curators", "提醒与督办规则 curators", "日历 cn-state-council"):
        assert told in imported
    opening, appraisals, meetings = [json.loads(line) for line in opened.splitlines()]
    assert opening["coverage"] == {
        "department": {"expected": 2, "opened": 2, "exempt": 1},
        "meeting": {"expected": 1, "opened": 1, "exempt": 0},
    }
    assert [one["state"] for one in appraisals["items"]] == ["writing", "writing"]
    assert [one["state"] for one in meetings["items"]] == ["called"]
    told = reminded.splitlines()
    assert any("appraisal/" in line and " before " in line for line in told)
    (notice,) = json.loads(told[-1])["items"]
    assert "期限为2026年2月2日" in notice["text"]
