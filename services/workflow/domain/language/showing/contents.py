"""Documents, grades, polls, draws and what follows from them in words."""

from collections.abc import Iterator

from schemas.draw_number import format_of
from services.workflow.domain.language.model import documents
from services.workflow.domain.language.model.documents import (
    Area,
    Column,
    ColumnType,
    Document,
)
from services.workflow.domain.language.model.rosters import Capacity, Roster
from services.workflow.domain.language.model.scheme import Carry
from services.workflow.domain.language.model.scores import (
    Cap,
    Component,
    Consequence,
    Draw,
    Electorate,
    Grading,
    Poll,
    Quota,
    Range,
)
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.rules import (
    only,
    told_grant,
    told_grants,
    told_where,
)

_WORDS = ("carried", "itself")


def told_document(document: Document, here: Here) -> str:
    """Say what *document* is made of, and what it is held to."""
    return here.say.listed(_document(document, here), "semicolon")


def _document(document: Document, here: Here) -> Iterator[str]:
    say = here.say
    for key, named in (("parts", document.parts), ("rows", document.rows)):
        if named:
            told = say.listed(each.label for each in named)
            yield say(f"document_{key}", **{key: told})
    if document.columns:
        columns = say.listed(_column(one, document, here) for one in document.columns)
        yield say("document_columns", columns=columns)
    if document.single:
        yield say("document_single")
    yield from _limits(document, here)
    if document.must_answer:
        answered = (say(one) if one in _WORDS else here.link(one) for one in document.must_answer)
        yield say("document_answers", links=say.listed(answered))
    yield from _relations(document, here)
    if document.file:
        yield say("document_file_required" if document.file == "required" else "document_file")
    if document.seen_by:
        yield say("seen_by", who=told_grants(document.seen_by, here))


def _relations(document: Document, here: Here) -> Iterator[str]:
    say = here.say
    if document.about:
        yield say("document_about", document=here.document(document.about))
    if document.points_at:
        yield say("document_points")
    if document.answers:
        yield say("document_rows_answer")


def _limits(document: Document, here: Here) -> Iterator[str]:
    say = here.say
    if document.limit:
        over = "document_limit" if document.over_limit == "refuse" else "document_warns"
        yield say(over, limit=document.limit)
    if document.even_within is not None:
        yield say("document_even", points=document.even_within)
    if document.covers:
        areas = say.listed(_area(area, here) for area in document.content_areas)
        yield say("document_covers", areas=areas)
    if document.audit_criteria:
        yield say("document_criteria", points=say.listed(document.audit_criteria))


def _area(area: Area, here: Here) -> str:
    points = here.say.listed(area.points) if area.points else ""
    told = here.say("brackets", what=area.title, more=points) if points else area.title
    return only(told, area.where, here)


def _column(column: Column, document: Document, here: Here) -> str:
    told = _type(column.type, here)
    if column.optional:
        told = here.say.listed([told, _optional(column, document, here)])
    return here.say("brackets", what=column.label, more=told)


def _optional(column: Column, document: Document, here: Here) -> str:
    if (needing := document.needing(column)) is None:
        return here.say("optional")
    by, options = needing
    told = here.say.listed(one.label for one in options)
    return here.say("needed_with", column=by.label, options=told)


def _type(type_: ColumnType, here: Here) -> str:
    say = here.say
    match type_:
        case documents.Text(limit):
            return say("text_limit", limit=limit) if limit else say("text")
        case documents.Number(least, most, places):
            told = say("number")
            if least is not None or most is not None:
                bounds = {"least": least, "most": most}
                dash = say("dash")
                bounded = {k: dash if v is None else v for k, v in bounds.items()}
                told = say("number_between", **bounded)
            return say.listed([told, say("places", n=places)]) if places else told
        case documents.Day(past, since, beyond):
            said = [say("day_past") if past else say("day")]
            said += [say("day_since_opened")] if since else []
            said += [say("day_beyond_deadline")] if beyond else []
            return say.listed(said)
        case documents.Person(subject):
            told = say("person")
            return told if subject else say.listed([told, say("person_not_subject")])
        case documents.Span(instants, day_of):
            told = say("span_of_instants") if instants else say("span")
            day = say("on_planned_day", state=here.state(day_of)) if day_of else ""
            return say.listed([told, day]) if day else told
        case documents.Choice(options):
            return say("choice", options=say.listed(option.label for option in options))
        case documents.Case(kind, past):
            told = say("case_of", kind=here.case(kind)) if kind else say("case")
            return say.listed([told, say("case_past")]) if past else told
    return say(type(type_).__name__.lower())


