"""Which language a page speaks, and how a text of ours is said in it.

The one idea: the Chinese text is the text, and its own key. A page says `_("已办理")`; who reads
English gets what the catalogue says for it. Words of a scheme have catalogues of their own, one for
each scheme (`words_file`); names and what people wrote are data and stay as they are.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flask import g, has_request_context, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from schemas.complaints import Fault
from services.workflow.adapters.web.catalogue import Catalogue, read

CHINESE: Final = "zh"
ENGLISH: Final = "en"
NAMES: Final = {CHINESE: "中文", ENGLISH: "English"}  # each in its own language
TAGS: Final = {CHINESE: "zh-CN", ENGLISH: "en"}  # as documents name them
COOKIE: Final = "shuping_language"
_FOLDER = Path(__file__).parent / "translations"
_CATALOGUES: Final = {
    CHINESE: Catalogue({}),
    ENGLISH: read(_FOLDER / ENGLISH / "LC_MESSAGES" / "pages.po"),
}


def language() -> str:
    """Return the language of the page that is made: chosen, else the browser's, else Chinese."""
    if not has_request_context():
        return CHINESE
    if "page_language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        wished = request.accept_languages.best_match(tuple(NAMES), CHINESE)
        g.page_language = chosen if chosen in NAMES else wished
    return g.page_language  # type: ignore[no-any-return]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have what is made within speak *language*: what the office prints and files is Chinese."""
    before, g.page_language = globals()["language"](), language
    looked = g.get("page_look")
    try:
        yield
    finally:
        g.page_language = before
        if looked is not None:  # what comes after is told as what came before
            g.page_look = looked


def _(text: str, /, **figures: Any) -> str:
    """Return *text* in the language of the page, `%(name)s` in it filled with *figures*."""
    return _CATALOGUES[language()].one(text) % figures


def _n(text: str, n: int, /, **figures: Any) -> str:
    """Return *text* for *n* things; `%(n)s` in it is their number."""
    return _CATALOGUES[language()].many(text, n) % {"n": f"{n:,}", **figures}


def taken(fault: Fault) -> str:
    """Return what the field of *fault* takes, as its schema says it in the language of the page."""
    return fault.accepted_en if language() == ENGLISH else fault.accepted_zh


def N_(text: str) -> str:  # noqa: N802 - as gettext has it
    """Mark a text that is translated where it is shown, not where it stands."""
    return text


class Words(Mapping[str, str]):
    """Texts by name, marked by `N_`, each said in the language of the page when it is looked up."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return _(self._texts[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __or__(self, more: "Words") -> "Words":
        return Words(self._texts | more._texts)


def said_in(language: str, text: str) -> str:
    """Return what *language* says for *text*, figures unfilled."""
    return _CATALOGUES[language].one(text)


def plain(text: str) -> str:
    """Return *text* for `{% trans %}` and `_` of templates, which fill figures in themselves."""
    return _CATALOGUES[language()].one(text)


def plain_many(text: str, _same: str, n: int) -> str:
    """Return *text* for *n* things, for `{% pluralize %}` of templates."""
    return _CATALOGUES[language()].many(text, n)


@pass_context
def counted(context: Context, text: str, n: int, /, **figures: Any) -> str:
    """Say `_n` in a template: figures are escaped, the text, which is ours, is not."""
    told = _CATALOGUES[language()].many(text, n)
    figures = {"n": f"{n:,}", **figures}
    return Markup(told) % figures if context.eval_ctx.autoescape else told % figures  # noqa: S704
