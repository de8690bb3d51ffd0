"""A ladder holds where its file says: the nearest one of each track, and one alone."""

from typing import Any

import pytest

from schemas.canonical import canonical_bytes, parse_strict
from schemas.document import Document, Faults
from schemas.policy import Place, Policy
from schemas.policy_reading import read_new_policy
from tests.unit.schemas.test_policy import TEXT, read

DEFAULT = parse_strict(read(TEXT).canonical)["tracks"][0]
GENTLE = [DEFAULT["rungs"][0]]  # one reminder, and nobody above


def of(*tracks: dict[str, Any], **words: Any) -> Policy:
    """Return the shipped policy with *tracks* in place of its own."""
    tree = {**parse_strict(read(TEXT).canonical), "tracks": list(tracks), **words}
    if "fallback" not in words:
        tree["digest"] = {**tree["digest"], "at_once": ["urge"]}
    if "choices" not in words:  # of rungs that may not be there
        del tree["choices"]
    return read_new_policy(Document(parse_strict(canonical_bytes(tree)), "f"))


def placed(*places: dict[str, str], rungs: Any = GENTLE, **words: Any) -> dict[str, Any]:
    return {"track": "deadline", "for": list(places), "rungs": rungs, **words}


def rungs(policy: Policy, *place: str) -> list[str]:
    """Return the names of the first two rungs of each ladder that holds at *place*."""
    return [one.name for track in policy.at(Place(*place)).tracks for one in track.rungs[:2]]


def test_a_policy_that_names_no_place_holds_everywhere_as_it_did() -> None:
    policy = read(TEXT)
    for place in (Place("review", "drafting", "A"), Place("item", "open")):
        assert policy.at(place).tracks == policy.tracks
        assert policy.at(place).arrival == policy.arrival


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("review", "drafting", "A"), "exact"),
        (("review", "drafting", "B"), "state"),
        (("review", "feedback", "A"), "tier"),
        (("review", "feedback", "B"), "kind"),
        (("meeting", "drafting", "A"), "before"),
    ],
)
def test_the_nearest_ladder_holds(place: tuple[str, ...], expected: str) -> None:
    def named(name: str, **at: str) -> dict[str, Any]:
        return placed({"kind": "review", **at}, rungs=[{**GENTLE[0], "rung": name}])

    policy = of(
        named("kind"),
        named("tier", tier="A"),
        DEFAULT,
        named("exact", state="drafting", tier="A"),
        named("state", state="drafting"),
    )
    assert rungs(policy, *place)[0] == expected


def test_the_state_of_a_case_says_more_than_its_tier() -> None:
    state, tier = (
        placed({"kind": "review", **at}, rungs=[{**GENTLE[0], "rung": name}])
        for name, at in (("state", {"state": "drafting"}), ("tier", {"tier": "A"}))
    )
    for tracks in ([state, tier], [tier, state]):
        assert rungs(of(*tracks), "review", "drafting", "A") == ["state"]


def test_where_a_ladder_has_no_rungs_nothing_is_told_on_its_track() -> None:
    other = {"track": "second", "rungs": GENTLE}
    policy = of(DEFAULT, placed({"kind": "item"}, rungs=[]), other)
    assert rungs(policy, "item", "open") == ["before"]
    assert rungs(policy, "review", "drafting") == ["before", "due_day", "before"]


def test_whom_no_ladder_is_for_is_told_nothing() -> None:
    assert rungs(of(placed({"kind": "review"})), "item", "open") == []


def test_work_that_comes_is_told_where_the_policy_says() -> None:
    arrival = {"when_unknown": "leave", "for": [{"kind": "review", "state": "drafting"}]}
    policy = of(DEFAULT, arrival=arrival)
    told = [policy.at(Place("review", state, "A")).arrival for state in ("drafting", "feedback")]
    assert [one is not None for one in told] == [True, False]


def test_the_same_rung_of_two_ladders_is_behind_by_its_own_ladder() -> None:
    late = {**DEFAULT["rungs"][2], "rung": "before"}
    policy = of(DEFAULT, placed({"kind": "item"}, rungs=[*DEFAULT["rungs"][1:2], late]))
    behind = [
        policy.at(Place(kind, "open")).behind("deadline", "before") for kind in ("review", "item")
    ]
    assert behind == [1, 2]