def told_component(component: Component, here: Here) -> str:
    """Say where the figure comes from, what it is made of, and who sees it."""
    say, own = here.say, component.of_tier(here.life.tier)
    told = [say("of_poll", poll=own.poll) if own.poll else say("given_by_hand")]
    if own.parts:
        parts = (
            say("weight", name=part.label or part.name, weight=part.weight) for part in own.parts
        )
        told.append(say("document_parts", parts=say.listed(parts)))
    if own.seen_by:
        key = "seen_by_until" if own.until else "seen_by"
        who, state = told_grants(own.seen_by, here), here.life.states.get(own.until)
        told.append(say(key, who=who, state=state.label if state else own.until))
    return say.listed(told, "semicolon")


def told_grading(grading: Grading, here: Here) -> str:
    """Say how cases are graded, and by which figures."""
    say = here.say
    own = grading.of_tier(here.life.tier)
    if own.by == "bands":
        weights = (
            say("weight", name=here.component(name), weight=weight)
            for name, weight in own.weights.items()
        )
        how = say("by_bands", of=say.listed(weights))
    elif own.by == "votes":
        how = say("by_votes", of=here.component(own.of))
    else:
        how = say("by_decision")
    grades = []
    for grade in own.grades:
        label = grade.label or grade.name
        if grade.least is not None:
            label = say("bands", grade=label, least=grade.least)
        elif grade.share is not None:
            label = say("share", grade=label, part=grade.share[0], whole=grade.share[1])
        grades.append(label)
    return only(say.listed([how, say.listed(grades)], "semicolon"), own.where, here)


def told_poll(poll: Poll, here: Here) -> str:
    """Say where a poll is held, over what, and who votes."""
    say = here.say
    held_by = here.scheme.kinds[poll.held_by]
    there = here.at(held_by)
    place = say(
        "poll", kind=held_by.label, state=there.state(poll.state), covers=there.link(poll.covers)
    )
    electorates = (_electorate(one, there) for one in poll.electorates)
    sheet = say("sheet", questions=say.listed(one.label for one in poll.sheet))
    told = [place, *electorates, sheet, _scale(poll, here), *_slips(poll, here)]
    return say.listed(told, "semicolon")


def _scale(poll: Poll, here: Here) -> str:
    say = here.say
    if isinstance(poll.scale, Range):
        least, most, step = poll.scale.least, poll.scale.most, poll.scale.step
        return say("scale_of_figures", least=least, most=most, step=step)
    labels = _labels(here)
    choices = (
        say("grade_counts", grade=labels.get(one.grade) or one.grade, points=one.points)
        for one in poll.scale
    )
    return say("scale_of_grades", grades=say.listed(choices))


def _labels(here: Here) -> dict[str, str]:
    """Return what people read for each grade."""
    gradings = here.scheme.gradings.values()
    return {grade.name: grade.label for each in gradings for grade in each.grades}


def _slips(poll: Poll, here: Here) -> Iterator[str]:
    say = here.say
    if poll.drop_each_end:
        yield say("drop_each_end", share=poll.drop_each_end)
    yield say("secret" if poll.secret else "open_vote")
    if poll.comments:
        yield say("comments")
    if poll.without_ballots == "redistribute":
        yield say("redistribute")
    if poll.blanks == "refused":
        yield say("no_blanks")
    labels = _labels(here)
    for name, (part, whole) in poll.at_most.items():
        yield say("at_most_of", grade=labels.get(name) or name, part=part, whole=whole)


def _electorate(electorate: Electorate, here: Here) -> str:
    say = here.say
    people = (
        say("roster")
        if electorate.roster
        else say.listed(
            only(told_grant(one.grant, here), one.where, here) for one in electorate.people
        )
    )
    name = electorate.label or electorate.name
    return say("electorate", name=name, weight=electorate.weight, people=people)


