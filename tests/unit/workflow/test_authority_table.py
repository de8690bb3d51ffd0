"""What each role of the default vocabulary may do, everywhere, as it was before roles were data.

The table beside this file was written once, from the code in which the roles still had names. A
line is who somebody is, the case, and what they ask; then for each of `PLACES` one letter for the
answer to each of `ROLES` that they may hold there.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from services.workflow.application.cycles import openers_of
from services.workflow.domain.authority import OPERATIONS, REASONS, authorise, visible
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.organisation import Organisation
from tests.builders import DAY, SCHEME, asked, organisation, person, post, review, world

TABLE = Path(__file__).with_name("authority_table.txt")
ROLES = (
    "secretary", "acting_secretary", "deputy_secretary", "committee_member", "discipline_member",
    "head", "office", "clerk", "liaison", "inspector",
    "system_administrator", "security_administrator", "audit_administrator",
)  # fmt: skip
PLACES = ("w", "g", "c", "c.h1", "c.h1.a", "c.h1.b", "c.h2")
# (the case's unit, its state): each tier, in an audit and after it.
CASES = (("c.h1.a", "unit_audit"), ("c.h1", "organ_audit"), ("c", "organ_audit"), ("c", "cleared"))
LETTERS = {"": "y", "hidden": "-"} | dict(
    zip(REASONS, ("c", "u", "p", "k", "A", "o", "4", "s", "e", "t", "x", "n"), strict=True)
)
PAST, SINCE = date(2019, 12, 31), date(2019, 1, 1)


def test_every_role_may_do_what_it_could():
    # In no order: triggers are told in the scheme's.
    assert sorted(_table()) == sorted(TABLE.read_text().splitlines())


def _table() -> Iterator[str]:
    for subject in ("vacant", "held", "past", "self"):
        for unit, state in CASES:
            rows = [
                [dict(_row(subject, unit, state, place, role)) for role in ROLES]
                for place in PLACES
            ]
            for operation in rows[0][0]:
                letters = ("".join(LETTERS[one[operation]] for one in row) for row in rows)
                yield f"{subject} {unit}/{state} {operation}: {' '.join(letters)}"


def _row(subject: str, unit: str, state: str, place: str, role: str) -> Iterator[tuple[str, str]]:
    tree = _tree(subject, place, role)
    return _answers(tree, review(tree, unit, "one" if subject == "self" else "another", state))


def _tree(subject: str, place: str, role: str) -> Organisation:
    """Return an organisation in which "one" holds *role* at *place*."""
    posts = [post("one", place, role, SINCE, PAST if subject == "past" else None)]
    if subject == "held":
        posts.append(post("incumbent", place, "secretary"))
    return organisation(posts, people=["another"])


def _answers(tree: Organisation, case: Case) -> Iterator[tuple[str, str]]:
    one, bodies = person("one"), bodies_of(case, world(case, tree))
    for operation in OPERATIONS:
        if operation in ("case.open", "case.draft") or operation.startswith("poll."):  # not yet
            continue
        about = {"case": case, "unit": case.unit, "person": "one", "bodies": bodies}
        yield operation, authorise(one, operation, tree, DAY, **about).reason
    openers = openers_of(SCHEME.opened_by, SCHEME, case.unit, tree)
    verdict = authorise(one, "cycle.open", tree, DAY, unit=case.unit, openers=openers)
    yield "cycle.open:2019", verdict.reason
    for trigger in SCHEME.kinds[case.kind].life(case.tier or "").triggers:
        about = asked(case, trigger, tree)
        yield f"fire:{trigger}", authorise(one, "case.trigger", tree, DAY, **about).reason
    yield "visible", "" if visible(one, tree, DAY).holds(case) else "hidden"
