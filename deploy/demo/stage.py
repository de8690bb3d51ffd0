"""What acts have at hand: the API, the cases, commands on the service's machine, and checks.

A check that `hold` makes is a sentence of what must hold: it is told with its tick, and a test asks
for each of them by that sentence.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.client import Answer, Client
from deploy.demo.narration import refused
from deploy.running import WORKFLOW

CREATED, NOT_FOUND = 201, 404
_SOON_S, _LOOK_S = 60.0, 0.1
Case = Mapping[str, Any]


def texts(document: str, **parts: str) -> dict[str, Any]:
    """Return the data of a document of text parts."""
    return {"documents": {document: {"parts": parts}}}


def rows(document: str, *of: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a document of rows."""
    return {"documents": {document: {"rows": list(of)}}}


def passed(version: int = 1) -> dict[str, Any]:
    """Return the data of an audit that passes a *version* of a report: each criterion is met."""
    judged = {f"criterion_{one}": {"verdict": "met"} for one in "abc"}
    return {"documents": {"assessment": {"rows": judged}}, "read": {"report": version}}


def codes(answer: Answer) -> list[str]:
    """Return why a command was refused."""
    return [error["code"] for error in answer.body.get("errors", ())]


@dataclass
class Stage:
    """One service, one round, and whose reviews there are."""

    api: Client
    anybody: Client  # who says no name and has no token, as a phone that votes
    operate: Callable[..., str]  # runs a command on the service's own machine
    say: Callable[[str], None]
    organisation: Path  # the file as it was imported last
    folder: Path  # for files that are made on the way
    plot: frozenset[str] = frozenset()  # the people whose cases are told one by one
    cases: dict[str, Case] = field(default_factory=dict)  # reviews, by person appraised
    cycle: str = ""
    drawn: list[str] = field(default_factory=list)  # who presents on site, by case
    written: list[str] = field(default_factory=list)  # who was not drawn, by case
    checks: list[tuple[str, bool]] = field(default_factory=list)
    clauses: dict[str, str] = field(default_factory=dict)  # by id: what was told of it last
    beside: "Stage | None" = None  # the round of the year after, once it is open

    # --- What must hold ---

    def check(self, what: str, holds: bool) -> None:  # noqa: FBT001 - it is what is checked
        """Note one thing that must hold."""
        self.checks.append((what, holds))

    def hold(self, what: str, holds: bool) -> None:  # noqa: FBT001 - it is what is checked
        """Note one thing that must hold, and tell whether it does."""
        self.say(f"   {'✓' if holds else '✗ 不成立：'} {what}")
        self.check(what, holds)

    def clause(self, clause: str, case: str, trigger: str) -> None:
        """Tell that a clause of the notice is played, by the event of a case that satisfied it."""
        found: dict[str, Any] = {}

        def recorded() -> bool:
            items = self.api.get(f"/v1/cases/{case}/events", limit=200).body.get("items", ())
            fired = [one for one in items if _fired(one) == trigger]
            found.update(fired[-1] if fired else {})
            return "position" in found

        holds = self.comes_about(recorded)
        told = (
            f"{found['event']['type']}，第 {found['position']:,} 号" if holds else "没有这样的记录"
        )
        self.clauses[clause] = f"   {'✓' if holds else '✗ 不成立：'} {clause} {told}"
        self.say(self.clauses[clause])
        self.check(clause, holds)

    # --- Looking ---

    def told(self, case: str, trigger: str) -> dict[str, Any]:
        """Return what the last event says that *trigger* left in a case."""
        return dict(self.event(case, trigger)["data"])

    def event(self, case: str, trigger: str) -> dict[str, Any]:
        """Return the last event that *trigger* left in a case."""
        page = self.api.get(f"/v1/cases/{case}/events", limit=200).body["items"]
        events = [one["event"] for one in page]
        return dict([one for one in events if one["data"].get("trigger") == trigger][-1])

    def read(self, case: str) -> dict[str, Any]:
        """Return a case as it stands, with where its links lead."""
        return self.api.get(f"/v1/cases/{case}").body

    def comes_about(self, condition: Callable[[], bool]) -> bool:
        """Tell whether *condition* holds soon: deadlines follow what moved them by themselves."""
        end = time.monotonic() + _SOON_S
        while not (holds := condition()) and time.monotonic() < end:
            time.sleep(_LOOK_S)
        return holds

    def listed(self, **wanted: str) -> list[Case]:
        """Return the round's cases for which all of *wanted* holds."""
        query = {name: value for name, value in wanted.items() if value}
        return list(self.api.get("/v1/cases", cycle=self.cycle, limit=200, **query).body["items"])

    def unfinished(self) -> list[Case]:
        """Return the round's cases that have not ended."""
        query: dict[str, Any] = {"cycle": self.cycle, "limit": 200}
        found, after = [], ""
        while True:
            page = self.api.get("/v1/cases", **query, **({"after": after} if after else {})).body
            found += [one for one in page["items"] if not one.get("final")]
            if not (after := page.get("next") or ""):
                return found

    def of_unit(self, kind: str, unit: str) -> list[Case]:
        """Return the cases of a kind at *unit* itself, the oldest first."""
        found = self.listed(kind=kind, unit=unit)
        return sorted((one for one in found if one["unit"] == unit), key=_by_number)

    def rest(self, state: str, tier: str = "", unit: str = "") -> list[Case]:
        """Return the reviews outside the plot that are in *state*."""
        found = self.listed(kind="review", state=state, tier=tier, unit=unit)
        return [case for case in found if case["person"] not in self.plot]

    def remember(self) -> None:
        """Look up whose reviews there are."""
        self.cases = {case["person"]: case for case in self.listed(kind="review")}

    # --- Acting ---

    def open(self, kind: str, by: str, unit: str = "") -> Answer:
        """Open a case of a kind."""
        where = {"unit": unit} if unit else {}
        return self.api.post("/v1/cases", {"kind": kind, "cycle": self.cycle, **where}, by)

    def act(self, case: str, trigger: str, by: str, **rest: Any) -> dict[str, Any]:
        """Fire a trigger that must be accepted; return the case."""
        answer = self._send(case, trigger, by, rest)
        if answer.status != CREATED:
            self.say(f"   意外：{trigger} {refused(answer.body)}")
        self.check(f"{trigger}（{by}）被接受", answer.status == CREATED)
        return dict(answer.body.get("case", {}))

    def fire(self, person: str, trigger: str, by: str, **rest: Any) -> dict[str, Any]:
        """Fire a trigger on the review of *person*, which must be accepted."""
        return self.act(self.cases[person]["id"], trigger, by, **rest)

    def refuse(self, case: str, trigger: str, by: str, status: int, **rest: Any) -> list[str]:
        """Fire a trigger that must be refused; tell why it was, and return the codes."""
        answer = self._send(case, trigger, by, rest)
        self.say(f"   ✗ {refused(answer.body)}")
        self.check(f"{trigger}（{by}）以 {status} 拒绝", answer.status == status)
        return codes(answer)

    def _send(self, case: str, trigger: str, by: str, rest: Mapping[str, Any]) -> Answer:
        path = f"/v1/cases/{case}/transitions"
        return self.api.post(path, {"trigger": trigger, **rest}, by)

    def bulk(self, cases: Iterable[Case], trigger: str, by: str, **rest: Any) -> None:
        """Fire a trigger on many cases at once on behalf of one person; all must be accepted."""
        self.send([command(case, trigger, **rest) for case in cases], by)

    def send(self, commands: list[dict[str, Any]], by: str) -> None:
        """Send many commands at once on behalf of one person; all must be accepted."""
        if not commands:
            return
        answer = self.api.post("/v1/transitions", {"commands": commands}, by)
        results = answer.body.get("results", [])
        bad = [result for result in results if result["status"] != CREATED]
        for result in bad[:3]:
            self.say(f"   意外：{refused(result.get('problem', {}))}")
        self.check(f"{by} 批量办理 {len(commands)} 件", bool(results) and not bad)

    def reorganise(self, *changes: tuple[str, str]) -> None:
        """Import the organisation with each old text of its file replaced by its new."""
        text = self.organisation.read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) != 1:
                raise ValueError(f"{text.count(old)} times in the file: {old}")
            text = text.replace(old, new)
        self.reorganise_as(text)

    def reorganise_as(self, text: str) -> None:
        """Import the organisation as *text* says it is."""
        self.organisation = self.folder / "organisation.yaml"
        self.organisation.write_text(text, encoding="utf-8")
        told = self.operate(WORKFLOW, "organisation", "import", str(self.organisation))
        self.say("   " + told.splitlines()[-1])


Act = Callable[[Stage], None]


def command(case: Case, trigger: str, **rest: Any) -> dict[str, Any]:
    """Return one command of many."""
    key = f"demo-{case['id']}-{trigger}-{case['version']}"
    return {"case": case["id"], "trigger": trigger, "idempotency_key": key, **rest}


def _by_number(case: Case) -> str:
    return str(case["number"])


def _fired(item: Mapping[str, Any]) -> str:
    """Return the trigger of an event of a history, else the poll it tells of, else its fact.

    "": it has no position yet.
    """
    if "position" not in item:
        return ""
    data, fact = item["event"].get("data", {}), item["event"]["type"].split(".")[1]
    return str(data.get("trigger", data.get("poll", fact)))
