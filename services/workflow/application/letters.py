"""The letter that tells a case's result, composed of what its reader sees of the case.

The one idea: nothing is written for it. What was filed (such as findings and demands), grade and
figures, what follows with reason and clause, and what came of it with due days stand in the case
already, cut to the sight of whoever takes the letter away.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from schemas.calendar import local_day
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.look import Look
from services.workflow.application.boards.versions import Version
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.papers import SENTENCES, Paper, Section, of_version
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import Subject

Bodies = tuple[str, tuple[str, ...]]  # a unit, with the roles in it
_INSTANT = timedelta(microseconds=1)


def of_result(board: CaseBoard, gradings: Sequence[Mapping[str, Any]], look: Look) -> Paper:
    """Return the letter about *board*'s case, of the day on which it is taken: as things stand.

    *gradings* are the tables of its figures, as far as they are the reader's to see.
    """
    case, version, signed = board.case, _told_them(board), signed_by(board.case, look)
    filed = of_version(version, number=case.number, signed=signed).sections if version else ()
    addressed = f"{look.unit_name(case.unit)} {board.names(case.person)}".strip()
    sections = [
        Section(to_whom=True, paragraphs=[SENTENCES["to"].format(whom=addressed)]),
        *_graded(gradings),
        *filed,
        *_follows(board),
        *_parts(board),
    ]
    title = SENTENCES["result_of"].format(label=case.label)
    return Paper(title=title, number=case.number, sections=sections, signed=signed, day=look.day)


def _told_them(board: CaseBoard) -> Version | None:
    """Return what was written last to whom the case is about, and not by them; None: nothing.

    What was said of a text of theirs, with a verdict on it, is no part of the result.
    """
    triggers = board.here.kind.life(board.case.tier or "").triggers.values()
    verdicts = {take.name for one in triggers if one.verdict for take in one.takes}
    for one in reversed(board.versions):
        if one.parts and one.document not in verdicts and not _is_theirs(one, board.case):
            return one
    return None


def _is_theirs(version: Version, case: Case) -> bool:
    return case.person is not None and case.person in (version.actor, version.deputy_for)


def written_by(version: Version, case: Case, look: Look, may: Sequence[Bodies] = ()) -> str:
    """Return whose paper *version* is: the unit of whoever filed it, or of whom they stood in for.

    What those whom the case is about file is their unit's, whatever posts they have elsewhere. Of
    several posts the one counts by which they *may* file it, else one that has to do with the case.
    """
    writer = version.deputy_for or version.actor
    if not writer or _is_theirs(version, case):
        return look.unit_name(case.unit)
    day = local_day(version.at, ZONE)
    held = look.organisation.posts_of(writer, day)
    by_it = (
        unit
        for unit, roles in may
        if any(post.unit == unit and (not roles or post.role in roles) for post in held)
    )
    near = (
        unit
        for unit in (case.unit, *case.parties.values())
        if any(post.unit == unit for post in held)
    )
    last = look.organisation.post_then(writer, day)
    return look.unit_name(next(chain(by_it, near), last.unit if last else case.unit))


def signed_by(case: Case, look: Look) -> str:
    """Return whose paper it is: the first body with a part in the case, else its own unit."""
    bodies = [unit for unit in case.parties.values() if unit != case.unit]
    return look.unit_name(bodies[0] if bodies else case.unit)


def _graded(gradings: Sequence[Mapping[str, Any]]) -> Iterator[Section]:
    for one in gradings:
        if one["grade"] is None:
            continue
        figure = "" if one["figure"] is None else SENTENCES["figure"].format(figure=one["figure"])
        told = SENTENCES["graded"].format(
            grading=one["label"], grade=one["grade_label"], figure=figure
        )
        rows = [(part["label"], part["figure"]) for part in one["components"] if part.get("figure")]
        columns = (SENTENCES["component"], SENTENCES["points"]) if rows else ()
        yield Section(heading=one["label"], paragraphs=[told], columns=columns, rows=rows)


def _follows(board: CaseBoard) -> Iterator[Section]:
    here = board.here
    lines = []
    for one in board.followed:
        if one.until is not None:
            continue  # it is so no more
        spell = one.spell
        opens = here.scheme.kinds.get(spell.consequence.opens or "")
        if opens is not None and not _is_told(opens, one.opened):
            continue
        grounds = [
            SENTENCES["ground"].format(
                grading=here.grading(name), grade=here.grade(name, graded.name)
            )
            for name, graded in spell.ground.grades
        ]
        why = SENTENCES["between"].join([*grounds, *map(here.flag, spell.ground.flags)])
        lines.append(SENTENCES["follows"].format(what=here.followed(spell.consequence), why=why))
    if lines:
        yield Section(heading=SENTENCES["what_follows"], paragraphs=lines)


def _parts(board: CaseBoard) -> Iterator[Section]:
    """Yield the open parts of the case, such as what is to be rectified, each with its due day."""
    here = board.here
    for lead in board.leads:
        rows = [
            (
                one.case.number,
                one.state,
                ""
                if one.case.due_at is None
                else local_day(one.case.due_at - _INSTANT, ZONE).isoformat(),
            )
            for one in lead.cases
            if one.case.of == board.case.stream
            and one.case.is_open
            and _is_told(here.scheme.kinds[one.case.kind], one.case)
        ]
        if rows:
            columns = [SENTENCES[name] for name in ("number", "state", "due")]
            yield Section(heading=lead.label, columns=columns, rows=rows)


def _is_told(kind: Kind, opened: Case | None) -> bool:
    """Return whether whom a letter is about may know of a case of *kind*, *opened* or to be opened.

    The office that prints it may see more: what is weighed among few stands in no letter.
    """
    life = kind.life(opened.tier or "") if opened else kind.lives[0]
    state = life.states.get(opened.state if opened else life.initial)
    seen_by = (state.seen_by if state else ()) or kind.seen_by
    return not seen_by or any(isinstance(life.parties.get(one.party), Subject) for one in seen_by)
