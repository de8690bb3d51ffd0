"""What printing needs and this machine lacks is named when the service starts."""

import pytest

from services.workflow.adapters.office import printing


@pytest.mark.parametrize(
    ("library", "font", "lacking"),
    [
        ("libpango.so", True, []),
        (None, True, ["libpango-1.0-0", "libpangoft2-1.0-0"]),
        ("libpango.so", False, ["fonts-noto-cjk"]),
    ],
)
def test_what_is_missing_is_named_as_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, library: str | None, *, font: bool, lacking: list[str]
):
    monkeypatch.setattr(printing, "find_library", lambda _name: library)
    monkeypatch.setattr(printing, "_has_font", lambda: font)
    assert printing.lacking() == lacking


def test_without_a_list_of_fonts_their_files_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
):
    monkeypatch.setattr(printing.shutil, "which", lambda _name: None)
    monkeypatch.setattr(printing, "_FONTS", tmp_path)
    assert not printing._has_font()
    (tmp_path / "NotoSansCJK-Regular.ttc").touch()  # type: ignore[operator]
    assert printing._has_font()
