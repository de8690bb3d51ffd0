"""The organisation brought as a workbook: what it changes is told first, then recorded."""

from flask import Blueprint

from services.workflow.adapters.web.brought import Room, Seen, bring, shown
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import _, language
from services.workflow.adapters.web.posted import version_of
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.organisation_import import OPERATION, Foreseen

_PATH = "/organisation/workbook"
LEAVE = "leave_open_cases"


def add_organisation(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page, and the workbook of what is known."""

    @pages.get(_PATH)
    @browsers.asks(OPERATION)
    def organisation_workbook() -> Answer:
        browsers.uses.organisation_import.require(browsers.actor())
        return shown(browsers, _room())

    @pages.post(_PATH)
    @browsers.asks(OPERATION)
    def bring_organisation() -> Answer:
        taking, by = browsers.uses.organisation_import, browsers.circumstances()
        taking.require(by.actor)

        def look(content: bytes) -> Seen:
            return _seen(taking.foresee(by.actor, content, language()), done=False)

        def act(content: bytes, _key: str) -> Seen:
            leaves, version = LEAVE in browsers.form, version_of(browsers.form)
            seen = taking.take(by, content, language(), leave_open_cases=leaves, version=version)
            return _seen(seen, done=True)

        return bring(browsers, _room(), look, act, LEAVE)

    @pages.get(f"{_PATH}.xlsx")
    @browsers.asks(OPERATION)
    def organisation_sheet() -> Answer:
        browsers.uses.organisation_import.require(browsers.actor())
        return saved(browsers.uses.organisation_import.workbook(language()))


def _room() -> Room:
    return Room(
        title=_("组织、人员与职务"),
        lead=_("表里是现在的全部单位、人员与职务。改好后整个读入：表里没有的，读入后就没有了。"),
        back=("/staff", _("人员与任职")),
        action=_PATH,
        template=f"{_PATH}.xlsx",
    )


def _seen(seen: Foreseen, *, done: bool) -> Seen:
    lines = [(one,) for one in (*seen.lines, *seen.behind, *seen.void)]
    if not seen.changed:
        return Seen(sentence=_("与现有组织一致，没有变化。"), warnings=seen.warnings)
    sentence = _("已记录下面的变化。") if done else _("读入后有下面的变化。")
    asks = _("有未结束的会失去单位或经办人，仍然导入")
    return Seen(
        sentence=sentence,
        lines=lines,
        warnings=seen.warnings,
        questions=[(LEAVE, asks)] if seen.behind else (),
        version=seen.version,
    )
