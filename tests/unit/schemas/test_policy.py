"""The policy file: what is wrong with it is said all at once, with lines."""

import pytest
import yaml

from schemas.document import Faults, read_document
from schemas.policy_reading import read_policy
from services.notifier import policies
from services.workflow import schemes

TEXT = schemes.policy("jilin-health-2019").decode()


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_policy(read_document(text, yaml.compose, "policy.yaml"))
    return [f"{fault.path}: {fault.reason}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("hour: 9", "hour: 24", "hour"),
        ("scheme: jilin", "scheme: 吉林", "scheme"),
        ("hour: 9", "hour: 9\nhours: 9", "hours"),
        ("zone: Asia/Shanghai", "zone: Asia/Nowhere", "zone"),
        ("zone: Asia/Shanghai", "zone: Asia", "zone"),
        ("channels: [inapp, email]", "channels: [email]", "channels"),
        ("channels: [inapp, email]", "channels: [inapp, pigeon]", "channels[1]"),
        ("cap_seconds: 3600", "cap_seconds: 5", "retry.cap_seconds"),
        ("attempts: 8", "attempts: none", "retry.attempts"),
        ("over: 3", "over: 1", "tracks[0].rungs[3]"),
        ("over: 3", "before: 3", "tracks[0].rungs[3].before"),
        ("roles: [office]", "roles: [boss]", "tracks[0].rungs[3].to.roles[0]"),
        ("body: organ_committee,", "body: parliament,", "tracks[0].rungs[3].to.body"),
        (
            "to: {body: holder}",
            "to: {body: holder, roles: [office]}",
            "tracks[0].rungs[0].to.roles",
        ),
        ("when_unknown: send_again", "when_unknown: hope", "tracks[0].late_start.when_unknown"),
        (
            "to: {body: holder}\n        when_unknown: send_again",
            "to: {body: holder}\n        when_unknown: hope",
            "tracks[0].rungs[0].when_unknown",
        ),
        ("{when_unknown: send_again}", "{over: 1}", "tracks[0].late_start.over"),
        ("late_start: {when_unknown: send_again}", "late_start: now", "tracks[0].late_start"),
        ("rung: due_day", "rung: late_start", "tracks[0].rungs[1].rung"),
        ("rung: due_day", "rung: before", "tracks[0].rungs"),
        ("  cleared: {label: 待述职", "  Cleared: {label: 待述职", "states.Cleared"),
        ("format: 1", "format: 2", "format"),
        ("- track: deadline", "- track: 期限", "tracks[0].track"),
        ("- track: deadline", f"- track: {'t' * 65}", "tracks[0].track"),
        ("rung: due_day", f"rung: {'当' * 201}", "tracks[0].rungs[1].rung"),
        ("rung: due_day", 'rung: "当\\u202e日"', "tracks[0].rungs[1].rung"),
        ("rung: due_day", 'rung: "e\\u0301"', "tracks[0].rungs[1].rung"),
        ("  cleared: {label: 待述职", f"  {'c' * 65}: {{label: 待述职", f"states.{'c' * 65}"),
        ("- track: deadline", "- track: urge", "tracks[0].track"),
        ("label: 起草, ", "", "states.drafting.label"),
    ],
)
def test_each_fault_is_named_with_its_path(old: str, new: str, path: str) -> None:
    text = TEXT
    assert old in text
    assert any(fault.startswith(f"{path}: ") for fault in faults(text.replace(old, new, 1)))


def test_all_faults_are_told_at_once() -> None:
    text = TEXT.replace("hour: 9", "hour: 30").replace("attempts: 8", "attempts: 0")
    assert len(faults(text)) == 2


def test_the_same_rules_have_the_same_hash_whatever_the_comments_say() -> None:
    text = TEXT
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    read = [read_policy(read_document(one, yaml.compose)) for one in (text, bare)]
    assert read[0].hash == read[1].hash


def test_a_policy_that_names_no_scheme_is_for_the_one_of_its_own_id() -> None:
    bare = TEXT.replace("scheme: jilin-health-2019\n", "")
    assert read_policy(read_document(bare, yaml.compose)).scheme == "jilin-health-2019"
    other = TEXT.replace("scheme: jilin-health-2019", "scheme: laboratory")
    assert read_policy(read_document(other, yaml.compose)).scheme == "laboratory"


def test_the_policy_the_notifier_starts_with_is_the_one_beside_its_scheme() -> None:
    assert policies.text() == TEXT
