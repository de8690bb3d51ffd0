"""Where a document in parts is written: saved as a draft, and handed in.

The one idea: page and script save by the same form at the same address. Without a script a button
saves; with one it is done all the time, and a save that another came before is shown and merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.acts import attempt
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, unreadable
from services.workflow.adapters.web.editor_page import (
    DRAFT,
    SAVE,
    SAVED,
    Place,
    editor_page,
    name_of,
)
from services.workflow.adapters.web.fields import MORE
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.typed import typed_text
from services.workflow.application.asking import read
from services.workflow.application.drafts import DRAFT_BODY, TAG, Draft, DraftMoved
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.reasons import REASONS, REFUSED
from services.workflow.domain.refusals import Malformed


def add_editor(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which a document is written."""

    @pages.get("/cases/<uuid:case_id>/documents/<document>")
    @browsers.asks("case.draft")
    def editor(case_id: UUID, document: str) -> Answer:
        place = Place(browsers, str(case_id), document)
        draft = browsers.uses.drafts.read(browsers.actor(), place.case, document)
        shown = editor_page(place, urls.one(request.args, "trigger"), draft=draft)
        return shown or redirect(f"/cases/{case_id}", 303)

    @pages.post("/cases/<uuid:case_id>/documents/<document>")
    @browsers.asks("case.draft")
    def write(case_id: UUID, document: str) -> Answer:
        sent = _Sent(Place(browsers, str(case_id), document), browsers.form)
        if SAVE not in browsers.form:
            return sent.hand_in()
        wants = request.accept_mimetypes.best_match(("text/html", "application/json"))
        return sent.save_for_script() if wants == "application/json" else sent.save()


@dataclass(frozen=True)
class _Sent:
    """The form of a document, as it was sent."""

    place: Place
    form: Mapping[str, str]

    @property
    def tried(self) -> str:
        return self.form.get("trigger", "")

    # --- Saving ---

    def save(self) -> Answer:
        """Keep what was typed, and go on with it on the page."""
        try:
            self._keep()
        except DraftMoved as moved:
            return self._page(412, stored=moved.stored)
        except Malformed as refused:
            return self._refused(refused)
        return go_and_tell(self.place.browsers, self.place.path, SAVED)

    def save_for_script(self) -> Response:
        """Keep what was typed; tell which save that is, or what another left."""
        try:
            draft = self._keep()
        except DraftMoved as moved:
            return _json(412, self._left(moved.stored))
        except Malformed as refused:
            return _json(REASONS[refused.code].status, {"code": refused.code})
        return _json(200, {"tag": draft.tag, "at": words.time_of_day(draft.saved_at)})

    def _keep(self) -> Draft:
        start, place = f"{self.place.base}.", self.place
        typed = {
            name.removeprefix(start): typed_text(text)
            for name, text in self.form.items()
            if name.startswith(start)
        }
        loaded, faults = read(DRAFT_BODY, {"typed": typed})
        if faults:
            raise Malformed(*faults)
        drafts, actor = place.browsers.uses.drafts, place.browsers.actor()
        return drafts.save(actor, place.case, place.document, loaded["typed"], self._expected())

    def _expected(self) -> str | None:
        """Return the save that the page goes on from; None where there was none.

        Raises:
            Malformed: it is none of ours.
        """
        tag = self.form.get(DRAFT, "")
        if tag and TAG.fullmatch(tag) is None:
            raise Malformed(Fault(field=DRAFT, code="not_a_code"))
        return tag or None

    def _left(self, stored: Draft | None) -> Mapping[str, Any]:
        if stored is None:
            return {"tag": ""}
        return {
            "tag": stored.tag,
            "at": words.time_of_day(stored.saved_at),
            "by": name_of(self.place.browsers, stored),
            "typed": self.place.fields_of(stored),
        }

    # --- Handing in ---

    def hand_in(self) -> Answer:
        """Fire the trigger that takes the document; the page tells what is in the way."""
        browsers, case = self.place.browsers, self.place.case
        if self.form.get(MORE):
            return self._page(200)  # asked for more rows, not for the act
        try:
            self._expected()
            answer = attempt(browsers, case, (SAVE, DRAFT))
        except Malformed as refused:
            return self._refused(refused)
        if answer.outcome == "done":
            return go_and_tell(browsers, f"/cases/{case}", self.tried)
        return self._page(REFUSED.get(answer.outcome, 200), answer)

    def _refused(self, refused: Malformed) -> Answer:
        return self._page(*unreadable(refused))

    def _page(
        self, status: int, answer: Outcome | None = None, stored: Draft | None = None
    ) -> Answer:
        """Return the page with what was typed; where it is not to be written now, the case's."""
        place = self.place
        shown = editor_page(place, self.tried, status, draft=stored, answer=answer, sent=self.form)
        if shown is not None:
            return shown
        return case_page(place.browsers, place.case, status, answer=answer, tried=self.tried)


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
