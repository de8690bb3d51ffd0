"""Format 1 said in format 2: a document's tree made into another, so that one parser reads both.

The text of format 1 keeps its hash, and its meaning: what went without saying while there was one
kind of case is said here. A fault found in the lifted tree is told at its place in the text. What
is wrong with a text is the parser's to say, so nothing here stumbles over it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.document import Document, Fault, Path, steps
from schemas.upcast import GRADING, HEARING_BODY, KIND, LABEL, PARTS

Tree = dict[str, Any]

FIGURE = "_score"  # behind a component's name, where a trigger's data give it
_HEAD = ("id", "title", "notice", "time_zone", "clients")
_DATA = ("report", "findings", "scores", "decisions", "deadline")
_GUARDS: Mapping[str, Tree] = {
    "report_complete": {"name": "complete", "document": "report"},
    "report_within_limit": {"name": "within_limit", "document": "report"},
    "scores_in_range": {"name": "in_range"},
}
_FORGETS = ["verdicts", "scores", "submission", "grade"]
_SECRETARIES = ["secretary", "acting_secretary"]
_PARTIES: Mapping[str, Tree] = {
    "units": {
        HEARING_BODY: {"unit": "own"},  # each tier says which
        "organ_committee": {"nearest": "organ_committee"},
        "work_committee": {"nearest": "work_committee"},
    },
    "people": {"appraised": {"subject": True}, "submitter": {"submitter": "report"}},
}


@dataclass(frozen=True, slots=True)
class Lifted(Document):
    """A document of format 1 whose tree is format 2's; places are those of the text."""

    text: Document = field(kw_only=True)

    def fault(self, path: Sequence[str | int] | str, reason: str) -> Fault:
        """Make the fault *reason* at the place of the text that *path* was lifted from."""
        at = steps(path) if isinstance(path, str) else tuple(path)
        return self.text.fault(_place(at, self.tree), reason)


def is_format_1(document: Document) -> bool:
    """Tell whether *document* says it is of format 1."""
    said = document.tree.get("format") if isinstance(document.tree, Mapping) else None
    return said == 1 and said is not True


def lift(text: Document) -> Lifted:
    """Return what *text*, of format 1, says in format 2."""
    return Lifted(_Lift(text.tree).scheme(), text.file, text=text)


