"""What is carried over fits on both sides: the scheme before, and the one that follows it."""

from collections.abc import Callable

from schemas.said import said
from services.workflow.domain.language.model.documents import Document
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Carry, Scheme
from services.workflow.domain.language.soundness.noting import Note, note_unknown

Known = Callable[[str], Scheme | None]  # a scheme of another file, by id


def check_following(scheme: Scheme, note: Note) -> None:
    """Note what one file alone can tell: kinds that are here, no scheme after itself."""
    if scheme.follows is None:
        return
    if scheme.follows.scheme == scheme.id:
        note((*scheme.follows.at, "scheme"), said("{scheme} follows itself", scheme=scheme.id))
    for carry in scheme.follows.carries:
        note_unknown("kind of case", carry.new_kind, scheme.kinds, (*carry.at, "as"), note)


def check_followed(scheme: Scheme, known: Known, note: Note) -> None:
    """Note what does not fit the scheme that went before, and schemes that follow in a ring."""
    if scheme.follows is None or scheme.follows.scheme == scheme.id:
        return
    at = (*scheme.follows.at, "scheme")
    ring = _ring(scheme, known)
    if ring:
        note(at, said("the schemes follow each other in a ring: {words}", words=" → ".join(ring)))
    before = known(scheme.follows.scheme)
    if before is None:
        note(at, said("there is no scheme {scheme} to follow", scheme=scheme.follows.scheme))
        return
    for carry in scheme.follows.carries:
        if note_unknown("kind of case", carry.kind, before.kinds, (*carry.at, "case"), note):
            _check_carry(scheme, before, carry, note)


def _ring(scheme: Scheme, known: Known) -> list[str]:
    """Return the ids from *scheme* back to it; empty if the chain ends elsewhere."""
    trail, at = [scheme.id], scheme
    while at.follows is not None:
        trail.append(at.follows.scheme)
        if at.follows.scheme == scheme.id:
            return trail
        there = known(at.follows.scheme)
        if there is None or at.follows.scheme in trail[:-1]:
            return []
        at = there
    return []


def _check_carry(scheme: Scheme, before: Scheme, carry: Carry, note: Note) -> None:
    old = before.kinds[carry.kind]
    for life in old.lives:
        for state in carry.states:
            note_unknown(
                said("state of {old}", old=old.name), state, life.states, (*carry.at, "in"), note
            )
            if state in life.ends:
                note(
                    (*carry.at, "in"),
                    said("{state} is an end: nothing goes on from there", state=state),
                )
        if life.ends.get(carry.ends) != "carried":
            note(
                (*carry.at, "ends"),
                said("{ends} is no end of {old} that says carried", ends=carry.ends, old=old.name),
            )
        elif not all(_leads(life, state, carry.ends) for state in carry.states):
            note(
                (*carry.at, "ends"),
                said(
                    "no cause leads {old} to {ends} from everywhere", old=old.name, ends=carry.ends
                ),
            )
    new = scheme.kinds.get(carry.new_kind)
    if new is not None:
        _check_columns(_rows(scheme, new), _rows(before, old), carry, note)


def _leads(life: Life, state: str, end: str) -> bool:
    return any(
        end in trigger.targets(state, ()) for trigger in life.triggers_from(state) if trigger.caused
    )


def _rows(scheme: Scheme, kind: Kind) -> list[Document]:
    """Return the documents whose rows become cases of *kind*."""
    names = dict.fromkeys(made.document for made in kind.made_from)
    return [scheme.documents[name] for name in names if name in scheme.documents]


def _check_columns(new: list[Document], old: list[Document], carry: Carry, note: Note) -> None:
    here = {column.name: column for document in new for column in document.columns}
    there = {column.name: column for document in old for column in document.columns}
    for name, source in carry.columns.items():
        at = (*carry.at, "columns", name)
        if (
            note_unknown("column", name, here, at, note)
            and note_unknown("column of the scheme before", source, there, at, note)
            and type(here[name].type) is not type(there[source].type)
        ):
            note(at, said("{name} is of another type than {source} was", name=name, source=source))
