"""An organisation goes in and comes out by the command line, whatever words it is made of."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

import services.workflow.__main__ as workflow
from services.workflow import starting
from services.workflow.application import imports
from services.workflow.application.leaving import Left

ROOT = Path(__file__).parents[3]
FILES = [
    ROOT / "deploy" / "demo" / "organisation.yaml",
    *sorted(ROOT.glob("services/workflow/schemes/examples/*.organisation.yaml")),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_exported_is_what_was_imported(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUPING_DATABASE_URL", f"sqlite:///{tmp_path}/workflow.db")
    assert workflow.main(["migrate"]) == workflow.main(["organisation", "import", str(file)]) == 0
    capsys.readouterr()
    assert workflow.main(["organisation", "export"]) == 0
    told = capsys.readouterr()
    Path("out.yaml").write_text(told.out)
    assert told.err == ""
    for command in (["organisation", "import", "out.yaml"], ["organisation", "import", str(file)]):
        assert workflow.main(command) == 0
        assert capsys.readouterr().out == "与现有组织一致，没有变化。\n"


def test_a_deputy_is_previewed_recorded_once_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUPING_DATABASE_URL", f"sqlite:///{tmp_path}/workflow.db")
    monkeypatch.setenv("SHUPING_LOG_KEY_FILE", "log.key")
    monkeypatch.setenv("SHUPING_CLOCK_FILE", "clock")
    Path("clock").write_text("2020-01-08T01:00:00+00:00")
    assert workflow.main(["key", "new", "--out", "log.key"]) == 0
    assert workflow.main(["migrate"]) == workflow.main(["organisation", "import", str(FILES[0])])
    days = ["--from", "2020-01-13", "--until", "2020-01-24"]
    who = ["--deputy", "p-0041", "--person", "p-0040", "--unit", "u-hospital-1"]
    command = ["organisation", "delegate", *who, "--role", "office", *days]
    capsys.readouterr()
    told = []
    for more in (["--dry-run"], [], [], ["--revoke"]):
        assert workflow.main([*command, *more]) == 0
        told.append(capsys.readouterr().out.split()[0])
    assert told == ["+", "+", "与现有组织一致，没有变化。", "-"]
    assert workflow.main([*command, "--revoke"]) == 1
    assert "没有可撤回" in capsys.readouterr().err
    assert workflow.main(["organisation", "absent", "--person", "p-0040", *days]) == 0
    assert workflow.main(command) == 0
    Path("clock").write_text("2020-01-14T01:00:00+00:00")
    assert workflow.main([*command, "--role", "secretary"]) == 1
    assert "--role: 自 2020-01-13 起的代理已经生效" in capsys.readouterr().err
    assert workflow.main(["audit", "verify"]) == workflow.main(["audit", "rebuild"]) == 0
    assert workflow.main(["audit", "verify"]) == 0


def test_an_import_that_leaves_open_cases_behind_asks_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    left = [Left("u-hospital-1", "", ("2019-B-0003", "2019-C-0417"))]
    monkeypatch.setattr(imports, "left_behind", lambda *_: left)
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
    monkeypatch.setenv("SHUPING_DATABASE_URL", f"sqlite:///{tmp_path}/workflow.db")
    command = ["organisation", "import", str(FILES[0])]
    assert workflow.main(["migrate"]) == 0
    assert workflow.main(command) == 1
    asked = capsys.readouterr().err
    assert "2 件未结案件失去所属单位：2019-B-0003、2019-C-0417" in asked
    assert "--leave-open-cases" in asked
    assert workflow.main([*command, "--dry-run"]) == 0
    assert "2019-C-0417" in capsys.readouterr().out
    assert workflow.main([*command, "--leave-open-cases"]) == 0


@pytest.mark.parametrize(
    ("language", "reason"), [("zh_CN.UTF-8", "存在的日期"), ("en_US.UTF-8", "exists")]
)
def test_days_that_are_none_are_told_together_and_nothing_is_written(
    language: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.setenv("SHUPING_DATABASE_URL", f"sqlite:///{tmp_path}/workflow.db")
    days = ["--from", "2020-1-3", "--until", "2026-02-30"]
    who = ["--deputy", "p-1", "--person", "p-2", "--unit", "u", "--role", "office"]
    for command in (["absent", "--person", "p-1", *days], ["delegate", *who, *days]):
        assert workflow.main(["organisation", *command]) == 1
        faults = capsys.readouterr().err.splitlines()
        assert [one.split()[0] for one in faults] == ["--from", "--until"]
        assert all(reason in one for one in faults)
    assert workflow.main(["scheme", "check", "x", "--day", "2020-02-30"]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "workflow.db").exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_workbook_of_what_is_known_changes_nothing_and_a_changed_one_what_it_says(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUPING_DATABASE_URL", f"sqlite:///{tmp_path}/workflow.db")
    assert workflow.main(["migrate"]) == workflow.main(["organisation", "import", str(file)]) == 0
    assert workflow.main(["organisation", "workbook", "out.xlsx"]) == 0
    assert workflow.main(["organisation", "workbook", "out.xlsx"]) == 1  # never over another
    capsys.readouterr()
    assert workflow.main(["organisation", "import", "out.xlsx"]) == 0
    assert capsys.readouterr().out == "与现有组织一致，没有变化。\n"
    book = load_workbook("out.xlsx")
    book["人员"].append(["007", "＝陈测试"])
    book.save("more.xlsx")
    for more in (["--dry-run"], []):
        assert workflow.main(["organisation", "import", "more.xlsx", *more]) == 0
        assert "007" in capsys.readouterr().out
    last = book["人员"].max_row
    book["人员"].append(["007", "再一个"])
    book["职务"].append(["nobody", "nowhere", "没有的职务", "20190101"])
    book.save("bad.xlsx")
    assert workflow.main(["organisation", "import", "bad.xlsx"]) == 1
    told = capsys.readouterr().err
    row = book["职务"].max_row
    places = (f"人员!A{last + 1}", *(f"职务!{column}{row}" for column in "ABCD"))
    assert all(place in told for place in places), told
