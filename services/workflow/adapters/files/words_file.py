"""Catalogues of schemes' words: what pages in English say for the words of one scheme.

It lies beside its scheme and is no part of it: `{scheme: <id>, words: {<word>: <English>}}`.
A word that means two things has a line more for what stands below a name: `<name>/<word>`.
A word that it does not have is shown as the catalogue has it that it `follows`, where it names one
of another scheme, and so on; else as the scheme has it.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from schemas.document import Document, Fault, Faults, read_document
from schemas.limits import is_line
from schemas.reading import LONGEST, LONGEST_POINT, ONE_LINE
from schemas.said import said
from services.workflow import schemes
from services.workflow.adapters.files.file_text import read_text
from services.workflow.adapters.files.yaml_nodes import compose

MAX_BYTES = 256 * 1024
_KEYS = {"scheme", "words"}
_FOLLOWS = "follows"


def read_all(folder: Path | None) -> dict[str, Mapping[str, str]]:
    """Return the catalogues that are shipped, and those of *folder* over them, by id of scheme.

    Raises:
        Faults: a file of the folder is no catalogue, or there is no such folder.
    """
    documents = [*_shipped()]
    if folder is not None:
        if not folder.is_dir():
            reason = said("cannot be read: {problem}", problem=said("not a folder"))
            raise Faults([Fault(file=str(folder), line=0, path="", reason=reason)])
        documents += [
            read(read_text(file, MAX_BYTES, str(file)), str(file))
            for file in sorted(folder.glob("*.yaml"))
        ]
    follows = {one.tree["scheme"]: one.tree.get(_FOLLOWS) for one in documents}
    own = dict(map(catalogue, documents))
    return {scheme: _with_followed(scheme, own, follows) for scheme in own}


@cache  # it changes with the product alone
def _shipped() -> tuple[Document, ...]:
    return tuple(read(text, name) for name, text in schemes.english())


def _with_followed(
    scheme: str, own: Mapping[str, Mapping[str, str]], follows: Mapping[str, str | None]
) -> Mapping[str, str]:
    """Return what is said for the words of *scheme*, of each word the nearest along its line."""
    line, at = list[str](), follows.get(scheme)
    while at is not None and at not in (scheme, *line):
        line.append(at)
        at = follows.get(at)
    words = [own.get(one, {}) for one in (*reversed(line), scheme)]
    return {word: told for each in words for word, told in each.items()}


def read(text: str, file: str) -> Document:
    """Return the catalogue in *text* as it is written, with its lines; raises `Faults`."""
    document = read_document(text, compose, file)
    faults = list(_faults(document))
    if faults:
        raise Faults(faults)
    return document


def catalogue(document: Document) -> tuple[str, Mapping[str, str]]:
    """Return the id of a scheme, and what is said for its words."""
    return document.tree["scheme"], document.tree["words"]


def strange(document: Document, scheme: str, words: Collection[str]) -> Iterator[Fault]:
    """Yield where a catalogue is another scheme's, or says something for none of its *words*."""
    id_, told = catalogue(document)
    if id_ != scheme:
        yield document.fault(("scheme",), said("these are words of {name}", name=id_))
    for word in told:
        if word not in words:
            yield document.fault(("words", word), said("the scheme has no such word"))


def _faults(document: Document) -> Iterator[Fault]:
    tree: Any = document.tree
    if not isinstance(tree, dict) or set(tree) - {_FOLLOWS} != _KEYS:
        yield document.fault((), said("expected is {words}", words="{scheme: …, words: {…}}"))
    elif wrong := [key for key in ("scheme", _FOLLOWS) if not isinstance(tree.get(key, ""), str)]:
        yield from (document.fault((key,), said(ONE_LINE, most=LONGEST)) for key in wrong)
    elif not isinstance(tree["words"], dict):
        yield document.fault(("words",), said("expected is {words}", words="{…: …}"))
    else:
        for word, told in tree["words"].items():
            # How long it may be where it is shown, the scheme says: a label less than a point.
            if not (isinstance(told, str) and is_line(told, LONGEST_POINT)):
                yield document.fault(("words", word), said(ONE_LINE, most=LONGEST_POINT))
