"""Who stands in for whom, and who is away: what is wrong with a wish, and what it changes.

Pure, and told in the same words as an import: `+` new, `~` another end or other roles, `-` taken
back. What a wish says replaces what is known under its key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from schemas.said import Said
from schemas.vocabulary import ADMINISTRATORS
from services.workflow.domain.organisation.model import Absence, Delegation
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.tree import Organisation

LONGEST = timedelta(days=366)  # it is for a time: what lasts is a post
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
    there = (
        organisation.delegations_of(entry.person)
        if isinstance(entry, Delegation)
        else organisation.absences_of(entry.person)
    )
    return next((one for one in there if one.key == entry.key), None)


def faults(organisation: Organisation, wish: Wish, today: date) -> Iterator[Said]:
    """Yield everything that is wrong with *wish*."""
    entry, until = wish.entry, wish.entry.until or wish.entry.since
    deputy = (entry.deputy,) if isinstance(entry, Delegation) else ()
    for person in (entry.person, *deputy):
        if not organisation.has_person(person):
            yield say("no_such_person", id=person)
    if wish.revoked:
        if known(organisation, entry) is None:
            yield say("nothing_to_revoke")
        return
    if until < entry.since:
        yield say("over_before_it_begins")
    elif until - entry.since > LONGEST:
        yield say("not_for_a_time", most=LONGEST.days)
    if until < today:
        yield say("over_already")
    if isinstance(entry, Delegation):
        yield from _unfit(organisation, entry)


def _unfit(organisation: Organisation, entry: Delegation) -> Iterator[Said]:
    if entry.deputy == entry.person:
        yield say("own_deputy")
    if organisation.unit(entry.unit) is None:
        yield say("no_such_unit", id=entry.unit)
    theirs = {
        post.role
        for post in organisation.posts_of_ever(entry.person)
        if post.unit == entry.unit and post.overlaps(entry)
    }
    for role in sorted(entry.roles - theirs):
        label = organisation.vocabulary.role_label(role)
        yield say("not_theirs", person=entry.person, unit=entry.unit, role=label)
    for post in organisation.posts_of_ever(entry.deputy):
        if post.role in ADMINISTRATORS and post.overlaps(entry):
            yield say("deputy_administers", person=entry.deputy)
            return


def lines_of(organisation: Organisation, wish: Wish, name: Name) -> Iterator[str]:
    """Yield what *wish* changes, as an import tells it; names are printed and kept nowhere."""
    before = known(organisation, wish.entry)
    if wish.revoked and before is not None:
        yield f"- {_told(organisation, before, name)}"
    elif before == wish.entry:
        yield say("no_change")
    elif before is None:
        yield f"+ {_told(organisation, wish.entry, name)}"
    else:
        was, now = (_told(organisation, one, name) for one in (before, wish.entry))
        yield f"~ {was} → {now}"


def _told(organisation: Organisation, one: Delegation | Absence, name: Name) -> str:
    who = {"person": f"{one.person} {name(one.person)}".strip()}
    span = {"since": one.since, "until": one.until}
    if isinstance(one, Absence):
        return say("away", **who, **span)
    unit = organisation.unit(one.unit)
    words = organisation.vocabulary
    return say(
        "stands_in_for",
        **who,
        **span,
        deputy=f"{one.deputy} {name(one.deputy)}".strip(),
        unit=f"{one.unit} {unit.name if unit else ''}".strip(),
        roles="、".join(words.role_label(role) for role in sorted(one.roles)),
    )
