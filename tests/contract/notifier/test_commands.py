"""`python -m services.notifier`: exit codes, faults for people and machines, a clean end."""

import json
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.ports import free_port
from services.notifier.adapters.database import SqlStore, connect
from tests.contract.notifier.town import Town
from tests.contract.notifier.vendors import KEY, Server, Wecom
from tests.unit.notifier.world import at
from tests.unit.schemas.test_policy import TEXT

Environment = dict[str, str]


def run(*arguments: str, environment: Environment) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.notifier", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return {
        "PATH": os.environ["PATH"],
        "SHUPING_ENVIRONMENT": "test",
        "SHUPING_NOTIFIER_DATABASE_URL": f"sqlite:///{tmp_path}/notifier.db",
        "SHUPING_NOTIFIER_BIND": f"127.0.0.1:{free_port()}",
        "SHUPING_NOTIFIER_TOKEN": "a-token-of-the-workflow",
        "SHUPING_WORKFLOW_URL": f"http://127.0.0.1:{free_port()}",
        "SHUPING_WORKFLOW_TOKEN": "a-token-of-the-notifier",
        "SHUPING_PUBLIC_URL": "https://shuping.example.org",
    }


def readiness(address: str) -> dict[str, Any]:
    """Return what `/readyz` says once something is wrong."""
    while True:
        connection = HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/readyz")
            body: dict[str, Any] = json.loads(connection.getresponse().read())
        except OSError:
            body = {"parts": {}}
        finally:
            connection.close()
        if any("what" in part for part in body["parts"].values()):
            return body
        time.sleep(0.05)


def test_faulty_settings_are_misuse_and_told_all_at_once(environment: Environment) -> None:
    faulty = {**environment, "SHUPING_FEED": "pigeon", "SHUPING_PUBLIC_URL": ""}
    done = run("run", "--json", environment=faulty)
    assert done.returncode == 2
    assert len(json.loads(done.stdout)["faults"]) == 2


def test_a_faulty_policy_is_misuse_and_told_with_its_lines(
    environment: Environment, tmp_path: Path
) -> None:
    assert run("migrate", environment=environment).returncode == 0
    policy = tmp_path / "policy.yaml"
    policy.write_text("id: x\nhour: 99\n")
    done = run("run", environment={**environment, "SHUPING_POLICY_FILE": str(policy)})
    assert done.returncode == 2
    assert "policy.yaml:2: hour: 应为 0 到 23 的整数" in done.stderr


def test_a_database_that_is_not_migrated_is_a_no(environment: Environment) -> None:
    done = run("run", environment=environment)
    assert (done.returncode, "migrate" in done.stderr) == (1, True)


def test_it_runs_without_the_workflow_says_so_and_ends_cleanly(environment: Environment) -> None:
    assert run("migrate", environment=environment).returncode == 0
    command = [sys.executable, "-m", "services.notifier", "run"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = readiness(environment["SHUPING_NOTIFIER_BIND"])
            assert (said["status"], "GET /v1/log" in said["parts"]["feed"]["what"]) == (
                "down",
                True,
            )
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in told.splitlines()]
    assert [events[0], events[-1]] == ["started", "stopped"]
    assert {"lease_taken", "problem"} <= set(events)


def by_robot(environment: Environment, server: Server) -> Environment:
    return {
        **environment,
        "SHUPING_CHANNELS_NETWORKS": "127.0.0.0/8",
        "SHUPING_WECOM_URL": server.url,
        "SHUPING_WECOM_ROBOT_KEY": KEY,
    }


def test_a_channel_is_tried_and_its_true_outcome_told(environment: Environment) -> None:
    assert run("migrate", environment=environment).returncode == 0
    with Server(wecom := Wecom(most=1)) as server:
        settings = by_robot(environment, server)
        arguments = ("channel", "test", "wecom_robot", "--json")
        said = [run(*arguments, environment=settings) for _ in range(3)]
    assert [(one.returncode, json.loads(one.stdout)["outcome"]) for one in said] == [
        (0, "sent"),
        (1, "wecom_45009"),
        (1, "channel_pause"),  # what the vendor asked for holds for every process
    ]
    assert "通道测试" in wecom.sent[0]
    assert not any(KEY in one.stdout + one.stderr for one in said)


def test_a_channel_that_is_not_here_is_misuse(environment: Environment) -> None:
    done = run("channel", "test", "raven", environment=environment)
    assert (done.returncode, "raven" in done.stderr) == (2, True)


