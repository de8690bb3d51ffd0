"""Facts into sealed events: the one place where ids, salts and envelopes are made."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

import uuid_utils

from schemas.commitments import SALT_BYTES, commit
from schemas.envelope import Envelope, seal
from schemas.facts import EVENTS
from services.workflow.application.ports import Text
from services.workflow.domain.authority import Actor


@dataclass(kw_only=True, slots=True)
class Origin:
    """Who stands behind an event, and under which circumstances it came about."""

    client: str  # "web" for pages, "cli" for commands
    actor: str | None = None  # person id
    deputy_for: str | None = None  # whose deputy the actor was
    token: str | None = None  # public id of the token or session; None on the command line
    correlation: str = ""  # the request's id
    causation: str | None = None  # id of the event that caused this one

    @classmethod
    def of(cls, actor: Actor, correlation: str) -> Self:
        """Return the origin of what *actor* asks for in the request *correlation*."""
        return cls(
            client=actor.client, actor=actor.person, token=actor.token, correlation=correlation
        )


def new_event_id() -> str:
    """Return a fresh UUIDv7."""
    return str(uuid_utils.uuid7())


def new_case_id() -> str:
    """Return a fresh random UUID: the ids of cases tell no order."""
    return str(uuid4())


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealer:
    """Makes events and commitments; ids and salts can be set in tests."""

    new_id: Callable[[], str] = new_event_id
    new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(SALT_BYTES)

    def event(
        self,
        fact: str,
        stream: str,
        version: int,
        data: Mapping[str, Any],
        *,
        at: datetime,
        origin: Origin,
        root: str,
        organisation_version: int,
        scheme_hash: str | None = None,
        partition_key: str | None = None,
    ) -> bytes:
        """Return the bytes of one event, recorded at *at* as *version* of *stream*.

        It is written in the newest version of its *fact*.
        """
        event_id = self.new_id()
        return seal(
            Envelope(
                id=event_id,
                source=f"urn:shuping:{root}",
                type=EVENTS.latest(fact),
                subject=stream,
                time=at,
                streamversion=version,
                correlationid=origin.correlation or event_id,
                causationid=origin.causation,
                actor=origin.actor,
                deputyfor=origin.deputy_for,
                tokenid=origin.token,
                client=origin.client,
                schemehash=scheme_hash,
                organisationversion=organisation_version,
                partitionkey=partition_key,
                data=dict(data),
            )
        )

    def commit(self, text: str) -> tuple[dict[str, Any], Text]:
        """Return the commitment that goes into an event, and the text that lies beside the log."""
        salt = self.new_salt()
        commitment = commit(text, salt)
        row = Text(sha256=bytes.fromhex(commitment["sha256"]), salt=salt, content=text.encode())
        return commitment, row
