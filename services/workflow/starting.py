"""What a command starts on, a database or none; and what is said where it is refused or fails."""

from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from schemas.document import Faults
from services.workflow.adapters.database import SchemaOutdated
from services.workflow.application.sequencing import LogForked
from services.workflow.bootstrap.log import Parts
from services.workflow.bootstrap.output import configure_logging
from services.workflow.console import Misuse
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Conflict, Refused
from services.workflow.settings import SettingsRefused, read_settings

_Parts = TypeVar("_Parts", bound=Parts)


def in_time(parts: _Parts) -> _Parts:
    """Return *parts*, which write a log of what they do and know what time it is.

    Raises:
        SettingsRefused: the clock tells no instant.
    """
    configure_logging()
    try:
        parts.now()
    except (OSError, ValueError) as error:
        file = parts.settings.clock_file
        raise SettingsRefused([f"SHUPING_CLOCK_FILE: no instant in {file}"]) from error
    return parts


def over_database() -> Parts:
    """Return the parts over a database that is there, at this release.

    Raises:
        SchemaOutdated: see there.
    """
    parts = in_time(Parts(read_settings()))
    parts.database.check_schema()
    return parts


def why(error: Exception, reader: str) -> tuple[list[str], int]:
    """Return what is said of *error*, and the exit status; nothing of what is no refusal."""
    match error:
        case SettingsRefused():
            return [f"setting: {fault}" for fault in error.faults], 1
        case Faults():
            return [str(fault.told(reader)) for fault in error.faults], 1
        case Misuse():
            return [str(error)], 2
        case LogForked() | SchemaOutdated():
            return [str(error)], 1
        case Conflict():
            return [sentence(error.blocker, reader)[0]], 1
        case Refused():
            return [f"{type(error).__name__}: {error}"], 1
        case SQLAlchemyError():
            # Not the error's own text: it may hold the database's password.
            reason = type(getattr(error, "orig", None) or error).__name__
            return [f"the database refused: {reason}"], 1
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return [f"{where}{error.strerror or error}"], 1
    return [], 1
