"""What a story has at hand: cases by unit, people who act on them, a clock, and what was told.

People are named by unit and post, as in organisation.yaml: `h1.off` is the office of h1.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.client import Answer, Client
from deploy.running import WORKFLOW, Running
from services.workflow.bootstrap.web import Web
from services.workflow.settings import read_settings

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = "c.off"
REPORT = {"report": {"achievements": "一" * 900, "problems": "二" * 900, "tasks": "三" * 900}}
SCORES = {"ballot_score": "91.00", "superior_score": "88.00"}
PATIENCE_S = 180.0  # a slow machine is no failure
Event = Mapping[str, Any]


def local(moment: str) -> datetime:
    """Return *moment* of 2020, such as "01-10 09:00", as it is in Shanghai."""
    return datetime.fromisoformat(f"2020-{moment}").replace(tzinfo=ZONE)


def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Poll until *condition* holds; fail if it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


class World:
    """One running system with an open cycle."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.api: Client = running.client()
        self.cases: dict[str, str] = {}  # unit -> review id
        self.cycle = ""

    def open_cycle(self) -> None:
        """Open the cycle of 2019, with a case for each unit that has a secretary."""
        body = {"scheme": "jilin-health-2019", "unit": "c", "year": 2019}
        opened = self.api.post("/v1/cycles", body, OFFICE)
        assert opened.status == 201, opened.body
        self.cycle = opened.body["id"]
        found = self.api.get("/v1/reviews", limit=200).body["items"]
        self.cases = {case["unit"]: case["id"] for case in found}

    # --- Acting ---

    def at(self, moment: str) -> None:
        """Move the clock to *moment*, with everything done that falls due until then."""
        self.running.move_to(local(moment))

    def fire(self, unit: str, trigger: str, by: str, **rest: Any) -> Answer:
        """Fire *trigger* on the case of *unit*."""
        return self.api.fire(self.cases[unit], trigger, by, **rest)

    def act(self, unit: str, trigger: str, by: str, **rest: Any) -> Answer:
        """Fire a trigger that must be accepted."""
        answer = self.fire(unit, trigger, by, **rest)
        assert answer.status == 201, answer.body
        return answer

    def submit(self, unit: str) -> Answer:
        """Let the secretary of *unit* submit a report."""
        return self.act(unit, "submit", f"{unit}.sec", data=REPORT)

    # --- Looking ---

    def case(self, unit: str) -> dict[str, Any]:
        """Return the case of *unit* as it stands."""
        return self.api.get(f"/v1/reviews/{self.cases[unit]}").body

    def events(self, unit: str, fact: str = "") -> list[Event]:
        """Return the case's history, refusals and notices included; those of *fact* if given."""
        path = f"/v1/reviews/{self.cases[unit]}/events"
        page = self.api.get(path, OFFICE, refused="true", limit=200).body
        assert page["next"] is None
        found = [item["event"] for item in page["items"]]
        return [one for one in found if one["type"].startswith(f"workflow.{fact}.v") or not fact]

    def path(self, unit: str) -> list[tuple[str, str]]:
        """Return (trigger, state it led to) of every move, oldest first."""
        moves = (event["data"] for event in self.events(unit, "state_changed"))
        return [(move["trigger"], move["to"]) for move in moves]

    def told(self, unit: str, state: str, channel: str = "inapp") -> list[tuple[str, str]]:
        """Return (rung, person) of the notices sent while the case was in *state*, oldest first.

        But not that it came there.
        """
        notices = (event["data"] for event in self.events(unit, "notice_recorded"))
        return [
            (notice["rung"], notice["recipient"]["person"])
            for notice in notices
            if (notice["channel"], notice["outcome"]) == (channel, "sent")
            and notice["state"] == state
            and notice["rung"] != "arrival"
        ]

    def notifier(self) -> Client:
        """Return a client of the notifier, with the secret both services share."""
        secret = (self.running.folder / "notifier.secret").read_text().strip()
        return Client(self.running.notifier_url, secret)

    def ledger(self, **query: str) -> list[dict[str, Any]]:
        """Return what the notifier decided, sent and not sent."""
        return list(self.notifier().get("/v1/notices", **query).body["items"])

    def log(self) -> list[dict[str, Any]]:
        """Return every entry of the log once everything has its position."""
        self.running.settle()
        entries: list[dict[str, Any]] = []
        while True:
            after = entries[-1]["position"] if entries else 0
            page = self.api.get("/v1/log", after=after, limit=200).body["entries"]
            if not page:
                return entries
            entries += page

    # --- Afterwards ---

    def verify(self, *options: str, status: int = 0) -> list[str]:
        """Run `audit verify` and return the codes of what it found."""
        told = self.running.command(WORKFLOW, "audit", "verify", "--json", *options, status=status)
        return [found["code"] for found in json.loads(told)["findings"]]

    def dump(self) -> list[bytes]:
        """Return the read model's rows."""
        parts = Web(read_settings(self.running.environment))
        try:
            return list(parts.database.audit.dump())
        finally:
            parts.database.close()

    def require_whole(self) -> None:
        """Hold the log against itself, and the read model against what replaying it makes."""
        self.running.settle()
        before = self.dump()
        assert self.verify() == []
        self.running.command(WORKFLOW, "audit", "rebuild")
        assert self.dump() == before


def codes(answer: Answer) -> list[str]:
    """Return the codes of the reasons in a problem."""
    return [error["code"] for error in answer.body["errors"]]


def states(path: Iterable[tuple[str, str]]) -> list[str]:
    """Return the states of a path alone."""
    return [state for _, state in path]
