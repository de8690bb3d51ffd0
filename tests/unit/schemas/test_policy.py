"""A policy file is judged as a whole, with every fault named where it stands."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from schemas.document import Faults, read_document
from schemas.policy import Choosable, Place, Policy, Target, Window, at_place, ways
from schemas.policy_reading import read_new_policy, read_policy
from services.workflow import schemes
from services.workflow.adapters.files.yaml_nodes import compose

TEXT = schemes.policy("jilin-health-2019").decode()
FORMAT_1 = Path(__file__).with_name("policy-of-format-1.yaml").read_text(encoding="utf-8")
HOLDER = "to: {holder: true}\n        when_unknown: send_again"
OFFICE = "{nearest: [organ_committee], of: case, roles: [office]}"


def read(text: str) -> Policy:
    return read_new_policy(read_document(text, compose))


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        read(text)
    return [f"{fault.path}: {fault.reason}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("hour: 9", "hour: 24", "hour"),
        ("id: jilin", "id: 吉林", "id"),
        ("scheme: jilin", "scheme: 吉林", "scheme"),
        ("scheme: jilin-health-2019\n", "", "scheme"),
        ("hour: 9", "hour: 9\nhours: 9", "hours"),
        ("zone: Asia/Shanghai", "zone: Asia/Nowhere", "zone"),
        ("zone: Asia/Shanghai", "zone: Asia", "zone"),
        ("channels: [inapp, email]", "channels: [email]", "channels"),
        ("channels: [inapp, email]", "channels: [inapp, Pigeon]", "channels[1]"),
        ("channels: [inapp, email]", "channels: [inapp, inapp]", "channels[1]"),
        ("cap_seconds: 3600", "cap_seconds: 5", "retry.cap_seconds"),
        ("attempts: 8", "attempts: none", "retry.attempts"),
        ("over: 3", "over: 1", "tracks[0].rungs[3]"),
        ("arrival:\n  when_unknown: send_again", "arrival:\n  to: nobody", "arrival.to"),
        ("arrival:\n  when_unknown", "arrival:\n  when_known", "arrival.when_unknown"),
        ("track: deadline", "track: arrival", "tracks[0].track"),
        ("every: 5, times: 12", "every: 0, times: 12", "tracks[0].rungs[3].repeat.every"),
        ("every: 5, times: 12", "every: 5, times: 61", "tracks[0].rungs[3].repeat.times"),
        ("every: 5, times: 12", "every: 50, times: 5", "tracks[0].rungs[3].repeat"),
        ("every: 5, times: 12", "every: 5", "tracks[0].rungs[3].repeat.times"),
        ("every: 5, times: 12", "every: 5, times: 2, until: x", "tracks[0].rungs[3].repeat.until"),
        ("every: 5, times: 12", "every: 5, times: 2, until: ", "tracks[0].rungs[3].repeat.until"),
        ("every: 5, times: 12", "until: acted", "tracks[0].rungs[3].repeat.times"),
        ("over: 3", "over: 3\n        acknowledgement: true", "tracks[0].rungs[3].acknowledgement"),
        (
            "before: 2",
            "acknowledgement: false\n        before: 2",
            "tracks[0].rungs[0].acknowledgement",
        ),
        (
            "before: 2",
            "acknowledgement: maybe\n        before: 2",
            "tracks[0].rungs[0].acknowledgement",
        ),
        ("urge:\n", "urge:\n  acknowledgement: true\n", "urge.acknowledgement"),
        ("over: 1 ", "repeat: {every: 1, times: 1}\n        over: 1", "tracks[0].rungs[2].repeat"),
        ("rung: before", "rung: organ_office/2", "tracks[0].rungs[0].rung"),
        ("over: 3", "before: 3", "tracks[0].rungs[3].before"),
        ("roles: [office]", "roles: [Boss]", "tracks[0].rungs[3].to.roles[0]"),
        ("roles: [office]", "roles: []", "tracks[0].rungs[3].to.roles"),
        (OFFICE, "{body: parliament, roles: [office]}", "tracks[0].rungs[3].to.body"),
        ("of: case", "of: moon", "tracks[0].rungs[3].to.of"),
        ("of: case, ", "", "tracks[0].rungs[3].to.of"),
        ("{holder: true}", "{holder: false}", "tracks[0].rungs[0].to.holder"),
        ("{holder: true}", "{holder: true, roles: [office]}", "tracks[0].rungs[0].to.roles"),
        ("when_unknown: send_again", "when_unknown: hope", "tracks[0].late_start.when_unknown"),
        (HOLDER, HOLDER.replace("send_again", "hope"), "tracks[0].rungs[0].when_unknown"),
        ("{when_unknown: send_again}", "{over: 1}", "tracks[0].late_start.over"),
        ("late_start: {when_unknown: send_again}", "late_start: now", "tracks[0].late_start"),
        ("rung: due_day", "rung: late_start", "tracks[0].rungs[1].rung"),
        ("rung: due_day", "rung: urge", "tracks[0].rungs[1].rung"),
        ("rung: due_day", "rung: arrival", "tracks[0].rungs[1].rung"),
        ("rung: due_day", "rung: bulletin", "tracks[0].rungs[1].rung"),
        ("rung: due_day", "rung: before", "tracks[0].rungs[1].rung"),
        ("state: cleared", "state: Cleared", "acts[4].state"),
        ("state: cleared", f"state: {'c' * 65}", "acts[4].state"),
        ("state: cleared", "state: drafting", "acts[4]"),
        ("state: cleared, act: 召开述评会议并登记述职", "state: cleared", "acts[4].act"),
        ("tier: A", "tier: 甲", "acts[3].tier"),
        ("format: 2", "format: 3", "format"),
        ("- track: deadline", "- track: 期限", "tracks[0].track"),
        ("- track: deadline", f"- track: {'t' * 65}", "tracks[0].track"),
        ("rung: due_day", f"rung: {'当' * 201}", "tracks[0].rungs[1].rung"),
        ("rung: due_day", 'rung: "当\\u202e日"', "tracks[0].rungs[1].rung"),
        ("rung: due_day", 'rung: "e\\u0301"', "tracks[0].rungs[1].rung"),
        ("- track: deadline", "- track: urge", "tracks[0].track"),
    ],
)
def test_each_fault_is_named_with_its_path(old: str, new: str, path: str) -> None:
    assert old in TEXT
    assert any(fault.startswith(f"{path}: ") for fault in faults(TEXT.replace(old, new, 1)))


def test_all_faults_are_told_at_once() -> None:
    assert (
        len(faults(TEXT.replace("hour: 9", "hour: 30").replace("attempts: 8", "attempts: 0"))) == 2
    )


def test_the_same_rules_have_the_same_hash_whatever_the_comments_say() -> None:
    bare = "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
    assert read(TEXT).hash == read(bare).hash


def acts_of_format_1() -> Iterator[tuple[Place, str]]:
    for state, said in yaml.safe_load(FORMAT_1)["states"].items():
        yield Place("review", state), said["act"]
        for tier, other in said.get("tiers", {}).items():
            yield Place("review", state, tier), other["act"]


def test_a_policy_of_format_1_means_what_it_meant() -> None:
    newest, lifted = read(TEXT), read(FORMAT_1)
    assert lifted.labels[Place("review", "organ_audit", "A")] == "省直机关工委审核"
    assert lifted.acts == dict(acts_of_format_1())
    same = {"labels": {}, "hash": newest.hash, "canonical": newest.canonical, "acts": newest.acts}
    # Of format 1 no rung was repeated, nobody was told that work came, each mail left by itself, at
    # any hour, and nobody chose.
    (track,) = newest.tracks
    none_of_it = {"arrival": None, "digest": None, "windows": (), "rests": False, "choices": ()}
    assert replace(lifted, **same) == replace(
        newest, tracks=(replace(track, rungs=track.rungs[:4]),), **none_of_it
    )


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("body: organ_committee,", "body: parliament,", "tracks[0].rungs[3].to.body"),
        ("{body: holder}", "{body: holder, roles: [office]}", "tracks[0].rungs[0].to.roles"),
        ("  cleared: {label: 待述职", "  Cleared: {label: 待述职", "states"),
        ("label: 起草, ", "", "states.drafting.label"),
    ],
)
def test_faults_of_format_1_are_named_as_well(old: str, new: str, path: str) -> None:
    assert any(fault.startswith(path) for fault in faults(FORMAT_1.replace(old, new, 1)))


def test_a_policy_of_format_1_that_names_no_scheme_is_for_the_one_of_its_own_id() -> None:
    bare = FORMAT_1.replace("scheme: jilin-health-2019\n", "")
    assert read(bare).scheme == "jilin-health-2019"
    assert (
        read(TEXT.replace("scheme: jilin-health-2019", "scheme: laboratory")).scheme == "laboratory"
    )


def test_what_is_to_be_done_is_said_for_a_tier_or_for_all() -> None:
    acts = read(TEXT).acts
    assert at_place(acts, Place("review", "organ_audit", "A")) == "登记省直机关工委的审核结果"
    everywhere = acts[Place("review", "organ_audit")]
    assert at_place(acts, Place("review", "organ_audit", "B")) == everywhere
    assert at_place(acts, Place("meeting", "organ_audit", "A")) is None


def test_a_target_is_the_holders_desk_or_a_unit_looked_for_upwards() -> None:
    rungs = read(TEXT).tracks[0].rungs
    assert rungs[0].target == Target()
    assert (rungs[2].target.of_holder, rungs[3].target.of_holder) == (True, False)


def test_a_rung_that_is_repeated_is_told_so_many_working_days_later_each_time():
    (track,) = read(TEXT.replace("every: 5, times: 12", "every: 4, times: 2")).tracks
    assert [(rung.name, rung.working_days) for rung in track.rungs[3:]] == [
        ("organ_office", 3),
        ("organ_office/2", 7),
        ("organ_office/3", 11),
    ]
    assert len({rung.target for rung in track.rungs[3:]}) == 1


DIGEST = "digest: {hour: 10, channels: [email], at_once: [late_start, urge]}"
ALL = "late_start, urge, bulletin, arrival, before, due_day, committee, organ_office"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("hour: 10", "hour: 9", "digest.hour"),
        ("[email]", "[inapp]", "digest.channels[0]"),
        ("[email]", "[wecom]", "digest.channels[0]"),
        ("[email]", "[]", "digest"),
        ("late_start, urge", "late_start, urgent", "digest.at_once[1]"),
        ("late_start, urge", ALL, "digest"),
        ("hour: 10, ", "", "digest.hour"),
    ],
)
def test_a_word_of_the_digest_without_effect_is_a_fault(old: str, new: str, path: str) -> None:
    assert old in DIGEST
    found = faults(TEXT.replace(DIGEST, DIGEST.replace(old, new)))
    assert [one.partition(":")[0] for one in found] == [path]


def test_of_a_rung_that_is_repeated_every_time_is_as_urgent() -> None:
    digest = read(TEXT.replace(DIGEST, DIGEST.replace("urge", "organ_office"))).digest
    assert digest is not None
    assert not digest.takes("email", "organ_office/2")
    assert digest.takes("email", "committee")
    assert not digest.takes("inapp", "committee")


CHOICES = "  - {channels: [email], rungs: [before, due_day, arrival, bulletin]}\n"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("[email]", "[inapp]", "choices[0].channels[0]"),  # nobody goes without it
        ("[email]", "[E-mail]", "choices[0].channels[0]"),
        ("[email]", "[]", "choices[0].channels"),
        ("[before, due_day, arrival, bulletin]", "[]", "choices[0].rungs"),
        ("bulletin", "bulletins", "choices[0].rungs[3]"),
        (CHOICES, CHOICES + "  - {channels: [wecom_app]}\n", "choices[1]"),  # which of both?
        (CHOICES, CHOICES + "  - {channels: [wecom_app], rungs: [before]}\n", "choices[1]"),
        ("[email]", "[email], person: all", "choices[0].person"),
    ],
)
def test_a_choice_that_is_none_is_a_fault(old: str, new: str, path: str) -> None:
    assert old in CHOICES
    found = faults(TEXT.replace(CHOICES, CHOICES.replace(old, new)))
    assert [one.partition(":")[0] for one in found] == [path]


def test_what_may_be_chosen_stands_in_for_no_channel() -> None:
    fallback = "fallback:\n  - {from: email, to: wecom_app, when_unknown: leave}\n"
    chosen = CHOICES.replace("[email]", "[email, wecom_app]")
    found = faults(TEXT.replace(CHOICES, chosen) + fallback)
    assert [one.partition(":")[0] for one in found] == ["fallback[0].to"]


LETS = (Choosable(channels=("email", "wecom"), rungs=("before",)),)


@pytest.mark.parametrize(
    ("rung", "wanted", "expected"),
    [
        ("before", None, {"inapp": "", "email": ""}),
        ("before", ["wecom"], {"inapp": "", "email": "not_chosen", "wecom": "chosen"}),
        ("before/2", ["email"], {"inapp": "", "email": "chosen"}),
        ("before", [], {"inapp": "", "email": "not_chosen"}),
        ("before", ["dingtalk"], {"inapp": "", "email": "choice_not_let"}),
        ("over", ["wecom"], {"inapp": "", "email": "choice_not_let"}),
        ("over", ["email"], {"inapp": "", "email": ""}),
        ("over", [], {"inapp": "", "email": "choice_not_let"}),
    ],
)
def test_a_choice_holds_where_the_policy_lets_it_and_the_inbox_always_keeps_its_copy(
    rung: str, wanted: list[str] | None, expected: dict[str, str]
) -> None:
    assert ways(("inapp", "email"), LETS, rung, wanted) == expected


WINDOWS = "windows:\n  - {from: 8, until: 12}\n  - {from: 13, until: 17}\n"
QUIET = "quiet: [days_of_rest]\n"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("\nhour: 9", "\nhour: 7", "hour"),  # before they open
        ("digest: {hour: 10", "digest: {hour: 12", "digest.hour"),  # over lunch
        ("digest: {hour: 10", "digest: {hour: 17", "digest.hour"),
        ("until: 12", "until: 8", "windows[0].until"),
        ("from: 13", "from: 12", "windows[1].from"),  # no gap: they are one
        ("until: 17", "until: 25", "windows[1].until"),
        ("until: 17", "until: 17, day: monday", "windows[1].day"),
        (WINDOWS + QUIET, "windows:\n  - {from: 0, until: 24}\n", "windows"),
        (WINDOWS, "windows: []\n", "windows"),
        (WINDOWS, "", "quiet"),
        ("channels: [inapp, email]", "channels: [inapp]", "windows"),
        ("[days_of_rest]", "[mondays]", "quiet[0]"),
        ("[days_of_rest]", "[]", "quiet"),
    ],
)
def test_hours_without_effect_or_in_which_nothing_leaves_are_faults(
    old: str, new: str, path: str
) -> None:
    text = TEXT.partition("choices:")[0]  # what may be chosen leaves in these hours, too
    assert text.count(old) == 1
    assert path in [one.partition(":")[0] for one in faults(text.replace(old, new))]


def test_hours_hold_for_days_of_rest_only_where_the_policy_says_so() -> None:
    policy = read(TEXT)
    assert policy.windows == (Window(8, 12), Window(13, 17))
    assert policy.rests
    assert not read(TEXT.replace(QUIET, "")).rests


def test_messages_may_leave_at_any_hour_of_working_days_alone() -> None:
    policy = read(TEXT.replace(WINDOWS, "windows: [{from: 0, until: 24}]\n"))
    assert (policy.windows, policy.rests) == ((Window(0, 24),), True)


FALLBACK = """
fallback:
  - {from: email, to: wecom_app, when_unknown: leave, rungs: [before, organ_office]}
  - {from: email, to: webhook, when_unknown: next, rungs: [due_day]}
  - {from: wecom_app, to: dingtalk_robot, when_unknown: next}
