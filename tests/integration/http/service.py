"""The whole service in this process, called as a client calls it; only the clock is ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from services.workflow.adapters.database import migrate
from services.workflow.adapters.files import organisation_file
from services.workflow.audit.ed25519 import new_key
from services.workflow.bootstrap.web import Web
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.settings import Settings
from tests.databases import lay
from tests.parts import QuickParts
from tests.texts import publish_earlier, publish_schemes

ORGANISATION = Path(__file__).parent / "organisation.yaml"
OPENED = datetime(2020, 1, 8, 1, tzinfo=UTC)  # nine in the morning, the first day of the cycle
SCHEME = "jilin-health-2019"
EVERY_SCOPE = frozenset({"read", "trigger", "act-for", "log", "notify"})
REPORT = {"achievements": "一" * 900, "problems": "二" * 900, "tasks": "三" * 900}


class Clock:
    """Shows the time it was set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **by: float) -> None:
        self.at += timedelta(**by)


def settings(url: str, folder: Path, **others: Any) -> Settings:
    """Make settings over the database at *url*, with a fresh signing key."""
    key = folder / "log.key"
    if not key.exists():
        key.write_text(new_key("test.example/log")[0], encoding="ascii")
    values: dict[str, Any] = {
        "environment": "test",
        "database_url": url,
        "migration_database_url": url,
        "host": "127.0.0.1",
        "port": 8080,
        "metrics_bind": ("127.0.0.1", 0),
        "sequencer_bind": ("127.0.0.1", 0),
        "relay_bind": ("127.0.0.1", 0),
        "public_url": "http://127.0.0.1:8080",
        "log_key_file": key,
        "checkpoint_dir": folder / "checkpoints",
        "clock_file": None,
        "kafka_bootstrap": (),
        "kafka": {},
        "notifier_url": "",
        "notifier_token": "",
        "requests_per_minute": 0,
        "processes": 1,
        "threads": 1,
        "way": "short",
    }
    return Settings(**values | others)


@dataclass
class Service:
    """A running service and a few tokens for it."""

    parts: Web
    app: Flask
    clock: Clock
    token: str
    cycle: str = ""
    reviews: dict[str, str] = field(default_factory=dict)  # unit -> review id
    n_keys: int = 0

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        person: str | None = None,
        token: str | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = "fresh",
    ) -> TestResponse:
        """Send one request; a POST gets a fresh idempotency key unless told otherwise."""
        sent = {"Authorization": f"Bearer {self.token if token is None else token}"}
        if person is not None:
            sent["On-Behalf-Of"] = person
        if method == "POST" and key is not None:
            self.n_keys += 1
            sent["Idempotency-Key"] = f"key-{self.n_keys}" if key == "fresh" else key
        data = raw if raw is not None else None if body is None else orjson.dumps(body)
        if data is not None:
            sent["Content-Type"] = "application/json"
        return self.app.test_client().open(
            path, method=method, data=data, headers=sent | dict(headers or {})
        )

    def get(self, path: str, person: str | None = None, **others: Any) -> TestResponse:
        return self.call("GET", path, person=person, **others)

    def fire(self, unit: str, trigger: str, person: str, **others: Any) -> TestResponse:
        """Fire *trigger* on the review of *unit*; *others* are members of the body."""
        headers, key = others.pop("headers", None), others.pop("key", "fresh")
        path = f"/v1/reviews/{self.reviews[unit]}/transitions"
        body = {"trigger": trigger, **others}
        return self.call("POST", path, body, person=person, headers=headers, key=key)

    def submit(self, unit: str, **others: Any) -> TestResponse:
        return self.fire(unit, "submit", f"{unit}.sec", data={"report": REPORT}, **others)

    def n_events(self) -> int:
        """Count what is stored: with a position, and without one yet."""
        head = self.parts.database.reads.log_head()
        return head.position + head.pending

    def sequence(self) -> None:
        """Give everything a position, and sign."""
        while self.parts.sequencer.step():
            pass


def start(
    owner_url: str,
    app_url: str | None,
    folder: Path,
    organisation: Path = ORGANISATION,
    opened_by: str = "c.off",
    schemes: Sequence[Scheme] = (),
    **others: Any,
) -> Service:
    """Migrate, publish, import the organisation, open the cycle and build the application.

    *schemes* are published over what is shipped.
    """
    url = sa.make_url(owner_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        lay(Path(url.database or ""))
    migrate(owner_url, app_url)
    parts = QuickParts(settings(app_url or owner_url, folder, **others))
    clock = parts.now = Clock(OPENED)
    publish_earlier(parts.publishing)
    publish_schemes(parts.publishing, *schemes)
    parts.imports.run(organisation_file.load(organisation))
    token = parts.accounts.create_token("oa", EVERY_SCOPE, "w")
    service = Service(parts=parts, app=parts.app(), clock=clock, token=token)
    opened = service.call(
        "POST", "/v1/cycles", {"scheme": SCHEME, "unit": "c", "year": 2019}, person=opened_by
    )
    assert opened.status_code == 201, opened.text
    service.cycle = opened.json["id"]
    found = service.get("/v1/reviews?limit=200").json["items"]
    service.reviews = {review["unit"]: review["id"] for review in found}
    return service