def test_a_simulation_says_what_will_be_sent_and_what_a_change_makes_of_it(
    environment: Environment, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2020-01-08T01:00:00Z")  # nine in the morning there
    policy = tmp_path / "policy.yaml"
    policy.write_text(TEXT, encoding="utf-8")
    mild = tmp_path / "mild.yaml"
    mild.write_text(TEXT.replace("over: 3", "over: 5"), encoding="utf-8")
    files = {"SHUPING_CLOCK_FILE": str(clock), "SHUPING_POLICY_FILE": str(policy)}
    town = environment | files
    assert run("migrate", environment=town).returncode == 0
    with_a_case(town["SHUPING_NOTIFIER_DATABASE_URL"])
    days = ("--from", "2020-01-09", "--to", "2020-01-20")
    said = run("simulate", *days, environment=town)
    assert said.returncode == 0, said.stderr
    assert "2020-01-10: 1 messages: due_day 1" in said.stdout
    told = run("simulate", *days, "--policy", str(mild), "--json", environment=town)
    change = json.loads(told.stdout)["otherwise"]
    assert [one["rung"] for one in change["gone"]] == ["organ_office"]
    assert change["come"][0]["planned_at"] > change["gone"][0]["planned_at"]
    words = run("simulate", *days, "--words", change["gone"][0]["notice"], environment=town)
    assert (words.returncode, words.stdout.count("为何通知您：")) == (0, 1)
    assert words.stdout.startswith("【")
    nobody = run("simulate", *days, "--words", "x", environment=town)
    assert (nobody.returncode, nobody.stdout) == (1, "nothing is said by it\n")


NO_TREE = """
units:
- {id: a, name: 甲, kind: branch}
- {id: a, name: 乙, kind: branch}
- {id: b, parent: c, name: 丙, kind: branch}
- {id: c, parent: b, name: 丁, kind: branch}
posts:
- {unit: x, role: secretary, person: p, from: 2019-01-01}
"""
FAULTY = {
    "organisation": (NO_TREE, 4),
    "scheme": ("cases: {review: {label: 述评}}\n", 1),
    "calendar": ("- 1\n", 1),
    "policy": ("- 1\n", 1),
}


def test_files_of_a_change_are_refused_with_all_their_faults(
    environment: Environment, tmp_path: Path
) -> None:
    assert run("migrate", environment=environment).returncode == 0
    options: list[str] = []
    for name, (text, _) in FAULTY.items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        options += [f"--{name}", str(file)]
    told = run("simulate", *options, "--json", environment=environment)
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    said = told.stdout + told.stderr
    n_told = {name: said.count(f"{name}.yaml:") for name in FAULTY}
    assert all(n_told[name] >= n for name, (_, n) in FAULTY.items()), said


@pytest.mark.parametrize("text", ["[1]", "id: x\ncases: {review: 3}", "id: [x]"])
def test_what_is_no_scheme_is_simulated_by_nobody(
    environment: Environment, tmp_path: Path, text: str
) -> None:
    assert run("migrate", environment=environment).returncode == 0
    file = tmp_path / "scheme.yaml"
    file.write_text(text, encoding="utf-8")
    told = run("simulate", "--scheme", str(file), environment=environment)
    assert (told.returncode, "scheme.yaml" in told.stderr) == (2, True)


def test_a_simulation_of_no_days_is_misuse(environment: Environment) -> None:
    assert run("migrate", environment=environment).returncode == 0
    for days in (("--to", "2019-01-01"), ("--to", "2999-01-01"), ("--from", "soon")):
        assert run("simulate", *days, environment=environment).returncode == 2


def test_what_is_no_question_is_told_in_the_language_of_who_asks(environment: Environment) -> None:
    assert run("migrate", environment=environment).returncode == 0
    for options, chinese, english in (
        (("--from", "soon"), "不是日期（如 2020-01-31）：soon", "is no day"),
        (("--to", "2019-01-01"), "--to 2019-01-01 早于", "is before"),
        (("--to", "2999-01-01"), "超过今后 400 天", "more than 400 days"),
        (("--again", "--policy", "x"), "--policy 与 --again 同用", "--policy is of no use"),
        (("--again", "--to", "2999-01-01"), "--to 与 --again 同用", "--to is of no use"),
    ):
        for language, reason in (("zh_CN.UTF-8", chinese), ("en_GB.UTF-8", english)):
            done = run("simulate", *options, environment={**environment, "LANG": language})
            assert (done.returncode, reason in done.stderr) == (2, True), done.stderr


def with_a_case(url: str) -> None:
    engine = connect(url)
    town = Town(SqlStore(engine))
    town.log.organise()
    town.log.open()
    town.run(at(1, 8, 8, 30))
    town.engine.release()
    engine.dispose()
