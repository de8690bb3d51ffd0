"""What the demo says of those who sign in is true under the scheme it plays."""

from deploy.demo.cast import SCHEME
from deploy.demo.play import ROLES
from services.workflow import schemes
from services.workflow.adapters.files.scheme_file import load

OBSERVER = ("p-0014", "inspector")


def test_the_line_of_an_observer_names_what_is_left_to_others():
    person, role = OBSERVER
    kinds = load(schemes.text(SCHEME).decode(), SCHEME).kinds.values()
    kept = [
        kind.label
        for kind in kinds
        if kind.seen_by and not any(role in grant.roles for grant in kind.seen_by)
    ]
    assert kept
    assert [label for label in kept if label not in ROLES[person]] == []
