"""Whatever outage there is, whoever is told after it is who one finds on paper."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.calendar import local_day
from services.notifier.application.foretelling import whole
from tests.contract.notifier.day_by_day import Days, Figures, Paper
from tests.contract.notifier.test_two_replicas import HOLIDAYS, WORKED, policy_text
from tests.contract.notifier.town import Town, in_memory
from tests.unit.notifier.world import SCHEME_TEXT, ZONE, at, due

LAST = date(2020, 2, 20)
POSTS_THAT_END = st.sets(st.sampled_from(["hs", "hd", "oo", "os", "ts"]), max_size=4)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    unit=st.sampled_from(["ward", "hospital", "outpost"]),
    due_on=st.integers(9, 20),
    off=st.tuples(st.integers(0, 9), st.booleans(), st.integers(1, 16)),
    gone=POSTS_THAT_END,
)
def test_who_is_told_after_an_outage_is_what_one_finds_on_paper(
    unit: str, due_on: int, off: tuple[int, bool, int], gone: set[str]
) -> None:
    case, today = "00000000-0000-7000-8000-000000000001", date(2020, 1, 8)
    since = (today + timedelta(days=off[0]), off[1])
    until = (since[0] + timedelta(days=off[2]), False)
    with in_memory() as store:
        town, figures = Town(store), Figures(before=2, committee=1, organ=3)
        paper = Paper(Days(set(HOLIDAYS), set(WORKED)), [figures], gone=gone)
        town.policy = None
        town.serve(SCHEME_TEXT, policy_text(figures))
        town.restart()
        town.log.organise(without=tuple(gone))
        town.log.publish("scheme", SCHEME_TEXT)
        town.log.publish("policy", policy_text(figures))
        town.log.open(case, unit, due(1, due_on), at(1, 8, 7, 30))
        paper.open(case, unit, date(2020, 1, due_on), today)
        while today <= LAST:
            for noon, hour in ((False, 8), (True, 12)):
                if not since <= (today, noon) < until:
                    town.run(at(today.month, today.day, hour), n_passes=50)
                    paper.look(today, noon=noon)
            today += timedelta(days=1)
        told = Counter(
            (local_day(one.decided_at, ZONE), case, one.rung, to.person)
            for one in whole(town.store)
            if one.channel == "inapp" and one.status == "sent" and (to := one.recipient)
        )
        assert told == Counter(paper.told)
