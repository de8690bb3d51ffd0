"""No word of a scheme stands in code: words are data, and another scheme has others.

What is looked at: string constants of `services/` and `schemas/` (not docstrings, not identifiers),
templates, scripts and catalogues. A word is a state, trigger, kind of case, document, component,
grade, party, unit kind or role of a shipped scheme, or the label people read for one.

`words_of_today.txt` names what stood in code before schemes could say it, file by file. It only
shrinks: new code is held at once, and a line whose file has none of its words any more is refused.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.workflow.domain.language.model.parties import BUILT_IN
from services.workflow.domain.language.schema import own_words

ROOT = Path(__file__).parents[2]
LISTED = Path(__file__).with_name("words_of_today.txt")
# Where such words are what the file is about; each for the reason beside it.
MAY = {
    "schemas/facts/first.py": "the facts of version 1",
    "schemas/policy_lifting.py": "what policies of format 1 meant, in the newest words",
    "schemas/scheme_holding.py": "what format 1 held its schemes to, in its own words",
    "schemas/scheme_lifting.py": "what schemes of format 1 meant, in format 2",
    "schemas/upcast.py": "what format 1 said, in the newest words",
    "schemas/vocabulary.json": "the default vocabulary",
    "services/workflow/domain/language/showing/": "what the language's own words are called",
    "services/workflow/schemes/": "the schemes, with what is shipped beside them",
    "schemas/calendars/": "days of other words' owners",
}
RELEASED = re.compile(r"migrations/versions/|/tests?/")  # never edited again
TOPIC = "review.events.v1"  # its name is for good
STATUS = "multipart/report"  # as mail servers call it
# Members of the facts that every kind of case shares, and words of the program's own.
OWN = {"mark", "open", "close", "result"}
READ = {".py", ".html", ".txt", ".js", ".json", ".yaml", ".toml", ".po"}
_BARE = re.compile(r"[A-Za-z0-9_./:{}<>|-]+")  # no blanks: a name, a path, a pattern
_TOKEN = re.compile(r"[a-z][a-z_]*")
_QUOTED = re.compile(r"""['"`]([a-z][a-z_]*)['"`]""")
_HAN = re.compile(r"[\u4e00-\u9fff]")


# --- The words of schemes ---


def words_of_format_1(tree: Any) -> Iterator[str]:
    yield from tree["states"]
    yield from tree["transitions"]
    yield from tree["report"]["lists"]
    yield from (each["name"] for each in [*tree["scores"], *tree["grades"]])
    for tier in tree["tiers"].values():
        yield from tier["kinds"]
    yield from members(tree, "party")
    yield from (role for roles in members(tree, "roles") for role in roles)


def labels_of_format_1(tree: Any) -> Iterator[str]:
    yield from members(tree, "label")
    yield from tree["report"]["lists"].values()


def words_of_format_2(tree: Any) -> Iterator[str]:
    yield from tree["cases"]
    yield from tree.get("documents", {})
    yield from (each["name"] for each in tree.get("components", []))
    for grading in tree.get("gradings", {}).values():
        yield from (each["name"] for each in grading["grades"])
    for parties in tree.get("parties", {}).values():
        yield from parties
    for case in tree["cases"].values():
        yield from (each["name"] for each in case["states"])
        yield from case["triggers"]
        for tier in case.get("tiers", {}).values():
            yield from tier["kinds"]
    for roles in members(tree, "roles"):
        yield from roles
    yield from members(tree, "nearest")


def labels_of_format_2(tree: Any) -> Iterator[str]:
    yield from tree.get("words", {}).values()
    named = [*tree.get("documents", {}).values(), *tree.get("components", [])]
    for case in tree["cases"].values():
        named += [case, *case["states"], *case["triggers"].values()]
    for grading in tree.get("gradings", {}).values():
        named += grading["grades"]
    yield from (each["label"] for each in named if "label" in each)


