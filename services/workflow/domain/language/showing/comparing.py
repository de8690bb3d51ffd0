"""Two schemes beside each other: what changes, and for whom."""

from dataclasses import replace

from schemas.vocabulary import Vocabulary, default
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.showing.phrases import Phrases, phrases
from services.workflow.domain.language.showing.statements import Place, Statement, statements


def compare(
    old: Scheme, new: Scheme, language: str = "zh", vocabulary: Vocabulary | None = None
) -> list[dict[str, str]]:
    """Return what changes from *old* to *new*, and for whom: each with its sentence."""
    say, words = phrases(language), vocabulary or default()
    before = {one.place: one for one in statements(old, say, words)}
    after = {one.place: one for one in statements(new, say, words)}
    differing = {
        place: None
        for place in (*after, *before)
        if _said(before.get(place)) != _said(after.get(place))
    }
    whole = {place for place in differing if (place in before) != (place in after)}
    return [
        _change(place, before.get(place), after.get(place), say)
        for place in differing
        if whole.isdisjoint(_wholes(place))
    ]


# A part of what comes or goes as a whole is not told apart from it.
_PARTS = {
    "trigger": ("way", "by", "takes", "guards"),
    "state": ("desk", "due", "end"),
}


def _wholes(place: Place) -> list[Place]:
    found = [replace(place, sort=sort) for sort, parts in _PARTS.items() if place.sort in parts]
    if place.kind and place.sort != "kind":
        found.append(replace(place, sort="kind", name=place.kind))
    return found


def _said(statement: Statement | None) -> str | None:
    return statement.told if statement else None


def _change(
    place: Place, old: Statement | None, new: Statement | None, say: Phrases
) -> dict[str, str]:
    here = new or old
    label = here.label if here else place.name
    what = say(f"what_{place.sort}", name=label)
    if old is None:
        how, sentence = "added", say("diff_added", what=what, new=_said(new))
    elif new is None:
        how, sentence = "removed", say("diff_removed", what=what, old=_said(old))
    else:
        how = "changed"
        sentence = say("diff_changed", what=what, old=old.told, new=new.told)
    whom = (here.whom if here else "") or say("diff_everybody")
    return {
        "kind": place.kind,
        "tier": place.tier,
        "sort": place.sort,
        "name": place.name,
        "how": how,
        "whom": whom,
        "old": old.told if old else "",
        "new": new.told if new else "",
        "sentence": f"{say('diff_for', whom=whom)}{say('colon')}{sentence}",
    }
