"""`make demo`: the cycle of 2019 and half of the next, by two processes under a driven clock.

It tells the story as it goes, holds what must hold against what happened, verifies the log, and
leaves the page open. With DEMO_SERVE=0 it ends instead: 0 if every check held, 1 if not.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType

from deploy.client import Client
from deploy.demo.cast import OFFICE, OVERDUE, PLOT, SCHEME
from deploy.demo.narration import Names, Narrator, Words, as_json
from deploy.demo.sign_in import set_password
from deploy.demo.stage import Stage
from deploy.demo.story import ACTS, Moment, moments
from deploy.running import NOTIFIER, ROOT, WORKFLOW, Running
from deploy.servers.smtp import Mail, SmtpSink
from services.workflow import schemes

FOLDER = ROOT / "var" / "demo"
ORGANISATION = ROOT / "deploy" / "demo" / "organisation.yaml"
KINDS = ("review", "meeting", "visit", "item", "interview", "draw")
_SHOWN = 5  # lines in which the ledger and what is simulated again differ
ROLES = {
    "p-0016": "机关党委办公室（监督全部案件）",
    "p-0008": "机关党委书记（自己也是被考核人）",
    "p-0014": "机关党委纪检巡察（只看不办：所属各案的全部历史；"
    "督查调研、问责建议、结果通报、整改进展通报另定可见范围）",
    "p-0040": "第一示例医院党委办公室（审核所属支部）",
    "p-0105": "支部书记（上年度整改逾期未结，本年度报告未交）",
    "p-0001": "省直机关工委联络员",
}


def main() -> int:
    """Play, tell, check; return the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    lock = FOLDER.with_suffix(".lock")
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("另一个演示正在运行；请先结束它（Ctrl-C）。", file=sys.stderr)
            return 1
        return _with_servers()


def _with_servers() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    mail = SmtpSink().start()
    sender = {"SHUPING_SMTP_URL": mail.url, "SHUPING_SMTP_FROM": "shuping@organ.example"}
    running = Running(FOLDER, ACTS[0][0], sender)
    try:
        return _play(running, mail)
    except KeyboardInterrupt:
        print("\n结束。")
        return 0
    finally:
        running.stop()
        mail.stop()


def _play(running: Running, mail: SmtpSink) -> int:
    print(
        "述评 · 2019 年度述职评议考核演示：数据库 SQLite，两个真实进程，时钟由演示驱动", flush=True
    )
    running.prepare(ORGANISATION)
    running.start()
    with ThreadPoolExecutor(max_workers=1) as beside:
        accounts = beside.submit(_make_accounts, running)
        stage = tell(running, moments(), lambda line: print(line, flush=True))
        _hold_afterwards(stage)
        _show_letters(running, mail.mails)
        _simulate_again(running, stage)
        _prove(running, stage)
        held = all(holds for _, holds in stage.checks)
        _verdict(stage)
        if os.environ.get("DEMO_SERVE", "1") == "0":
            accounts.result()
            return 0 if held else 1
        _leave_open(running, accounts)
    return 0


def tell(running: Running, stops: Iterable[Moment], say: Callable[[str], None]) -> Stage:
    """Play the acts at their times, and tell what the log says of them."""
    stage = Stage(
        api=running.client(),
        anybody=Client(running.url),
        operate=running.command,
        say=say,
        organisation=ORGANISATION,
        folder=running.folder,
        plot=PLOT,
    )
    narrator = Narrator(
        running.client(), Names(ORGANISATION), Words(schemes.text(SCHEME).decode()), say
    )
    narrator.follow(PLOT)
    for at, what, act in stops:
        running.move_to(at)
        if act is None:
            narrator.quietly_catch_up(at)
            continue
        narrator.catch_up()
        narrator.day(at, what)
        act(stage)
        running.settle()
        narrator.catch_up()
    _hold_by_counting(stage, narrator.totals)
    return stage


def _hold_by_counting(stage: Stage, totals: Counter[str]) -> None:
    """Check what the whole cycle must have left behind, however often its clock was stopped."""
    stage.check("每次拒绝都有留痕", totals["trigger_refused"] >= 4)  # noqa: PLR2004
    stage.check("没有一条通知下落不明", totals["notice_failed"] == totals["notice_unknown"] == 0)
    played = {kind for kind in KINDS if stage.listed(kind=kind)}
    stage.hold("考核、会议、督查、整改事项、约谈、抽签，六类案件都走过一遍", played == set(KINDS))


