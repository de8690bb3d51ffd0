"""Rosters: who is expected or was there. A long list goes in by hash and lies beside the log.

One that the scheme declares is made from posts, from rows, from a file, and grows by them: a row
keeps its number, by which everybody's coming and going is told; who is struck off keeps it too. One
of an electorate is the bare list of people who vote there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.fields import Identifier, ListOf, ObjectOf, StrictSchema, Text
from schemas.said import Said
from schemas.said import listed as listed_words
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Attendant, Brought, Listing
from services.workflow.domain.case.parties import people_of, unit_of
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data import roster_strikes
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    choice,
    needed,
    titled,
)
from services.workflow.domain.data.roster_file import (
    GUEST,
    lines_at_fault,
    lines_of,
    read_rows,
    same,
    seen,
)
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.parties import OtherSubjects
from services.workflow.domain.language.model.rosters import Capacity, Roster
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Electors
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.shapes import Flag, Key
from services.workflow.domain.organisation.parties import seats
from services.workflow.domain.refusals import Blocker

MOST = 2_000
FILE = 60_000  # characters: the whole command has 64 KiB
SHOWN = 20  # of many lines, those that are named


def _shape(takes: Sequence[Take], scheme: Scheme, _tier: str) -> Field:
    """Return `{<name>: {rows, file}}`, `{<name>: {struck, file}}`, of an electorate `[person]`."""
    electorates = {one.name: one for poll in scheme.polls.values() for one in poll.electorates}
    entries: dict[str, Any] = {}
    for take in takes:
        roster = scheme.rosters.get(take.name)
        if roster is not None:
            made = roster_strikes.schema(MOST, FILE) if take.strikes else _schema(roster)
            field = ObjectOf(made, required=take.strikes and not take.optional)
            entries[take.name] = titled(field, roster.label)
        else:
            label = electorates[take.name].label if take.name in electorates else ""
            people = ListOf(Identifier(), most=MOST, required=not take.optional)
            entries[take.name] = titled(people, label)
    # Posts alone make a declared one.
    told = [take for take in takes if take.strikes or take.name not in scheme.rosters]
    return by_name("Rosters", entries, takes, required=needed(told))


def _schema(roster: Roster) -> Any:
    row: dict[str, Any] = {
        "capacity": choice(roster.capacities, required=True),
        "person": Identifier(),
        "guest": Text(most=GUEST),
    }
    fields: dict[str, Any] = {
        "rows": ListOf(ObjectOf(StrictSchema.from_dict(dict(row), name="Listed")), most=MOST),
        "file": Text(least=0, most=FILE, multiline=True),
    }
    return StrictSchema.from_dict(fields, name="Roster")()


def _record(takes: Sequence[Take], given: Given, filing: Filing) -> Members:
    """Return how many are on each roster, and the list as a text to be committed."""
    rosters, told = filing.world.scheme.rosters, dict[str, Mapping[str, Any]]()
    for take in takes:
        is_told = take.name in given or not (take.optional or take.strikes)
        if take.name in rosters and is_told:
            told[take.name] = _whole(take, given.get(take.name, {}), filing)
        elif take.name in given:
            told[take.name] = _bare(given[take.name])
    return told


def _bare(people: Sequence[str]) -> Words:
    once = sorted(set(people))
    return Words(canonical_bytes(once).decode(), n_present=len(once))


def _whole(take: Take, given: Given, filing: Filing) -> Mapping[str, Any]:
    roster, known = filing.world.scheme.rosters[take.name], _known(take.name, filing)
    made = roster_strikes.without(known, given, filing) if take.strikes else None
    rows = listed(roster, given, filing) if made is None else made
    there = filing.case.there.get(roster.name, 0).bit_count()
    if known.rows and rows == [*known.rows]:
        # Nobody is added: it is the text that lies beside the log, with the code that is shown.
        return {**filing.case.listed[roster.name], "n_present": there}
    text = canonical_bytes([_plain(one) for one in rows]).decode()
    n_expected = sum(one.struck is None for one in rows)
    return Words(text, n_present=there, n_expected=n_expected)


def _plain(one: Attendant) -> Mapping[str, Any]:
    told: dict[str, Any] = {"row": one.row, "capacity": one.capacity}
    told |= {"person": one.person} if one.person else {"guest": one.guest}
    return told | ({"struck": asdict(one.struck)} if one.struck else {})


# --- Made from posts, rows and a file ---


def listed(roster: Roster, given: Given, filing: Filing) -> list[Attendant]:
    """Return the whole roster with what is added: nobody stands on it twice, nor loses a row.

    Who was struck off comes on it again, with a row of their own, when they are brought by name.
    """
    case, known = filing.case, _known(roster.name, filing)
    rows = list(known.rows)
    # Rows whose text was erased have numbers too: as many as were expected, or came, at least.
    erased = max(case.rosters.get(roster.name, 0), case.moved.get(roster.name, 0).bit_length() - 1)
    last = max((one.row for one in rows), default=erased)
    standing = _everybody(known.standing)
    for capacity, person, guest in _added(roster, known, given, filing):
        who = _who(capacity, person, guest)
        if who not in standing:
            standing.add(who)
            last += 1
            rows.append(Attendant(last, capacity, person, guest))
    return rows


def _known(name: str, filing: Filing) -> Listing:
    return filing.world.listing(filing.case, name)


def _who(capacity: str, person: str | None, guest: str) -> str | tuple[str, str]:
    """Return what stands on a roster once: a person, or a guest's name in one capacity."""
    return person or (capacity, same(guest))


