"""What one person counted on paper, by a workbook: looked at on a page, then kept."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint

from services.workflow.adapters.web.brought import Room, Seen, bring, shown
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import _, _n
from services.workflow.adapters.web.poll_words import SUMS
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.ballots.paper_sheets import PaperBrought


def add_paper_workbooks(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page, and the workbook to be filled in."""

    @pages.get("/cases/<uuid:case_id>/polls/<poll>/workbook")
    @browsers.asks("poll.run")
    def paper_by_workbook(case_id: UUID, poll: str) -> Answer:
        return shown(browsers, _room(browsers, str(case_id), poll))

    @pages.post("/cases/<uuid:case_id>/polls/<poll>/workbook")
    @browsers.asks("poll.run")
    def bring_paper(case_id: UUID, poll: str) -> Answer:
        count, actor = browsers.uses.paper_workbooks.count, browsers.actor()

        def look(content: bytes) -> Seen:
            return _seen(count(actor, str(case_id), poll, content, dry_run=True))

        def act(content: bytes, _key: str) -> Seen:
            return _seen(count(actor, str(case_id), poll, content))

        return bring(browsers, _room(browsers, str(case_id), poll), look, act)

    @pages.get("/cases/<uuid:case_id>/polls/<poll>/workbook.xlsx")
    @browsers.asks("poll.run")
    def template_for_paper(case_id: UUID, poll: str) -> Answer:
        template = browsers.uses.paper_workbooks.template
        return saved(template(browsers.actor(), str(case_id), poll))


def _room(browsers: Browsers, case_id: str, poll: str) -> Room:
    here = browsers.uses.polls.sight.held(browsers.actor(), case_id, poll)
    at = f"/cases/{case_id}/polls/{poll}/workbook"
    return Room(
        title=_("%(label)s：纸质票计数", label=here.poll.label),
        lead=_("两人各自计数，各交一份，互不相看。没有的填 0；各选项之和要等于有效纸质票数。"),
        back=(f"/cases/{case_id}/polls", _("投票")),
        action=at,
        template=f"{at}.xlsx",
    )


def _seen(brought: PaperBrought) -> Seen:
    lines = list[tuple[str, ...]]()
    for name, paper in brought.papers.items():
        sums = {label: getattr(paper, one) for one, label in SUMS.items()}
        lines.append((brought.sums[name], brought.labels[name], "", "", _in_a_row(sums)))
    lines += [
        (one.place, one.electorate, one.about, one.question, _in_a_row(one.counts) or "—")
        for one in brought.lines
    ]
    if brought.rehearsed:
        sentence = _("读到您的计数。提交后，另一人也要各自计数。")
    else:
        sentence = _n("您的计数已提交，已有 %(n)s 人录入。", len(brought.counted_by))
    headings = (_("单元格"), _("一方"), _("案号"), _("测评项目"), _("张数"))
    return Seen(sentence=sentence, headings=headings, lines=lines)


def _in_a_row(counts: Mapping[str, int]) -> str:
    told = (_("%(label)s × %(n)s", label=label, n=n) for label, n in counts.items())
    return _("、").join(told)