def members(tree: Any, key: str) -> Iterator[Any]:
    """Yield what stands behind *key*, at any depth."""
    if isinstance(tree, dict):
        yield from [tree[key]] if key in tree else []
        for value in tree.values():
            yield from members(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from members(value, key)


@cache
def known() -> tuple[frozenset[str], frozenset[str]]:
    """Return all names, and all labels, of the shipped schemes."""
    names, labels = set[str](), set[str]()
    for file in sorted((ROOT / "services/workflow/schemes").rglob("*.yaml")):
        tree = yaml.safe_load(file.read_text())
        match tree.get("format") if "time_zone" in tree else None:
            case 1:
                names |= {"review", *words_of_format_1(tree)} - language_words()
                labels |= set(labels_of_format_1(tree))
            case 2:
                names |= set(words_of_format_2(tree)) - language_words()
                labels |= set(labels_of_format_2(tree))
    return frozenset(names), frozenset(each for each in labels if len(_HAN.findall(each)) > 1)


def language_words() -> frozenset[str]:
    """Return the language's own words: a scheme that uses one as a name makes it no scheme word."""
    return frozenset({*BUILT_IN, *OWN, *own_words()})


# --- Where they stand ---


def texts(file: Path) -> Iterator[str]:
    source = file.read_text()
    if file.suffix == ".py":
        yield from constants(ast.parse(source))
    elif file.suffix in (".json", ".yaml"):
        yield from strings(yaml.safe_load(source) if file.suffix == ".yaml" else json.loads(source))
    else:
        yield source


def constants(tree: ast.Module) -> Iterator[str]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node.value] if id(node) not in docstrings else []


def strings(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for value in tree if isinstance(tree, dict | list) else ():
        yield from strings(value)
    for value in tree.values() if isinstance(tree, dict) else ():
        yield from strings(value)


def found_in(texts: Iterable[str]) -> set[str]:
    """Return the words of schemes in *texts*.

    In a text of one word, a path or a pattern every part counts; in prose, what is quoted and
    what no English word looks like: names with an underscore. Labels count anywhere.
    """
    names, labels = known()
    found = set[str]()
    for text in (each.replace(TOPIC, "").replace(STATUS, "") for each in texts):
        tokens = set(_TOKEN.findall(text))
        if not _BARE.fullmatch(text):
            tokens = {each for each in tokens if "_" in each} | set(_QUOTED.findall(text))
        found |= tokens & names
        if _HAN.search(text):
            found |= {label for label in labels if label in text}
    return found


@cache
def offenders() -> dict[str, set[str]]:
    """Return the words that stand in each file."""
    found = {}
    for folder in ("schemas", "services"):
        for file in sorted((ROOT / folder).rglob("*")):
            name = file.relative_to(ROOT).as_posix()
            if file.suffix in READ and not RELEASED.search(name) and not _may(name):
                found[name] = found_in(texts(file))
    return {name: words for name, words in found.items() if words}


def _may(name: str) -> bool:
    return name.startswith(tuple(MAY))


def listed() -> dict[str, set[str]]:
    """Return what is listed: a line for a file, its words behind a colon."""
    lines = (line.partition(": ") for line in LISTED.read_text().splitlines() if line)
    return {file: set(words.split(", ")) for file, _, words in lines}


def test_no_word_of_a_scheme_comes_into_code():
    known_of = listed()
    more = {file: sorted(words - known_of.get(file, set())) for file, words in offenders().items()}
    assert {file: words for file, words in more.items() if words} == {}


def test_the_list_of_words_that_stood_in_code_only_shrinks():
    gone = {file for file, words in listed().items() if not words & offenders().get(file, set())}
    assert gone == set()


def written(source: str) -> Iterator[str]:
    """Yield the constants of *source* as they are spelt: a range of code points is no Chinese."""
    tree = ast.parse(source)
    told = {text for text in constants(tree) if _HAN.search(text)}
    for node in ast.walk(tree) if told else ():
        if isinstance(node, ast.Constant) and node.value in told:
            yield ast.get_source_segment(source, node) or ""


# Code in which Chinese may stand: what is for good, or what the folder beside code is made of.
WITH_HAN = {
    "schemas/upcast.py": "what format 1 called its kind",
    "schemas/scheme_lifting.py": "what format 1 called what it had",
}


def test_no_chinese_stands_in_the_code_that_rules_and_schemas_are():
    folders = ("schemas", "services/*/domain", "services/*/application")
    files = [file for folder in folders for one in ROOT.glob(folder) for file in one.rglob("*.py")]
    found = {
        file.relative_to(ROOT).as_posix()
        for file in files
        if any(_HAN.search(text) for text in written(file.read_text()))
    }
    assert found == WITH_HAN.keys()


def test_a_word_is_seen_in_a_name_a_path_and_a_quotation_and_not_in_prose():
    assert found_in(["x/rectification/y", "select 'feedback'", "is not_a hearing_body"]) == {
        "rectification",
        "feedback",
        "hearing_body",
    }
    assert found_in(["present the score, then close"]) == set()


if __name__ == "__main__":  # after files moved: write the list anew, and look at what grew
    lines = (f"{file}: {', '.join(sorted(words))}\n" for file, words in offenders().items())
    LISTED.write_text("".join(lines))