def _everybody(rows: Iterable[Attendant]) -> set[str | tuple[str, str]]:
    return {_who(one.capacity, one.person, one.guest) for one in rows}


def foreseen(takes: Iterable[Take], asked: Asked) -> dict[str, Brought]:
    """Return by roster who is put on it by what is brought, and who stands there already."""
    filing = Filing(case=asked.case, world=asked.world, person=asked.act.person, day=asked.day)
    found: dict[str, Brought] = {}
    for take in takes:
        roster = asked.world.scheme.rosters.get(take.name)
        given = asked.act.given["rosters"].get(take.name)
        if roster is None or given is None or take.strikes:
            continue
        known, rows = _known(roster.name, filing), listed(roster, given, filing)
        at = {_who(one.capacity, one.person, one.guest): one for one in known.standing}
        brought = (
            _who(row["capacity"], row.get("person"), row.get("guest", ""))
            for _, _, row in _brought(roster, given, asked.world)
        )
        there = tuple(at[who] for who in dict.fromkeys(brought) if who in at)
        found[take.name] = Brought(new=tuple(rows[len(known.rows) :]), there=there)
    return found


def _added(
    roster: Roster, known: Listing, given: Given, filing: Filing
) -> Iterator[tuple[str, str | None, str]]:
    """Yield who is to stand on the roster: the capacity, the person, the guest's name."""
    # In no other capacity either: it is the person who was listed by mistake.
    struck = {one.person for one in known.rows if one.struck}
    for capacity in roster.capacities:
        if matches(capacity.where, filing.case, filing.world.organisation):
            for person in _by_post(roster, capacity, filing):
                if person not in struck:
                    yield capacity.name, person, ""
    for _, _, row in _brought(roster, given, filing.world):
        yield row["capacity"], row.get("person"), seen(row.get("guest", ""))


def _brought(
    roster: Roster, given: Given, world: World
) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    """Yield the rows that are brought one by one, behind their member and their number in it."""
    yield from (("rows", n, row) for n, row in enumerate(given.get("rows", ()), 1))
    file = lines_of(given.get("file", ""))
    yield from (("file", n, row) for n, row in read_rows(roster, file, world.organisation))


def _by_post(roster: Roster, capacity: Capacity, filing: Filing) -> Iterator[str]:
    for electors in capacity.people:
        if matches(electors.where, filing.case, filing.world.organisation):
            yield from _people(roster, electors, filing)


