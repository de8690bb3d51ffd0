"""Draws: frozen, sealed at the very next position, attested in time, drawn by two people."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from schemas.canonical import canonical_bytes
from schemas.draw import seed_of, statement_of, tickets_of
from schemas.limits import EVENT_BYTES
from schemas.streams import Stream
from services.workflow.adapters.database import Database, sequencing
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.folding import Life
from services.workflow.domain.case import drawing
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import NOTHING, DrawnFrom
from tests.contract.workflow.drawn import (
    ANOTHER,
    DEPUTY,
    DRAW,
    DRAWN_AT,
    NUMBER,
    OFFICE,
    SECRETARY,
    DrawPlay,
    entry,
    step,
    terms,
)
from tests.unit.workflow.case.played import NOTICE, scheme
from tests.unit.workflow.case.test_notice_2019 import REPORT
from tests.unit.workflow.case.test_races import interleaved

B = ("c.b1", "c.h1", "c.h2", "c.o1")  # the units of tier B, in the order of their bytes


@pytest.fixture
def play(database: Database) -> DrawPlay:
    return DrawPlay(database)


# --- Frozen and sealed ---


def test_what_seals_a_draw_has_the_position_right_after_the_freeze(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    for n in range(20):  # committed while the freeze waits for its position
        play.done("2019-A-0001", "mark", "liaison.w", data=flags(), reason=f"{n}")
    play.signed()
    log = play.log()
    (frozen,) = (at for at, event in log if event.fact == "draw_frozen")
    (sealed,) = (at for at, event in log if event.fact == "draw_sealed")
    assert sealed == frozen + 1 == play.size
    assert len(log) == sealed + 20
    play_log = [event.subject for _, event in log]
    assert play_log[frozen - 1] == play_log[sealed - 1]


def flags() -> dict[str, object]:
    return {"flags": {"model": True}}


def test_the_root_is_signed_at_just_that_size(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    play.done("2019-A-0001", "mark", "liaison.w", data=flags(), reason="later")
    play.signed()
    sequencing = play.database.sequencing
    assert sequencing.checkpoint(play.size) is not None
    assert sequencing.checkpoint(play.size - 1) is None
    last = sequencing.last_checkpoint()
    assert last is not None
    assert last.size == play.size + 1


def test_the_seal_carries_the_hash_of_the_whole_statement(play: DrawPlay) -> None:
    play.freeze(left_out=[{"unit": "c.h2", "reason": "merged"}])
    drawing = play.case(DRAW).drawing
    assert drawing is not None
    statement = statement_of(drawing.terms, ("c.b1", "c.h1", "c.o1"), drawing.size)
    assert statement.sha256 == drawing.statement
    assert "exempt: c.h2 merged\n" in statement.text
    assert "take: 1\n" in statement.text
    assert "drawn-at: 2020-01-09T21:15:00+08:00\n" in statement.text
    assert "log: test.example/log\n" in statement.text


def test_nothing_comes_between_a_freeze_and_its_seal(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    checkpoint = step(checkpoint="00" * 32)
    assert play.codes(DRAW, "attest", OFFICE, data=checkpoint) == ["draw_awaits_seal"]
    play.signed()
    play.attest(OFFICE)


def test_a_draw_given_up_before_it_was_sealed_gets_no_seal(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    assert play.done(DRAW, "void", OFFICE, reason="号码有误").final == "abandoned"
    play.signed()
    assert play.size == 0
    assert not [at for at, event in play.log() if event.fact == "draw_sealed"]


def test_replaying_gives_what_every_step_decided(play: DrawPlay) -> None:
    play.drawn()
    play.signed()
    cases = {event.subject: event.streamversion for _, event in play.log()}
    draw = play.case(DRAW)
    assert cases[draw.stream] == draw.version  # the seal's version is among them
    life = Life(Stream.parse(draw.stream))
    for _, event in play.log():
        if event.subject == draw.stream:
            life.then(event)
    assert life.case == draw


# --- Attested in time ---


def test_a_number_is_refused_while_its_root_is_not_signed_and_attested(play: DrawPlay) -> None:
    play.freeze()
    play.attest(OFFICE)
    early = ["root_not_attested", "number_too_early"]
    assert play.codes(DRAW, "enter_number", OFFICE, data=entry()) == early
    play.now = DRAWN_AT
    assert play.codes(DRAW, "enter_number", OFFICE, data=entry()) == ["draw_void"]
    assert play.codes(DRAW, "attest", SECRETARY, data=play.attestation()) == ["draw_void"]


def test_a_number_is_refused_before_it_is_drawn(play: DrawPlay) -> None:
    play.freeze()
    play.attest(OFFICE, SECRETARY)
    assert play.codes(DRAW, "enter_number", OFFICE, data=entry()) == ["number_too_early"]


def test_two_people_sign_the_checkpoint_that_there_is(play: DrawPlay) -> None:
    play.freeze()
    play.attest(OFFICE)
    assert play.codes(DRAW, "attest", OFFICE, data=play.attestation()) == ["attested_already"]
    other = step(checkpoint="ab" * 32)
    assert play.codes(DRAW, "attest", SECRETARY, data=other) == ["another_checkpoint"]


def test_a_root_that_is_not_signed_yet_cannot_be_attested(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    play.sequencer.sequence()
    assert play.codes(DRAW, "attest", OFFICE, data=play.attestation()) == ["size_not_signed"]


def test_a_void_draw_stays_beside_the_one_with_the_next_issue(play: DrawPlay) -> None:
    play.freeze()
    play.now = DRAWN_AT
    play.done(DRAW, "void", OFFICE, reason="未及时签署")
    assert play.opened("draw", "c", OFFICE).outcome == "done"
    later = DRAWN_AT + timedelta(days=2)
    again = step(**terms(issue="2020005", drawn_at=later))
    case = play.done("2019-draw-0002", "freeze", OFFICE, data=again)
    assert case.drawing is not None
    assert case.drawing.terms["follows"] == play.case(DRAW).stream


def test_a_void_draw_is_not_frozen_again_under_an_issue_that_may_be_known(play: DrawPlay) -> None:
    play.freeze()
    play.now = DRAWN_AT
    play.done(DRAW, "void", OFFICE, reason="未及时签署")
    assert play.opened("draw", "c", OFFICE).outcome == "done"
    again = step(**terms(drawn_at=DRAWN_AT + timedelta(days=2)))
    codes = play.codes("2019-draw-0002", "freeze", OFFICE, data=again, reason="名单有误")
    assert codes == ["issue_told_before"]


BACK = "      attest: # two people sign"


def test_a_draw_that_is_led_back_keeps_the_time_that_it_told_of_its_issue(
    database: Database,
) -> None:
    text = NOTICE.read_text()
    assert text.count(BACK) == 1
    by = "by: [{party: own_unit, roles: [office]}]"
    back = f"      reopen: {{label: 退回, from: [frozen], to: preparing, {by}}}\n{BACK}"
    play = DrawPlay(database, scheme(text.replace(BACK, back)))
    play.freeze()
    play.now = DRAWN_AT
    play.done(DRAW, "reopen", OFFICE)
    later = terms(drawn_at=DRAWN_AT + timedelta(days=2))
    assert play.codes(DRAW, "freeze", OFFICE, data=step(**later)) == ["issue_told_before"]
    later = later | {"issue": "2020005"}
    assert play.done(DRAW, "freeze", OFFICE, data=step(**later)).state == "frozen"


def test_of_two_frozen_at_once_for_one_issue_the_lower_keeps_to_the_time_above(
    play: DrawPlay,
) -> None:
    assert play.opened("draw", "c.h1", "office.c.h1").outcome == "done"
    (lower,) = (one.number for one in play.cases("draw") if one.unit == "c.h1")
    later = step(**terms(drawn_at=DRAWN_AT + timedelta(hours=1)))
    answer = interleaved(
        play,
        lambda play: play.act(lower, "freeze", "office.c.h1", data=later),
        lambda play: play.done(DRAW, "freeze", OFFICE, data=step(**terms())),
    )
    assert [one.code for one in answer.blockers] == ["issue_told_before"]


def test_a_draw_given_up_before_its_number_is_known_keeps_its_issue(play: DrawPlay) -> None:
    play.done(DRAW, "freeze", OFFICE, data=step(**terms()))
    play.done(DRAW, "void", OFFICE, reason="名单有误")
    play.opened("draw", "c", OFFICE)
    assert play.done("2019-draw-0002", "freeze", OFFICE, data=step(**terms())).state == "frozen"


# --- The number, and what came of it ---


def test_the_number_is_entered_by_two_and_the_lowest_tickets_are_drawn(play: DrawPlay) -> None:
    case = play.drawn()
    drawing = case.drawing
    assert (case.state, drawing is not None) == ("drawn", True)
    assert drawing is not None
    (told,) = (one["draw"]["drawn"] for one in play.told("draw_completed"))
    seed = seed_of(drawing.statement, bytes.fromhex(drawing.attested[0].root), NUMBER)
    assert told["seed"] == seed
    assert [(one["ticket"], one["unit"]) for one in told["tickets"]] == [*tickets_of(seed, B)]
    modes = {play.case_of(unit).mode for unit in drawing.order[:2]}
    rest = {play.case_of(unit).mode for unit in drawing.order[2:]}
    assert (modes, rest) == ({"on_site"}, {"written"})


class Forgotten(DrawsAtHand):
    """Whatever is learnt, others have had it forgotten before anything is decided by it."""

    def learn(self, cases: Sequence[Case], known: DrawnFrom) -> DrawnFrom:
        learnt = super().learn(cases, known)
        self.known = NOTHING
        return learnt


def test_a_step_is_decided_by_what_was_learnt_for_it(database: Database) -> None:
    assert DrawPlay(database, at_hand=Forgotten).drawn().state == "drawn"


def test_a_difference_leaves_the_draw_open_with_both_entries_kept(play: DrawPlay) -> None:
    play.freeze()
    play.attest(OFFICE, SECRETARY)
    play.now = DRAWN_AT
    play.done(DRAW, "enter_number", OFFICE, data=entry())
    case = play.done(DRAW, "enter_number", DEPUTY, data=entry(ANOTHER))
    assert case.state == "frozen"
    assert case.drawing is not None
    assert [one.person for one in case.drawing.entered] == [OFFICE, DEPUTY]
    assert play.done(DRAW, "enter_number", DEPUTY, data=entry()).state == "drawn"


def test_one_person_does_not_enter_it_for_two(play: DrawPlay) -> None:
    play.freeze()
    play.attest(OFFICE, SECRETARY)
    play.now = DRAWN_AT
    for _ in range(3):
        assert play.done(DRAW, "enter_number", OFFICE, data=entry()).state == "frozen"


@pytest.mark.parametrize("number", ["2 5 11 18 24 33 + 9", " " + NUMBER, NUMBER + " ", "02"])
def test_a_number_not_written_as_stated_is_refused(play: DrawPlay, number: str) -> None:
    play.freeze()
    play.attest(OFFICE, SECRETARY)
    play.now = DRAWN_AT
    codes = play.codes(DRAW, "enter_number", OFFICE, data=entry(number))
    assert codes == ["number_not_as_stated"]


def test_an_exemption_after_the_freeze_promotes_the_next_reserve(play: DrawPlay) -> None:
    order = play.drawn().drawing.order  # type: ignore[union-attr]
    gone = step(unit=order[0], reason="ill")
    assert play.codes(DRAW, "exempt_unit", OFFICE, data=gone) == ["reason_required"]
    play.done(DRAW, "exempt_unit", OFFICE, data=gone, reason="住院")
    modes = [play.case_of(unit).mode for unit in order]
    assert modes == ["written", "on_site", "on_site", "written"]
    assert play.told("draw_exempted")[0]["draw"]["exemption"]["promoted"] == order[2]


def test_a_second_draw_has_its_reason_and_stands_beside_the_first(play: DrawPlay) -> None:
    play.drawn()
    play.done(DRAW, "close", OFFICE)
    assert play.opened("draw", "c", OFFICE).outcome == "done"
    later = DRAWN_AT + timedelta(days=2)
    again = step(**terms(issue="2020005", drawn_at=later))
    assert play.codes("2019-draw-0002", "freeze", OFFICE, data=again) == ["drawn_before"]
    play.done("2019-draw-0002", "freeze", OFFICE, data=again, reason="号码登记有误")
    assert play.case(DRAW).drawing.order  # type: ignore[union-attr]


def test_the_last_of_a_list_is_not_exempted(play: DrawPlay) -> None:
    play.freeze(left_out=[{"unit": unit, "reason": "ill"} for unit in B[1:]])
    gone = step(unit=B[0], reason="ill")
    assert play.codes(DRAW, "exempt_unit", OFFICE, data=gone, reason="住院") == ["last_to_draw"]


# --- What cannot be frozen ---


def test_what_a_result_would_change_nothing_of_is_not_drawn(database: Database) -> None:
    mode = "label: 确定述职方式\n        from: ["
    assert mode in NOTICE.read_text()
    play = DrawPlay(database, scheme(NOTICE.read_text().replace(f"{mode}drafting, ", mode)))
    assert play.codes(DRAW, "freeze", OFFICE, data=step(**terms())) == ["nobody_to_draw"]
    play.done(play.case_of("c.h1").number, "submit", "secretary.c.h1", data=REPORT)
    drawn = play.freeze().drawing
    assert drawn is not None
    assert (drawn.terms["eligible"], drawn.terms["take"]) == (1, 1)


def test_what_cannot_be_frozen_is_told_at_once(play: DrawPlay) -> None:
    left_out = [{"unit": "c", "reason": "ill"}, {"unit": "c.h1", "reason": "ill"}]
    spoilt = terms(left_out=[*left_out, left_out[1]], drawn_at=play.now)
    codes = play.codes(DRAW, "freeze", OFFICE, data=step(**spoilt))
    assert codes == ["drawn_already", "not_among_drawn", "not_among_drawn"]
    distant = terms(drawn_at=play.now.replace(year=2099))
    (told,) = play.act(DRAW, "freeze", OFFICE, data=step(**distant)).blockers
    assert (told.code, told.field) == ("outside_calendar", "data.draw.on_site.drawn_at")
    everybody = terms(left_out=[{"unit": unit, "reason": "ill"} for unit in B])
    assert play.codes(DRAW, "freeze", OFFICE, data=step(**everybody)) == ["nobody_to_draw"]


def test_units_that_are_exempt_are_counted_before_an_event_is_too_long(
    play: DrawPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "_LISTED", 110)  # one ticket, and not three exemptions
    left_out = [{"unit": unit, "reason": "ill"} for unit in B[1:]]
    codes = play.codes(DRAW, "freeze", OFFICE, data=step(**terms(left_out=left_out)))
    assert codes == ["too_many_to_draw"]


@pytest.mark.parametrize("listed", ["exempt", "tickets"])
def test_a_list_that_is_let_in_fits_an_event(listed: str) -> None:
    unit, reason = "u" * 64, "r" * 64
    exempt, ticket = {"unit": unit, "reason": reason}, {"unit": unit, "ticket": "0" * 64}
    lists = {"exempt": ((), [exempt]), "tickets": ([unit], ())}
    n = drawing._LISTED // drawing._listed(*lists[listed])
    told = canonical_bytes([{"exempt": exempt, "tickets": ticket}[listed]] * n)
    assert len(told) + 5_000 < EVENT_BYTES  # what else the event says


def test_both_stores_end_a_batch_by_the_same_name(
    play: DrawPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reason in ("one", "other"):
        play.done("2019-A-0001", "mark", "liaison.w", data=flags(), reason=reason)
    monkeypatch.setattr(sequencing, "_FROZEN", play.written[-1].type)
    play.database.sequencing.sequence(1)  # the draw was opened before
    assert [play.database.sequencing.sequence(10) for _ in range(3)] == [1, 1, 0]
