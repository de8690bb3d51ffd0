"""The command that checks a draw far from the service: `draw verify`."""

from pathlib import Path

from schemas.note import BadKey
from services.workflow.audit.draw_file import NotADraw, verify_draw
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
    }
    lines = [
        *found,
        f"{told.draw}: 抽中 {'、'.join(told.drawn)}；候补 {'、'.join(told.reserves)}",
        f"检查点散列 {told.checkpoint}，应与 {'、'.join(told.signed_by)} 签字的打印件一致",
    ]
    if told.erased:
        who = "、".join(told.erased)
        lines.append(f"{who} 录入的原文已删除或不在文件中：未核对两人所录是否相同")
    if key is None:
        lines.append("未核对是谁签发了检查点：用 --key 给出公钥才核对")
    return _say(arguments, answer, lines, 1 if found else 0)


def _say(arguments: Arguments, answer: dict[str, object], lines: list[str], status: int) -> int:
    say(arguments, answer, lines)
    return status