REVIEW = {"kind": "review", "state": "drafting"}
ARRIVES = {"when_unknown": "leave"}


@pytest.mark.parametrize(
    ("tracks", "words", "path"),
    [
        ([DEFAULT, DEFAULT], {}, "tracks[1].track"),
        ([DEFAULT, placed()], {}, "tracks[1].for"),
        ([DEFAULT, placed(REVIEW, REVIEW)], {}, "tracks[1].for[1]"),
        ([DEFAULT, placed(REVIEW), placed({"kind": "item"}, REVIEW)], {}, "tracks[2].for[1]"),
        ([DEFAULT, placed({"state": "drafting"})], {}, "tracks[1].for[0].kind"),
        ([DEFAULT, placed({"kind": "Review"})], {}, "tracks[1].for[0].kind"),
        ([DEFAULT, placed({**REVIEW, "state": "起草"})], {}, "tracks[1].for[0].state"),
        ([DEFAULT, placed({**REVIEW, "tier": "甲"})], {}, "tracks[1].for[0].tier"),
        ([DEFAULT, placed({**REVIEW, "unit": "u"})], {}, "tracks[1].for[0].unit"),
        ([{**DEFAULT, "rungs": []}], {}, "tracks[0].rungs"),
        ([placed(REVIEW), placed({"kind": "item"}, rungs=[])], {}, "tracks[1].for[0]"),
        ([placed(REVIEW), placed({"kind": "review"}, rungs=[])], {}, "tracks[1].for[0]"),
        (
            [DEFAULT, placed(REVIEW, rungs=[], late_start={"when_unknown": "leave"})],
            {},
            "tracks[1].late_start",
        ),
        ([DEFAULT], {"arrival": {**ARRIVES, "for": []}}, "arrival.for"),
        ([DEFAULT], {"arrival": {**ARRIVES, "for": [REVIEW, REVIEW]}}, "arrival.for[1]"),
        (
            [DEFAULT],
            {"arrival": {**ARRIVES, "for": [REVIEW, {"kind": "review"}]}},
            "arrival.for[0]",
        ),
    ],
)
def test_what_could_be_read_two_ways_or_has_no_effect_is_refused(
    tracks: list[dict[str, Any]], words: dict[str, Any], path: str
) -> None:
    with pytest.raises(Faults) as caught:
        of(*tracks, **words)
    assert path in [str(fault.path) for fault in caught.value.faults]


def objections(*tracks: dict[str, Any]) -> list[str]:
    with pytest.raises(Faults) as caught:
        of(*tracks)
    return [fault.path for fault in caught.value.faults]


def test_a_ladder_that_tells_what_is_told_there_without_it_is_a_fault() -> None:
    copy = placed({"kind": "review"}, rungs=DEFAULT["rungs"], late_start=DEFAULT["late_start"])
    assert objections(DEFAULT, copy) == ["tracks[1].for[0]"]
    gentle = placed({"kind": "review"}, {"kind": "review", "state": "drafting"})
    assert objections(DEFAULT, gentle) == ["tracks[1].for[1]"]
    of_state = placed({"kind": "review", "state": "drafting"})
    assert objections(DEFAULT, placed({"kind": "review"}), of_state) == ["tracks[2].for[0]"]


def test_a_ladder_is_none_where_it_takes_back_what_a_nearer_one_says() -> None:
    back = placed(
        {"kind": "review", "state": "drafting", "tier": "A"},
        rungs=DEFAULT["rungs"],
        late_start=DEFAULT["late_start"],
    )
    policy = of(DEFAULT, placed({"kind": "review", "state": "drafting"}), back)
    assert rungs(policy, "review", "drafting", "A") == ["before", "due_day"]
    assert rungs(policy, "review", "drafting", "B") == ["before"]
    of_tier = placed({"kind": "review", "tier": "A"})
    wide = placed({"kind": "review"}, rungs=[])
    assert rungs(of(DEFAULT, wide, of_tier), "review", "cleared", "A") == ["before"]
    # Without the late start of the other it is told at most once.
    assert of(DEFAULT, placed({"kind": "review"}, rungs=DEFAULT["rungs"]))
