"""The pages over a real store: the demo organisation, a cycle, a clock that the test moves.

Everything is the product's own: SQLite, the use cases, the Flask application. Only the notifier is
not running; what it would have reported is reported here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask

from schemas.instants import instant
from services.workflow.adapters.files import organisation_file
from services.workflow.adapters.web import register_pages
from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.reading_ports import ListQuery
from services.workflow.audit.ed25519 import new_key
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.case.head import Case
from services.workflow.settings import Settings
from tests.databases import lay
from tests.parts import QuickParts
from tests.texts import publish_earlier, publish_shipped

ROOT = Path(__file__).parents[3]
ORGANISATION = ROOT / "deploy/demo/organisation.yaml"
CHINA = timezone(timedelta(hours=8))
PASSWORD = "correct horse 8 battery"
OFFICE, INSPECTOR, ORGAN_SECRETARY = "p-0016", "p-0014", "p-0008"
WRITTEN = "抓实党建主体责任，建立书记项目清单，逐月调度。"


def china(day: str, clock: str = "09:00") -> datetime:
    """Return a local time of 2020: `china("01-20", "09:12")`."""
    return datetime.fromisoformat(f"2020-{day}T{clock}:00").replace(tzinfo=CHINA).astimezone(UTC)


class Site:
    """One installation in a folder."""

    publish = staticmethod(publish_earlier)  # what its round is opened under
    organisation = ORGANISATION

    def __init__(self, folder: Path, at: datetime) -> None:
        self.clock_file = folder / "clock"
        self.move_to(at)
        url = lay(folder / "workflow.db")
        private, _ = new_key("test")
        key_file = folder / "key"
        key_file.write_text(private)
        self.parts = QuickParts(
            Settings(
                environment="test",
                database_url=url,
                migration_database_url=url,
                host="127.0.0.1",
                metrics_bind=("127.0.0.1", 0),
                sequencer_bind=("127.0.0.1", 0),
                relay_bind=("127.0.0.1", 0),
                port=0,
                public_url="http://127.0.0.1",
                log_key_file=key_file,
                checkpoint_dir=None,
                clock_file=self.clock_file,
                kafka_bootstrap=(),
                kafka={},
                notifier_url="",
                notifier_token="",
                requests_per_minute=100_000,
                processes=1,
                threads=4,
                way="short",
            )
        )
        self.publish(self.parts.publishing)
        self.parts.imports.run(organisation_file.load(self.organisation))
        self.cycle = self.parts.cycles.open(
            self.actor(OFFICE), "jilin-health-2019", "u-organ", "2019"
        ).row.id
        self.sequence()

    @cached_property
    def app(self) -> Flask:
        """The service as it runs: the API and the pages."""
        return self.parts.app()

    @cached_property
    def secure_app(self) -> Flask:
        """The same pages for people who come over https."""
        app = Flask("secure")
        register_pages(app, self.parts.spoken, secure=True)
        return app

    def move_to(self, at: datetime) -> None:
        """Set the clock both the pages and the use cases read."""
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(at.isoformat(), encoding="ascii")
        draft.replace(self.clock_file)

    def sequence(self) -> None:
        """Give positions to everything recorded so far, and sign."""
        while self.parts.sequencer.step():
            pass

    def sign_all(self) -> None:
        """Have a checkpoint of everything recorded so far, though one was just signed."""
        sequencing = self.parts.database.sequencing
        self.parts.sequencer.sequence()
        while sequencing.last_checkpoint().size != sequencing.tree_size():  # type: ignore[union-attr]
            self.parts.sequencer._signed_at = None
            self.parts.sequencer.sign_if_due()

    def actor(self, person: str) -> Actor:
        """Return a person at the pages."""
        root = self.parts.directory.current().root or ""
        return Actor(client="web", person=person, scopes=PAGE_SCOPES, scope_unit=root)

    def password(self, person: str) -> None:
        """Give *person* the password of all tests."""
        self.parts.accounts.accept_invitation(self.parts.accounts.invite(person), PASSWORD)

    def review_of(self, unit: str) -> Case:
        """Return the review of a unit's secretary."""
        page = self.parts.database.reads.list_cases(ListQuery(unit=unit, limit=200))
        return next(review for review in page.cases if review.unit == unit)

    def fire(self, unit: str, trigger: str, person: str = "", **rest: Any) -> Answer:
        """Fire a trigger on a unit's review, as its own secretary unless said otherwise."""
        review = self.review_of(unit)
        command = CaseCommand(
            case=review.id,
            trigger=trigger,
            actor=self.actor(person or review.person),
            key=str(uuid4()),
            **rest,
        )
        return self.parts.firing.fire(command)

    def submit(self, unit: str, **lists: str) -> Answer:
        """Hand in the report of a unit's secretary."""
        report = dict.fromkeys(("achievements", "problems", "tasks"), WRITTEN) | lists
        return self.fire(unit, "submit", data={"report": report})

    def notify(
        self, unit: str, kind: str, to: Mapping[str, str] | None, at: datetime, **changes: Any
    ) -> None:
        """Record a notice as the notifier reports it."""
        review = self.review_of(unit)
        notice = {
            "notice": str(uuid4()),
            "subject": review.stream,
            "version": review.version,
            "state": review.state,
            "track": "deadline",
            "rung": "committee" if kind == "escalation" else "due_day",
            "kind": kind,
            "recipient": to,
            "channel": "inapp",
            "outcome": "sent",
            "reason": "overdue" if kind == "escalation" else "due_today",
            "skipped": [],
            "due_at": review.due_at,
            "planned_at": at,
            "decided_at": at,
            "policyhash": "0" * 64,
            "text": f"您的案件 {review.number} 已到期限，请尽快办理。",
            **changes,
        }
        root = self.parts.directory.current().root or ""
        notifier = Actor(
            client="notifier", person=None, scopes=frozenset({"notify"}), scope_unit=root
        )
        answers = self.parts.notices.report(notifier, [notice], f"test-{instant(at)}")
        assert answers[0].outcome == "recorded", answers


class Shipped(Site):
    """An installation whose round is under the scheme that is shipped now."""

    publish = staticmethod(publish_shipped)
