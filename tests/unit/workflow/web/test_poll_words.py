"""What stands in the way of a poll is told in the words of its sheet."""

from services.workflow.adapters.web.poll_words import in_words
from services.workflow.domain.refusals import Blocker

ONE, OTHER = (f"review/018f0000-0000-7000-8000-00000000000{n}" for n in (1, 2))
WORDS = {
    "members": "参会人员",
    "n_void": "无效",
    OTHER: "演示乙",
    ONE: "演示甲",
    "overall": "总体评价",
    "good": "好",
    "fair": "较好",
    "-": "不评",
}


def test_where_two_counts_differ_is_told_once_of_each_in_the_order_of_the_sheet():
    places = [
        "members.n_void",
        f"members.{ONE}.overall.fair",
        f"members.{ONE}.overall.good",
        f"members.{OTHER}.overall.-",
        f"members.{OTHER}.overall.85.5",
    ]
    params: dict[str, str | int] = {"n": 5, "places": "; ".join(places)}
    told = in_words(Blocker(code="paper_counts_differ", params=params), WORDS).params
    assert told["n"] == 5
    assert told["places"] == (
        "参会人员：无效；参会人员 演示乙 总体评价：不评、85.5；参会人员 演示甲 总体评价：好、较好"
    )


def test_other_refusals_keep_their_order_and_figures():
    told = in_words(Blocker(code="slips_differ", params={"n": 1, "electorate": "members"}), WORDS)
    assert told.params == {"n": 1, "electorate": "参会人员"}
