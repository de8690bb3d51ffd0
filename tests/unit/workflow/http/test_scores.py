"""What is told of a quota over HTTP."""

from schemas.limits import NEXT_OF_QUOTA
from services.workflow.adapters.http.scores import _quota
from services.workflow.application.ranking import Limit
from services.workflow.domain.case.ranking import Ranked, Standing
from services.workflow.domain.language.model.scores import Quota


def test_a_quota_names_the_first_whose_turn_it_is_and_says_how_many_there_are() -> None:
    n = NEXT_OF_QUOTA + 5
    cases = tuple(Ranked(str(one), str(one), "u", None, None, None) for one in range(n))
    sums = dict.fromkeys(("n", "n_graded", "n_having", "at_least", "at_most", "lacking", "over"), n)
    quota = Quota(name="few", among="u", grades=("good",))
    told = _quota(Limit(quota=quota, unit="u", standing=Standing(**sums, next=cases)))
    assert (told["n_next"], len(told["next"]), told["next"][0]) == (n, NEXT_OF_QUOTA, "0")
