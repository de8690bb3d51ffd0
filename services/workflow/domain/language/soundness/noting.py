"""How a check says what it found: a place in the file, and the reason."""

from collections.abc import Callable, Collection

from schemas.document import Path
from schemas.reading import unknown

Note = Callable[[Path, str], None]


def note_unknown(what: str, word: str, known: Collection[str], at: Path, note: Note) -> bool:
    """Tell whether *word* is one of the *known*, and note it where it is not.

    An empty word was at fault where it was read, and is no second fault.
    """
    if word and word not in known:
        note(at, unknown(what, word, known))
    return word in known
