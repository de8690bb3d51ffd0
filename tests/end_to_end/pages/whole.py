"""One installation in the middle of its round, with something to see on every page there is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from services.workflow.adapters.web.kept import KEPT
from services.workflow.application.boards.own_work import DayHeld, OwnWork, Track
from services.workflow.application.firing.commands import CaseCommand, OpenCommand
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Absence, Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.builders import assessed, called, passed, superior
from tests.end_to_end.pages.ballots import count, rehearse, vote
from tests.end_to_end.pages.outside import SEVERAL, Outside
from tests.end_to_end.pages.site import INSPECTOR, OFFICE, ORGANISATION, Shipped, china
from tests.made_files import pdf

LIAISON, SECRETARY, AUDITOR = "p-0001", "p-0008", "p-0040"
PEOPLE, RIGHTS, DEEDS = "p-0021", "p-0022", "p-0023"  # the three administrators
RETURNED, DRAFTED = "u-hospital-1-01", "u-hospital-1-04"
SENT_BACK = "u-hospital-1-06"  # and not mended yet
TOLD, VISITED = "u-hospital-2", "u-maternity"  # what a visit found; not told yet
WRITTEN = "一是抓思想。每季集中学习。\n二是抓队伍。补选两名委员。"
# Addresses that show no page of their own: files, and ways back to pages. And the page of who votes
# under their own name, of which the shipped scheme has none: test_voting walks it at both widths.
NO_PAGES = frozenset(
    {
        "bulletin_file",
        "static",
        "file",
        "draw_file",
        "vote_codes",
        "favicon",
        "back_to_case",
        "back_to_inbox",
        "back_to_list",
        "proof_workbook",
        "proof_paper",
        "workbook",
        "template_for_many",
        "template_for_paper",
        "organisation_sheet",
        "stuck_sheet",
        "cases_sheet",
        "bulletin_paper",
        "workbook_of_round",
        "paper_of_round",
        "paper",
        "printed_paper",
        "letter",
        "printed_letter",
        "policy_text_of_notice",
        "policy_text_of_case",
        "own_vote",
        *(f"{name}_kept" for name in KEPT),
    }
)


class Shown(NamedTuple):
    """A page as somebody sees it; nobody is signed in where *person* is empty."""

    page: str  # its endpoint
    person: str
    path: str


class Whole(Shipped):
    """20 January: a meeting is in session, audits wait, a report came back and comes again."""

    def __init__(self, folder: Path, *, n_branches: int = 0, n_reports: int = 4) -> None:
        self.organisation = _grown(folder, n_branches)
        super().__init__(folder, china("01-08", "08:30"))
        self._freeze()
        for number in range(1, n_reports + 1):
            self.report(f"u-hospital-1-{number:02}")
        for number in range(n_branches // 3):
            self.report(f"u-more-{number}")
        finding = {"place": "tasks", "paragraph": "2", "finding": "没有时限。"}
        back = {"documents": {"findings": {"rows": [finding]}, **assessed()["documents"]}}
        self.report(SENT_BACK)
        for unit in (RETURNED, SENT_BACK):
            self.done(self.review_of(unit), "return_unit_audit", AUDITOR, **back)
        self.report(RETURNED, tasks=WRITTEN.replace("补选两名委员", "三月前补选"))
        self._meet()
        self._write()
        rehearse(self, self.meeting, LIAISON)
        self._publish()
        self._stand_in()
        self._visit()
        vote(self, self.voting, AUDITOR)
        rehearse(self, self.one("meeting", "u-organ"), OFFICE)
        count(self, self.one("meeting", "u-organ"), OFFICE, SECRETARY)
        committee = {"person": AUDITOR, "unit": "u-hospital-1", "role": "office"}
        self.notify("u-hospital-1-02", "escalation", committee, self.parts.now())
        self.notify("u-hospital-1-03", "reminder", committee, self.parts.now())
        again = self.review_of(SENT_BACK)
        holder = {"person": again.person, "unit": SENT_BACK, "role": "secretary"}
        self.notify(SENT_BACK, "reminder", holder, self.parts.now(), policyhash=self.policy)
        seen = self.parts.boards.look(self.actor(OFFICE), self.parts.now())
        for name, address in (("医院超期", "/stuck?unit=u-hospital-1"), ("旧", "/cases?kind=gone")):
            self.parts.saved_views.keep(seen, name, address)
        for person in {one.person for one in self.pages() if one.person}:
            self.password(person)
        self._keep_up()
        self.sequence()

    def _keep_up(self) -> None:
        """Have a notifier tell how it finds its own work, and which channels it has."""
        line = Track(case=self.review_of(DRAFTED).stream, desk="", track="deadline")
        at = datetime.now(UTC)
        own = OwnWork(
            at=at,
            holds=False,
            tracks={"armed": 2412, "suspended": 7, "unarmed": 1},
            unarmed=(line,),
            oldest_due=self.parts.now(),
            n_unreached=1,
            unreached=(replace(line, reason="vacant", at=self.parts.now()),),
            yesterday=DayHeld(day=at.date(), counts={"kept": 1240, "missing": 1}, missing=(line,)),
        )
        for parts in self.parts.spoken.values():
            boards, trials = parts.boards, parts.channel_trials
            told = replace(boards, sources=replace(boards.sources, own_work=lambda: own))
            parts.__dict__["boards"] = told
            parts.__dict__["channel_trials"] = replace(trials, notifier=Outside(SEVERAL))

    def done(self, case: Case, trigger: str, by: str, **data: object) -> None:
        """Fire a trigger that must be accepted."""
        command = CaseCommand(
            case=case.stream, trigger=trigger, actor=self.actor(by), data=data, key=str(uuid4())
        )
        answer = self.parts.firing.fire(command)
        assert answer.outcome == "done", (trigger, answer.blockers, answer.faults)

    def report(self, unit: str, *, attached: bool = False, **parts: str) -> None:
        """Hand in the report of a unit's secretary, with a file where one is *attached*."""
        texts = dict.fromkeys(("achievements", "problems", "tasks"), WRITTEN) | parts
        review = self.review_of(unit)
        person, report = review.person or "", {"parts": texts, "covers": [1, 2, 3]}
        files = [self._brought(review, person)] if attached else []
        documents = {"report": report | ({"files": files} if files else {})}
        self.done(review, "submit", person, documents=documents)

    def _brought(self, review: Case, person: str) -> dict[str, object]:
        """Bring a file for a report; return what it is known by."""
        bring, actor = self.parts.attachments.bring, self.actor(person)
        kept = bring(actor, review.id, "report", "扫描件.pdf", pdf())
        return {"sha256": kept.sha256, "length": len(kept.content)}

    @cached_property
    def invited(self) -> str:
        """What a link holds that invites somebody."""
        return self.parts.accounts.invite("p-0033")

    @property
    def policy(self) -> str:
        """The hash of the policy in force."""
        return self.parts.editions.policies()["jilin-health-2019"].hash

    @property
    def meeting(self) -> Case:
        return self.one("meeting", "u-work-committee")

    def one(self, kind: str, unit: str) -> Case:
        """Return the case of a kind at a unit."""
        heads = self.parts.database.store.standing([Wanted(cycle=self.cycle, whole=True)]).heads
        cases = heads[self.cycle].cases.values()
        return next(one for one in cases if (one.kind, one.unit) == (kind, unit))

    def notice_to(self, person: str) -> str:
        """Return the address of a notice to somebody."""
        (row, *_) = self.parts.database.reads.inbox(person, 1, None)
        return f"/inbox/{row['notice']}"

    def _meet(self) -> None:
        review, meeting = self.review_of("u-organ"), self.meeting
        self.report("u-organ", attached=True)
        self.done(review, "pass_organ_audit", LIAISON, **passed())
        self.done(meeting, "schedule", LIAISON, **called("2020-01-20"))
        self._draw()
        self.move_to(china("01-20", "09:12"))
        self.done(meeting, "open_session", LIAISON)
        self.done(review, "present", LIAISON)
        comment = {"comment": {"parts": {"comment": "抓得实，还要再细。"}}}
        self.done(review, "comment", LIAISON, documents=comment)
        rows = [
            {"capacity": "invited", "person": SECRETARY},
            {"capacity": "invited", "guest": "来宾"},
        ]
        self.done(meeting, "list_attendants", LIAISON, rosters={"attendance": {"rows": rows}})

    def _write(self) -> None:
        """Leave a draft behind, of a report that had one version before."""
        review = self.review_of(DRAFTED)
        person = review.person or ""
        self.done(review, "recall", person)
        drafted = {"parts.achievements": WRITTEN, "parts.problems": "草稿里的一句。"}
        self.parts.drafts.save(self.actor(person), review.id, "report", drafted, None)

    def _freeze(self) -> None:
        """Fix what a draw begins from, and have the log that holds it signed by two."""
        opened = OpenCommand(
            cycle=self.cycle, kind="draw", unit="u-organ", actor=self.actor(OFFICE), key="draw"
        )
        assert self.parts.firing.fire(opened).case is not None
        number = {
            "number": "two_colours",
            "issue": "2020004",
            "drawn_at": "2020-01-09T21:15:00+08:00",
        }
        self._step("freeze", OFFICE, number)
        self.sign_all()
        draw = self.one("draw", "u-organ")
        note = self.parts.drawn.view(self.actor(OFFICE), draw.id)[1]["checkpoint"]
        for person in (OFFICE, SECRETARY):
            self._step("attest", person, {"checkpoint": sha256(note.encode()).hexdigest()})

    def _draw(self) -> None:
        """Have two enter the number that was drawn."""
        self.move_to(china("01-09", "21:30"))
        for person in (OFFICE, SECRETARY):
            self._step("enter_number", person, {"number": "02 05 11 18 24 33 + 09"})

    def _step(self, trigger: str, person: str, brought: Mapping[str, str]) -> None:
        self.done(self.one("draw", "u-organ"), trigger, person, draw={"on_site": brought})

    def _publish(self) -> None:
        """Grade the review that is heard average, so that something follows, and publish it."""
        review = self.review_of("u-organ")
        figures = {"ballot": "70.00", "superior": superior("70.00")}
        self.done(review, "score", LIAISON, components=figures)
        paper = {"date": f"{self.parts.now():%Y-%m-%d}", "minutes": "吉直工委〔2020〕8号"}
        self.done(review, "give_feedback", LIAISON, decisions=[paper])
        opened = OpenCommand(
            cycle=self.cycle,
            kind="bulletin",
            unit="u-work-committee",
            actor=self.actor(LIAISON),
            key="tell",
        )
        assert self.parts.firing.fire(opened).case is not None
        told = {"results": {"range": "committee"}}
        self.done(self.one("bulletin", "u-work-committee"), "circulate", LIAISON, bulletins=told)

    def _stand_in(self) -> None:
        """Have the auditor's post handed on for some days, and a rest taken."""
        day = self.parts.now().date()
        span = {"person": AUDITOR, "since": day, "until": day + timedelta(days=9)}
        handed = Delegation(
            deputy="p-0035", unit="u-hospital-1", roles=frozenset({"office"}), **span
        )
        for entry in (handed, Absence(**span)):
            self.parts.deputies.record(None, Wish(entry=entry))

    def _visit(self) -> None:
        """Visit two units; one of them is told what was found, and has not answered yet."""
        went = {"day": "2020-01-17", "place": "会议室", "announced": False, "companions": "两人"}
        rows = [
            {"finding": "党费台账不全。", "severity": "notable"},
            {"finding": "活动室挪作他用。", "severity": "grave"},
        ]
        for unit, triggers in ((TOLD, ("feed_back",)), (VISITED, ())):
            opened = OpenCommand(
                cycle=self.cycle, kind="visit", unit=unit, actor=self.actor(OFFICE), key=unit
            )
            assert self.parts.firing.fire(opened).case is not None
            visit = self.one("visit", unit)
            documents = {"visit_record": {"rows": [went]}, "visit_report": {"rows": rows}}
            self.done(visit, "record", OFFICE, documents=documents)
            for trigger in triggers:
                self.done(visit, trigger, OFFICE)

    @property
    def voting(self) -> Case:
        """The meeting whose ballots are taken now."""
        return self.one("meeting", "u-hospital-1")

    def pages(self) -> list[Shown]:
        """Return every page that there is, some in several states."""
        return [Shown(page, *one) for page, shown in self._shown().items() for one in shown]

    def _shown(self) -> Mapping[str, list[tuple[str, str]]]:
        review, again = self.review_of(DRAFTED), f"/cases/{self.review_of(RETURNED).id}"
        writer, drafted = review.person or "", f"/cases/{review.id}"
        waits = f"/cases/{self.review_of('u-hospital-1-02').id}"
        sent_back = self.review_of(SENT_BACK).person or ""
        told = self.review_of(TOLD)
        visits = [
            (person, f"/cases/{self.one('visit', unit).id}")
            for person, unit in ((told.person or "", TOLD), (OFFICE, TOLD), (OFFICE, VISITED))
        ]
        heard, meeting = f"/cases/{self.review_of('u-organ').id}", f"/cases/{self.meeting.id}"
        rooms = [(LIAISON, heard), (LIAISON, meeting)]
        return {
            "sign_in_form": [("", "/sign-in")],
            "invitation_form": [
                ("", f"/invitation/{self.invited}"),
                ("", f"/invitation/{'x' * 43}"),
            ],
            "home": [(OFFICE, "/"), (AUDITOR, "/"), (writer, "/")],
            "audit": [
                (INSPECTOR, "/audit"),
                (INSPECTOR, "/audit?show=refused"),
                (INSPECTOR, "/audit?show=reads"),
                (INSPECTOR, f"/audit?who={AUDITOR}&number={review.number}&on=2020-01-08"),
            ],
            "bulk": [(OFFICE, "/bulk?due=over"), (AUDITOR, "/bulk?due=over&all=1")],
            "views": [(OFFICE, "/views"), (writer, "/views")],
            "morning": [(OFFICE, "/morning"), (LIAISON, "/morning")],
            "stuck": [(OFFICE, "/stuck"), (OFFICE, "/stuck?unit=u-hospital-1")],
            "cases": [
                (OFFICE, "/cases"),
                (OFFICE, "/cases?kind=meeting"),
                (OFFICE, "/cases?new=moved"),
            ],
            "search": [(OFFICE, "/search?q=示例"), (OFFICE, "/search?q=zzz")],
            "case": [(AUDITOR, waits), (OFFICE, again), *rooms, *visits],
            "bulletins": [(OFFICE, "/bulletins"), (AUDITOR, "/bulletins")],
            "bulletin": [(LIAISON, f"/bulletins/{self.one('bulletin', 'u-work-committee').id}")],
            "gathering": [(LIAISON, f"{meeting}/gathering")],
            "roster": [(LIAISON, f"{meeting}/roster")],
            "polls": [
                (LIAISON, f"{meeting}/polls"),
                (AUDITOR, f"/cases/{self.voting.id}/polls"),
                (OFFICE, f"/cases/{self.one('meeting', 'u-organ').id}/polls"),
            ],
            "paper_by_workbook": [(LIAISON, f"{meeting}/polls/hall/workbook")],
            "draw": [(OFFICE, f"/cases/{self.one('draw', 'u-organ').id}/draw")],
            "vote_enter": [("", "/vote")],
            "vote_limits": [("", "/vote/limits")],
            "code": [(LIAISON, f"{meeting}/code")],
            "gatherings": [(SECRETARY, "/gatherings"), (OFFICE, "/gatherings")],
            "sheet": [(LIAISON, f"{meeting}/sheet")],
            "short": [(LIAISON, f"{heard}/short")],
            "door": [(SECRETARY, f"{meeting}/door")],
            "editor": [
                (writer, f"{drafted}/documents/report"),
                (told.person or "", f"/cases/{told.id}/documents/report"),
            ],
            "versions": [
                (AUDITOR, f"{again}/versions?document=report&old=1&new=2"),
                (writer, f"{drafted}/versions?document=report&old=1&new=draft"),
            ],
            "tasks": [(one, "/tasks") for one in (AUDITOR, writer, sent_back)],
            "first_to_read": [(AUDITOR, "/reading"), (OFFICE, "/reading")],
            "opening": [(OFFICE, "/open"), (OFFICE, "/open?kind=visit&q=医院")],
            "deputies": [(AUDITOR, "/deputies"), (writer, "/deputies")],
            "inbox": [(AUDITOR, "/inbox"), (OFFICE, "/inbox")],
            "channels": [(AUDITOR, "/inbox/channels")],
            "one_notice": [
                (sent_back, self.notice_to(sent_back)),
                (AUDITOR, self.notice_to(AUDITOR)),
            ],
            "policy_of_notice": [(sent_back, f"{self.notice_to(sent_back)}/policy")],
            "policy_of_case": [
                (OFFICE, f"/cases/{self.review_of(SENT_BACK).id}/policies/{self.policy}")
            ],
            "reading": [(AUDITOR, f"{waits}/reading"), (AUDITOR, f"{again}/reading")],
            "figures": [(OFFICE, f"{waits}/figures"), (LIAISON, f"{heard}/figures")],
            "ranking_of_case": [(LIAISON, f"{meeting}/ranking")],
            "ranking": [(OFFICE, f"/cycles/{self.cycle}/ranking?tier=C")],
            "newest_cycle": [(OFFICE, "/cycles")],
            "cycle": [(OFFICE, f"/cycles/{self.cycle}")],
            "report_of_round": [(OFFICE, f"/cycles/{self.cycle}/outcome")],
            "closing": [(SECRETARY, f"/cycles/{self.cycle}/close")],
            "workbooks": [(LIAISON, f"/cycles/{self.cycle}/workbooks")],
            "many_by_workbook": [
                (LIAISON, f"/cycles/{self.cycle}/workbook?kind=review&trigger=set_order")
            ],
            "ledger": [(OFFICE, "/ledgers/item"), (OFFICE, "/ledgers/item?by=of&due=over")],
            "texts": [(INSPECTOR, "/texts")],
            "simulation": [(OFFICE, "/simulation")],
            "organisation_workbook": [(PEOPLE, "/organisation/workbook")],
            "staff": [(PEOPLE, "/staff?q=示范"), (PEOPLE, f"/staff?person={AUDITOR}")],
            "sign_ins": [(RIGHTS, "/accounts"), (RIGHTS, "/accounts?locked=1")],
            "tokens": [(RIGHTS, "/tokens")],
            "deeds": [(DEEDS, "/deeds")],
            "watched": [(PEOPLE, "/watch")],
        }

    def endpoints(self) -> Iterator[str]:
        """Yield what is asked for at an address of the pages."""
        for rule in self.app.url_map.iter_rules():
            room, _, name = rule.endpoint.partition(".")
            if room == "pages" and "GET" in (rule.methods or ()) and name not in NO_PAGES:
                yield name


def _grown(folder: Path, n_branches: int) -> Path:
    """Write the demo organisation with so many branches more under the first hospital."""
    grown, text = folder / "organisation.yaml", ORGANISATION.read_text(encoding="utf-8")
    of, post = "parent: u-hospital-1, kind: grassroots_branch", "role: secretary, from: 2019-01-01"
    more = {
        "units": "  - {{id: u-more-{n}, name: 增设第 {n} 党支部, staff: 20, " + of + "}}",
        "people": "  - {{id: p-more-{n}, name: 增设{n}}}",
        "posts": "  - {{person: p-more-{n}, unit: u-more-{n}, " + post + "}}",
    }
    for part, line in more.items():
        lines = [line.format(n=number) for number in range(n_branches)]
        text = text.replace(f"\n{part}:\n", "\n".join((f"\n{part}:", *lines, "")), 1)
    grown.write_text(text, encoding="utf-8")
    return grown
