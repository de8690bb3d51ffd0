"""What the services write about themselves is written as far as there is room."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.running import ROOT

SPEAKS = """
import structlog
from {module} import {name} as set_up
set_up()
structlog.get_logger("test").info("no room", n=1)
print("goes on")
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("services.workflow.bootstrap.output", "configure_logging"),
        ("services.notifier.__main__", "_set_up_logs"),
    ],
)
def test_a_line_for_which_there_is_no_room_is_lost_and_nothing_else(module: str, name: str) -> None:
    program = SPEAKS.format(module=module, name=name)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )
    assert done.stdout == "goes on\n"
