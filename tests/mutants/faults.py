"""The faults that may be made in a module, each a small change of its text."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd}
_JOINED = {ast.And: ast.Or, ast.Or: ast.And}
_CHOSEN = {"max": "min", "min": "max", "all": "any", "any": "all"}


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Fault:
    """One place of a file, and what stands there instead."""

    file: str
    line: int
    last: int  # line
    begin: int  # bytes, in *line*
    end: int  # in *last*
    instead: str

    def put_into(self, root: Path) -> str:
        """Make the fault in the copy under *root*; return what was there before, all of it."""
        path = root / self.file
        before = path.read_text()
        lines = before.encode().splitlines(keepends=True)
        at = sum(map(len, lines[: self.line - 1])) + self.begin
        until = sum(map(len, lines[: self.last - 1])) + self.end
        whole = before.encode()
        path.write_bytes(whole[:at] + self.instead.encode() + whole[until:])
        return before

    def told(self, root: Path) -> str:
        """Return the line as it is, and what it becomes."""
        raw = (root / self.file).read_bytes().splitlines()
        rest = raw[self.last - 1][self.end :]
        after = raw[self.line - 1][: self.begin] + self.instead.encode() + rest
        return f"{raw[self.line - 1].decode().strip()}  →  {after.decode().strip()}"


def faults_in(file: str, source: str) -> Iterator[Fault]:
    """Yield every fault that can be made in *source*, the text of *file*.

    Decorators, annotations and names of types are left as they are: the type checker holds them,
    and what they say changes nothing that is seen from outside.
    """
    for node in _within(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            continue
        for changed in (*_other_values(node), *_left_out(node)):
            yield Fault(
                file=file,
                line=node.lineno,
                last=node.end_lineno or node.lineno,
                begin=node.col_offset,
                end=node.end_col_offset or 0,
                instead=changed,
            )


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield *node* and what stands in it, but for decorators and annotations."""
    yield node
    left = [getattr(node, name, None) for name in ("annotation", "returns")]
    left += getattr(node, "decorator_list", [])
    for child in ast.iter_child_nodes(node):
        if child not in left and not _names_types(child):
            yield from _within(child)


def _names_types(node: ast.AST) -> bool:
    """Tell whether *node* gives several types one name: `Either = Write | Append`."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.BitOr())):
            return name[0].isupper() and not name.isupper()
    return False


def _other_values(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield f"({_with(node, ops=[_COMPARED[type(op)]()])})"
        case ast.BoolOp(op=op):
            yield f"({_with(node, op=_JOINED[type(op)]())})"
        case ast.BinOp(op=op) if type(op) in _COUNTED:
            yield f"({_with(node, op=_COUNTED[type(op)]())})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(body=body, orelse=orelse):
            yield f"({_with(node, body=orelse, orelse=body)})"
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() as value):
            yield str(value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in _CHOSEN:
            yield _with(node, func=ast.Name(_CHOSEN[name]))


def _left_out(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "pass"
        case ast.Continue():
            yield "break"
        case ast.Return(value=ast.Constant(value=None | False)):
            pass  # nothing is as false as False, which is made True as it is
        case ast.Return(value=ast.AST()):
            yield "return None"


def _with(node: ast.AST, **changed: object) -> str:
    made = copy.copy(node)
    for name, value in changed.items():
        setattr(made, name, value)
    return ast.unparse(made)
