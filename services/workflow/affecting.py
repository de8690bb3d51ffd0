"""Whom a new policy affects, as its import tells it before and after."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from schemas.calendar import local_day
from schemas.facts.texts import MOVE
from schemas.policy import Policy
from services.workflow.application.affected import Moved, Running
from services.workflow.application.firing.rules import ZONE
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments

_DAYS_AHEAD = 13  # beside today, as on the page of what-if
_WHY = {
    "unavailable": "通知服务没有应答",
    "busy": "通知服务正在算另一个，过一会儿再试",
    "takes_too_much": "一分钟内算不完，把 --until 提前些",
    "too_many_notices": "提醒超过十万条，把 --until 提前些",
    "internal": "通知服务推演时出错，见它的日志（simulation_failed）",
    "bad_period": "--until 不早于今天，最多往后四百天",
}


def affected(parts: Parts, policy: Policy, arguments: Arguments) -> Running | None:
    """Return what runs by then; before *policy* is published, also what moving would do to it."""
    if not arguments.dry_run:
        return parts.affected.running(policy)
    today = local_day(parts.now(), ZONE)
    until: date = arguments.until or today + timedelta(days=_DAYS_AHEAD)
    return parts.affected.previewed(policy, today, until)


def tell_affected(found: Running | None, arguments: Arguments) -> list[str]:
    """Return what becomes of what runs, as people read it."""
    if found is None or not found.by_kind:
        return []
    moves, will = arguments.running == MOVE, "将" if arguments.dry_run else ""
    kinds = "、".join(f"{label} {n}" for label, n in sorted(found.by_kind.items()))
    becomes = f"{will}改按这一版提醒" if moves else f"{will}仍按各自原来的规则提醒"
    told = [f"正在办理的 {found.n_cases} 件（{kinds}）{becomes}"]
    if found.moved is not None:
        told.append(_told(found.moved, moves=moves))
    elif found.why:
        told.append(f"改按这一版会有什么不同，现在算不出：{_WHY.get(found.why, found.why)}")
    return told


def _told(moved: Moved, *, moves: bool) -> str:
    begin = "由此" if moves else "若改按这一版（--running move）"
    return (
        f"{begin}，到 {moved.until} 若无人办理：{moved.n_cases} 件、{moved.n_people} 人的提醒不同，"
        f"这些案件共发 {moved.n_now} → {moved.n_then} 条"
    )


def answer_affected(found: Running | None, arguments: Arguments) -> dict[str, Any]:
    """Return the same for machines."""
    answer: dict[str, Any] = {"choice": arguments.running}
    if found is not None:
        answer |= {"cases": found.n_cases, "by_kind": dict(sorted(found.by_kind.items()))}
        answer |= {"if_moved": asdict(found.moved)} if found.moved else {}
        answer |= {"unknown": found.why} if found.why else {}
    return {"running": answer}