class _Lift:
    """One text of format 1."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree
        self._scores = [one for one in _list(tree.get("scores")) if isinstance(one, Mapping)]
        self._transitions = _mapping(tree.get("transitions"))
        self._tiers = _mapping(tree.get("tiers"))
        said = [self._transitions, *(_mapping(t.get("transitions")) for t in _each(self._tiers))]
        self._taken = {str(one.get("data")) for each in said for one in _each(each)}

    def scheme(self) -> Tree:
        tree = self._tree
        known = {*_HEAD, "format", "year", "opens", "max_backdating_days", "opened_by", "states"}
        known |= {"transitions", "tiers", "report", "scores", "grades", "content_areas"}
        made = {key: value for key, value in tree.items() if key not in known | {"audit_criteria"}}
        made |= {key: tree[key] for key in (*_HEAD, "max_backdating_days") if key in tree}
        return made | {
            "format": 2,
            "round": {"every": "year", **_renamed(tree, {"year": "for", "opens": "opens"})},
            "opened_by": tree.get("opened_by", []),  # a text of before the key opens no more
            "parties": _PARTIES,
            "cases": {KIND: self._kind()},
            "documents": self._documents(),
            **self._figures(),
        }

    def _kind(self) -> Tree:
        return {
            "label": LABEL,
            "each": "unit",
            "person": {"roles": _SECRETARIES},
            "states": self._states(),
            "triggers": {name: self._trigger(name, one) for name, one in self._transitions.items()},
            "tiers": {name: self._tier(tier) for name, tier in self._tiers.items()},
        }

    def _states(self) -> list[Any]:
        """Return the catalogue as a list: in the order of the tiers, then of names."""
        catalogue = _mapping(self._tree.get("states"))
        tiers = _each(self._tiers)
        listed = [str(one.get("name")) for tier in tiers for one in _named(tier, "states")]
        order = dict.fromkeys(name for name in (*listed, *sorted(catalogue)) if name in catalogue)
        return [{"name": name, **_mapping(catalogue[name])} for name in order]

    def _trigger(self, name: str, written: Any) -> Any:
        if not isinstance(written, Mapping):
            return written
        made = self._said(written)
        if made.get("records") == "state_changed":
            del made["records"]  # that it changes the state is said by `to`
        stages = [name.partition("_")[2]] if name.startswith(("pass_", "return_")) else []
        if stages and stages == made.get("from"):
            made["verdict"] = "pass" if name.startswith("pass_") else "back"
        return made

    def _said(self, written: Mapping[str, Any]) -> Tree:
        """Return the keys of a transition, or of what a tier says of one again."""
        made = {key: value for key, value in written.items() if key not in ("data", "guards")}
        if "guards" in written:
            made["guards"] = _guards(written["guards"])
        if "data" in written:
            made |= self._data(written["data"])
        return made

    def _data(self, word: Any) -> Tree:
        match word:
            case "report" | "findings":
                return {"takes": [{"document": word}]}
            case "scores":
                return {"takes": [{"component": one.get("name")} for one in self._scores]}
            case "decisions":
                return {"takes": [{"decision": True, "optional": True}]}
            case "deadline":
                return {"sets": ["deadline"]}
        return {"data": word}  # which nothing reads

    def _tier(self, written: Any) -> Any:
        if not isinstance(written, Mapping):
            return written
        own = ("kinds", "hearing_body", "transitions")
        made = {key: value for key, value in written.items() if key not in own}
        kinds = _mapping(written.get("kinds"))
        return made | {
            "kinds": {kind: _audited(one) for kind, one in kinds.items()},
            "parties": {HEARING_BODY: _body(written.get("hearing_body"))},
            "triggers": self._again(written),
        }

    def _again(self, tier: Mapping[str, Any]) -> Tree:
        """Return what a tier says of triggers again: besides, what leads back forgets."""
        changed = _mapping(tier.get("transitions"))
        made = {name: self._said(_mapping(one)) for name, one in changed.items()}
        for name, one in self._transitions.items():
            data = _mapping(changed.get(name)).get("data", _mapping(one).get("data"))
            back = "to" in _mapping(one) and _mapping(one)["to"] == tier.get("initial")
            if back and data != "report":
                made[name] = {**made.get(name, {}), "forgets": _FORGETS}
        return made

    def _documents(self) -> Tree:
        """Return the documents that some transition takes."""
        made: Tree = {}
        if "report" in self._taken:
            made["report"] = self._report()
        if "findings" in self._taken:
            column = {"name": "finding", "label": "审核意见"}
            made["findings"] = {"label": "审核意见", "columns": [column]}
        return made

    def _report(self) -> Tree:
        written = _mapping(self._tree.get("report"))
        lists = _mapping(written.get("lists"))
        own = ("lists", "tolerance_points")
        areas = [_area(one) for one in _list(self._tree.get("content_areas"))]
        return {
            "label": "述职报告",
            "parts": [{"name": name, "label": lists.get(name, "")} for name in PARTS],
            **{key: value for key, value in written.items() if key not in own},
            **_renamed(written, {"tolerance_points": "even_within"}),
            **_renamed(self._tree, {"audit_criteria": "audit_criteria"}),
            **({"covers": "content_areas", "content_areas": areas} if areas else {}),
        }

    def _figures(self) -> Tree:
        if "scores" not in self._taken:
            return {}
        weights = {str(one.get("name")): one.get("weight") for one in self._scores}
        grades = [one for one in _list(self._tree.get("grades")) if isinstance(one, Mapping)]
        return {
            "components": [_without(one, "weight") for one in self._scores],
            "gradings": {
                GRADING: {
                    "by": "bands",
                    "of": weights,
                    "grades": [_without(one, "below") for one in grades],
                }
            },
        }


def _audited(written: Any) -> Any:
    """Return the audits of a kind of unit: their bodies never were the unit itself."""
    if not isinstance(written, Mapping):
        return {} if written is None else written
    audits = [
        {**one, "body": _body(one.get("body"))} if isinstance(one, Mapping) else one
        for one in _list(written.get("audits"))
    ]
    return {**written, "audits": audits}


def _body(written: Any) -> Any:
    nearest = isinstance(written, Mapping) and "nearest" in written
    return {**written, "above": True} if nearest else written


def _guards(written: Any) -> Any:
    return [_guard(one) for one in written] if isinstance(written, list) else written


def _guard(written: Any) -> Any:
    if not isinstance(written, Mapping):
        return written
    name = str(written.get("name"))
    if name == "not_before_date":
        return {"name": "not_before", "day": {"day": written.get("day")}}
    return {**written, **_GUARDS[name]} if name in _GUARDS else written


def _area(written: Any) -> Any:
    if not isinstance(written, Mapping):
        return written
    made = _without(written, "public_hospitals_only")
    if written.get("public_hospitals_only") is True:
        made["where"] = {"public_hospital": True}
    return made


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _each(value: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (_mapping(value[name]) for name in sorted(value))


def _named(value: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    return (_mapping(one) for one in _list(value.get(key)))


def _renamed(written: Mapping[str, Any], names: Mapping[str, str]) -> Tree:
    return {new: written[old] for old, new in names.items() if old in written}


def _without(written: Mapping[str, Any], key: str) -> Tree:
    return {name: value for name, value in written.items() if name != key}


# --- Where in the text something was lifted from ---

_PLACES: Mapping[Path, Path] = {
    ("round", "for"): ("year",),
    ("round", "opens"): ("opens",),
    ("cases", KIND, "triggers"): ("transitions",),
    ("cases", KIND, "tiers"): ("tiers",),
    ("documents", "report", "content_areas"): ("content_areas",),
    ("documents", "report", "audit_criteria"): ("audit_criteria",),
    ("documents", "report", "even_within"): ("report", "tolerance_points"),
    ("documents", "report"): ("report",),
    ("components",): ("scores",),
    ("gradings", GRADING, "grades"): ("grades",),
    ("gradings", GRADING): ("scores",),
}


def _place(at: Path, tree: Any) -> Path:
    """Return the place in the text of what stands *at* a path of the lifted tree."""
    match at:
        case ("cases", _, "states", int(index), *rest):
            state = ("states", tree["cases"][KIND]["states"][index]["name"])
            return state if rest == ["name"] else (*state, *rest)
        case ("cases", _, "tiers", tier, "triggers", *rest):
            return ("tiers", tier, "transitions", *rest)
        case ("cases", _, "tiers", tier, "parties", *rest):
            return ("tiers", tier, *rest)
        case ("gradings", _, "of", str(component)):
            names = [str(one.get("name")) for one in tree["components"]]
            return ("scores", names.index(component), "weight")
        case ("gradings", _, "of"):
            return ("scores",)
        case ("documents", "report", "parts", int(index), *_):
            return ("report", "lists", PARTS[index])
    for lifted, written in _PLACES.items():
        if at[: len(lifted)] == lifted:
            return (*written, *at[len(lifted) :])
    return at
