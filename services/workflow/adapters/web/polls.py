"""The page of who holds a poll: slips, closing, the paper, the count; nothing before its time."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from schemas.fields import ListOf, StrictSchema, Text
from schemas.limits import SLIPS
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import CHINESE, N_, Words, _, speaking
from services.workflow.adapters.web.paper_counts import choices, counted, entered
from services.workflow.adapters.web.poll_words import SUMS, fault_in_words, in_words
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.adapters.web.printing import MEDIA as PDF
from services.workflow.adapters.web.rendering import message_page, page, told
from services.workflow.adapters.web.sheets import saved
from services.workflow.adapters.web.slips import NoPango, layout, printed
from services.workflow.application.asking import fingerprint, read, require_key
from services.workflow.application.ballots.polls import MOST_AT_ONCE
from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.ballots.sight import Here
from services.workflow.application.ballots.telling import told_polls
from services.workflow.application.boards import Names
from services.workflow.application.boards.calls import calls
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.ranking import WHOLE
from services.workflow.application.saving import WORDS, File
from services.workflow.domain.reasons import REFUSED
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    Malformed,
    NotAllowed,
    NotYours,
)

STATES = Words(
    {
        "waiting": N_("未开始"),
        "open": N_("正在收票"),
        "sealed": N_("已封票"),
        "counted": N_("已计票"),
        "gone": N_("已失效"),
    }
)
_NUMBER = re.compile("[0-9]{1,4}", re.ASCII)
_AS = ("paper", "spoilt")


class Typed(StrictSchema):
    """What is typed on the page: texts are held to what the API takes."""

    codes = ListOf(Text(most=60), least=1, most=SLIPS)
    reason = Text(most=2000, multiline=True)


_TYPED = Typed()


def add_polls(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of who holds a poll."""

    @pages.get("/cases/<uuid:case_id>/polls")
    @browsers.asks("poll.read")
    def polls(case_id: UUID) -> Answer:
        return _page(browsers, str(case_id))

    @pages.post("/cases/<uuid:case_id>/polls/slips")
    @browsers.asks("poll.run")
    def poll_slips(case_id: UUID) -> Answer:
        return _slips(browsers, str(case_id))

    @pages.post("/cases/<uuid:case_id>/polls/sealing")
    @browsers.asks("poll.run")
    def poll_sealing(case_id: UUID) -> Answer:
        form = _form(browsers, "rehearsal")
        return _done(
            browsers,
            str(case_id),
            lambda actor, poll: browsers.uses.counting.close(
                actor, str(case_id), poll, rehearsal=ticked(form, "rehearsal")
            ),
        )

    @pages.post("/cases/<uuid:case_id>/polls/codes")
    @browsers.asks("poll.run")
    def poll_codes(case_id: UUID) -> Answer:
        return _codes(browsers, str(case_id))

    @pages.post("/cases/<uuid:case_id>/polls/paper")
    @browsers.asks("poll.run")
    def poll_paper(case_id: UUID) -> Answer:
        return _paper(browsers, str(case_id))

    @pages.post("/cases/<uuid:case_id>/polls/tally")
    @browsers.asks("poll.run")
    def poll_tally(case_id: UUID) -> Answer:
        return _tally(browsers, str(case_id))

    @pages.post("/cases/<uuid:case_id>/polls/discard")
    @browsers.asks("poll.run")
    def poll_discard(case_id: UUID) -> Answer:
        _form(browsers)
        return _done(
            browsers,
            str(case_id),
            lambda actor, poll: browsers.uses.polls.discard(actor, str(case_id), poll),
        )


def _form(browsers: Browsers, *names: str) -> Mapping[str, str]:
    require_known(browsers.form, ("poll", *names))
    return browsers.form


def _typed(**values: Any) -> Mapping[str, Any]:
    loaded, faults = read(_TYPED, values)
    if faults:
        raise Malformed(*faults)
    return loaded


