"""Where a document in parts is written: saved as a draft, and handed in.

The one idea: page and script save by the same form at the same address. Without a script a button
saves; with one it is done all the time, and a save that another came before is shown and merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.acts import attempt, brought
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, unreadable
from services.workflow.adapters.web.editor_page import (
    DRAFT,
    SAVE,
    SAVED,
    UNSAVED,
    Place,
    editor_page,
    fields_of,
    name_of,
)
from services.workflow.adapters.web.fields import DROP, MORE
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.rendering import told
from services.workflow.adapters.web.typed import typed_text
from services.workflow.application.asking import read
from services.workflow.application.drafts import DRAFT_BODY, TAG, Draft, DraftMoved, is_begun
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.reasons import REASONS, REFUSED, blocker_of
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    Malformed,
    NotAllowed,
    NotYours,
    Refused,
    StoreUnavailable,
)

MOST_DIGITS = 7  # of the number of a version


def add_editor(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which a document is written."""

    @pages.get("/cases/<uuid:case_id>/documents/<document>")
    @browsers.asks("case.draft")
    def editor(case_id: UUID, document: str) -> Answer:
        place = _place(browsers, case_id, document)
        shown = editor_page(place, urls.one(request.args, "trigger"), place.drafts())
        return shown or redirect(f"/cases/{case_id}", 303)

    @pages.post("/cases/<uuid:case_id>/documents/<document>")
    @browsers.asks("case.draft")
    def write(case_id: UUID, document: str) -> Answer:
        sent = _Sent(_place(browsers, case_id, document))
        wants = request.accept_mimetypes.best_match(("text/html", "application/json"))
        if SAVE in browsers.form and wants == "application/json":
            return sent.save_for_script()
        is_saved = bool({SAVE, DROP} & browsers.form.keys())
        unfit = brought(browsers, str(case_id))
        if unfit and is_saved:
            return sent.save(unfit)
        if unfit:
            return sent.page(422, Outcome(outcome="not_fulfilled", blockers=unfit))
        return sent.save() if is_saved else sent.hand_in()


def _place(browsers: Browsers, case_id: UUID, document: str) -> Place:
    against = urls.one(request.args, "against")
    number = against if against.isdecimal() and len(against) < MOST_DIGITS else ""
    return Place(browsers, str(case_id), document, number)


@dataclass
class _Kept:
    """What came of saving the documents of a form, by their names."""

    saved: dict[str, Draft] = field(default_factory=dict)
    moved: dict[str, DraftMoved] = field(default_factory=dict)  # what others left