def told_roster(roster: Roster, here: Here) -> str:
    """Say who stands on a roster, why they may be out, and what is on the agenda."""
    say = here.say
    told = [_capacity(one, here) for one in roster.capacities]
    if roster.reasons:
        told.append(say("out_because", reasons=say.listed(one.label for one in roster.reasons)))
    agenda = roster.agenda
    if agenda is not None:
        names = (agenda.pins, *agenda.comments, *agenda.drafts, agenda.record)
        documents = say.listed(here.document(one) for one in names if one)
        told.append(say("agenda", documents=documents))
        if agenda.concerned:
            told.append(say("concerned", why=roster.reason(agenda.concerned)))
    return say.listed(told, "semicolon")


def _capacity(capacity: Capacity, here: Here) -> str:
    say = here.say
    people = [only(told_grant(one.grant, here), one.where, here) for one in capacity.people]
    if capacity.invited:
        people.append(say("by_invitation"))
    told = say("brackets", what=capacity.label, more=say.listed(people))
    return only(told, capacity.where, here)


def told_draw(draw: Draw, here: Here) -> str:
    """Say among which cases is drawn, how many, and what becomes of them."""
    say, kind = here.say, here.scheme.kinds[draw.kind]
    there = here.at(kind)
    part, whole = draw.share
    told = here.say(
        "drawing", kind=kind.label, part=part, whole=whole, trigger=there.trigger(draw.fires)
    )
    if draw.tiers:
        told = here.say(
            "brackets", what=told, more=here.say("tiers", tiers=here.say.names(draw.tiers))
        )
    told = only(told, draw.where, there)
    always = (say("drawn_always", where=told_where(one, there)) for one in draw.always)
    more = [
        say("draw_number", name=one.name, label=one.label, format=format_of(one.groups))
        for one in draw.numbers
    ]
    if draw.modes is not None:
        modes = {key: there.mode(getattr(draw.modes, key)) for key in ("drawn", "reserves")}
        more.append(say("draw_modes", **modes))
    more += [say("leave_out")] if draw.leave_out else []
    if draw.reasons:
        more.append(say.names([f"{one.label} {one.name}" for one in draw.reasons]))
    more += [say("sets_order")] if draw.sets_order else []
    return say.listed([told, *always, *more], "semicolon")


def told_carry(carry: Carry, here: Here) -> str:
    """Say what of the scheme followed goes on in this one, and as what."""
    say, there = here.say, here.at(here.scheme.kinds.get(carry.new_kind))
    told = say(
        "carries",
        kind=carry.kind,
        states=say.names(carry.states),
        ends=carry.ends,
        new_kind=there.kind.label,
    )
    columns = (say("column_from", new=new, old=old) for new, old in carry.columns.items())
    return say("brackets", what=told, more=say.listed(columns)) if carry.columns else told


def told_consequence(consequence: Consequence, here: Here) -> str:
    """Say what follows, and when."""
    told = told_way(consequence, here)
    if consequence.kind:
        told = here.say("brackets", what=told, more=here.case(consequence.kind))
    return only(told, consequence.where, here)


def told_way(consequence: Consequence, here: Here) -> str:
    """Say what follows."""
    say, opens = here.say, consequence.opens
    if consequence.bars:
        return say("bars", name=consequence.bars.label)
    if consequence.proposes:
        told = say("proposes", name=consequence.proposes.label)
        return say("decided_in", what=told, kind=here.case(opens)) if opens else told
    return say("opens_case", kind=here.case(opens))


def told_cap(cap: Cap, here: Here) -> str:
    """Say how good a grade may be at best, and whose."""
    names = [cap.grading] if cap.grading else list(here.scheme.gradings)
    grade = here.grades(names[0], [cap.at_best]) if names else cap.at_best
    return here.say("cap", where=told_where(cap.where, here), grade=grade)


def told_quota(quota: Quota, here: Here) -> str:
    """Say which share of cases has which grades."""
    names = [quota.grading] if quota.grading else list(here.scheme.gradings)
    grades = here.grades(names[0], quota.grades) if names else here.say.names(quota.grades)
    bounds = {"quota_least": quota.at_least, "quota_most": quota.at_most}
    return here.say.listed(
        here.say(key, grades=grades, part=share[0], whole=share[1])
        for key, share in bounds.items()
        if share
    )