def _people(roster: Roster, electors: Electors, filing: Filing) -> Iterable[str]:
    case, world, grant = filing.case, filing.world, electors.grant
    unit = unit_of(case, grant.party, world)
    if unit is not None:
        held = seats(world.organisation, unit, grant.roles, filing.day)
        return [person for seat in held for person in seat.people]
    if isinstance(world.life(case).parties.get(grant.party), OtherSubjects):
        return _subjects(roster, case, world)
    return people_of(case, grant.party, filing.day, world)


def _subjects(roster: Roster, case: Case, world: World) -> list[str]:
    """Return whom the cases on the agenda are about: of a poll they are its other subjects too."""
    if roster.agenda is None:
        return []
    # By their numbers, as everywhere: what is opened together has no order of its own.
    cases = sorted(world.heads.linked(case, roster.agenda.link), key=attrgetter("number"))
    return [one.person for one in cases if one.person is not None and one.is_open]


# --- What is wrong with what is brought: all of it at once, of a file each line by its number ---


def _check(takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    filing = Filing(case=asked.case, world=asked.world, person=asked.act.person, day=asked.day)
    strikes = {take.name for take in takes if take.strikes}
    for name, given in asked.act.given["rosters"].items():
        roster = asked.world.scheme.rosters.get(name)
        if roster is None:
            continue
        place = f"data.rosters.{name}"
        if name in strikes:
            yield from roster_strikes.check(roster, given, place, asked)
            continue
        yield from _rows_at_fault(given.get("rows", ()), f"{place}.rows", asked)
        file, organisation = given.get("file", ""), asked.world.organisation
        yield from lines_at_fault(roster, file, f"{place}.file", organisation)
        yield from _namesakes(roster, given, place, filing)
        if len(listed(roster, given, filing)) > MOST:
            yield Blocker(code="roster_too_long", field=place, params={"most": MOST})


def _namesakes(roster: Roster, given: Given, place: str, filing: Filing) -> Iterator[Blocker]:
    """Yield which guests bear the name of somebody who stands on the roster: one of them is two."""
    bearers, known = filing.world.bearers, _known(roster.name, filing)
    if not bearers:
        return
    rows = (one for one in listed(roster, given, filing) if one.struck is None)
    persons = {one.person: one.capacity for one in rows if one.person}
    guests, labels = _everybody(known.standing), {one.name: one.label for one in roster.capacities}
    for member, n, row in _brought(roster, given, filing.world):
        name = same(row.get("guest", ""))
        if not name or (row["capacity"], name) in guests:
            continue
        for person in sorted(bearers.get(name, frozenset()) & persons.keys()):
            told: dict[str, str | int] = {"person": person, "capacity": persons[person]}
            told["capacity_label"] = labels[persons[person]]
            if member == "file":
                params, at = told | {"line": n}, f"{place}.file"
                yield Blocker(code="roster_line_namesake", field=at, params=params)
            else:
                params, at = told | {"row": n}, f"{place}.rows[{n - 1}].guest"
                yield Blocker(code="guest_is_namesake", field=at, params=params)


def _rows_at_fault(rows: Any, place: str, asked: Asked) -> Iterator[Blocker]:
    first: dict[Any, int] = {}
    for index, row in enumerate(rows):
        # Of guests there may be two of one name; of one capacity, what stands behind it tells.
        guest = same(row.get("guest", ""))
        who = row.get("person") or (guest and (row["capacity"], guest))
        if who in first:
            params = {"row": index + 1, "first": first[who]}
            at = f"{place}[{index}].{'person' if 'person' in row else 'guest'}"
            yield Blocker(code="listed_twice", field=at, params=params)
        if who:
            first.setdefault(who, index + 1)
        if ("person" in row) == ("guest" in row):
            yield Blocker(code="person_or_guest", field=f"{place}[{index}]")
        elif "person" in row and not asked.world.organisation.has_person(row["person"]):
            at = f"{place}[{index}].person"
            yield Blocker(code="not_known", field=at, params={"id": row["person"]})


# --- What is taken as it is brought, and who brings it should know ---


def _warn(takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    """Yield who is brought in a capacity that comes with a post which they do not hold."""
    filing = Filing(case=asked.case, world=asked.world, person=asked.act.person, day=asked.day)
    for take in takes:
        roster = asked.world.scheme.rosters.get(take.name)
        given = asked.act.given["rosters"].get(take.name)
        if roster is None or given is None or take.strikes:
            continue
        theirs = by_posts(roster, filing)
        told: dict[tuple[str, str], list[int]] = {}
        for member, n, row in _brought(roster, given, asked.world):
            if row.get("person") not in theirs.get(row["capacity"], (row.get("person"),)):
                told.setdefault((member, row["capacity"]), []).append(n)
        yield from _struck_before(roster, given, filing)
        yield from _guests_before(roster, given, filing)
        labels = {one.name: one.label for one in roster.capacities}
        for (member, capacity), lines in told.items():
            params: dict[str, str | int] = {
                "capacity": capacity,
                "capacity_label": labels[capacity],
                "n": len(lines),
                "lines": _numbers(lines),
            }
            yield Blocker(
                code="roster_without_post",
                field=f"data.rosters.{take.name}.{member}",
                params=params,
            )


def _struck_before(roster: Roster, given: Given, filing: Filing) -> Iterator[Blocker]:
    """Yield who is brought that was struck off before, and comes on the roster again by that."""
    known = _known(roster.name, filing)
    rows = [one for one in known.rows if one.struck]
    struck = _everybody(rows) - _everybody(known.standing) if rows else set()
    told: dict[str, list[int]] = {}
    for member, n, row in _brought(roster, given, filing.world) if struck else ():
        if _who(row["capacity"], row.get("person"), row.get("guest", "")) in struck:
            told.setdefault(member, []).append(n)
    for member, lines in told.items():
        params: dict[str, str | int] = {"n": len(lines), "lines": _numbers(lines)}
        field = f"data.rosters.{roster.name}.{member}"
        yield Blocker(code="roster_struck_before", field=field, params=params)


def _guests_before(roster: Roster, given: Given, filing: Filing) -> Iterator[Blocker]:
    """Yield who comes on the roster, by post or by name, where a guest of their name stands."""
    bearers, known = filing.world.bearers, _known(roster.name, filing)
    field = f"data.rosters.{roster.name}"
    for guest in known.standing:
        theirs = bearers.get(same(guest.guest))
        for one in listed(roster, given, filing)[len(known.rows) :] if theirs else ():
            if one.person in (theirs or ()):
                params: dict[str, str | int] = {"row": guest.row, "person": str(one.person)}
                yield Blocker(code="roster_guest_before", field=field, params=params)


def _numbers(lines: Sequence[int]) -> Said:
    """Return the first of *lines*; how many there are is told beside them."""
    return listed_words([*map(str, lines[:SHOWN]), *(["…"] if len(lines) > SHOWN else [])])


def by_posts(roster: Roster, filing: Filing) -> Mapping[str, frozenset[str]]:
    """Return who comes by their posts, for each capacity in which nobody else does."""
    return {
        one.name: frozenset(_by_post(roster, one, filing))
        for one in roster.capacities
        if one.people and not one.invited and all(each.grant.roles for each in one.people)
    }


# --- In a case, and in a scheme ---


def _fold(case: Case, told: Any, _actor: str | None) -> Changes:
    n_listed = {name: one.get("n_expected", one["n_present"]) for name, one in told.items()}
    return {"rosters": {**case.rosters, **n_listed}, "listed": {**case.listed, **told}}


def _names(scheme: Scheme) -> set[str]:
    polls = (each for one in scheme.polls.values() for each in (one, *one.tiers.values()))
    voting = {one.name for poll in polls for one in poll.electorates if one.roster}
    return {*scheme.rosters, *voting}


def label_of(take: Take, scheme: Scheme, _tier: str) -> str:
    """Return what people read for the roster that *take* names."""
    known = scheme.rosters.get(take.name)
    return known.label if known else take.name


DATUM = Datum(
    what="roster",
    member="rosters",
    keys={"strikes": Key(Flag(), default=False)},
    known=_names,
    phrase=lambda take: ("roster_strikes" if take.strikes else "", {}),
    label=label_of,
    shape=_shape,
    check=_check,
    warn=_warn,
    record=_record,
    fold=_fold,
)
