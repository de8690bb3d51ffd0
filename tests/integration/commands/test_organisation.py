"""An organisation goes in and comes out by the command line, whatever words it is made of."""

from pathlib import Path

import pytest

import services.workflow.__main__ as workflow

ROOT = Path(__file__).parents[3]
FILES = [
    ROOT / "deploy" / "demo" / "organisation.yaml",
    *sorted(ROOT.glob("services/workflow/schemes/examples/*.organisation.yaml")),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_exported_is_what_was_imported(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(workflow, "configure_logging", lambda: None)
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
