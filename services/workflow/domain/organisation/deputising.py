"""Who stands in for whom, and who is away: what is wrong with a wish, and what it changes.

Pure, and told in the same words as an import: `+` new, `~` another end or other roles, `-` taken
back. What a wish says replaces what is known under its key; of one that began before today its end
alone moves, and that not before today.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from schemas.vocabulary import ADMINISTRATORS
from services.workflow.domain.organisation.model import Absence, Delegation
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.tree import Organisation
from services.workflow.domain.refusals import Blocker

LONGEST = timedelta(days=366)  # it is for a time: what lasts is a post
_DAY = timedelta(days=1)
Name = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is to hold from now on, or with *revoked* to hold no more."""

    entry: Delegation | Absence
    revoked: bool = False

    @property
    def fact(self) -> str:
        return "delegated" if isinstance(self.entry, Delegation) else "absent"

    def data(self) -> dict[str, Any]:
        """Return the data of its event."""
        one = self.entry
        told: dict[str, Any] = {"person": one.person, "from": one.since.isoformat()}
        told["until"] = (one.until or one.since).isoformat()
        if isinstance(one, Delegation):
            told |= {"deputy": one.deputy, "unit": one.unit, "roles": sorted(one.roles)}
        return told | ({"revoked": True} if self.revoked else {})


def known(organisation: Organisation, entry: Delegation | Absence) -> Delegation | Absence | None:
    """Return what is known under the key of *entry*; None: nothing."""
    return next((one for one in _alike(organisation, entry) if one.key == entry.key), None)


def taken_back(organisation: Organisation, wish: Wish, today: date) -> Wish:
    """Return *wish*; one that takes back says until which day it held, if it ever did."""
    found = known(organisation, wish.entry) if wish.revoked else None
    if found is None:
        return wish
    until = min(found.until or today, today) if found.since <= today else found.since - _DAY
    return Wish(entry=replace(found, until=until), revoked=True)


def _alike(
    organisation: Organisation, entry: Delegation | Absence
) -> Iterable[Delegation | Absence]:
    there = organisation.standing_in
    if isinstance(entry, Absence):
        return there.absences_of(entry.person)
    return [
        one
        for one in there.delegations_of(entry.person)
        if (one.deputy, one.person, one.unit) == (entry.deputy, entry.person, entry.unit)
    ]


def faults(organisation: Organisation, wish: Wish, today: date) -> Iterator[Blocker]:
    """Yield everything that is wrong with *wish*, each with the field at fault."""
    entry = wish.entry
    told = {"person": entry.person}
    if isinstance(entry, Delegation):
        told["deputy"] = entry.deputy
    for field, person in told.items():
        if not organisation.has_person(person):
            yield Blocker(code="no_such_person", field=field, params={"id": person})
    if wish.revoked:
        if known(organisation, entry) is None:
            yield Blocker(code="nothing_to_revoke")
        return
    yield from _untimely(organisation, entry, today)
    if isinstance(entry, Delegation):
        yield from _unfit(organisation, entry)


def _untimely(
    organisation: Organisation, entry: Delegation | Absence, today: date
) -> Iterator[Blocker]:
    until = entry.until or entry.since
    if until < entry.since:
        yield Blocker(code="over_before_it_begins", field="until")
        return
    if until - entry.since > LONGEST:
        yield Blocker(code="not_for_a_time", field="until", params={"most": LONGEST.days})
    if until < today:
        yield Blocker(code="over_already", field="until")
    elif entry.since < today:
        yield from _changed_past(known(organisation, entry), entry, today)
    for one in _alike(organisation, entry):
        if one.key != entry.key and one.overlaps(entry):
            days = {"since": one.since.isoformat(), "until": (one.until or one.since).isoformat()}
            yield Blocker(code="told_for_these_days", field="from", params=days)


def _changed_past(
    found: Delegation | Absence | None, entry: Delegation | Absence, today: date
) -> Iterator[Blocker]:
    # What was done before today was judged by who could do it then, and acts may be dated back.
    if found is None or (found.until or found.since) < today:
        yield Blocker(code="begins_in_the_past", field="from")
    elif getattr(entry, "roles", None) != getattr(found, "roles", None):
        since = {"since": entry.since.isoformat()}
        yield Blocker(code="roles_in_force", field="roles", params=since)


def _unfit(organisation: Organisation, entry: Delegation) -> Iterator[Blocker]:
    if entry.deputy == entry.person:
        yield Blocker(code="own_deputy", field="deputy")
    if organisation.unit(entry.unit) is None:
        yield Blocker(code="no_such_unit", field="unit", params={"id": entry.unit})
    theirs = {
        post.role
        for post in organisation.posts_of_ever(entry.person)
        if post.unit == entry.unit and post.overlaps(entry)
    }
    handed_on = ", ".join(sorted(theirs - ADMINISTRATORS)) or "-"
    for role in sorted(entry.roles):
        told = {"role": organisation.vocabulary.role_label(role), "roles": handed_on}
        if role in ADMINISTRATORS:
            yield Blocker(code="not_handed_on", field="roles", params=told)
        elif role not in theirs:
            who = {"person": entry.person, "unit": entry.unit}
            yield Blocker(code="not_theirs", field="roles", params=who | told)
    for post in organisation.posts_of_ever(entry.deputy):
        if post.role in ADMINISTRATORS and post.overlaps(entry):
            yield Blocker(
                code="deputy_administers", field="deputy", params={"person": entry.deputy}
            )
            return


def is_void(entry: Delegation | Absence, organisation: Organisation) -> bool:
    """Tell whether *entry* stands for nothing in *organisation*: its people or posts are gone."""
    if isinstance(entry, Absence):
        return not organisation.has_person(entry.person)
    if not (organisation.has_person(entry.deputy) and organisation.has_person(entry.person)):
        return True
    posts = organisation.posts_of_ever(entry.person)
    return not any(entry.covers(post) and post.overlaps(entry) for post in posts)


def lines_of(organisation: Organisation, wish: Wish, name: Name) -> Iterator[str]:
    """Yield what *wish* changes, as an import tells it; names are printed and kept nowhere."""
    before = known(organisation, wish.entry)
    if wish.revoked and before is not None:
        yield f"- {told_of(organisation, before, name)}"
    elif before == wish.entry:
        yield say("no_change")
    elif before is None:
        yield f"+ {told_of(organisation, wish.entry, name)}"
    else:
        was, now = (told_of(organisation, one, name) for one in (before, wish.entry))
        yield f"~ {was} → {now}"


def told_of(organisation: Organisation, one: Delegation | Absence, name: Name) -> str:
    """Return who stands in for whom, or who is away, in words."""
    who = {"person": f"{one.person} {name(one.person)}".strip()}
    span = {"since": one.since, "until": one.until}
    if isinstance(one, Absence):
        return say("away", **who, **span)
    words = organisation.vocabulary
    return say(
        "stands_in_for",
        **who,
        **span,
        deputy=f"{one.deputy} {name(one.deputy)}".strip(),
        unit=f"{one.unit} {organisation.unit_name(one.unit)}".strip(),
        roles="、".join(words.role_label(role) for role in sorted(one.roles)),
    )
