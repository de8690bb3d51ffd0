"""Where everybody bears one name, nobody is named on a page or in its file by that alone."""

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from tests.end_to_end.pages import whole as world
from tests.end_to_end.pages.whole import Whole
from tests.unit.workflow.web.visitor import Visitor

NAME = "示范某"
ALONE = re.compile(f".{{0,30}}{NAME}(?!（).{{0,10}}")
TAGS = re.compile(r"<[^>]+>")
RUNS = re.compile(r"</?(?:w:r|w:t|w:rPr|bdi|b|span)\b[^>]*>")
FILE = re.compile(r'href="(/[^"#]+(?:\.xlsx|\.docx|\.html)(?:\?[^"#]*)?)"')
VARIES = re.compile("[0-9a-f-]{36}")
# What is brought again says who is meant by ids.
BY_ID = ("/organisation/workbook.xlsx",)


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The installation with something on every page, in which all are called the same."""
    grown = world._grown

    def renamed(folder: Path, n_branches: int) -> Path:
        path = grown(folder, n_branches)
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        for one in tree["people"]:
            one["name"] = NAME
        path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        return path

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world, "_grown", renamed)
        return Whole(tmp_path_factory.mktemp("alike"))


def alone(content: bytes) -> list[str]:
    """Return where a page or an office file has the name and neither unit nor role beside it."""
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as parts:
            texts = [parts.read(one).decode() for one in parts.namelist() if one.endswith("xml")]
    else:
        texts = [content.decode()]
    bare = (unescape(TAGS.sub("|", RUNS.sub("", one))) for one in texts)
    return [found for text in bare for found in ALONE.findall(text) if not beside(found)]


def beside(found: str) -> bool:
    """Return whether the unit stands in the column before it, as in a published bulletin."""
    return re.search(rf"(?:党委|支部)\|+{NAME}", found) is not None


def walked(site: Whole) -> Iterator[tuple[str, bytes]]:
    """Yield what every page shows, and each sort of file that pages lead to."""
    browsers: dict[str, Visitor] = {}
    files = set[str]()
    for one in site.pages():
        browser = browsers.setdefault(one.person, Visitor(site))
        if one.person and "/sign-out" not in browser.text("/"):
            browser.sign_in(one.person)
        content = browser.get(one.path).get_data()
        yield one.path, content
        for found in FILE.findall(content.decode()):
            path = unescape(found)
            sort = VARIES.sub("", path.partition("?")[0])
            if sort not in files and path not in BY_ID:
                files.add(sort)
                yield path, browser.get(path).get_data()


def test_everybody_is_told_from_their_namesakes_on_every_page_and_in_every_file(alike: Whole):
    named = 0
    faults = {}
    for path, content in walked(alike):
        named += NAME.encode() in content
        if found := alone(content):
            faults[path] = found[:3]
    assert faults == {}
    assert named > 60
