"""What the page of a roster sends: rows that are ticked, and what is told of all of them."""

import re
from collections.abc import Mapping
from typing import Any

from services.workflow.adapters.web.typed import local_instant
from services.workflow.application.boards.gathering import Gathering

ROW = "row."  # in front of a row's number, where rows are ticked
STRUCK = "struck"  # why those that are ticked are struck off
FIELDS = ("key", "trigger", "way", "why", "at", "reason", STRUCK)

_ROW = re.compile("[0-9]{1,6}", re.ASCII)
_INDEX = re.compile(r"\.(?:moves|struck)\[([0-9]{1,3})\]$", re.ASCII)
_TOLD = ("way", "why", "at", "reason", "code")


def ticked(form: Mapping[str, str]) -> list[str]:
    """Return the fields of the rows that are ticked."""
    return [name for name in form if name.startswith(ROW)]


def data_of(form: Mapping[str, str], board: Gathering) -> dict[str, Any]:
    """Return what the rows that are ticked have to do with, as a trigger takes it."""
    rows = [_row(name.removeprefix(ROW)) for name in ticked(form)]
    if _strikes(form, board):
        reason = {"reason": form[STRUCK]} if form.get(STRUCK) else {}
        struck = [{"row": row, **reason} for row in rows]
        return {"rosters": {board.roster.name: {"struck": struck}}}
    moves = [_move(form, row) for row in rows]
    return {"presence": {board.roster.name: {"moves": moves}}}


def strikes_nobody(form: Mapping[str, str], board: Gathering) -> bool:
    """Tell whether somebody is to be struck off, and no row is ticked."""
    return _strikes(form, board) and not ticked(form)


def field_of(path: str, form: Mapping[str, str]) -> str:
    """Return the field of a roster or a door that stands for *path* in a body; "": for none."""
    index = _INDEX.search(path)
    if index is not None:
        rows = ticked(form)
        return rows[int(index[1])] if int(index[1]) < len(rows) else ""
    if ".struck[" in path:
        return STRUCK
    name = path.rpartition(".")[2]
    return name if name in _TOLD else ""


def _strikes(form: Mapping[str, str], board: Gathering) -> bool:
    return form.get("trigger", "") in {one.name for one in board.striking}


def _row(row: str) -> int | str:
    return int(row) if _ROW.fullmatch(row) else row  # else the datum's own to refuse


def _move(form: Mapping[str, str], row: int | str) -> dict[str, Any]:
    move: dict[str, Any] = {"row": row, "way": form.get("way", "")}
    for name in ("why", "reason"):
        if form.get(name):
            move[name] = form[name].replace("\r\n", "\n")
    if form.get("at"):
        move["at"] = local_instant(form["at"])
    return move
