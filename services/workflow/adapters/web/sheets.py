"""Workbooks that forms bring: what they say is put into the form, as if it had been typed.

The one idea: a workbook is read before anything else is looked at, and never again. Whatever else
is wrong then, the form shows what was read, and nobody has to choose the file a second time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, g, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.fields import Field
from services.workflow.adapters.web.posted import Posted, Upload
from services.workflow.application.attachments import UnfitFile
from services.workflow.application.exports import headings
from services.workflow.application.filling import Filled
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.saving import File
from services.workflow.application.workbooks import (
    WORKBOOK_BYTES,
    Table,
    UnfitWorkbook,
    Value,
)
from services.workflow.domain.data.roster_strikes import as_text
from services.workflow.domain.refusals import Blocker, NotAllowed, NotYours


def add_sheets(pages: Blueprint, browsers: Browsers) -> None:
    """Add the workbooks that are to be filled in."""

    @pages.get("/cases/<uuid:case_id>/workbook")
    @browsers.asks("case.trigger")
    def workbook(case_id: UUID) -> Answer:
        trigger = urls.one(request.args, "trigger")
        return saved(browsers.uses.filling.template(browsers.actor(), str(case_id), trigger))


def saved(file: File) -> Response:
    """Return a file that is kept, and never shown."""
    return Response(file.content, content_type=file.media, headers=file.headers)


def table(name: str, columns: Sequence[str], lines: Iterable[Sequence[Value]]) -> Table:
    """Return a list as a sheet; what its columns are called stands in `exports.json`."""
    return Table(name=name, headings=headings(columns, "zh"), lines=lines)


def cut_after(n: int) -> Sequence[Value]:
    """Return the line that says that a list goes on after *n*."""
    (cut,) = headings(["cut_here"], "zh")
    return [cut.format(n=n)]


def moment(at: datetime | None) -> datetime | None:
    """Return an instant as a cell holds it: of local time, whole seconds, without its zone."""
    return None if at is None else at.astimezone(ZONE).replace(microsecond=0, tzinfo=None)


def read_sheets(
    browsers: Browsers, case: str, trigger: str, fields: Iterable[Field]
) -> tuple[Blocker, ...]:
    """Put what the workbooks of a form say into it; return every fault, each at its cell."""
    form, blockers = dict(browsers.form), list[Blocker]()
    for field in fields:
        upload = browsers.files.get(field.name) if field.kind == "workbook" else None
        if upload is None:
            continue
        try:
            read = _read(browsers, case, trigger, upload)
        except (NotYours, NotAllowed):
            continue  # judged by what they go on to ask for
        except UnfitWorkbook as unfit:
            blockers += unfit.blockers
        except UnfitFile as unfit:
            blockers += [
                Blocker(code=one.code, field=field.name, params=one.params)
                for one in unfit.blockers
            ]
        else:
            member, name = field.path[:2]
            told = read.data[member][name]
            form[f"{member}.{name}.file"] = told.get("file") or as_text(told.get("struck", ()))
    g.page_posted = Posted(fields=form, files=browsers.files)
    return tuple(blockers)


def _read(browsers: Browsers, case: str, trigger: str, upload: Upload) -> Filled:
    if len(upload.content) > WORKBOOK_BYTES:
        raise UnfitFile("file_too_large", most=WORKBOOK_BYTES // 1024 // 1024)
    return browsers.uses.filling.read(browsers.actor(), case, trigger, upload.content)
