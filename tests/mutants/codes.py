"""A fault in a process that has imported everything: a function is given other code.

What ran when its module was imported cannot be changed so: constants, defaults, what stands in a
class. For these there is nothing here.
"""

import ast
import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType

from tests.mutants.faults import Fault

Place = tuple[str, str, int]  # file, qualified name, first line
Functions = Mapping[Place, Sequence[FunctionType]]
Codes = Sequence[tuple[FunctionType, CodeType]]


def functions() -> Functions:
    """Return every function there is, by where it is written."""
    found: dict[Place, list[FunctionType]] = defaultdict(list)
    gc.unfreeze()
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            found[_place(one.__code__)].append(one)
    return found


def faulty(fault: Fault, root: Path, before: str, known: Functions) -> Codes:
    """Return the *known* functions in which *fault* stands, with the code their file has by now.

    *before* is what stood in the file. Empty where it is no function's fault, or not only that.
    """
    path = root / fault.file
    name = _function_around(fault, before)
    whole = compile(path.read_text(), str(path), "exec", dont_inherit=True)
    found = [
        (function, code)
        for code in _codes(whole)
        if code.co_qualname == name
        for function in known.get(_place(code), ())
    ]
    bound = all(one.__code__.co_freevars == code.co_freevars for one, code in found)
    return found if bound else []


def _function_around(fault: Fault, source: str) -> str | None:
    """Return the qualified name of the outermost function whose body has the fault."""
    at, names = (fault.line, fault.begin), list[str]()
    inside: ast.AST = ast.parse(source)
    while True:
        for node in ast.iter_child_nodes(inside):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and _holds(node.body, at):
                names.append(node.name)
                inside = node
                break
        else:
            return None
        if isinstance(inside, ast.FunctionDef):
            return ".".join(names)


def _holds(body: Sequence[ast.stmt], at: tuple[int, int]) -> bool:
    last = body[-1]
    begin = (body[0].lineno, body[0].col_offset)
    return begin <= at < (last.end_lineno or 0, last.end_col_offset or 0)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno
