"""Every text of the pages is said in both languages; the catalogue has these texts and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from services.workflow.adapters.web import catalogue, languages
from services.workflow.adapters.web.rendering import TEMPLATES

WEB = Path(languages.__file__).parent
PO = WEB / "translations/en/LC_MESSAGES/pages.po"
# Signs of Chinese writing, its marks included: English has others between its words.
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
SAYS = {"_", "_n", "N_", "gettext", "ngettext"}
FIGURES = re.compile(r"%\((\w+)\)s|%%")
# Files whose texts are not translated yet, and lines that stay as they are, with the reason.
OF_THE_OFFICE = (
    "minutes.py",
    "templates/slips.html",
)  # printed and filed: Chinese, as the office is
LATER = Path(__file__).with_name("untranslated.txt").read_text(encoding="utf-8").split()
AS_THEY_ARE: dict[str, str] = {
    "中文": "each language is named in itself",
    "为何现在：": "notices are written in Chinese, and read here",
    " \n\u3000": "blanks that are cut off",
}
IN_ONE_FILE = {
    ("inbox.py", "："): "what the headline of a notice ends in",
    ("telling.py", "。"): "what a finding that somebody wrote ends in",
    ("voice.py", "。！？"): "what a sentence that somebody wrote ends in",
}


def files() -> list[str]:
    found = (*WEB.glob("*.py"), *WEB.glob("templates/*.html"), *WEB.glob("static/*.js"))
    return sorted(str(path.relative_to(WEB)) for path in found)


def bare(name: str) -> Iterator[str]:
    """Yield the Chinese texts of a file that nothing translates."""
    source = (WEB / name).read_text(encoding="utf-8")
    of = {".py": _of_python, ".html": _of_template, ".js": _of_script}[Path(name).suffix]
    yield from (
        text
        for text in of(source)
        if CHINESE.search(text) and text not in AS_THEY_ARE and (name, text) not in IN_ONE_FILE
    )


def _of_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    said = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYS:
            said.add(id(node.args[0]))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            said.add(id(node.body[0].value))  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def _of_template(source: str) -> Iterator[str]:
    tree = TEMPLATES.parse(source)
    said = set[int]()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in SAYS:
            said |= {id(one) for one in call.args}
    yield from (one.data for one in tree.find_all(nodes.TemplateData))
    for one in tree.find_all(nodes.Const):
        if isinstance(one.value, str) and id(one) not in said:
            yield one.value


def _of_script(source: str) -> Iterator[str]:
    code = re.sub(r"^\s*//.*$", "", re.sub(r"/\*[\s\S]*?\*/", "", source), flags=re.MULTILINE)
    told = r'"(?:[^"\\\n]|\\.)*"'
    yield from re.findall(told, re.sub(rf"\b_\({told}", "_(", code))


@pytest.mark.parametrize("name", [one for one in files() if one not in (*LATER, *OF_THE_OFFICE)])
def test_no_text_stands_in_chinese_alone(name: str):
    assert list(bare(name)) == []


def test_a_file_that_is_translated_is_not_put_off():
    assert [name for name in LATER if not list(bare(name))] == []


def entries() -> list[catalogue.Entry]:
    return list(catalogue.read(PO).entries.values())


def test_every_text_is_said_in_english():
    empty = [one.msgid for one in entries() if not all(one.told.values())]
    assert empty == []
    assert len(entries()) > 5
    assert not re.search(r"^#(~|,.*fuzzy)", PO.read_text(encoding="utf-8"), re.MULTILINE)


def test_english_has_the_figures_of_the_chinese_text_and_none_of_its_writing():
    wrong = [
        one.msgid
        for one in entries()
        for told in filter(None, one.told.values())  # an empty one is told above
        if sorted(FIGURES.findall(told)) != sorted(FIGURES.findall(one.msgid))
        or CHINESE.search(told)
        or tags(told) != tags(one.msgid)
    ]
    assert wrong == []


def tags(text: str) -> list[str]:
    return sorted(re.findall(r"</?\w[^>]*>", text))


def test_the_catalogue_has_exactly_the_texts_of_the_pages():
    """Brought up to date anew it is what it is: `make words` was run after the last change."""
    pytest.importorskip("babel")
    from deploy import words  # noqa: PLC0415 - it needs Babel

    assert words.written(words.brought_up_to_date()) == PO.read_bytes()


def test_the_service_reads_a_catalogue_as_babel_does():
    pofile = pytest.importorskip("babel.messages.pofile")
    with PO.open("rb") as file:
        known = {
            one.id if isinstance(one.id, str) else one.id[0]: one.string
            for one in pofile.read_po(file, locale="en")
            if one.id
        }
    for one in entries():
        told = known.pop(one.msgid)
        assert one.told == dict(enumerate((told,) if isinstance(told, str) else told))
    assert known == {}


def test_what_is_fuzzy_or_empty_is_not_said(tmp_path: Path):
    file = tmp_path / "some.po"
    file.write_text(
        '#, fuzzy\nmsgid "一"\nmsgstr "guessed"\n\nmsgid "二"\nmsgstr ""\n\n'
        'msgid ""\n"三\\n"\n"“三”"\nmsgstr "a \\"third\\""\n\n'
        'msgid "%(n)s 件"\nmsgid_plural "%(n)s 件"\nmsgstr[0] "one"\nmsgstr[1] "%(n)s things"\n',
        encoding="utf-8",
    )
    known = catalogue.read(file)
    assert (known.one("一"), known.one("二"), known.one("三\n“三”")) == ("一", "二", 'a "third"')
    assert (known.many("%(n)s 件", 1), known.many("%(n)s 件", 2)) == ("one", "%(n)s things")
    assert known.many("一", 2) == "一"
