"""A word that a post or an open case needs cannot be taken out of the vocabulary."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.document import Faults
from services.workflow.adapters.files import organisation_file
from tests.integration.http.service import ORGANISATION, Service


def compared(service: Service, tmp_path: Path, sort: str, name: str) -> None:
    """Compare the organisation with one in which the word, and all that is made of it, is gone."""
    tree: dict[str, Any] = service.parts.imports.export()
    tree["vocabulary"][sort] = [one for one in tree["vocabulary"][sort] if one["name"] != name]
    tree["posts"] = [post for post in tree["posts"] if post["role"] != name]
    for unit in tree["units"]:
        unit["kind"] = "unit_branch" if unit["kind"] == name else unit["kind"]
    path = tmp_path / "organisation.yaml"
    path.write_text(organisation_file.written(tree), encoding="utf-8")
    service.parts.imports.compare(organisation_file.load(path))


def test_a_role_that_posts_and_open_cases_need_stays(shared: Service, tmp_path: Path):
    with pytest.raises(Faults) as refused:
        compared(shared, tmp_path, "roles", "liaison")
    posts, cases = refused.value.faults
    assert (posts.path, posts.line, cases.path) == ("vocabulary.roles", 1, "vocabulary.roles")
    assert "不能去掉“liaison”（联络员）：现任或将任" in posts.reason
    assert "w.lia @ w" in posts.reason
    assert "个未结案件的规则用到它：2019-" in cases.reason


def test_a_role_on_whose_desks_open_cases_may_lie_goes_on_acting(shared: Service, tmp_path: Path):
    tree: dict[str, Any] = shared.parts.imports.export()
    liaison = next(one for one in tree["vocabulary"]["roles"] if one["name"] == "liaison")
    liaison["powers"].remove("act")
    path = tmp_path / "organisation.yaml"
    path.write_text(organisation_file.written(tree), encoding="utf-8")
    with pytest.raises(Faults) as refused:
        shared.parts.imports.run(organisation_file.load(path))
    (fault,) = refused.value.faults
    assert (fault.path, fault.line) == ("vocabulary.roles", 1)
    assert "不能收回“liaison”（联络员）的 act 权限" in fault.reason
    assert "2019-" in fault.reason


def test_a_kind_that_open_cases_need_stays(shared: Service, tmp_path: Path):
    with pytest.raises(Faults) as refused:
        compared(shared, tmp_path, "kinds", "grassroots_branch")
    (fault,) = refused.value.faults
    assert (fault.path, "未结案件" in fault.reason) == ("vocabulary.kinds", True)


def test_what_nobody_needs_may_go(shared: Service, tmp_path: Path):
    written = yaml.safe_load(ORGANISATION.read_text(encoding="utf-8"))
    assert not any(post["role"] == "auditor" for post in written["posts"])
    tree = shared.parts.imports.export()
    tree["vocabulary"]["roles"].append({"name": "auditor", "label": "审核员", "powers": []})
    path = tmp_path / "with.yaml"
    path.write_text(organisation_file.written(tree), encoding="utf-8")
    assert shared.parts.imports.run(organisation_file.load(path))
    compared(shared, tmp_path, "roles", "auditor")
