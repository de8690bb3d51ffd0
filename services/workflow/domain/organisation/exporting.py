"""The organisation as the file that, imported, would change nothing."""

from collections.abc import Mapping
from typing import Any

from schemas.vocabulary import Vocabulary
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.tree import Organisation

NAME_ERASED = say("name_erased")


def exported(organisation: Organisation, people: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the tree of *organisation*'s file; *people* are the texts kept beside the log.

    Whose text was erased is named by a sentence that says so: imported, it would be their name.
    """
    units = organisation.units
    in_order = organisation.subtree(organisation.root) if organisation.root else ()
    erased = {"name": NAME_ERASED}
    return {
        "vocabulary": _vocabulary(organisation.vocabulary),
        "units": [_unit(units[unit]) for unit in in_order],
        "people": [{"id": one, **people.get(one, erased)} for one in organisation.people],
        "posts": [_held(post, "role", post.role) for post in organisation.posts()],
        "relations": [_held(one, "relation", one.relation) for one in organisation.relations()],
    }


def _vocabulary(words: Vocabulary) -> dict[str, Any]:
    told = words.data()
    attributes = {
        one["name"]: {key: value for key, value in one.items() if key != "name"}
        for one in told["attributes"]
    }
    return {**told, "attributes": attributes}


def _unit(unit: Unit) -> dict[str, Any]:
    parent = {} if unit.parent is None else {"parent": unit.parent}
    attributes = {"attributes": dict(unit.attributes)} if unit.attributes else {}
    return {"id": unit.id, **parent, "name": unit.name, "kind": unit.kind, **attributes}


def _held(held: Post | Relation, key: str, word: str) -> dict[str, str]:
    until = {} if held.until is None else {"until": held.until.isoformat()}
    return {
        "person": held.person,
        "unit": held.unit,
        key: word,
        "from": held.since.isoformat(),
        **until,
    }
