"""Lists that somebody named: kept from a list, found again on the morning's page and on lists.

The one idea: what is kept is what the list itself makes of its address, without the place in it; so
a view is read again by who serves the list, and one that nobody can read any more says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response
from marshmallow import ValidationError

from schemas.complaints import Fault, complaints
from schemas.fields import Text
from services.workflow.adapters.web.addresses import list_address
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.languages import N_, Words, _
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.boards import Look
from services.workflow.application.saved_views import MOST_NAME, MOST_VIEWS
from services.workflow.domain.reasons import REASONS, blocker_of
from services.workflow.domain.refusals import Conflict, Malformed

PATH = "/views"
KEEP, RENAME, DROP = "keep", "rename", "drop"
KEPT_IN_PART = "keep_in_part"  # what is not known of an address is not kept
_FIELDS = {KEEP: ("name", "address"), RENAME: ("name", "was"), DROP: ("was",)}
FIELDS = Words({"name": N_("名称"), "address": N_("网址")})
_NAME = Text(most=MOST_NAME)


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A view as it is shown; whoever keeps one whose list is gone is told so."""

    name: str
    address: str
    is_read: bool


def add_views(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of one's own views."""

    @pages.get(PATH)
    @browsers.asks("page.cases")
    def views() -> Answer:
        return _page(browsers)

    @pages.post(PATH)
    @browsers.asks("page.cases")
    def change_views() -> Answer:
        form = browsers.form
        what = form.get("form", "")
        if what not in _FIELDS:
            raise Malformed(Fault(field="form", code="not_a_choice"))
        require_known(form, ("form", *_FIELDS[what]))
        try:
            what = _change(browsers, what)
        except Malformed as refused:
            return _page(browsers, 400, tuple(map(_told, refused.faults)))
        except Conflict as refused:
            status = REASONS[refused.blocker.code].status
            return _page(browsers, status, (told(replace(refused.blocker, field="")),))
        return go_and_tell(browsers, PATH, what)


def _change(browsers: Browsers, what: str) -> str:
    """Do what a form asks; return what was done."""
    form, look, keeping = browsers.form, browsers.look(), browsers.uses.saved_views
    if what == DROP:
        keeping.drop(look, form.get("was", ""))
        return DROP
    name = _name(form.get("name", ""))
    if what == RENAME:
        keeping.rename(look, form.get("was", ""), name)
        return RENAME
    address, left_out = list_address(look, form.get("address", ""))
    keeping.keep(look, name, address)
    return KEPT_IN_PART if left_out else KEEP


def _told(fault: Fault) -> tuple[str, str]:
    """Return in words what is wrong with which field of a form, and what would be taken."""
    why, lift = told(replace(blocker_of(fault), field=""))
    return _("%(field)s：%(why)s", field=FIELDS[fault.field], why=why), lift


def _name(text: str) -> str:
    """Return what a view may be called.

    Raises:
        Malformed: it is empty, too long, or no text.
    """
    try:
        return str(_NAME.deserialize(text.strip()))
    except ValidationError as error:
        found = (replace(one, field="name") for one in complaints(error))
        raise Malformed(*found) from error


def own_views(browsers: Browsers) -> Sequence[View]:
    """Return the views of the one who is signed in, by name; one statement."""
    look = browsers.look()
    kept = browsers.uses.saved_views.listed(look)
    return [
        View(name=one.name, address=one.address, is_read=_is_read(look, one.address))
        for one in kept
    ]


def _is_read(look: Look, address: str) -> bool:
    try:
        list_address(look, address)
    except Malformed:
        return False
    return True


def _page(
    browsers: Browsers, status: int = 200, wrong: tuple[tuple[str, str], ...] = ()
) -> Response:
    return page(
        browsers,
        "views.html",
        status,
        views=own_views(browsers),
        wrong=wrong,
        typed=browsers.form,
        most=MOST_VIEWS,
        most_name=MOST_NAME,
        done=just_done(browsers),
    )
