"""The command that checks a draw far from the service: `draw verify`."""

from collections.abc import Iterator
from pathlib import Path

from schemas.note import BadKey
from services.workflow.audit.draw_file import NotADraw, Told, verify_draw
from services.workflow.audit.ed25519 import load_verifier
from services.workflow.console import Arguments, Misuse, say


def run_draw_verify(arguments: Arguments) -> int:
    """Decide a draw again from its file alone; no database is asked, and no network."""
    try:
        key = None if arguments.key is None else load_verifier(arguments.key)
        text = Path(arguments.file).read_text(encoding="utf-8")
    except BadKey as error:
        raise Misuse(f"--key: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{arguments.file}: cannot be read: {error}") from error
    try:
        found, told = verify_draw(text, key)
    except NotADraw as error:
        return _say(arguments, {"valid": False, "wrong": [str(error)]}, [str(error)], 1)
    signature = "checked" if key else "not checked"
    answer = {
        "valid": not found,
        "wrong": found,
        "draw": told.draw,
        "drawn": list(told.drawn),
        "reserves": list(told.reserves),
        "checkpoint": told.checkpoint,
        "signed_by": list(told.signed_by),
        "signature": signature,
        "entered": "not compared" if told.erased else "compared",
        "position": told.position,
        "version": told.version,
        "signed": told.signed,
        "lacking": list(told.lacking),
    }
    lines = [
        *found,
        f"{told.draw}: 抽中 {'、'.join(told.drawn)}；候补 {'、'.join(told.reserves)}",
        f"检查点散列 {told.checkpoint}，应与 {'、'.join(told.signed_by)} 签字的打印件一致",
    ]
    lines += _reach(told)
    if told.erased:
        who = "、".join(told.erased)
        lines.append(f"{who} 录入的原文已删除或不在文件中：未核对两人所录是否相同")
    if key is None:
        lines.append("未核对是谁签发了检查点：用 --key 给出公钥才核对")
    return _say(arguments, answer, lines, 1 if found else 0)


def _reach(told: Told) -> Iterator[str]:
    """Yield how far the file goes: what came after it, no file can show."""
    yield (
        f"文件记到日志第 {told.position} 条，即本案第 {told.version} 个事件"
        f"（签发的检查点到第 {told.signed} 条）；此后有没有再免抽，文件本身看不出，"
        "须与抽签页面或日志核对"
    )
    if told.lacking:
        lacking = "、".join(map(str, told.lacking))
        yield f"其间本案第 {lacking} 个事件不在文件中：可能是别的办理，也可能是被抽去的免抽"


def _say(arguments: Arguments, answer: dict[str, object], lines: list[str], status: int) -> int:
    say(arguments, answer, lines)
    return status
