"""Faults of a scheme in grades, weights and days."""

from tests.unit.workflow.scheme.cases import TEXT

B_CLEARED = "      - name: unit_audit\n      - name: organ_audit\n      - name: cleared\n"
GRADES = TEXT[TEXT.index("  - {name: good,") : TEXT.index("# ---- What a report is about")]

# what it is -> (old text, new text, marker, path, part of the reason)
FAULTS = {
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
    "more components than a score holds": (
        "scores:\n",
        "scores:\n" + "".join(f'  - {{name: c{n}, label: x, weight: "0"}}\n' for n in range(17)),
        "scores:\n",
        "scores",
        "at most 18",
    ),
    "more decisions than can be given": (
        "- {name: decisions_taken}",
        "- {name: decisions_given, at_least: 11}",
        "- {name: decisions_given, at_least: 11}",
        "transitions.give_feedback.guards[0].at_least",
        "from 1 to 10",
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
    "a day on which nothing is possible yet": (
        "    to: presented\n",
        "    to: presented\n    guards:\n      - {name: not_before_date, day: 2020-02-16}\n",
        "- name: cleared\n        desk: {party: hearing_body, roles: [office, secretary]}",
        "tiers.C.states[2]",
        "before present is possible on 2020-02-16",
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
    "a change of deadline without a deadline": (
        TEXT[TEXT.rindex("    data: deadline") : TEXT.index("  withdraw:\n")],
        "",
        "  change_deadline:",
        "transitions.change_deadline",
        "sets no deadline",
    ),
}