def _page(
    browsers: Browsers,
    case_id: str,
    status: int = 200,
    blockers: tuple[Blocker, ...] = (),
    said: tuple[str, ...] = (),
    typed: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
    codes: Sequence[str] = (),
) -> Response:
    """Return the page; with what was *typed* of a count or *codes* not taken, and its *faults*."""
    uses, look = browsers.uses, browsers.look()
    here = uses.polls.sight.all(browsers.actor(), case_id)
    if not here:
        return message_page(browsers, 404, _("没有找到"), _("这里没有内容，或者您无权查看。"))
    words_here = spoken(here[0].case, here[0].world.scheme, look.organisation.vocabulary, look.say)
    boxes = [box for one in here for box in one.poll.electorates]
    all_ = uses.polls.all(here)
    polls = told_polls(all_, uses.polls, uses.counting)
    tried = {
        one.here.poll.name: one.rehearsal
        for one, shown in zip(all_, polls, strict=True)
        if one.rehearsal and (shown["rehearsal"] or {}).get("results")
    }
    known = _people(browsers, polls, [*(one.kept for one in all_), *tried.values()])
    covered = {one.here.poll.name: _covered(browsers, one.kept, known) for one in all_}
    words = {box.name: box.label or box.name for box in boxes} | dict(SUMS)
    for one in here:
        words |= covered[one.poll.name] | {asked.name: asked.label for asked in one.poll.sheet}
        words |= {choice["name"]: choice["label"] for choice in choices(one.poll, one)}
    return page(
        browsers,
        "polls.html",
        status,
        case=here[0].case,
        polls=polls,
        names={one.name: one.label or one.name for one in boxes},
        sums=SUMS,
        states=STATES,
        room="/gatherings" if words_here.gathers else "",
        scored={one["name"]: _scored(browsers, case_id, one, covered) for one in polls},
        covered_by=covered,
        tried={name: _covered(browsers, rehearsal, known) for name, rehearsal in tried.items()},
        words=words,
        people=known,
        covered={name: [*people.values()] for name, people in covered.items()},
        written={one["name"]: _written(one["comments"], covered[one["name"]]) for one in polls},
        questions={one.poll.name: one.poll.sheet for one in here},
        choices={one.poll.name: choices(one.poll, one) for one in here},
        reasons=lambda one: told(in_words(one, words))[0],
        refused=[
            *(told(in_words(one, words)) for one in blockers),
            *dict.fromkeys((fault_in_words(one, words), "") for one in faults),
        ],
        said=said,
        typed_codes={browsers.form.get("poll", ""): "\n".join(codes)} if codes else {},
        entered={
            one.here.poll.name: entered(one, shown, typed)
            for one, shown in zip(all_, polls, strict=True)
        },
        key=lambda: secrets.token_urlsafe(16),
        look=look,
    )


def _people(
    browsers: Browsers, polls: Sequence[Mapping[str, Any]], kept: Iterable[KeptPoll | None]
) -> Names:
    """Return the names of all who are judged, and who voted under their own, read at once."""
    people = {one.person for poll in kept if poll for one in poll.covered if one.person}
    people |= {one["person"] for each in polls for one in each["votes"] or ()}
    people |= {one for each in polls for one in each["counters"]}
    return browsers.uses.boards.names(browsers.look(), people)


def _written(
    comments: Sequence[Mapping[str, str]] | None, covered: Mapping[str, str]
) -> list[tuple[str, list[str]]]:
    """Return what was written of whom, in the order of the sheet."""
    found = (
        (who, [one["text"] for one in comments or () if one["about"] == about])
        for about, who in covered.items()
    )
    return [(who, texts) for who, texts in found if texts]


def _covered(browsers: Browsers, kept: KeptPoll | None, names: Names) -> dict[str, str]:
    """Return who is judged, in the order of the sheet: people, or units where it is about none."""
    uses, look = browsers.uses, browsers.look()
    if kept is None or not kept.covered:
        return {}
    *_, linked = uses.polls.sight.covering(kept)
    units = {stream: look.unit_name(case.unit) for stream, case in linked.items()}
    return {one.stream: names(one.person) or units.get(one.stream, "") for one in kept.covered}


