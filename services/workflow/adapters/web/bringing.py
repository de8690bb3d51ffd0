"""Files that forms bring: kept beside the log, and known to the form by their hash from then on.

The one idea: a file is brought before anything is handed in, by the script of a page as soon as it
is chosen, else with the form it stands in. Either way the form then says the file's hash and length
and no more, so that whatever else is wrong with it, nobody has to choose the file again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

import orjson
from flask import Blueprint, Response, g

from schemas.fields import StrictSchema, Text
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.fields import CALLED, DROP, FILE, REFERENCE, Field
from services.workflow.adapters.web.posted import Posted, Upload, require_known
from services.workflow.adapters.web.rendering import told
from services.workflow.application.asking import read
from services.workflow.application.attachments import Attachment, UnfitFile
from services.workflow.domain.data.columns import FILE_BYTES
from services.workflow.domain.reasons import REASONS, blocker_of
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotAllowed, NotYours

_MOST_NAME = 120


class FileName(StrictSchema):
    """What a file is called by who brings it."""

    name = Text(most=_MOST_NAME, required=True)


_NAMED = FileName()


def add_bringing(pages: Blueprint, browsers: Browsers) -> None:
    """Add where the script of a page brings a file to."""

    @pages.post("/cases/<uuid:case_id>/documents/<document>/files")
    @browsers.asks("case.draft")
    def bring(case_id: UUID, document: str) -> Answer:
        require_known(browsers.form, ())
        require_known(browsers.files, {FILE})
        upload = browsers.files.get(FILE)
        if upload is None:
            return _json(400, _said(Blocker(code="required")))
        try:
            kept = _bring(browsers, str(case_id), document, upload)
        except NotYours:
            return _json(404, _said(Blocker(code="not_found")))
        except (NotAllowed, Conflict) as refused:
            return _json(REASONS[refused.blocker.code].status, _said(refused.blocker))
        except Invalid as unfit:
            return _json(422, _said(unfit.blockers[0]))
        return _json(200, {"sha256": kept.sha256, "length": len(kept.content), "name": kept.name})


def bring_files(browsers: Browsers, case: str, fields: Iterable[Field]) -> tuple[Blocker, ...]:
    """Keep the files that came with a form, and have it say what each is known by.

    Returns why one of them was not taken, at its field. Who may bring none is judged by what they
    go on to ask for.

    Raises:
        Malformed: a file stands where none is asked for.
    """
    form, blockers = dict(browsers.form), []
    dropped = form.pop(DROP, "")
    all_fields = list(fields)
    taking = [field for field in all_fields if field.kind == "file"]
    sheets = {field.name for field in all_fields if field.kind == "workbook"}
    require_known(browsers.files, {field.name for field in taking} | sheets)
    for field in taking:
        if field.name == dropped:
            _refer(form, field, None)
        upload = browsers.files.get(field.name)
        if upload is None:
            continue
        try:
            _refer(form, field, _bring(browsers, case, field.path[1], upload))
        except (NotYours, NotAllowed, Conflict):
            continue
        except Invalid as unfit:
            blockers += [
                Blocker(code=one.code, field=field.name, params=one.params)
                for one in unfit.blockers
            ]
    g.page_posted = Posted(fields=form)
    return tuple(blockers)


def _refer(form: dict[str, str], field: Field, kept: Attachment | None) -> None:
    known = ("", "", "") if kept is None else (kept.sha256, str(len(kept.content)), kept.name)
    places = (f"{field.name}.{one}" for one in (*REFERENCE, CALLED))
    form.update(zip(places, known, strict=True))


def _bring(browsers: Browsers, case: str, document: str, upload: Upload) -> Attachment:
    if len(upload.content) > FILE_BYTES:
        raise UnfitFile("file_too_large", most=FILE_BYTES // 1024 // 1024)
    loaded, faults = read(_NAMED, {"name": upload.name[-_MOST_NAME:]})
    if faults:
        raise Invalid(tuple(replace(blocker_of(one), field="") for one in faults))
    attachments = browsers.uses.attachments
    return attachments.bring(browsers.actor(), case, document, loaded["name"], upload.content)


def _said(blocker: Blocker) -> Mapping[str, str]:
    reason, lift = told(blocker)
    return {"code": blocker.code, "reason": reason, "lift": lift}


def _json(status: int, body: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
