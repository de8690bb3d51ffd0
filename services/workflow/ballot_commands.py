"""Commands about what was written on ballots: many read it, and somebody may have to erase it."""

import re
from uuid import UUID

from services.workflow.application.ballots.erasing import Erasing
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, Misuse, refused, say
from services.workflow.domain.refusals import NotYours

_ID = re.compile("[0-9a-f]{32}", re.ASCII)
_LONGEST = 500  # characters of a reason


def run_comments(parts: Parts, arguments: Arguments) -> int:
    """Print what was written in a poll that is closed, each with the id by which it is erased."""
    try:
        found = _erasing(parts).comments(_poll(arguments))
    except NotYours:
        return refused(arguments, [f"no poll {arguments.poll}"])
    items = [{"id": id_, "about": one.about, "text": one.text} for id_, one in found.items()]
    told = [f"{one['id']} {one['about']} {one['text']}" for one in items]
    return say(arguments, {"poll": arguments.poll, "items": items}, told)


def run_erase(parts: Parts, arguments: Arguments) -> int:
    """Erase one, and have the case say that it was, and why."""
    reason = " ".join(arguments.reason.split())
    if not reason or len(reason) > _LONGEST:
        raise Misuse(f"--reason: 1–{_LONGEST} characters")
    if _ID.fullmatch(arguments.id) is None:
        raise Misuse("--id: 32 hexadecimal digits, as `ballots comments` prints them")
    parts.check_log()
    remark = f"票上的一条意见已删除（编号 {arguments.id[:8]}）。理由：{reason}"
    try:
        _erasing(parts).erase(_poll(arguments), arguments.id, remark)
    except NotYours:
        return refused(arguments, [f"no comment {arguments.id} in {arguments.poll}"])
    answer = {"poll": arguments.poll, "erased": arguments.id}
    return say(arguments, answer, ["已删除，并在案件记录里注明"])


def _poll(arguments: Arguments) -> str:
    try:
        return str(UUID(arguments.poll))
    except ValueError as error:
        raise Misuse(f"--poll {arguments.poll}: no id of a poll") from error


def _erasing(parts: Parts) -> Erasing:
    return Erasing(parts.database.ballots, parts.notices)
