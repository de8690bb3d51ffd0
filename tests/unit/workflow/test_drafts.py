"""How long a draft is kept: by the round, whenever it was saved."""

from datetime import UTC, date, datetime
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from services.workflow.application.drafts import gone_at
from services.workflow.application.forgetting import Forgetting

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("today", "ends", "day"),
    [
        (date(2020, 1, 8), date(2020, 2, 20), datetime(2020, 3, 21, 16, tzinfo=UTC)),
        (date(2020, 3, 1), date(2020, 2, 20), datetime(2020, 3, 31, 16, tzinfo=UTC)),
        (date(2020, 1, 8), None, datetime(2021, 1, 7, 16, tzinfo=UTC)),
    ],
    ids=["30 days after the round", "30 days after a save past its end", "a year without an end"],
)
def test_a_draft_is_gone(today: date, ends: date | None, day: datetime):
    assert gone_at(today, ends, CHINA) == day


def test_what_is_over_is_taken_away_until_the_end_is_told():
    now, stop, asked = datetime(2020, 3, 21, 16, tzinfo=UTC), Event(), list[datetime]()

    class Kept:
        def forget(self, at: datetime) -> int:
            asked.append(at)
            stop.set()
            return 1

    Forgetting([Kept(), Kept()], lambda: now, print).run(stop)
    assert asked == [now, now]
