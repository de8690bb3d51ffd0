"""The bench can be started: its groups name what there is; it is run too seldom to find out."""

import ast
from pathlib import Path
from types import ModuleType

from tests.benchmarks import __main__ as bench


def test_every_group_names_what_its_module_has():
    tree = ast.parse(Path(str(bench.__file__)).read_text(encoding="utf-8"))
    named = [
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    modules = {name: one for name, one in vars(bench).items() if isinstance(one, ModuleType)}
    asked = [(name, attr) for name, attr in named if name in modules]
    assert ("workbooks", "workbooks") in asked
    assert [one for one in asked if not hasattr(modules[one[0]], one[1])] == []
