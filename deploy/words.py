"""Bring the catalogues of the pages up to date with their texts: python -m deploy.words.

What is new stands there with an empty translation, what is gone is taken out; nothing is guessed.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "services/workflow/adapters/web"
CATALOGUE = PAGES / "translations/en/LC_MESSAGES/pages.po"
# `_n` says the same of one and of many; English tells them apart.
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "_n": (1, 1)}
METHODS = {
    "*.py": "python",
    "templates/*.html": "jinja2.ext:babel_extract",
    "static/*.js": "javascript",
}
OPTIONS = {"trimmed": "false", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def main() -> None:
    """Write every catalogue anew, and say how much of it waits for a translator."""
    catalogue = brought_up_to_date()
    CATALOGUE.write_bytes(written(catalogue))
    waiting = [one for one in catalogue if one.id and not all(_told(one.string))]
    print(f"{len(catalogue)} texts, {len(waiting)} without English:")
    for one in waiting:
        print(f"  {one.id if isinstance(one.id, str) else one.id[0]}")


def brought_up_to_date() -> Catalog:
    """Return the English catalogue with exactly the texts that the pages have."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    template = Catalog()
    for text in texts():
        template.add(text)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as its file has it: in one order, one text a line, no dates, no places."""
    file = BytesIO()
    write_po(file, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return file.getvalue()


def texts() -> Iterator[str | tuple[str, ...]]:
    """Yield every text of the pages that is to be translated, where it stands."""
    for pattern, method in METHODS.items():
        for path in sorted(PAGES.glob(pattern)):
            for _, text, _, _ in extract_from_file(method, path, KEYWORDS, (), OPTIONS):
                yield text


def _told(string: Any) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (string or "",)


if __name__ == "__main__":
    main()
