"""A page with one of its forms filled in again, as somebody had left it.

The one idea: a form is known by where it is sent and by what it says unasked, and its fields by
their names, whatever page it stands on. So no page has to know that forms can be left, and what
was typed stands under its own label. What has no place any more is offered to be copied.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

from markupsafe import Markup, escape

from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.left import LeftForm, is_typed

_BY_HAND = frozenset({"number", "code"})  # typed to be sure: they are typed again
_UNSAID = frozenset({"csrf", "key", "version"})
_UNFILLED = frozenset({"hidden", "file", "password"})
_TICKED = frozenset({"checkbox", "radio"})
_ATTRIBUTE = Markup(' {}="{}"')
# Before its form: a button in it would be pressed by the Enter key.
_SAID = Markup(
    '<form method="post" action="{to}" class="small kept"><p role="status">{said} '
    '<input type="hidden" name="csrf" value="{csrf}"><button class="btn small">{button}</button>'
    "</p></form>"
)
_COPY = Markup("<label>{}<textarea readonly>\n{}</textarea></label>")
LET_GO = "/left"  # where what was left is sent that its person does not want
NOT_TAKEN = N_("登录失效时这份表单没有提交，填写的内容已经放回：核对后再提交。文件要重新选择。")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tag:
    """The beginning of an element, and where it stands in the page."""

    name: str
    attrs: dict[str, str | None]
    start: int
    end: int

    def get(self, name: str) -> str:
        return self.attrs.get(name) or ""

    def written(self, **attrs: str | None) -> str:
        """Return it with other attributes; None takes one away."""
        given = {**self.attrs, **attrs}
        gone = {name for name, value in attrs.items() if value is None}
        kept = ((name, value or "") for name, value in given.items() if name not in gone)
        return f"<{self.name}{''.join(_ATTRIBUTE.format(*one) for one in kept)}>"


@dataclass(kw_only=True, slots=True)
class _Control:
    """Something to be filled in, with what must be open for it to be seen."""

    tag: _Tag
    folds: list[_Tag]
    options: list[_Tag] = field(default_factory=list)
    inner_end: int = 0  # of a text of several lines

    @property
    def name(self) -> str:
        return self.tag.get("name")

    @property
    def kind(self) -> str:
        return self.tag.get("type") if self.tag.name == "input" else self.tag.name


@dataclass(kw_only=True, slots=True)
class _Form:
    tag: _Tag
    folds: list[_Tag]
    controls: list[_Control] = field(default_factory=list)

    def is_left(self, left: LeftForm) -> bool:
        """Tell whether this is the form that was left: forms of one address say what they do."""
        if self.tag.get("method") != "post" or self.tag.get("action") != left.to:
            return False
        unasked = {c.name: c.tag.get("value") for c in self.controls if c.kind == "hidden"}
        acts = unasked.get("trigger", unasked.get("kind"))
        if acts is not None:
            return acts in (left.fields.get("trigger"), left.fields.get("kind"))
        # Bytes and rows that the page knows by now may be others.
        plain = {name: value for name, value in unasked.items() if "." not in name}
        return all(left.fields.get(n, v) == v for n, v in plain.items() if n not in _UNSAID)


def refilled(text: str, left: LeftForm) -> str:
    """Return the page *text* with the form that was *left* as it was; as it is if it has none."""
    page = _Page(text)
    form = next((form for form in page.forms if form.is_left(left)), None)
    if form is None:
        return text
    pieces = {fold.start: (fold.end, fold.written(open="")) for fold in form.folds}
    placed = {control.name for control in form.controls if control.kind == "hidden"}
    for control in form.controls:
        written = dict(_filled(control, left.fields))
        if written or control.kind in _TICKED or control.name in _BY_HAND:
            placed.add(control.name)
        if written:
            pieces |= {fold.start: (fold.end, fold.written(open="")) for fold in control.folds}
        pieces |= written
    rest = Markup("").join(_rest(form, page.labels, left.fields, placed))
    csrf = next((c.tag.get("value") for c in form.controls if c.name == "csrf"), "")
    said = _SAID.format(to=LET_GO, said=_(NOT_TAKEN), csrf=csrf, button=_("不要了"))
    pieces[form.tag.start] = (form.tag.start, said)
    pieces[form.tag.end] = (form.tag.end, rest)
    return _with(text, pieces)


def _filled(control: _Control, fields: Mapping[str, str]) -> Iterator[tuple[int, tuple[int, str]]]:
    """Yield what changes where, so that *control* says what its field of *fields* says."""
    tag, value = control.tag, fields.get(control.name)
    if control.kind in _TICKED:
        on = value is not None and value == (tag.get("value") or "on")
        if on != ("checked" in tag.attrs) and (
            on or control.kind == "checkbox" or value is not None
        ):
            yield tag.start, (tag.end, tag.written(checked="" if on else None))
    elif value is None or control.kind in _UNFILLED or control.name in _BY_HAND:
        return
    elif control.kind == "textarea":
        # A line end that comes first is no part of the text.
        yield tag.end, (control.inner_end, f"\n{escape(value)}")
    elif control.kind == "select":
        if value in {option.get("value") for option in control.options}:
            for option in control.options:
                chosen = "" if option.get("value") == value else None
                yield option.start, (option.end, option.written(selected=chosen))
    else:
        yield tag.start, (tag.end, tag.written(value=value))


def _rest(
    form: _Form, labels: Mapping[str, str], fields: Mapping[str, str], placed: Collection[str]
) -> Iterator[Markup]:
    """Yield what has no place in the form any more, to be copied, called as its like is."""
    called = {_like(one.name): labels.get(one.tag.get("id"), "").strip() for one in form.controls}
    for name, value in fields.items():
        if value and name not in placed and is_typed(name):
            label = called.get(_like(name)) or _("没有位置的内容")
            yield _COPY.format(label, value)


def _like(name: str) -> str:
    """Return what rows of one list have in common in the names of their fields."""
    return re.sub(r"\d+", "0", name)


def _with(text: str, pieces: Mapping[int, tuple[int, str]]) -> str:
    told, at = [], 0
    for start in sorted(pieces):
        end, new = pieces[start]
        told += [text[at:start], new]
        at = end
    return "".join([*told, text[at:]])


class _Page(HTMLParser):
    """The forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.labels: dict[str, str] = {}  # by the id of what they are for
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._folds: list[_Tag] = []
        self._form: _Form | None = None
        self._label: str | None = None
        self.feed(text)
        self.close()

    @property
    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here
        end = start + len(self.get_starttag_text() or "")
        this = _Tag(name=tag, attrs=dict(attrs), start=start, end=end)
        match tag:
            case "details":
                self._folds.append(this)
            case "form":
                self._form = _Form(tag=this, folds=[*self._folds])
                self.forms.append(self._form)
            case "input" | "textarea" | "select" if self._form is not None:
                self._form.controls.append(_Control(tag=this, folds=[*self._folds]))
            case "option" if self._form is not None and self._form.controls:
                self._form.controls[-1].options.append(this)
            case "label":
                self._label = this.get("for")
                self.labels[self._label] = ""

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "details":
                self._folds.pop()
            case "form":
                self._form = None
            case "label":
                self._label = None
            case "textarea" if self._form is not None:
                self._form.controls[-1].inner_end = self._here

    def handle_data(self, data: str) -> None:
        if self._label is not None:
            self.labels[self._label] += data