def _scored(
    browsers: Browsers,
    case_id: str,
    told: Mapping[str, Any],
    covered: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    """Return whose figures the poll gave, by case; nobody's for who does not see all of them."""
    if told["state"] != "counted":
        return {}
    try:
        ranks = browsers.uses.ranking.of_case(browsers.actor(), case_id, stretch=WHOLE)
    except (NotAllowed, NotYours):
        return {}
    seen = {one.case.id for one in ranks.places}
    found = {about.partition("/")[2]: who for about, who in covered[told["name"]].items()}
    return {case: who for case, who in found.items() if case in seen}


def _done(browsers: Browsers, case_id: str, act: Any) -> Response:
    """Do what was asked and show the page again, with what stood in the way if anything did."""
    try:
        act(browsers.actor(), browsers.form.get("poll", ""))
    except Conflict as refused:
        return _page(browsers, case_id, 409, (refused.blocker,))
    except Invalid as refused:
        return _page(browsers, case_id, 422, refused.blockers)
    return redirect(f"/cases/{case_id}/polls", 303)  # type: ignore[return-value]


def _slips(browsers: Browsers, case_id: str) -> Response:
    form = _form(browsers, "electorate", "n", "anew", "rehearsal")
    n = int(form["n"]) if _NUMBER.fullmatch(form.get("n", "")) else 0
    if not 1 <= n <= MOST_AT_ONCE:
        wrong = Blocker(code="slips_at_once", field="n", params={"most": MOST_AT_ONCE})
        return _page(browsers, case_id, 422, (wrong,))
    name, rehearsal = form.get("poll", ""), ticked(form, "rehearsal")
    polls = browsers.uses.polls
    with speaking(CHINESE):  # slips are printed in the scheme's own words
        here = browsers.uses.polls.sight.held(browsers.actor(), case_id, name)
    box = next((one for one in here.poll.electorates if one.name == form.get("electorate")), None)
    try:
        # Before anything is made: slips that cannot be printed would be issued all the same.
        layout()
        made = polls.issue(
            browsers.actor(),
            case_id,
            name,
            form.get("electorate", ""),
            n,
            anew=ticked(form, "anew"),
            rehearsal=rehearsal,
        )
    except NoPango:
        return message_page(
            browsers, 503, _("不能打印"), _("这台机器没有安装 Pango，排不了版。没有发出任何票。")
        )
    except Conflict as refused:
        return _page(browsers, case_id, 409, (refused.blocker,))
    except Invalid as refused:
        return _page(browsers, case_id, 422, refused.blockers)
    kept = polls.found(here, rehearsal=rehearsal)
    n_covered = 0 if kept is None else len(kept.covered or polls.sight.covering(kept)[3])
    unit = browsers.look().unit_name(here.case.unit)
    pdf = printed(
        made,
        title=f"{unit} {here.poll.label}",
        told=_which(browsers, here),
        box=(box.label or box.name) if box else "",
        address=browsers.address("/vote"),
        n_covered=n_covered,
        rehearsal=rehearsal,
    )
    what = WORDS["rehearsal_slips" if rehearsal else "slips"]["zh"]
    called = (here.case.number, here.poll.label, box.label if box else "", what)
    return saved(File(content=pdf, plain="slips.pdf", called=called, media=PDF))


def _which(browsers: Browsers, here: Here) -> str:
    """Return by what slips of two meetings of one body are told apart: the day, and the number."""
    look = browsers.look()
    here_said = spoken(here.case, here.world.scheme, look.organisation.vocabulary, look.say)
    days = [f"{call.day:%Y-%m-%d}" for call in calls(here.case, here_said)]
    return " · ".join((*days[:1], here.case.number))


def _codes(browsers: Browsers, case_id: str) -> Response:
    form = _form(browsers, "codes", "as")
    lines = (one.strip() for one in form.get("codes", "").split("\n"))
    written, to = [one for one in lines if one], form.get("as", "paper")
    try:
        codes = _typed(codes=written)["codes"]
    except Malformed as refused:
        return _page(browsers, case_id, 422, faults=refused.faults, codes=written)
    if to not in _AS:
        known = ", ".join(_AS)
        raise Malformed(
            Fault(field="as", code="not_a_choice", accepted_zh=known, accepted_en=known)
        )
    try:
        marked = browsers.uses.polls.mark(
            browsers.actor(),
            case_id,
            form.get("poll", ""),
            codes,
            spoilt=to == "spoilt",
        )
    except Conflict as refused:
        return _page(browsers, case_id, 409, (refused.blocker,), codes=written)
    said = [
        _("%(label)s：%(found)s", label=label, found=_("、").join(found))
        for label, found in (
            (_("已登记"), marked.taken),
            (
                _("手机已投，不能按污损换发") if to == "spoilt" else _("手机已投，纸质票无效"),
                marked.used,
            ),
            (_("先前已登记"), marked.before),
            (
                _("先前已按纸质票登记，没有改")
                if to == "spoilt"
                else _("先前已按污损换发登记，不作纸质票计"),
                marked.otherwise,
            ),
            (_("没有这个核验码"), marked.not_known),
        )
        if found
    ]
    return _page(browsers, case_id, said=tuple(said))


def _paper(browsers: Browsers, case_id: str) -> Response:
    uses, name = browsers.uses, browsers.form.get("poll", "")
    here = uses.polls.sight.held(browsers.actor(), case_id, name)
    kept = uses.polls.found(here)
    try:
        papers = counted(browsers, here, kept)
        uses.counting.count_paper(browsers.actor(), case_id, name, papers)
    except Malformed as refused:
        if kept is None or any(one.code == "unknown_field" for one in refused.faults):
            raise
        return _page(browsers, case_id, 422, faults=refused.faults, typed=browsers.form)
    except Conflict as refused:
        return _page(browsers, case_id, 409, (refused.blocker,), typed=browsers.form)
    return redirect(f"/cases/{case_id}/polls", 303)  # type: ignore[return-value]


def _tally(browsers: Browsers, case_id: str) -> Response:
    form = _form(browsers, "reason", "key")
    by, name = browsers.circumstances(), form.get("poll", "")
    typed = form.get("reason", "").strip()
    reason = _typed(reason=typed)["reason"] if typed else None
    print_ = fingerprint(request.path, by.actor.person, {"poll": name, "reason": reason})
    key = require_key(form.get("key"), "key")
    try:
        answer = browsers.uses.counting.tally(by, case_id, name, reason, key, print_)
    except Conflict as refused:
        return _page(browsers, case_id, 409, (refused.blocker,))
    except Invalid as refused:
        return _page(browsers, case_id, 422, refused.blockers)
    if answer.is_accepted:
        return redirect(f"/cases/{case_id}/polls", 303)  # type: ignore[return-value]
    return _page(browsers, case_id, REFUSED.get(answer.outcome, 409), answer.blockers)
