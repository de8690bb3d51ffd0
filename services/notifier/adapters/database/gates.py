"""The gates of channels: one row each, held while it is changed, whoever leads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import orjson
from sqlalchemy import Engine, Row, select, update

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.store import translated
from services.notifier.adapters.database.tables import channel_gate
from services.notifier.adapters.database.writing import add_new
from services.notifier.application.ports import GateChange
from services.notifier.domain.gate import Gate


class SqlGates:
    """The gates in the notifier's database; safe to share between threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def changing(self, name: str) -> Iterator[GateChange]:
        """Hold the gate of *name* until it is left, and keep what it is then."""
        this = channel_gate.c.name == name
        with translated(), self._engine.begin() as connection:
            add_new(connection, channel_gate, [{"name": name, **_row(Gate())}])
            held = connection.execute(select(channel_gate).where(this).with_for_update()).one()
            change = GateChange(_gate(held))
            yield change
            connection.execute(update(channel_gate).where(this).values(**_row(change.gate)))

    def all(self) -> Mapping[str, Gate]:
        """Return every gate that anything has gone through."""
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(reads=True)
            return {row.name: _gate(row) for row in connection.execute(select(channel_gate))}


def _row(gate: Gate) -> dict[str, object]:
    return {
        "taken": orjson.dumps([instant(at) for at in gate.taken]).decode(),
        "failures": gate.failures,
        "shut_until": gate.shut_until and instant(gate.shut_until),
        "why": gate.why,
    }


def _gate(row: Row[tuple[object, ...]]) -> Gate:
    return Gate(
        taken=tuple(parse_instant(at) for at in orjson.loads(row.taken)),
        failures=row.failures,
        shut_until=parse_instant(row.shut_until) if row.shut_until else None,
        why=row.why,
    )
