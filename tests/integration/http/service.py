"""The whole service in this process, called as a client calls it; only the clock is ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
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
from tests.servers import DatabaseUrls
from tests.texts import publish_earlier, publish_schemes

ORGANISATION = Path(__file__).parent / "organisation.yaml"
KEY = "log.key"
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
    key = folder / KEY
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


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a service begins: what begins alike is made once a process and copied from then on."""

    organisation: Path = ORGANISATION
    opened_by: str = "c.off"
    schemes: Sequence[Scheme] = ()  # published over what is shipped

    @property
    def label(self) -> str:
        """What is the same for those alone that begin alike."""
        hashes = [scheme.hash for scheme in self.schemes]
        of = sha256(self.organisation.read_bytes()).hexdigest()
        return "|".join(("begun", of, self.opened_by, *hashes))


@dataclass(frozen=True, slots=True)
class Begun:
    """What a service was left with that began; its database lies beside."""

    key: str
    token: str
    cycle: str
    reviews: dict[str, str]
    n_keys: int
    file: bytes = b""  # the database, on SQLite


_begun: dict[str, Begun] = {}


def begin(
    store: str,
    folder: Path,
    request: pytest.FixtureRequest,
    *,
    organisation: Path = ORGANISATION,
    schemes: Sequence[Scheme] = (),
    **others: Any,
) -> Service:
    """Begin a service on *store* in which the round is open; *others* are settings."""
    if store == "sqlite":
        url = f"sqlite:///{folder}/workflow.db"
        return start(url, None, folder, organisation, schemes=schemes, **others)
    how = Beginning(organisation, schemes=schemes)
    databases = request.getfixturevalue("postgres_databases")

    def prepare(made: DatabaseUrls) -> None:
        migrate(made.owner, made.app)
        aside = request.getfixturevalue("tmp_path_factory").mktemp("begun")
        _begun[f"postgres|{how.label}"] = _left(_open(made.app, aside, how), aside)

    urls = databases.prepared(how.label, prepare)
    return _resume(_begun[f"postgres|{how.label}"], urls.app, folder, **others)


def start(
    owner_url: str,
    app_url: str | None,
    folder: Path,
    organisation: Path = ORGANISATION,
    opened_by: str = "c.off",
    schemes: Sequence[Scheme] = (),
    **others: Any,
) -> Service:
    """Migrate, publish, import the organisation, open the round and build the application.

    A SQLite database that is not there yet is a copy of one that began alike.
    """
    how = Beginning(organisation, opened_by, schemes)
    url = sa.make_url(owner_url)
    path = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
    if path is None or path.exists():
        migrate(owner_url, app_url)
        return _open(app_url or owner_url, folder, how, **others)
    label = f"sqlite|{how.label}"
    if label not in _begun:
        with TemporaryDirectory() as aside:
            made = Path(aside) / "workflow.db"
            begun = _left(_open(lay(made), Path(aside), how), Path(aside))
            _begun[label] = replace(begun, file=made.read_bytes())
    path.write_bytes(_begun[label].file)
    return _resume(_begun[label], owner_url, folder, **others)


def _open(url: str, folder: Path, how: Beginning, **others: Any) -> Service:
    """Publish, import the organisation and open the round in a migrated database."""
    parts = QuickParts(settings(url, folder, **others))
    clock = parts.now = Clock(OPENED)
    publish_earlier(parts.publishing)
    publish_schemes(parts.publishing, *how.schemes)
    parts.imports.run(organisation_file.load(how.organisation))
    token = parts.accounts.create_token("oa", EVERY_SCOPE, "w")
    service = Service(parts=parts, app=parts.app(), clock=clock, token=token)
    opened = service.call(
        "POST", "/v1/cycles", {"scheme": SCHEME, "unit": "c", "year": 2019}, person=how.opened_by
    )
    assert opened.status_code == 201, opened.text
    service.cycle = opened.json["id"]
    found = service.get("/v1/reviews?limit=200").json["items"]
    service.reviews = {review["unit"]: review["id"] for review in found}
    return service


def _left(service: Service, folder: Path) -> Begun:
    """End *service*, whose files lie in *folder*; return what it was left with."""
    service.parts.database.close()
    return Begun(
        (folder / KEY).read_text(encoding="ascii"),
        service.token,
        service.cycle,
        service.reviews,
        service.n_keys,
    )


def _resume(begun: Begun, url: str, folder: Path, **others: Any) -> Service:
    """Go on over a copy of the database of what has *begun*."""
    if not (folder / KEY).exists():
        (folder / KEY).write_text(begun.key, encoding="ascii")
    parts = QuickParts(settings(url, folder, **others))
    clock = parts.now = Clock(OPENED)
    service = Service(
        parts=parts,
        app=parts.app(),
        clock=clock,
        token=begun.token,
        cycle=begun.cycle,
        reviews=dict(begun.reviews),
        n_keys=begun.n_keys,
    )
    # It knows its round, its people and its client, as one does that opened the round itself.
    parts.rulebook.of(begun.cycle)
    assert service.get("/v1/cycles").status_code == 200
    return service
