"""The ballot of a meeting in its states: tried, open, and closed with paper counted by two."""

from services.workflow.adapters.database import tables
from services.workflow.domain.ballots.reconciling import OnPaper
from services.workflow.domain.ballots.sheet import Answer
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.site import Site

HALL = "hall"


def rehearse(site: Site, meeting: Case, host: str) -> None:
    """Try voting, and close what was tried."""
    _ballots(site, meeting, host, 6, rehearsal=True)
    site.parts.counting.close(site.actor(host), meeting.id, HALL, rehearsal=True)


def vote(site: Site, meeting: Case, host: str, n: int = 2) -> list[tuple[str, str]]:
    """Have *n* vote by phone, and one on paper; return what the sheet asks."""
    heads = tables.case_head
    with site.parts.database._connections.transaction() as connection:
        # As if all before its ballots had been done.
        moved = heads.update().where(heads.c.case_id == meeting.id)
        connection.execute(moved.values(state="balloting"))
    return _ballots(site, meeting, host, n)


def count(site: Site, meeting: Case, *hosts: str) -> None:
    """Close a poll, and have two count the one paper that there is, not alike."""
    sheet = vote(site, meeting, hosts[0], 6)
    site.parts.counting.close(site.actor(hosts[0]), meeting.id, HALL)
    for host, value in zip(hosts, ("good", "fair"), strict=True):
        values = [value] * 3 + ["good"] * len(sheet)
        counts = {(*one, said): 1 for one, said in zip(sheet, values, strict=False)}
        paper = OnPaper(n_paper=1, counts=counts)
        site.parts.counting.count_paper(site.actor(host), meeting.id, HALL, {"members": paper})


def _ballots(
    site: Site, meeting: Case, host: str, n: int, *, rehearsal: bool = False
) -> list[tuple[str, str]]:
    actor, polls, casting = site.actor(host), site.parts.polls, site.parts.casting
    made = polls.issue(actor, meeting.id, HALL, "members", n + 2, anew=False, rehearsal=rehearsal)
    asked = [(one.about, "overall") for one in casting.sheet(made[0].secret, "").lines]
    for slip in made[:n]:
        casting.cast(slip.secret, "n" * 22, [Answer(*one, "good") for one in asked], (), "")
    if not rehearsal:
        polls.mark(actor, meeting.id, HALL, [made[n].check], spoilt=False)
    return asked
