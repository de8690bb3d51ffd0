"""From a document to a scheme that can be run, or to everything that is wrong with it."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Final

from schemas.canonical import canonical_bytes
from schemas.document import Document, Faults
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
    reading = Reading(lift(document), FIRST_NAMES) if old else Reading(document)
    scheme = read_scheme(reading) if old else with_limits(read_scheme(reading))
    check(scheme, reading.fault, tuple(reading.broken), lifted=old)
    reading.finish()
    faults = dict.fromkeys([*reading.faults, *(held(document) if old else ())])  # each told once
    if faults:
        raise Faults(list(faults))
    # Not before: what is no name, or no number, may have no canonical bytes.
    canonical = canonical_bytes(document.tree)
    return replace(scheme, canonical=canonical, hash=sha256(canonical).hexdigest())


def from_canonical(canonical: bytes) -> Scheme:
    """Rebuild a scheme from its own canonical bytes.

    Raises:
        Faults: this release cannot read it any more.
    """
    return load(Document(json.loads(canonical), _CANONICAL))