@dataclass(frozen=True)
class _Sent:
    """The form of a document, as it was sent, with the other documents of the same act."""

    place: Place

    @property
    def form(self) -> Mapping[str, str]:
        return self.place.browsers.form

    @property
    def tried(self) -> str:
        return self.form.get("trigger", "")

    # --- Saving ---

    def save(self, unfit: tuple[Blocker, ...] = ()) -> Answer:
        """Keep what was typed, and go on with it on the page; of what is *unfit* it says why."""
        answer = Outcome(outcome="not_fulfilled", blockers=unfit) if unfit else None
        try:
            kept = self._keep()
        except Malformed as refused:
            return self._refused(refused)
        if kept.moved:
            left = {name: one.stored for name, one in kept.moved.items()}
            stored = {name: draft for name, draft in left.items() if draft is not None}
            return self.page(412, answer, stored=kept.saved | stored, theirs=frozenset(stored))
        if unfit:
            return self.page(422, answer, stored=kept.saved, saved=bool(kept.saved))
        return go_and_tell(self.place.browsers, self.place.here, SAVED)

    def save_for_script(self) -> Response:
        """Keep what was typed; tell which saves these are, or what others left."""
        try:
            kept = self._keep()
        except StoreUnavailable:
            raise
        except Refused as refused:
            return self._why_not(refused)
        saved = {
            name: {"tag": draft.tag, "at": words.time_of_day(draft.saved_at)}
            for name, draft in kept.saved.items()
        }
        moved = {name: self._left(one) for name, one in kept.moved.items()}
        return _json(412 if moved else 200, {"saved": saved, "moved": moved})

    def _keep(self) -> _Kept:
        kept, drafts, actor = _Kept(), self.place.browsers.uses.drafts, self.place.browsers.actor()
        for document, typed in self._typed().items():
            loaded, faults = read(DRAFT_BODY, {"typed": typed})
            if faults:
                raise Malformed(*(_placed(one, document) for one in faults))
            expected = self._expected(document)
            try:
                saved = drafts.save(actor, self.place.case, document, loaded["typed"], expected)
                kept.saved[document] = saved
            except DraftMoved as moved:
                kept.moved[document] = moved
            except Malformed as refused:
                faults = [_placed(one, document) for one in refused.faults]
                raise Malformed(*faults, code=refused.code) from refused
        return kept

    def _typed(self) -> Mapping[str, Mapping[str, str]]:
        """Return what was typed for each document, by its place there.

        Of one for which nothing was, and that has no draft, nothing is kept.
        """
        found: dict[str, dict[str, str]] = {}
        for name, text in self.form.items():
            member, _, rest = name.partition(".")
            document, _, at = rest.partition(".")
            if member == "documents" and at and not at.endswith(UNSAVED):
                found.setdefault(document, {})[at] = typed_text(text)
        return {
            document: typed
            for document, typed in found.items()
            if is_begun(self.form.get(f"{DRAFT}.{document}", "")) or any(typed.values())
        }

    def _expected(self, document: str) -> str | None:
        """Return the save of *document* that the page goes on from; None where there was none.

        Raises:
            Malformed: it is none of ours.
        """
        tag = self.form.get(f"{DRAFT}.{document}", "")
        if tag and TAG.fullmatch(tag) is None:
            raise Malformed(Fault(field=f"{DRAFT}.{document}", code="not_a_code"))
        return tag or None

    def _left(self, moved: DraftMoved) -> Mapping[str, Any]:
        stored, submitted = moved.stored, moved.submitted
        if submitted is not None:
            at = words.time_of_day(submitted.at)
            return {"tag": "", "submitted": {"version": submitted.version, "at": at}}
        if stored is None:
            return {"tag": ""}
        return {
            "tag": stored.tag,
            "at": words.time_of_day(stored.saved_at),
            "by": name_of(self.place.browsers, stored),
            "typed": fields_of(stored),
        }

    def _why_not(self, refused: Refused) -> Response:
        """Tell a script why nothing was saved, and at which fields."""
        match refused:
            case Malformed():
                blockers = [blocker_of(one) for one in refused.faults]
                blockers = blockers or [Blocker(code=refused.code)]
                status = REASONS[refused.code].status
            case NotYours():
                blockers, status = [Blocker(code="not_found")], 404
            case NotAllowed() | Conflict():
                blockers = [refused.blocker]
                status = 403 if isinstance(refused, NotAllowed) else 409
            case Invalid():
                blockers, status = list(refused.blockers), 422
            case _:
                raise refused
        fields = {one.field: told(one)[0] for one in blockers if one.field in self.form}
        reasons = dict.fromkeys(told(one)[0] for one in blockers)
        body = {"code": blockers[0].code, "reason": _("；").join(reasons), "fields": fields}
        return _json(status, body)

    # --- Handing in ---

    def hand_in(self) -> Answer:
        """Fire the trigger that takes the document; the page tells what is in the way."""
        browsers, case = self.place.browsers, self.place.case
        if self.form.get(MORE):
            return self.page(200)  # asked for more rows or files, not for the act
        tags = [name for name in self.form if name.partition(".")[0] == DRAFT]
        try:
            for name in tags:
                self._expected(name.partition(".")[2])
            answer = attempt(browsers, case, (SAVE, *tags))
        except Malformed as refused:
            return self._refused(refused)
        if answer.outcome == "done":
            return go_and_tell(browsers, f"/cases/{case}", self.tried)
        return self.page(REFUSED.get(answer.outcome, 200), answer)

    def _refused(self, refused: Malformed) -> Answer:
        return self.page(*unreadable(refused))

    def page(
        self,
        status: int,
        answer: Outcome | None = None,
        stored: Mapping[str, Draft] | None = None,
        theirs: frozenset[str] = frozenset(),
        *,
        saved: bool = False,
    ) -> Answer:
        """Return the page with what was typed; where it is not to be written now, the case's."""
        place = self.place
        shown = editor_page(
            place,
            self.tried,
            stored or {},
            status,
            answer=answer,
            sent=self.form,
            theirs=theirs,
            saved=saved,
        )
        if shown is not None:
            return shown
        return case_page(place.browsers, place.case, status, answer=answer, tried=self.tried)


def _placed(fault: Fault, document: str) -> Fault:
    """Return *fault* of a draft as one of the form that it was typed into."""
    at = fault.field.removeprefix("typed.")
    return replace(fault, field=f"documents.{document}.{at}")


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