"""


def test_a_fallback_holds_for_its_channel_and_the_rungs_that_it_names() -> None:
    first, second, third = read(TEXT + FALLBACK).fallbacks
    assert (first.to, first.in_doubt, second.in_doubt) == ("wecom_app", False, True)
    assert first.holds("email", "organ_office/3")
    assert not first.holds("email", "due_day")
    assert not first.holds("inapp", "before")
    assert third.holds("wecom_app", "anything")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("{from: email, to: wecom_app", "{from: inapp, to: wecom_app", "fallback[0].from"),
        ("{from: email, to: wecom_app", "{from: webhook, to: wecom_app", "fallback[0].from"),
        ("to: wecom_app", "to: inapp", "fallback[0].to"),
        ("to: wecom_app", "to: email", "fallback[0].to"),
        ("to: dingtalk_robot", "to: email", "fallback[2].to"),
        ("to: dingtalk_robot", "to: webhook", "fallback[2].to"),
        (
            "to: webhook, when_unknown: next, rungs: [due_day]",
            "to: webhook, when_unknown: next",
            "fallback[1].from",
        ),
        ("rungs: [due_day]", "rungs: [before]", "fallback[1].from"),
        ("rungs: [due_day]", "rungs: []", "fallback[1].rungs"),
        ("rungs: [due_day]", "rungs: [due]", "fallback[1].rungs[0]"),
        (
            "when_unknown: leave, rungs",
            "when_unknown: send_again, rungs",
            "fallback[0].when_unknown",
        ),
        ("when_unknown: leave, rungs", "rungs", "fallback[0].when_unknown"),
        ("to: wecom_app,", "to: wecom_app, also: sms,", "fallback[0].also"),
        (  # what never leaves by there in the place of mail
            "to: dingtalk_robot, when_unknown: next",
            "to: dingtalk_robot, when_unknown: next, rungs: [before, committee]",
            "fallback[2].rungs[1]",
        ),
    ],
)
def test_a_fallback_without_effect_or_that_leads_back_is_a_fault(
    old: str, new: str, path: str
) -> None:
    assert old in FALLBACK
    found = faults(TEXT + FALLBACK.replace(old, new, 1))
    assert path in [one.partition(":")[0] for one in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rung: committee", "rung: urge"),
        ("rung: committee", "rung: arrival"),
        ("rung: committee", "rung: bulletin"),
        ("webhook, when_unknown: next}", "webhook, when_unknown: next, rungs: [committee]}"),
    ],
)
def test_what_was_published_before_a_rule_was_stricter_is_read_for_good(old: str, new: str) -> None:
    published = (
        TEXT
        + """
