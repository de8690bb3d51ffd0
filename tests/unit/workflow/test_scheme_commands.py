"""Commands for who writes schemes: one output for both formats, and an exit status."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.workflow.__main__ import main
from tests.texts import EARLIER_FILE

Said = Callable[..., tuple[int, str]]
EXAMPLES = Path("services/workflow/schemes/examples")
NOTICE = EXAMPLES.parent / "jilin-health-2019.yaml"
LABORATORY = str(EXAMPLES / "laboratory-safety.yaml")
UNITS = str(EXAMPLES / "laboratory-safety.organisation.yaml")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["scheme", *arguments])
        return status, capsys.readouterr().out

    return run


@pytest.mark.parametrize("file", [LABORATORY, str(EARLIER_FILE)])
def test_a_sound_scheme_of_either_format_is_said_to_be(file: str, said: Said):
    assert said("check", file) == (0, f"{file}: 无误\n")


def test_faults_of_the_file_and_of_the_organisation_have_their_lines(tmp_path: Path, said: Said):
    text = Path(LABORATORY).read_text()
    broken = tmp_path / "s.yaml"
    broken.write_text(text.replace("{in_service: false}", "{in_use: false}"))
    status, out = said("check", str(broken), "--organisation", UNITS, "--json")
    (fault,) = json.loads(out)["faults"]
    line = text[: text.index("in_service: false")].count("\n") + 1
    assert (status, fault["line"], fault["path"]) == (
        1,
        line,
        "cases.inspection.exempt[0].where.in_use",
    )


def test_faults_are_told_in_the_language_of_the_environment(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
):
    broken = tmp_path / "s.yaml"
    broken.write_text(Path(LABORATORY).read_text().replace("takes: [{document: objection}]", ""))
    assert said("check", str(broken))[1].endswith("no trigger takes objection\n")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert said("check", str(broken))[1].endswith("没有操作收取“objection”\n")
    (fault,) = json.loads(said("check", str(broken), "--json")[1])["faults"]
    assert fault["reason"] == "没有操作收取“objection”"


def test_gaps_are_told_and_are_no_refusal(said: Said):
    status, out = said("check", LABORATORY, "--organisation", UNITS, "--day", "2024-04-01")
    assert status == 0
    assert out.splitlines()[1:] == [
        "inspection: 将立案 3 件",
        "inspection lab-old: 不立案（已停用）",
    ]


def test_an_act_that_withdraws_a_case_and_forgets_its_children_is_told_and_is_no_fault(
    tmp_path: Path, said: Said
):
    text = Path("tests/unit/workflow/fitting/teaching.yaml").read_text()
    (tmp_path / "s.yaml").write_text(text)
    status, out = said("check", str(tmp_path / "s.yaml"))
    assert status == 0
    (told,) = (line for line in out.splitlines() if "appraisal.triggers.strike" in line)
    assert "尚未结束的" in told
    assert "all_ended" in told


def test_two_schemes_are_told_apart(tmp_path: Path, said: Said):
    other = tmp_path / "s.yaml"
    other.write_text(Path(LABORATORY).read_text().replace("working_days: 20", "working_days: 30"))
    status, out = said("diff", LABORATORY, str(other))
    assert status == 0
    assert out == (
        "对安全检查 一般实验室（`ordinary`：`ordinary_laboratory`）："
        "“整改中”的期限：进入后20个工作日 → 进入后30个工作日\n"
    )


def test_a_scheme_of_format_1_is_lifted_and_compared_with_one_of_format_2(said: Said):
    old = str(EARLIER_FILE)
    status, out = said("diff", old, str(NOTICE))
    assert status == 0
    assert "新增案件“整改事项”" in out
    assert "提交报告" not in said("diff", old, old)[1]


def test_a_scheme_of_format_1_is_laid_over_an_organisation_too(said: Said):
    file = str(EARLIER_FILE)
    status, out = said("check", file, "--organisation", "deploy/demo/organisation.yaml")
    assert status == 0
    assert "将立案 59 件" in out


def test_a_scheme_is_shown_in_either_language(said: Said):
    assert "| 代码 | 名称 | 责任方 |" in said("show", LABORATORY)[1]
    assert "| name | label | desk |" in said("show", LABORATORY, "--language", "en")[1]


def test_a_scheme_is_held_against_the_one_it_follows(tmp_path: Path, said: Said):
    carry = "{case: hazard, in: [to_put_right], ends: dropped, as: hazard}"
    after = tmp_path / "s.yaml"
    after.write_text(
        Path(LABORATORY).read_text().replace("id: laboratory-safety", "id: later")
        + f"follows: {{scheme: laboratory-safety, carries: [{carry}]}}\n"
    )
    assert said("check", str(after))[0] == 0
    status, out = said("check", str(after), "--follows", LABORATORY)
    assert status == 1
    assert "follows.carries[0].ends: dropped is no end of hazard that says carried" in out


def test_a_draw_that_nothing_runs_is_said_with_what_to_write_instead(tmp_path: Path, said: Said):
    file, text = tmp_path / "s.yaml", Path("docs/how-to/laboratories.yaml").read_text()
    without = re.sub(
        r"^      attest: .*\n|, takes: \[\{draw: .*?\}\]|^    (numbers|modes): .*\n",
        "",
        text,
        flags=re.MULTILINE,
    )
    file.write_text(without)
    status, out = said("check", str(file))
    told = next(line for line in out.splitlines() if line.startswith("draws.tenth: "))
    assert status == 0
    assert "numbers" in told
    assert "freeze、attest、enter" in told


def test_what_is_missing_is_told_as_that_alone(tmp_path: Path, said: Said):
    file, text = tmp_path / "s.yaml", Path("docs/how-to/laboratories.yaml").read_text()
    file.write_text(re.sub(r"^    (scale|electorates): .*\n", "", text, flags=re.MULTILINE))
    told = said("check", str(file))[1].splitlines()
    assert [line.split(": ", 2)[2] for line in told] == [
        "scale is missing",
        "electorates is missing",
    ]


# What a stranger wrote instead, and all that they are told of it.
SLIPS = [
    (
        "from: [awaited]\n        to: findings_told",
        "from: awaited\n        to: findings_told",
        ["a list, [awaited], is expected, or open_states"],
    ),
    (
        "takes: [{document: objection}]\n        forgets",
        "takes: [objection]\n        forgets",
        ["a mapping is expected here: {key: value}"],
    ),
    (
        "{name: put_right, label: 已整改, final: completed}",
        "{name: put_right, label: 已整改, final: completed, planned: {}}",
        [
            "put_right is final: it has no desk, no deadline, no planned day, waits for nothing",
            "no trigger sets the planned day of put_right",
        ],
    ),
]


@pytest.mark.parametrize(("written", "slip", "reasons"), SLIPS)
def test_a_slip_is_told_once_with_what_is_expected(
    written: str, slip: str, reasons: list[str], tmp_path: Path, said: Said
):
    text, broken = Path(LABORATORY).read_text(), tmp_path / "s.yaml"
    assert text.count(written) == 1
    broken.write_text(text.replace(written, slip))
    told = said("check", str(broken))[1].splitlines()
    assert [line.split(": ", 2)[2] for line in told] == reasons


def test_desks_without_names_are_told_as_that_alone(tmp_path: Path, said: Said):
    text, broken = (EXAMPLES / "change-approval.yaml").read_text(), tmp_path / "s.yaml"
    broken.write_text(re.sub(r"\{name: (line|security), party", "{party", text))
    told = said("check", str(broken))[1].splitlines()
    assert {line.split(": ", 2)[2] for line in told} == {"name is missing"}


def test_what_yaml_alone_takes_otherwise_hides_nothing_behind_it(tmp_path: Path, said: Said):
    text, broken = Path(LABORATORY).read_text(), tmp_path / "s.yaml"
    text = text.replace("final: exempt", "final: yes").replace("clients: []", "on: []")
    broken.write_text(text.replace("id: laboratory-safety", "idd: laboratory-safety"))
    told = said("check", str(broken))[1]
    for reason in ("yes means a boolean", "the key on is not a string", "id is missing"):
        assert reason in told


def test_a_catalogue_of_english_words_is_held_to_its_scheme(tmp_path: Path, said: Said):
    shipped = EXAMPLES.parent / "english" / "laboratory-safety.yaml"
    assert said("check", LABORATORY, "--words", str(shipped))[0] == 0
    words = tmp_path / "words.yaml"
    words.write_text("scheme: laboratory\nwords:\n  通风: Ventilation\n  通凤: Ventilation\n")
    status, out = said("check", LABORATORY, "--words", str(words))
    assert (status, out.splitlines()) == (
        1,
        [
            f"{words}:1: scheme: these are words of laboratory",
            f"{words}:4: words.通凤: the scheme has no such word",
        ],
    )
