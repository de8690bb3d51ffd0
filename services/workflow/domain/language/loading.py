"""From a document to a scheme that can be run, or to everything that is wrong with it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from schemas.canonical import canonical_bytes
from schemas.document import Document, Fault, Faults, steps
from schemas.reading import Reading
from schemas.scheme_holding import held
from schemas.scheme_lifting import is_format_1, lift
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.naming import FIRST_NAMES
from services.workflow.domain.language.reading.implied import with_limits
from services.workflow.domain.language.reading.scheme import read_scheme
from services.workflow.domain.language.soundness import check, check_new

_CANONICAL: Final = "canonical scheme"
BELOW: Final = "/"  # between a name and a word for which something is said below it


def load(document: Document) -> Scheme:
    """Make the scheme that *document* says, of format 2 or, lifted, of format 1.

    Raises:
        Faults: all that is wrong with it, each with file, line, path and reason.
    """
    return _load(document, new=True)


def _load(document: Document, *, new: bool) -> Scheme:
    old = is_format_1(document)
    beside = held(document) if old else ()
    scheme = _read(lift(document) if old else document, beside, old=old, new=new)
    # Not before: what is no name, or no number, may have no canonical bytes.
    canonical = canonical_bytes(document.tree)
    return replace(scheme, canonical=canonical, hash=sha256(canonical).hexdigest())


def _read(document: Document, held: Iterable[Fault], *, old: bool, new: bool = False) -> Scheme:
    """Read *document*, which is of format 2; *old*: it was lifted, and was *held* to format 1.

    *new*: it is none that was published before, and is held to what is asked of those alone.
    """
    reading = Reading(document, FIRST_NAMES) if old else Reading(document)
    scheme = read_scheme(reading) if old else with_limits(read_scheme(reading))
    check(scheme, reading.fault, tuple(reading.broken), lifted=old)
    if new and not reading.broken:
        check_new(scheme, reading.fault)
    reading.finish()
    faults = dict.fromkeys([*reading.faults, *held])  # each told once
    if faults:
        raise Faults(list(faults))
    return scheme


def in_other_words(scheme: Scheme, said: Mapping[str, str]) -> Scheme:
    """Return *scheme* with what is *said* for its own words in their place, to be shown.

    One word may mean two things: `name/word` is what is said for it below that name alone. It
    keeps its hash: that is of the text that binds, and says which scheme this is.

    Raises:
        Faults: with other words it would be no scheme.
    """
    document, old = _ground(scheme)
    told = _read(Document(_told(document.tree, said), _CANONICAL), (), old=old)
    spoken = sha256(canonical_bytes(sorted(map(list, said.items())))).hexdigest() if said else ""
    return replace(told, canonical=scheme.canonical, hash=scheme.hash, spoken=spoken)


def as_far_as_said(
    scheme: Scheme, said: Mapping[str, str]
) -> tuple[Scheme, Mapping[str, list[Fault]]]:
    """Return *scheme* in other words, and for which of its words its own stand, with why.

    One word that would make it no scheme is left as it is; all others are said.

    Raises:
        Faults: it is not the words that make it none.
    """
    kept: dict[str, list[Fault]] = {}
    while True:
        fit = {word: told for word, told in said.items() if word not in kept}
        try:
            return in_other_words(scheme, fit), kept
        except Faults as faults:
            found = _blamed(_ground(scheme)[0].tree, fit, faults.faults)
            if not found:
                raise
            kept |= found


def _blamed(tree: Any, said: Mapping[str, str], faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    """Return the words of which something is said where the *faults* are, with these."""
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        at, names = tree, tuple[str, ...]()
        for step in steps(fault.path):
            if not _has(at, step):
                break
            names = (*_with_own_name(at, names), step) if isinstance(step, str) else names
            at = at[step]
        keys = {_key_of(word, below, said) for word, below in _placed(at, names)}
        for key in keys & said.keys():
            found.setdefault(key, []).append(fault)
    return found


def _has(tree: Any, step: str | int) -> bool:
    """Tell whether there is something below *tree* at *step* of a path."""
    if isinstance(tree, list):
        return isinstance(step, int) and step < len(tree)
    return isinstance(tree, dict) and step in tree


def words_of(scheme: Scheme) -> list[str]:
    """Return every text of *scheme* that is not plain ASCII, as all names are; each once."""
    return list(dict.fromkeys(_texts(_ground(scheme)[0].tree)))


def words_below(scheme: Scheme) -> set[str]:
    """Return each of its words as it may be named below each name that it stands under."""
    placed = _placed(_ground(scheme)[0].tree, ())
    return {f"{name}{BELOW}{word}" for word, names in placed for name in names}


def _ground(scheme: Scheme) -> tuple[Document, bool]:
    """Return the document of *scheme* in format 2, and whether it had to be lifted."""
    document = Document(json.loads(scheme.canonical), _CANONICAL)
    old = is_format_1(document)
    return (lift(document) if old else document), old


def _told(tree: Any, said: Mapping[str, str], names: tuple[str, ...] = ()) -> Any:
    """Return *tree*, which stands below *names*, in other words: the nearest name's first."""
    if isinstance(tree, dict):
        below = _with_own_name(tree, names)
        return {key: _told(value, said, (*below, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_told(value, said, names) for value in tree]
    if not isinstance(tree, str):
        return tree
    return said.get(_key_of(tree, names, said), tree)


def _key_of(word: str, names: tuple[str, ...], said: Mapping[str, str]) -> str:
    """Return under what in *said* stands what is said for *word* below *names*."""
    here = (f"{name}{BELOW}{word}" for name in reversed(names))
    return next((key for key in here if key in said), word)


def _placed(tree: Any, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(tree, dict):
        below = _with_own_name(tree, names)
        for key, value in tree.items():
            yield from _placed(value, (*below, key))
    elif isinstance(tree, list):
        for value in tree:
            yield from _placed(value, names)
    elif isinstance(tree, str) and not tree.isascii():
        yield tree, names


def _with_own_name(tree: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    own = tree.get("name") if isinstance(tree, dict) else None
    return (*names, own) if isinstance(own, str) else names


def _texts(tree: Any) -> Iterator[str]:
    return (word for word, _ in _placed(tree, ()))


@lru_cache(maxsize=32)  # to read one and find it sound takes a tenth of a second
def from_canonical(canonical: bytes) -> Scheme:
    """Rebuild a scheme from its own canonical bytes.

    Raises:
        Faults: this release cannot read it any more.
    """
    return _load(Document(json.loads(canonical), _CANONICAL), new=False)
