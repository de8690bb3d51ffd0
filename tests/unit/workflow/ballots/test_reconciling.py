"""Slips add up, or what is missing has a name; paper is counted by two, apart."""

from services.workflow.domain.ballots.reconciling import (
    OnPaper,
    Slips,
    differences,
    is_remarkable,
    line,
    paper_blockers,
    paper_faults,
)
from services.workflow.domain.reasons import sentence

SLIPS = Slips(electorate="cadres", n_eligible=30, n_issued=30, n_phone=20, n_spoilt=1)
GOOD, POOR = ("review/one", "overall", "good"), ("review/one", "overall", "poor")
PAPER = OnPaper(n_paper=3, n_void=1, n_returned=4, n_not_returned=1, counts={GOOD: 2, POOR: 1})
RULE = {
    "questions": ["overall"],
    "electorates": [{"name": "cadres"}],
    "points": {"good": "95", "poor": "50"},
    "range": None,
    "blanks": "refused",
}


def test_issued_is_phone_paper_void_spoilt_returned_and_not_returned():
    told = line(SLIPS, PAPER)
    assert told["difference"] == 0
    parts = ("phone", "paper", "void", "spoilt", "returned", "not_returned")
    assert sum(told[f"n_{one}"] for one in parts) == told["n_issued"] == 30


def test_what_is_missing_is_a_difference():
    assert line(SLIPS, OnPaper(n_paper=3, n_returned=4))["difference"] == 2
    assert line(SLIPS, OnPaper(n_paper=10))["difference"] == -1


def test_without_paper_what_was_not_used_was_not_returned():
    told = line(SLIPS, None)
    assert (told["n_not_returned"], told["difference"]) == (9, 0)


def test_each_valid_sheet_answers_everything_once():
    assert [*paper_faults({"cadres": PAPER}, ["review/one"], RULE)] == []
    (fault,) = paper_faults({"cadres": OnPaper(n_paper=2)}, ["review/one"], RULE)
    assert (fault.field, fault.code) == (
        "electorates.cadres.review/one.overall",
        "does_not_add_up",
    )


def test_paper_is_that_of_any_electorate_there_is():
    rule = RULE | {"electorates": [{"name": "guests"}, {"name": "cadres"}]}
    assert [*paper_faults({"cadres": PAPER}, ["review/one"], rule)] == []


def test_an_electorate_nobody_knows_hides_no_fault_of_the_next():
    papers = {"guests": PAPER, "cadres": OnPaper(n_paper=2)}
    found = [*paper_faults(papers, ["review/one"], RULE)]
    assert found[0].code == "not_a_choice"
    assert len(found) == 2


def test_every_place_at_which_two_counts_differ_is_named():
    other = OnPaper(n_paper=3, n_void=2, n_returned=4, n_not_returned=1, counts={GOOD: 3})
    both = {"cadres": PAPER}, {"cadres": other}
    for one, two in (both, both[::-1]):
        assert [*differences(one, two)] == [
            "cadres.n_void",
            "cadres.review/one.overall.good",
            "cadres.review/one.overall.poor",
        ]


def codes(counts: list[dict], n_marked: int) -> list[str]:
    slips = [Slips(electorate="cadres", n_issued=30, n_marked_paper=n_marked)]
    return [one.code for one in paper_blockers(counts, slips)]


def test_paper_takes_two_who_agree_and_a_code_for_each_sheet():
    papers = {"cadres": PAPER}
    assert codes([], 0) == []
    assert codes([], 3) == ["paper_not_counted"]
    assert codes([papers], 3) == ["paper_counted_once"]
    assert codes([papers, {}], 3) == ["paper_counts_differ"]
    assert codes([papers, papers], 2) == ["paper_without_codes"]
    assert codes([papers, papers], 3) == []


def test_two_who_differ_are_told_every_place():
    other = OnPaper(n_paper=3, n_void=2, n_returned=4, n_not_returned=1, counts={GOOD: 3})
    (blocker,) = paper_blockers([{"cadres": PAPER}, {"cadres": other}], [])
    for text in (sentence(blocker, "zh")[0], sentence(blocker, "en")[0]):
        for place in differences({"cadres": PAPER}, {"cadres": other}):
            assert place in text


def test_paper_is_held_to_the_scale_like_a_phone():
    scale = {"from": 0, "to": 100, "step": "1"}
    rule = RULE | {"points": None, "range": scale}
    paper = OnPaper(n_paper=1, counts={("review/one", "overall", "1000"): 1})
    (fault,) = paper_faults({"cadres": paper}, ["review/one"], rule)
    assert fault.field == "electorates.cadres.review/one.overall.1000"
    assert (fault.code, fault.accepted_en) == ("out_of_range", "0–100 / 1")


def test_slips_that_were_entered_as_paper_are_paper_before_it_is_counted():
    told = line(Slips(electorate="cadres", n_issued=10, n_phone=4, n_marked_paper=3), None)
    assert (told["n_paper"], told["n_not_returned"], told["difference"]) == (3, 3, 0)


def test_more_ballots_than_people_who_may_vote_are_worth_a_remark():
    def told(n_eligible: int | None, n_phone: int) -> bool:
        slips = Slips(electorate="cadres", n_eligible=n_eligible, n_issued=12, n_phone=n_phone)
        return is_remarkable(line(slips, None))

    both = Slips(electorate="cadres", n_eligible=9, n_issued=12, n_phone=6, n_marked_paper=4)
    assert is_remarkable(line(both, None))  # six phones and four sheets of nine who may
    assert told(9, 12)
    assert not any((told(9, 9), told(None, 12)))
