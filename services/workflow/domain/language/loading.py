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
from services.workflow.domain.language.soundness import check

_CANONICAL: Final = "canonical scheme"


def load(document: Document) -> Scheme:
    """Make the scheme that *document* says, of format 2 or, lifted, of format 1.

    Raises:
        Faults: all that is wrong with it, each with file, line, path and reason.
    """
    old = is_format_1(document)
    scheme = _read(lift(document) if old else document, held(document) if old else (), old=old)
    # Not before: what is no name, or no number, may have no canonical bytes.
    canonical = canonical_bytes(document.tree)
    return replace(scheme, canonical=canonical, hash=sha256(canonical).hexdigest())


def _read(document: Document, held: Iterable[Fault], *, old: bool) -> Scheme:
    """Read *document*, which is of format 2; *old*: it was lifted, and was *held* to format 1."""
    reading = Reading(document, FIRST_NAMES) if old else Reading(document)
    scheme = read_scheme(reading) if old else with_limits(read_scheme(reading))
    check(scheme, reading.fault, tuple(reading.broken), lifted=old)
    reading.finish()
    faults = dict.fromkeys([*reading.faults, *held])  # each told once
    if faults:
        raise Faults(list(faults))
    return scheme


def in_other_words(scheme: Scheme, said: Mapping[str, str]) -> Scheme:
    """Return *scheme* with what is *said* for its own words in their place, to be shown.

    It keeps its hash: that is of the text that binds, and says which scheme this is.

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
        at = tree
        for step in steps(fault.path):
            if not _has(at, step):
                break
            at = at[step]
        for word in {one for one in _texts(at) if one in said}:
            found.setdefault(word, []).append(fault)
    return found


def _has(tree: Any, step: str | int) -> bool:
    """Tell whether there is something below *tree* at *step* of a path."""
    if isinstance(tree, list):
        return isinstance(step, int) and step < len(tree)
    return isinstance(tree, dict) and step in tree


def words_of(scheme: Scheme) -> list[str]:
    """Return every text of *scheme* that is not plain ASCII, as all names are; each once."""
    return list(dict.fromkeys(_texts(_ground(scheme)[0].tree)))


def _ground(scheme: Scheme) -> tuple[Document, bool]:
    """Return the document of *scheme* in format 2, and whether it had to be lifted."""
    document = Document(json.loads(scheme.canonical), _CANONICAL)
    old = is_format_1(document)
    return (lift(document) if old else document), old


def _told(tree: Any, said: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: _told(value, said) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_told(value, said) for value in tree]
    return said.get(tree, tree) if isinstance(tree, str) else tree


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield from () if tree.isascii() else (tree,)
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(value)


@lru_cache(maxsize=32)  # to read one and find it sound takes a tenth of a second
def from_canonical(canonical: bytes) -> Scheme:
    """Rebuild a scheme from its own canonical bytes.

    Raises:
        Faults: this release cannot read it any more.
    """
    return load(Document(json.loads(canonical), _CANONICAL))
