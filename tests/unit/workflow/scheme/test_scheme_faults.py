"""Every kind of fault a scheme can have: found, with its line, its path and a reason.

Each row changes the shipped scheme in one place; the marker stands on the line to be named.
"""

import pytest

from schemas.reading import CODE
from tests.texts import faults_in
from tests.unit.workflow.scheme.cases import TEXT, changed, faults_of, line_of

A_AUDIT = "- {stage: organ_audit, body: {nearest: work_committee}}"
SUBMIT = "    label: 提交报告\n    from: [drafting]\n"
PASS_UNIT = "    label: 单位党委审核通过\n"
C_STATES = "    hearing_body: {nearest: unit_committee}\n    states:\n"

B_CLEARED = "      - name: unit_audit\n      - name: organ_audit\n      - name: cleared\n"
GRADES = TEXT[TEXT.index("  - {name: good,") : TEXT.index("# ---- What a report is about")]
A_STRAY = """      - name: organ_audit
        desk: {party: hearing_body, roles: [office]}
"""
C_DRAFTING = """      - name: drafting
        due: {latest: [{day: 2020-01-14}, {working_days: 2}]}
      - name: unit_audit
"""

# what it is -> (old text, new text, marker, path, part of the reason)
FAULTS = {
    "an unreachable state": (
        C_STATES,
        C_STATES + A_STRAY,
        A_STRAY + C_DRAFTING,
        "tiers.C.states[0]",
        "unreachable",
    ),
    "a dead end": (
        "    from: [rectification]\n    to: closed",
        "    from: [feedback]\n    to: closed",
        "- name: rectification",
        "tiers.A.states[6]",
        "dead end",
    ),
    "an unknown guard": (
        "{name: report_complete}",
        "{name: report_pretty}",
        "report_pretty",
        "transitions.submit.guards[0].name",
        "unknown guard report_pretty",
    ),
    "an unknown role": (
        "[secretary, office, liaison]",
        "[secretary, janitor, liaison]",
        "janitor",
        "transitions.present.by[0].roles[1]",
        "unknown role janitor",
    ),
    "an administrator's role": (
        "[secretary, office, liaison]",
        "[audit_administrator]",
        "audit_administrator",
        "transitions.present.by[0].roles[0]",
        "unknown role",
    ),
    "an unknown trigger": (
        "  submit:\n",
        "  sumbit:\n",
        "  sumbit:",
        "transitions.sumbit",
        "unknown trigger",
    ),
    "a verdict on no audit": (
        "  pass_unit_audit:\n",
        "  pass_city_audit:\n",
        "  pass_city_audit:",
        "transitions.pass_city_audit",
        "unknown trigger",
    ),
    "a reserved trigger": (
        "  recall:\n",
        "  correct_score:\n",
        "  correct_score:",
        "transitions.correct_score",
        "reserved",
    ),
    "an unknown trigger of clients": (
        "clients: []",
        "clients: [fly]",
        "clients:",
        "clients",
        "unknown trigger fly",
    ),
    "an unknown trigger of a tier": (
        "      redo: #",
        "      redone: #",
        "redone:",
        "tiers.A.transitions.redone",
        "unknown trigger",
    ),
    "a trigger the tier has no state for": (
        "      redo: #",
        "      pass_unit_audit: {label: 通过}\n      redo: #",
        "      pass_unit_audit:",
        "tiers.A.transitions.pass_unit_audit",
        "no state that pass_unit_audit leaves",
    ),
    "an unknown party": (
        "party: passing_body",
        "party: parking_body",
        "parking_body",
        "transitions.revoke_clearance.by[0].party",
        "unknown party",
    ),
    "an unknown kind": (
        "      organ_branch:\n",
        "      organ_brunch:\n",
        "organ_brunch",
        "tiers.B.kinds.organ_brunch",
        "unknown unit kind",
    ),
    "an unknown kind of a body": (
        A_AUDIT,
        "- {stage: organ_audit, body: {nearest: city_hall}}",
        "city_hall",
        "tiers.A.kinds.organ_committee.audits[0].body.nearest",
        "unknown unit kind",
    ),
    "an unknown state to go to": (
        "to: presented",
        "to: presentad",
        "presentad",
        "transitions.present.to",
        "has no state presentad",
    ),
    "an unknown state of a tier": (
        C_STATES,
        C_STATES + "      - name: limbo\n",
        "- name: limbo",
        "tiers.C.states[0]",
        "unknown state",
    ),
    "an unknown stage": (
        A_AUDIT,
        "- {stage: city_audit, body: {nearest: work_committee}}",
        "city_audit",
        "tiers.A.kinds.organ_committee.audits[0].stage",
        "unknown state",
    ),
    "a state the tier lacks": (
        "      - name: feedback\n",
        "",
        "    to: feedback",
        "transitions.give_feedback.to",
        "tier A has no state feedback",
    ),
    "an audit without a way back": (
        "  return_unit_audit:\n    label: 单位党委退回\n    from: [unit_audit]\n    to: drafting",
        "  return_unit_audit:\n    label: 单位党委退回\n    from: [unit_audit]\n    to: cleared",
        "- {stage: unit_audit, body: {unit: own}}",
        "tiers.B.kinds.unit_committee.audits[0].stage",
        "no way back",
    ),
    "a repeated audit": (
        A_AUDIT,
        A_AUDIT + "\n          " + A_AUDIT,
        A_AUDIT + "\n    hearing",
        "tiers.A.kinds.organ_committee.audits[1].stage",
        "repeated",
    ),
    "a gap between grades": (
        'from: "60", below: "80"',
        'from: "60", below: "79"',
        "name: average",
        "grades[2].below",
        "gap",
    ),
    "an overlap of grades": (
        'from: "60", below: "80"',
        'from: "60", below: "81"',
        "name: average",
        "grades[2].below",
        "overlap",
    ),
    "an empty grade": (
        'from: "80", below: "90"',
        'from: "90", below: "90"',
        "name: fair",
        "grades[1]",
        "empty",
    ),
    "a lowest grade above 0": (
        'label: 差, from: "0"',
        'label: 差, from: "1"',
        "name: poor",
        "grades[3].from",
        "begins at 0",
    ),
    "a bound above the best grade": (
        'label: 好, from: "90"',
        'label: 好, from: "90", below: "100"',
        "name: good",
        "grades[0].below",
        "reaches to 100",
    ),
    "a grade without its bound": (
        'from: "60", below: "80"',
        'from: "60"',
        "name: average",
        "grades[2].below",
        "missing",
    ),
    "weights that do not add up to 1": (
        'weight: "0.30"',
        'weight: "0.29"',
        "scores:",
        "scores",
        "add up to 0.99",
    ),
    "a weight without quotes": (
        'weight: "0.30"',
        "weight: 0.30",
        "name: superior",
        "scores[1].weight",
        "float",
    ),
    "a weight that is no number": (
        'weight: "0.30"',
        'weight: "30%"',
        "name: superior",
        "scores[1].weight",
        "decimal number",
    ),
    "a deadline before the cycle opens": (
        "{latest: [{day: 2020-01-10}, {working_days: 2}]}",
        "{latest: [{day: 2020-01-07}, {working_days: 2}]}",
        "        due: {latest: [{day: 2020-01-07}",
        "tiers.B.states[0].due.latest[0]",
        "before the round opens",
    ),
    "a deadline before that of the state before": (
        "due: {day: 2020-02-15}",
        "due: {day: 2020-01-13}",
        "        due: {day: 2020-01-13}",
        "tiers.C.states[2].due",
        "is before 2020-01-14, that of drafting",
    ),
    "a deadline before a day that nothing plans": (
        "    due: {working_days: 3}\n",
        "    due: {working_days: 3, before: scored}\n",
        "    due: {working_days: 3, before: scored}",
        "states.presented.due.before",
        "no day is planned",
    ),
    "a deadline after a state that some kind never comes to": (
        B_CLEARED,
        B_CLEARED + "        due: {working_days: 3, after: unit_audit}\n",
        "        due: {working_days: 3, after: unit_audit}",
        "tiers.B.states[3].due",
        "a organ_branch comes to cleared without unit_audit",
    ),
    "a state in capitals": (
        "  drafting:\n",
        "  Drafting:\n",
        "  Drafting:",
        "states.Drafting",
        "letters a to z",
    ),
    "a state in Chinese": (
        "  drafting:\n",
        "  起草:\n",
        "  起草:",
        "states.起草",
        "letters a to z",
    ),
    "a state with a name too long": (
        "  drafting:\n",
        f"  {'d' * 65}:\n",
        f"  {'d' * 65}:",
        f"states.{'d' * 65}",
        "at most 64",
    ),
    "a state named as the mark of the beginning": (
        "  drafting:\n",
        "  opened:\n",
        "  opened:",
        "states.opened",
        "beginning",
    ),
    "a tier whose name does not go into a number": (
        "  C:\n",
        "  C 1:\n",
        "  C 1:",
        "tiers.C 1",
        "a tier's name",
    ),
    "a tier whose name makes a number too long": (
        "  C:\n",
        f"  {'C' * 52}:\n",
        f"  {'C' * 52}:",
        f"tiers.{'C' * 52}",
        "at most 51",
    ),
    "a component that every score has": (
        "{name: ballot,",
        "{name: final,",
        "{name: final,",
        "scores[0].name",
        "beside its components",
    ),
    "a component named as the grade": (
        "{name: ballot,",
        "{name: grade,",
        "{name: grade,",
        "scores[0].name",
        "beside its components",
    ),
    "a component in capitals": (
        "{name: ballot,",
        "{name: Ballot,",
        "{name: Ballot,",
        "scores[0].name",
        "letters a to z",
    ),
    "a grade that begins with a digit": (
        "{name: poor,",
        '{name: "4th",',
        '{name: "4th",',
        "grades[3].name",
        "letters a to z",
    ),
    "more components than a score holds": (
        "scores:\n",
        "scores:\n" + "".join(f'  - {{name: c{n}, label: x, weight: "0"}}\n' for n in range(17)),
        "scores:\n",
        "scores",
        "at most 18",
    ),
    "more audits than a way has": (
        A_AUDIT + "\n",
        (A_AUDIT + "\n          ") * 11 + "\n",
        "        audits:\n          " + A_AUDIT + "\n          " + A_AUDIT,
        "tiers.A.kinds.organ_committee.audits",
        "at most 10",
    ),
    "a guard twice": (
        "      - {name: report_within_limit}\n",
        "      - {name: report_within_limit}\n      - {name: report_complete}\n",
        "- {name: report_complete}\n  recall:",
        "transitions.submit.guards[2].name",
        "repeated",
    ),
    "more decisions than can be given": (
        "- {name: decisions_taken}",
        "- {name: decisions_given, at_least: 11}",
        "- {name: decisions_given, at_least: 11}",
        "transitions.give_feedback.guards[0].at_least",
        "from 1 to 10",
    ),
    "a label that reads backwards": (
        "label: 办结\n",
        'label: "办\\u202E结"\n',
        'label: "办',
        "states.closed.label",
        "control character",
    ),
    "a label in another form of Unicode": (
        "label: 办结\n",
        'label: "e\\u0301"\n',
        'label: "e',
        "states.closed.label",
        "form C",
    ),
    "a scheme whose name is none": (
        "id: jilin-health-2019",
        "id: 吉林",
        "id: 吉林",
        "id",
        "a name has letters",
    ),
    "a day that no log can hold": (
        "due: {day: 2020-02-15}",
        "due: {day: 2101-02-15}",
        "due: {day: 2101-02-15}",
        "tiers.C.states[2].due.day",
        "from 2000-01-01 to 2100-12-30",
    ),
    "a deadline after an event that comes later": (
        "    due: {working_days: 3}\n",
        "    due: {working_days: 3, after: closed}\n",
        "    due: {working_days: 3, after: closed}",
        "states.presented.due",
        "comes to presented without closed",
    ),
    "a deadline that hangs on nothing": (
        "    due: {working_days: 3}\n",
        "    due: {working_days: 3, after: moonrise}\n",
        "    due: {working_days: 3, after: moonrise}",
        "states.presented.due",
        "unknown mark moonrise",
    ),
    "a deadline of no kind": (
        "    due: {working_days: 3}\n",
        "    due: {}\n",
        "due: {}",
        "states.presented.due",
        "a rule of days is one of",
    ),
    "a negative number of days": (
        "    due: {working_days: 3}\n",
        "    due: {working_days: -3}\n",
        "due: {working_days: -3}",
        "states.presented.due.working_days",
        "whole number",
    ),
    "a day that is none": (
        "opens: 2020-01-08",
        "opens: 2020-02-30",
        "opens:",
        "opens",
        "a day is expected",
    ),
    "a repeated key": (
        "year: 2019\n",
        "year: 2019\nyear: 2020\n",
        "year: 2020",
        "year",
        "repeated",
    ),
    "a key nothing reads": (
        "format: 1\n",
        "format: 1\nquorum: 80\n",
        "quorum",
        "quorum",
        "nothing reads",
    ),
    "a key nothing reads, deep down": (
        "    four_eyes: true\n",
        "    four_eyes: true\n    six_eyes: true\n",
        "six_eyes",
        "transitions.pass_unit_audit.six_eyes",
        "nothing reads",
    ),
    "a kind in two tiers": (
        "      grassroots_branch:\n",
        "      organ_branch:\n",
        "      organ_branch:\n        audits:\n          - {stage: unit_audit",
        "tiers.C.kinds.organ_branch",
        "belongs to tier B",
    ),
    "a parameter that is missing": (
        "{name: decisions_taken}",
        "{name: decisions_given}",
        "{name: decisions_given}",
        "transitions.give_feedback.guards[0].at_least",
        "missing",
    ),
    "a parameter the guard does not have": (
        "{name: report_complete}",
        "{name: report_complete, at_least: 2}",
        "{name: report_complete, at",
        "transitions.submit.guards[0].at_least",
        "nothing reads",
    ),
    "a parameter of the wrong type": (
        "{name: decisions_taken}",
        "{name: decisions_given, at_least: two}",
        "{name: decisions_given",
        "transitions.give_feedback.guards[0].at_least",
        "whole number",
    ),
    "a day on which nothing is possible yet": (
        "    to: presented\n",
        "    to: presented\n    guards:\n      - {name: not_before_date, day: 2020-02-16}\n",
        "- name: cleared\n        desk: {party: hearing_body, roles: [office, secretary]}",
        "tiers.C.states[2]",
        "before present is possible on 2020-02-16",
    ),
    "a desk in a final state": (
        "      - name: closed\n",
        "      - name: closed\n        due: {day: 2020-05-01}\n",
        "- name: closed",
        "tiers.A.states[7]",
        "is final",
    ),
    "an open state without a desk": (
        "    desk: {party: hearing_body, roles: [office]}\n    due: {working_days: 3}",
        "    due: {working_days: 3}",
        "  presented:",
        "states.presented",
        "exactly one of desk",
    ),
    "an auditing desk where nobody audits": (
        "    desk: {party: hearing_body, roles: [office]}\n    due: {working_days: 3}",
        "    desk: {party: auditing_body, roles: [office]}\n    due: {working_days: 3}",
        "    desk: {party: auditing_body, roles: [office]}\n    due: {working_days: 3}",
        "states.presented.desk.party",
        "presented is no audit",
    ),
    "a way out of a final state": (
        "    from: [rectification]\n",
        "    from: [rectification, withdrawn]\n",
        "from: [rectification, withdrawn]",
        "transitions.close.from",
        "withdrawn is final",
    ),
    "a final state to begin in": (
        "initial: drafting",
        "initial: closed",
        "      - name: closed",
        "tiers.A.states[7]",
        "initial state is final",
    ),
    "a trigger that leads nowhere and records a move": (
        "    to: presented\n",
        "",
        "  present:\n",
        "transitions.present",
        "records",
    ),
    "a trigger nobody may fire": (
        "    by:\n      - {party: submitter}\n",
        "    by: []\n",
        "by: []",
        "transitions.recall.by",
        "at least 1 needed",
    ),
    "a party without a role": (
        "[secretary, office, liaison]",
        "[]",
        "roles: []",
        "transitions.present.by[0].roles",
        "at least 1 needed",
    ),
    "data of no kind": (
        "data: scores",
        "data: marks",
        "data: marks",
        "transitions.score.data",
        "unknown data",
    ),
    "no label": (
        PASS_UNIT,
        "",
        "  pass_unit_audit:",
        "transitions.pass_unit_audit.label",
        "missing",
    ),
    "a blank label": (
        PASS_UNIT,
        '    label: " "\n',
        'label: " "',
        "transitions.pass_unit_audit.label",
        "not blank",
    ),
    "a label without end": (
        PASS_UNIT,
        f"    label: {'长' * 101}\n",
        "    label: 长",
        "transitions.pass_unit_audit.label",
        "at most 100",
    ),
    "a format of the future": ("format: 1", "format: 3", "format: 3", "format", "formats 1 and 2"),
    "a folder of time zones": (
        "Asia/Shanghai",
        "Asia",
        "time_zone",
        "time_zone",
        "unknown time zone",
    ),
    "a time zone of nowhere": (
        "Asia/Shanghai",
        "Asia/Atlantis",
        "Asia/Atlantis",
        "time_zone",
        "unknown time zone",
    ),
    "a number in words": (
        "limit: 3000",
        "limit: many",
        "limit: many",
        "report.limit",
        "whole number",
    ),
    "a flag in numbers": (
        "public_hospitals_only: true",
        "public_hospitals_only: 1",
        "public_hospitals_only",
        "content_areas[7].public_hospitals_only",
        "true or false",
    ),
    "a choice of no kind": (
        "over_limit: refuse",
        "over_limit: shrug",
        "over_limit: shrug",
        "report.over_limit",
        "unknown choice",
    ),
    "a list that is none": (
        "clients: []",
        "clients: submit",
        "clients: submit",
        "clients",
        "a list is expected",
    ),
    "a mapping that is none": (
        "{working_days: 60}",
        "sixty",
        "due: sixty",
        "states.rectification.due",
        "a mapping is expected",
    ),
    "a repeated state": (
        "      - name: withdrawn\n",
        "      - name: withdrawn\n      - name: closed # again\n",
        "closed # again",
        "tiers.A.states[9].name",
        "repeated",
    ),
    "a name in other letters": (
        "{name: poor,",
        "{name: 差,",
        "{name: 差,",
        "grades[3].name",
        "letters",
    ),
    "a repeated role": (
        "[secretary, office, liaison]",
        "[secretary, office, office]",
        "[secretary, office, office]",
        "transitions.present.by[0].roles[2]",
        "repeated",
    ),
    "a desk without a role": (
        "roles: [office]}\n    due: {working_days: 3}",
        "roles: []}\n    due: {working_days: 3}",
        "roles: []",
        "states.presented.desk.roles",
        "at least 1 needed",
    ),
    "the latest of nothing": (
        "{latest: [{day: 2020-01-14}, {working_days: 3}]}",
        "{latest: []}",
        "latest: []",
        "states.organ_audit.due.latest",
        "at least 1 needed",
    ),
    "no grades": (
        GRADES,
        "  []\n",
        "grades:",
        "grades",
        "at least 1 needed",
    ),
    "a guard without its data": (
        "    data: scores\n",
        "",
        "- {name: scores_in_range}",
        "transitions.score.guards[0]",
        "looks at a component",
    ),
    "a change of deadline without a deadline": (
        TEXT[TEXT.rindex("    data: deadline") : TEXT.index("  withdraw:\n")],
        "",
        "  change_deadline:",
        "transitions.change_deadline",
        "sets no deadline",
    ),
    "a suspension without an end": (
        "    from: open_states\n    suspended: required",
        "    from: [drafting]\n    suspended: required",
        "  suspend:\n",
        "transitions.suspend",
        "suspended in cleared never resumes",
    ),
    "a resumption of what goes on": (
        "    suspended: required\n",
        "",
        "  resume:",
        "transitions.resume",
        "requires a suspended case",
    ),
    "a suspension of the suspended": (
        "    records: suspended\n",
        "    records: suspended\n    suspended: allowed\n",
        "  suspend:",
        "transitions.suspend",
        "suspended already",
    ),
    "a trigger that no tier uses": (
        "    from: [rectification]\n    to: closed",
        "    from: []\n    to: closed",
        "    from: []",
        "transitions.close.from",
        "at least 1 needed",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_found_with_its_place_and_reason(what: str):
    old, new, marker, path, reason = FAULTS[what]
    found = faults_of((old, new))
    here = [fault for fault in found if fault.path == path and reason in fault.reason]
    assert here, found
    assert len(set(found)) == len(found)  # three tiers read one transition: told once
    assert here[0].file == "s.yaml"
    assert here[0].line == line_of(changed((old, new)), marker)


def test_the_shipped_scheme_has_no_fault():
    assert faults_in(TEXT, "s.yaml") == []


def test_all_faults_are_told_at_once_in_the_order_of_their_lines():
    rows = [FAULTS[name][:2] for name in ("an unknown guard", "a repeated key", "a guard twice")]
    rows.append(FAULTS["a weight without quotes"][:2])
    found = faults_of(*rows)
    for reason in ("unknown guard", "is repeated", "the key year is repeated", "float"):
        assert any(reason in fault.reason for fault in found), reason
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)


def test_a_fault_of_the_yaml_is_told_once():
    found = faults_of(FAULTS["a weight without quotes"][:2])
    assert [fault.path for fault in found] == ["scores[1].weight"]


@pytest.mark.parametrize(
    "text", ["a: [", "", "- 1\n- 2\n", "7", "a: &x 1\nb: *x\n", "a: &x [*x]", "\x00"]
)
def test_what_is_no_scheme_at_all_is_a_fault_and_not_a_crash(text: str):
    assert faults_in(text, "s.yaml")


def test_an_empty_scheme_lacks_everything():
    missing = {fault.path for fault in faults_in("format: 1\n", "s.yaml")}
    assert {"id", "tiers", "transitions", "states", "scores", "grades", "report"} <= missing


def test_a_name_too_long_is_told_as_format_1_bounds_names_and_once():
    name = "d" * 65
    found = [one.reason for one in faults_of(("  drafting:", f"  {name}:")) if name in one.path]
    assert found == [CODE.reason]
