"""Putting many notices to one person into one letter: by what they are, and where cases stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schemas.policy import ARRIVAL, BULLETIN
from services.notifier.application.writing import Written
from services.notifier.domain.notice import Notice
from services.notifier.domain.wording import Tongue

MOST_LINES = 100  # of one letter; the page of tasks has all


def in_letters(
    written: Sequence[Written], tongues: Mapping[str, Tongue]
) -> list[tuple[Written, ...]]:
    """Return what leaves together, each with the words of the whole; single ones are alone.

    What nobody reads has no words, and no letter of them is made.
    """
    together: dict[str, list[Written]] = {}
    for one in written:
        together.setdefault(one.notice.letter or one.notice.id, []).append(one)
    return [
        _folded(group, tongues[group[0].language])
        if len(group) > 1 and _is_read(group)
        else tuple(group)
        for group in together.values()
    ]


def _is_read(group: Sequence[Written]) -> bool:
    return all(one.fields for one in group)


def _folded(group: Sequence[Written], tongue: Tongue) -> tuple[Written, ...]:
    """Return *group* with the words of one letter; what is late comes first, then by stage.

    It goes to one person, who reads one language.
    """
    lines: dict[tuple[bool, str], list[str]] = {}
    cases = [*_by_case(group, tongue)]
    for first, fields in cases:
        heading, line = tongue.templates.render("line", fields)
        above = first.kind == "escalation"
        lines.setdefault((not above, heading), []).append(line)
    subject, head = tongue.templates.render("digest", _of_all(group, len(cases), tongue))
    parts, left = [head], MOST_LINES
    for (_, heading), of_it in sorted(lines.items()):
        parts.append("\n".join((heading, *of_it[:left])))
        left -= len(of_it[:left])
        if not left:
            break
    text = "\n\n".join(parts)
    return tuple(replace(one, subject=subject, text=text) for one in group)


def _by_case(
    group: Sequence[Written], tongue: Tongue
) -> Iterator[tuple[Notice, Mapping[str, str]]]:
    """Yield for each case what speaks for it, what is due first before; and what its line says.

    That is what goes to those above, else what was decided last; why the others are told as well,
    what was said as the case came, and what is asked, stands in the same line. A bulletin is a
    matter of its own.
    """
    of: dict[tuple[str, str], list[Written]] = {}
    for one in sorted(group, key=_first_due_last_decided):
        apart = one.notice.rung if one.notice.kind == BULLETIN else ""
        of.setdefault((one.notice.case, apart), []).append(one)
    for some in of.values():
        some.sort(key=lambda one: (one.notice.kind != "escalation", one.notice.track == ARRIVAL))
        why = dict.fromkeys(one.fields["why_now"] for one in some)
        of_any = {
            name: next((one.fields[name] for one in some if one.fields[name]), "")
            for name in ("ask", "said")
        }
        why_now = tongue.phrases.say("and").join(filter(None, why))
        yield some[0].notice, {**some[0].fields, **of_any, "why_now": why_now}


def _first_due_last_decided(one: Written) -> tuple[object, ...]:
    told = one.notice
    return told.due_at is None, told.due_at, -told.decided_at.timestamp(), told.id


def _of_all(group: Sequence[Written], n_cases: int, tongue: Tongue) -> Mapping[str, str]:
    first = group[0].fields
    products = {one.fields["product"] for one in group}
    return {
        **first,
        "product": tongue.phrases.say("and").join(sorted(products)),
        "count": str(n_cases),
        "link": f"{first['home']}/",
        "foot": max(one.fields["foot"] for one in group),  # of a bulletin there is none
    }