def _hold_afterwards(stage: Stage) -> None:
    """Check what comes about on the days between the acts."""
    path = f"/v1/cases/{stage.cases[OVERDUE]['id']}/events"
    history = stage.api.get(path, OFFICE, limit=200).body["items"]
    notices = [
        item["event"]["data"]
        for item in history
        if item["event"]["type"].startswith("workflow.notice_recorded.")
    ]
    rungs = {notice["rung"] for notice in notices if notice["outcome"] == "sent"}
    stage.hold(
        "逾期的单位审核先催办、再报单位党委、再报机关党委办公室",
        {"committee", "organ_office"} <= rungs,
    )
    coverage = stage.api.get(f"/v1/cycles/{stage.cycle}", OFFICE).body["coverage"]
    tiers = [coverage[tier] for tier in "ABC"]
    names = ("expected", "opened", "closed")
    expected, opened, closed = (sum(tier[name] for tier in tiers) for name in names)
    stage.say(f"\n全周期：述职评议立案 {opened}，办结 {closed}，其余仍在整改")
    stage.hold(
        f"覆盖率 {opened * 100 // expected}%：应述 {expected}，立案 {opened}", opened == expected
    )
    stage.check("绝大多数案件办结", closed >= opened - 6)


def _show_letters(running: Running, mails: list[Mail]) -> None:
    inbox = running.client().get("/v1/inbox", OFFICE, limit=2).body["items"]
    print("\n── 机关党委办公室的收件箱（最近两条）")
    print(as_json(inbox))
    if mails:
        letter = mails[-1]
        print(f"\n── 邮件（共 {len(mails)} 封），最近一封")
        print(f"   收件人：{', '.join(letter.recipients)}")
        print(f"   主题：{letter.message['Subject']}")
        print(f"   Message-ID：{letter.message['Message-ID']}")
        print("   " + letter.text.replace("\n", "\n   "))


def _simulate_again(running: Running, stage: Stage) -> None:
    """Let the planner go through it all again from what people did, and compare line by line."""
    print("\n── 推演：凭各人已办的事，从头再算一遍全部通知，与通知台账逐条比对")
    told = json.loads(running.command(NOTIFIER, "simulate", "--again", "--json", status=None))
    kept, again, differing = told["ledger"], told["simulated"], told["differing"]
    print(f"   台账 {kept} 条，推演 {again} 条，出入 {len(differing)} 条")
    for line in differing[:_SHOWN]:
        print(f"   {line}")
    stage.check("推演从头再算了全部通知，与通知台账没有出入", kept > 0 and not differing)


def _prove(running: Running, stage: Stage) -> None:
    print("\n── 核验日志：逐条重算哈希、重建树、核对库外检查点、按方案重放")
    verified = running.command(WORKFLOW, "audit", "verify", "--thorough")
    print("   " + verified.replace("\n", "\n   "))
    stage.check("日志核验无一发现", "发现 0 处" in verified)
    note = running.client().get("/v1/log/checkpoint").body["text"]
    print("\n── 已签名的检查点\n   " + note.replace("\n", "\n   "))


def _verdict(stage: Stage) -> None:
    print("── 通知各条，各以日志中的一条记录为证")
    for _, told in sorted(stage.clauses.items()):
        print(told)
    broken = [what for what, holds in stage.checks if not holds]
    print(f"── 检查 {len(stage.checks)} 项，成立 {len(stage.checks) - len(broken)} 项")
    for what in broken:
        print(f"   ✗ {what}")


def _make_accounts(running: Running) -> dict[str, str]:
    """Invite one person per role and set a password by the one-time link, as they would."""
    passwords = {}
    for person in ROLES:
        link = running.command(WORKFLOW, "account", "invite", "--person", person)
        passwords[person] = f"demo-{secrets.token_hex(4)}"
        set_password(link, passwords[person])
    return passwords


def _leave_open(running: Running, accounts: "Future[dict[str, str]]") -> None:
    print(f"\n页面：{running.url}/   API 文档：{running.url}/docs")
    for person, password in accounts.result().items():
        print(f"   账号 {person}  密码 {password}  {ROLES[person]}")
    token = (running.folder / "platform.token").read_text().strip()
    print("   上游系统（在另一个终端粘贴，见 README）：")
    print(f"export URL={running.url}")
    print(f"export TOKEN={token}")
    print(f"   核验用公钥：{running.command(WORKFLOW, 'key', 'show')}")
    print("Ctrl-C 结束。", flush=True)
    threading.Event().wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
