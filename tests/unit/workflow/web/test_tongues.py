"""Chinese on an English page says that it is, and is nothing else than before."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services.workflow.adapters.web.tongues import marked
from tests.unit.workflow.web.visitor import Visitor

HAN = re.compile(r"[\u3400-\u9fff]")


class Heard(HTMLParser):
    """What is read aloud as which language."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.misheard: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "link", "input", "br", "rect"):
            return
        above = self.open[-1][1] if self.open else ""
        self.open.append((tag, dict(attrs).get("lang") or above))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "link", "input", "br", "rect"):
            assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if HAN.search(data) and self.open[-1][1] != "zh-CN":
            self.misheard.append(data)


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("<p>plain</p>", "<p>plain</p>"),
        ("<p>甲院</p>", '<p><bdi lang="zh-CN">甲院</bdi></p>'),
        ("<p>a 甲“乙”2 b</p>", '<p>a <bdi lang="zh-CN">甲“乙</bdi>”2 b</p>'),
        ("<p>第 2 次</p>", '<p><bdi lang="zh-CN">第</bdi> 2 <bdi lang="zh-CN">次</bdi></p>'),
        ('<a title="甲">x</a>', '<a title="甲">x</a>'),
        ("<option value=a>甲</option>", '<option value=a lang="zh-CN">甲</option>'),
        ("<option value=a>x</option>", "<option value=a>x</option>"),
        (
            "<textarea>x 甲</textarea>乙",
            '<textarea lang="zh-CN">x 甲</textarea><bdi lang="zh-CN">乙</bdi>',
        ),
        ("<textarea></textarea><p>b</p>", "<textarea></textarea><p>b</p>"),
        ('<b lang="zh-CN">甲</b>乙', '<b lang="zh-CN">甲</b><bdi lang="zh-CN">乙</bdi>'),
        ("<script>甲 < 乙</script>", "<script>甲 < 乙</script>"),
        ("<title>甲</title>", '<title lang="zh-CN">甲</title>'),
        ("<!-- 甲 --><b>&lt;乙</b>", '<!-- 甲 --><b>&lt;<bdi lang="zh-CN">乙</bdi></b>'),
    ],
)
def test_chinese_is_marked_where_an_element_may_stand(page: str, wanted: str):
    assert marked(page) == wanted


def test_every_page_template_could_be_marked_and_says_the_same():
    for file in (Path(marked.__code__.co_filename).parent / "templates").glob("*.html"):
        text = file.read_text("utf-8")
        assert re.sub(r'</?bdi[^>]*>| lang="zh-CN"', "", marked(text)) == re.sub(
            ' lang="zh-CN"', "", text
        ), file.name


@pytest.mark.parametrize("path", ["/stuck", "/cases", "/morning", "/open", "/inbox"])
def test_what_is_read_aloud_on_an_english_page_is_read_in_its_language(office: Visitor, path: str):
    page = office.get(path, **{"Accept-Language": "en"}).get_data(as_text=True)
    assert 'lang="en"' in page
    assert '<bdi lang="zh-CN">' in page
    (heard := Heard()).feed(page)
    assert heard.misheard == []
    chinese = office.get(path, **{"Accept-Language": "zh"}).get_data(as_text=True)
    assert "<bdi" not in chinese
