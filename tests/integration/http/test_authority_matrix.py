"""Every operation × every role × own, sibling, parent, child and foreign unit, against a table.

The table, authority_matrix.txt, is read by eye; when authority changes on purpose, write it anew
with `python -m tests.integration.http.test_authority_matrix` and read the difference.
"""

import tempfile
from pathlib import Path

from services.workflow.domain.authority import OPERATIONS
from tests.integration.http import matrix

TABLE = Path(__file__).parent / "authority_matrix.txt"


def in_truth(folder: Path) -> str:
    return matrix.table(folder, lambda name: (f"sqlite:///{folder}/{name}.db", None))


def test_everybody_may_do_exactly_what_the_table_says(tmp_path: Path):
    assert in_truth(tmp_path) == TABLE.read_text(encoding="utf-8")


def test_the_table_leaves_no_operation_out():
    asked = {name.split()[0] for name, _ in matrix.operations()}
    elsewhere = {name for name in OPERATIONS if name.startswith("page.")} | {
        "public",  # nobody is asked
        "case.texts.read",  # asked within case.events.read
        "notice.record",  # asked within notices.report
        "people.name",  # asked where names are wanted beside ids
        "case.find",  # the search of the pages
        "admin.operate",  # asked by no route of the API
        "channel.try",  # the same: see test_channel_trials
        "poll.vote",  # a slip is asked, and nobody's name
        "poll.read",  # of cases in which people vote, of which the table has none: see test_polls
        "poll.run",  # the same
        "poll.cast",  # the same: see test_rooms
    }
    assert asked | elsewhere == set(OPERATIONS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TABLE.write_text(in_truth(Path(folder)), encoding="utf-8")
