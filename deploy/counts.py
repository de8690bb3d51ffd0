"""`make counts`: how the pages count, the page of examples, and what a word processor says of them.

The classes of characters are told once, in `domain/data/characters.py`; the pages get them as a
table. The examples of `tests/counted.json` bind both. Where LibreOffice is installed its own count
of each is taken and kept beside ours; without it, what was kept stays.
"""

import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from services.workflow.domain.data.characters import classes

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "services/workflow/adapters/web/static/characters.js"
EXAMPLES = ROOT / "tests/counted.json"
OFFICE = ROOT / "tests/counted_by_office.json"  # text -> what a word processor counts
PAGE = ROOT / "docs/reference/counting.md"
_LETTERS = {"one": "O", "blank": "B", "none": "N"}
_COUNT = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}word-count"
_WITHIN_S = 120


def table() -> str:
    """Return the script that tells the classes: runs of code points, each a letter and a length."""
    told, at = [], 0
    for first, last, name in classes():
        if first > at:
            told.append(f"R{_in_36(first - at)}")
        told.append(f"{_LETTERS[name]}{_in_36(last + 1 - first)}")
        at = last + 1
    lines = [told[begin : begin + 20] for begin in range(0, len(told), 20)]
    rows = " +\n".join(f'  "{"".join(line)}"' for line in lines)
    return (
        "// Made by `make counts` from the server's own classes: O counts one, B is blank, N"
        " belongs to its\n// neighbour, R is part of a run that counts one; the number says how"
        " many.\n"
        f"window.characterClasses =\n{rows};\n"
    )


def _in_36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    told = ""
    while number:
        number, digit = divmod(number, 36)
        told = digits[digit] + told
    return told


def page(examples: Sequence[tuple[str, int]], office: Mapping[str, int]) -> str:
    """Return the page of examples."""
    return "\n".join(_lines(examples, office)) + "\n"


def _lines(examples: Sequence[tuple[str, int]], office: Mapping[str, int]) -> Iterator[str]:
    yield "# How characters are counted"
    yield ""
    yield (
        "字数 as the office suite counts it: each Han character or full-width mark is one, each"
        " run of other non-blank characters is one. The server and the page, while somebody types,"
        " count alike; these examples bind both. A run of more than 200 half-width characters is"
        " refused (`run_too_long`), as are more than 60,000 code points in a document (`too_long`)."
    )
    yield ""
    yield (
        "This page is made by `make counts` from `tests/counted.json`. The last column is what"
        " LibreOffice counts, where that was asked (`make counts` with LibreOffice installed) and"
        " is another figure than ours."
    )
    yield ""
    if not office:
        yield "No word processor has been asked yet."
        yield ""
    yield "| text | ours | LibreOffice |"
    yield "|---|---|---|"
    for text, count in examples:
        told = json.dumps(_visible(text), ensure_ascii=False).replace("|", "\\|")
        yield f"| `{told}` | {count} | {_other(office, text, count)} |"


def _other(office: Mapping[str, int], text: str, count: int) -> str:
    """Return what is counted otherwise; nothing where it is the same, or nobody was asked."""
    if office and text.strip() and text not in office:
        return "not asked"
    other = office.get(text, count)
    return "" if other == count else str(other)


def _visible(text: str) -> str:
    """Return *text* with what nobody would see spelled out."""
    return "".join(one if one.isprintable() else f"<{ord(one):04X}>" for one in text)


def examples() -> list[tuple[str, int]]:
    """Return the examples, with what they count."""
    return [(text, count) for text, count in json.loads(EXAMPLES.read_text(encoding="utf-8"))]


def kept() -> Mapping[str, int]:
    """Return what a word processor said the last time it was asked."""
    return json.loads(OFFICE.read_text(encoding="utf-8")) if OFFICE.exists() else {}


def asked(program: str, texts: Sequence[str]) -> Mapping[str, int]:
    """Return what the word processor *program* counts of each of *texts*."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{n}.txt" for n in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        command = [program, "--headless", "--convert-to", "odt", "--outdir", folder]
        subprocess.run([*command, *map(str, files)], check=True, timeout=_WITHIN_S)
        return {
            text: counted(file.with_suffix(".odt")) for file, text in zip(files, texts, strict=True)
        }


def counted(file: Path) -> int:
    """Return the count of words that a document of LibreOffice tells of itself."""
    with zipfile.ZipFile(file) as archive:
        tree = ET.fromstring(archive.read("meta.xml"))  # noqa: S314 - of our own making
    return next(int(one.attrib[_COUNT]) for one in tree.iter() if _COUNT in one.attrib)


def main() -> None:
    """Write the table and the page anew, and say what could not be asked."""
    TABLE.write_text(table(), encoding="utf-8")
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        print("LibreOffice is not installed: its column stays as it was")
    else:
        found = asked(program, [text for text, _ in examples() if text.strip()])
        told = json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True)
        OFFICE.write_text(told + "\n", encoding="utf-8")
    PAGE.write_text(page(examples(), kept()), encoding="utf-8")


if __name__ == "__main__":
    main()
