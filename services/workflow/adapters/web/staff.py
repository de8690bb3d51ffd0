"""People and posts, one by one: found, looked at before they are changed, then recorded.

What is judged and told is what an import of the file would judge and tell; a look and the act that
follows it are the same form, sent twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from schemas.complaints import Fault
from schemas.limits import is_identifier
from schemas.said import told as told_in
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.administrators import shares
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.languages import language
from services.workflow.adapters.web.posted import require_known, ticked, version_of
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.boards import Look, Names
from services.workflow.application.staffing import Staffed
from services.workflow.domain.organisation.editing import Edit
from services.workflow.domain.reasons import REASONS
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, Malformed, NotAllowed

PATH = "/staff"
NEW_PERSON = "new_person"  # whose number nobody has yet
PERSON, POST, DROP_PERSON, DROP_POST = "person", "post", "drop.person", "drop.post"
END_POST = "end.post"  # a post that is there: its last day
_PERSON_FIELDS = ("id", "name", "email", "wecom", "dingtalk", "feishu")
_POST_FIELDS = ("person", "unit", "role", "from", "until")
_FIELDS: Mapping[str, Sequence[str]] = {
    PERSON: _PERSON_FIELDS,
    NEW_PERSON: _PERSON_FIELDS,
    POST: _POST_FIELDS,
    END_POST: _POST_FIELDS,
    DROP_PERSON: ("id",),
    DROP_POST: _POST_FIELDS[:-1],
}
MOST_UNITS = 500  # that a field offers
_OWN = ("form", "step", "version", "leave")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What a form asked for, and what came of it."""

    form: str = ""
    typed: Mapping[str, str]
    wrong: tuple[tuple[str, str, str], ...] = ()  # why, what would lift it, the field
    shown: Staffed | None = None


def add_staff(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which people and posts are kept."""

    @pages.get(PATH)
    @browsers.asks("staff.read")
    def staff() -> Answer:
        return _page(browsers, urls.one(request.args, "person"), Tried(typed={}))

    @pages.post(PATH)
    @browsers.asks("staff.change")
    def change_staff() -> Answer:
        form = browsers.form
        require_known(form, (*_OWN, *_PERSON_FIELDS, *_POST_FIELDS))
        edit, name = _edit(form), form["form"]
        person = edit.entry.get("id", "") or edit.entry.get("person", "")
        shown = "" if name == NEW_PERSON else person
        leaves = ticked(form, "leave")
        is_done = form.get("step") == "do"
        try:
            if name == NEW_PERSON:
                browsers.uses.staffing.require_new(person)
            changed = browsers.uses.staffing.change(
                browsers.actor(),
                edit,
                browsers.circumstances().correlation,
                version=version_of(form) if is_done else None,
                rehearse=not is_done,
                leave_open_cases=leaves,
                language=language(),
            )
        except Invalid as refused:
            return _page(browsers, shown, _refused(name, form, refused.blockers), 422)
        except (Conflict, NotAllowed) as refused:
            if refused.blocker.code not in ("stale_version", "own_post"):
                raise
            status = REASONS[refused.blocker.code].status
            return _page(browsers, shown, _refused(name, form, (refused.blocker,)), status)
        if not is_done:
            return _page(browsers, shown, Tried(form=name, typed=form, shown=changed))
        to = PATH if name == DROP_PERSON else f"{PATH}?person={person}"
        return go_and_tell(browsers, to, "changed" if changed.changed else "same")


def _few_units(look: Look) -> list[tuple[str, str]]:
    """Return ids and names of units to choose from; none where the page would grow too long."""
    units = look.organisation.units
    return [(one, look.unit_name(one)) for one in units] if len(units) <= MOST_UNITS else []


def _edit(form: Mapping[str, str]) -> Edit:
    """Return what a form asks for.

    Raises:
        Malformed: it is no form of ours.
    """
    name = form.get("form", "")
    if name not in _FIELDS:
        raise Malformed(Fault(field="form", code="not_a_choice"))
    if form.get("step", "look") not in ("look", "do"):
        raise Malformed(Fault(field="step", code="not_a_choice"))
    entry = {one: form[one].strip() for one in _FIELDS[name] if form.get(one, "").strip()}
    return Edit(
        section="people" if name.endswith(PERSON) else "posts",
        entry=entry,
        dropped=name.startswith("drop."),
    )


def _refused(name: str, form: Mapping[str, str], blockers: tuple[Blocker, ...]) -> Tried:
    wrong = tuple((*told(one), one.field) for one in blockers)
    return Tried(form=name, typed=form, wrong=wrong)


def _page(browsers: Browsers, person: str, tried: Tried, status: int = 200) -> Response:
    """Return the page of *person*, or of nobody yet; after a look or a refusal with what it said.

    Raises:
        Malformed: *person* is no id.
        NotAllowed: no system administrator.
    """
    look, staffing = browsers.look(), browsers.uses.staffing
    if person and not is_identifier(person) and not tried.form:
        raise Malformed(Fault(field="person", code="not_an_identifier"))
    sought = urls.sought(request.args)
    found = staffing.find(look.actor, sought) if sought else []
    member = staffing.member(look.actor, person)
    names = Names(look)
    names.want(*found, *((member.id,) if member else ()))
    administrators = shares(look, names)
    names.look_up(browsers.uses.boards.sources.reads)
    shown: dict[str, Any] = {
        "member": member,
        "person": person,
        "sought": sought,
        "found": found,
        "names": names,
        "administrators": administrators,
        "units": _few_units(look),
        "tried": tried,
        "flaws": {field: why for why, _, field in tried.wrong if field},
        "done": just_done(browsers),
        "said": partial(told_in, language=language()),
    }
    return page(browsers, "staff.html", status, **shown)