fallback:
  - {from: email, to: wecom_app, when_unknown: leave, rungs: [before]}
  - {from: wecom_app, to: webhook, when_unknown: next}
"""
    )
    document = read_document(published.replace(old, new, 1), compose)
    assert read_policy(document).canonical
    with pytest.raises(Faults):
        read_new_policy(document)


def test_an_act_of_a_tier_that_is_said_of_all_tiers_already_is_a_fault_of_a_new_policy() -> None:
    act = "{kind: review, state: drafting, act: 完成述职报告并提交审核}"
    assert act in TEXT
    for place, again in enumerate((f"{act[:-1]}, tier: A}}", f"{act[:-1]}。, tier: A}}")):
        text = TEXT.replace(f"  - {act}\n", f"  - {again}\n  - {act}\n")
        assert read_policy(read_document(text, compose)).acts[Place("review", "drafting", "A")]
        if place:
            assert read(text)
        else:
            (fault,) = faults(text)
            assert fault.startswith("acts[0].act: ")


def test_a_fallback_that_leads_round_is_a_fault() -> None:
    around = FALLBACK + "  - {from: dingtalk_robot, to: wecom_app, when_unknown: next}\n"
    assert [one.partition(":")[0] for one in faults(TEXT + around)] == ["fallback[3].to"]


UNTIL = ("every: 5, times: 12", "every: 5, times: 12, until: acted")


def test_a_repeat_ends_with_what_those_it_told_do_where_the_policy_says_so() -> None:
    (track,) = read(TEXT.replace(*UNTIL)).tracks
    assert {one.name for one in track.rungs if one.until_acted} == {
        "organ_office",
        *(f"organ_office/{nth}" for nth in range(2, 14)),
    }
    assert (track.until_acted, read(TEXT).tracks[0].until_acted) == ("organ_office", "")


def test_what_the_holder_is_told_again_ends_with_nobody_above() -> None:
    holder = TEXT.replace(*UNTIL).replace(f"to: {OFFICE}", "to: {holder: true}")
    (fault,) = faults(holder)
    assert fault.startswith("tracks[0].rungs[3].repeat.until: ")


def test_whoever_has_a_case_is_asked_to_acknowledge_where_the_policy_says_so() -> None:
    asking = "acknowledgement: true, when_unknown: send_again}"
    text = TEXT.replace("late_start: {when_unknown: send_again}", f"late_start: {{{asking}")
    text = text.replace("before: 2 ", "acknowledgement: true\n        before: 2 ")
    text = text.replace("arrival:\n", "arrival:\n  acknowledgement: true\n")
    policy = read(text)
    (track,) = policy.tracks
    assert [one.name for one in track.rungs if one.asks] == ["before"]
    assert track.late_start is not None
    assert policy.arrival is not None
    assert track.late_start.asks is policy.arrival.asks is True


def test_a_reminder_to_somebody_else_is_not_to_be_acknowledged() -> None:
    text = TEXT.replace(HOLDER, f"acknowledgement: true\n        {HOLDER}", 1)
    text = text.replace("to: {holder: true}", f"to: {OFFICE}", 1)
    (fault,) = faults(text)
    assert fault.startswith("tracks[0].rungs[0].acknowledgement: ")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("format: 2", "format: 3", "format"),
        ("format: 2", 'format: "2"', "format"),
        ("quiet: [days_of_rest]", "quiet: [weekends]", "quiet[0]"),
        (TEXT[TEXT.index("tracks:") : TEXT.index("urge:\n")], "", "tracks"),
        (TEXT[TEXT.index("tracks:") : TEXT.index("urge:\n")], "tracks: []\n\n", "tracks"),
    ],
)
def test_what_is_wrong_is_told_once_and_not_what_follows_from_it(
    old: str, new: str, path: str
) -> None:
    (fault,) = faults(TEXT.replace(old, new, 1))
    assert fault.startswith(f"{path}: ")
