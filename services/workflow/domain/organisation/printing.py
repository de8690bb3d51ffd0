"""A difference in words, for the operator who decides whether to import it.

Names are printed here and kept nowhere: this is what `organisation import` shows, never the log.
"""

from collections.abc import Iterator
from datetime import date

from schemas.vocabulary import Attribute, Role, Value, Vocabulary, Word
from services.workflow.domain.organisation.difference import Changes, Difference, Person
from services.workflow.domain.organisation.model import Post, Relation, Unit

_NONE = "无"
_SORTS = {"kinds": "单位类别", "attributes": "单位属性", "roles": "职务", "relations": "关系类别"}


def lines(difference: Difference) -> Iterator[str]:
    """Yield one line per change, `+` added, `~` changed, `-` dropped, and a summary last."""
    if not difference:
        yield "与现有组织一致，没有变化。"
        return
    was, now = _Telling(difference.was), _Telling(difference.vocabulary)
    yield from _words(difference)
    for before, unit in difference.units.written:
        if before is None:
            yield f"+ 单位 {now.unit(unit)}"
        else:
            yield f"~ 单位 {unit.id} {unit.name}：{_moved(was.told(before), now.told(unit))}"
    for unit in difference.units.dropped:
        yield f"- 单位 {was.unit(unit)}"
    for old, person in difference.people.written:
        yield (
            f"+ 人员 {_person(person)}" if old is None else f"~ 人员 {_person_change(old, person)}"
        )
    for person in difference.people.dropped:
        yield f"- 人员 {_person(person)}"
    yield from _held("任职", difference.posts, was, now)
    yield from _held("关系", difference.relations, was, now)
    yield "；".join(_summaries(difference))


def _summaries(difference: Difference) -> Iterator[str]:
    if difference.is_said_anew:
        yield "词表有变更"
    yield _summary("单位", difference.units)
    yield _summary("人员", difference.people)
    yield _summary("任职", difference.posts)
    if difference.relations:
        yield _summary("关系", difference.relations)


def _summary(
    word: str, changes: Changes[Unit] | Changes[Person] | Changes[Post] | Changes[Relation]
) -> str:
    n_added = sum(1 for before, _ in changes.written if before is None)
    n_changed = len(changes.written) - n_added
    return f"{word} 新增 {n_added}、变更 {n_changed}、移除 {len(changes.dropped)}"


def _words(difference: Difference) -> Iterator[str]:
    for sort, title in _SORTS.items():
        before, after = getattr(difference.was, sort), getattr(difference.vocabulary, sort)
        for word in after.values():
            old = before.get(word.name)
            if old is None:
                yield f"+ {title} {word.name} {word.label}"
            elif old != word:
                yield f"~ {title} {word.name} {word.label}：{_moved(_said(old), _said(word))}"
        for word in before.values():
            if word.name not in after:
                yield f"- {title} {word.name} {word.label}"
        if [name for name in before if name in after] != [name for name in after if name in before]:
            yield f"~ {title} 的顺序：{'、'.join(after)}"


def _said(word: Word) -> dict[str, str]:
    said = {"名称": word.label, "英文": word.label_en or _NONE}
    if isinstance(word, Role):
        said["权限"] = "、".join(sorted(word.powers)) or _NONE
        said["只有一人"] = _yes(word.one)
        said["代行"] = word.stand_in or _NONE
    elif isinstance(word, Attribute):
        said["类型"] = word.type
        said["选项"] = "、".join(word.choices) or _NONE
        said["未填时"] = _value(word.default)
    return said


def _held(
    title: str,
    changes: Changes[Post] | Changes[Relation],
    was: "_Telling",
    now: "_Telling",
) -> Iterator[str]:
    for earlier, held in changes.written:
        if earlier is None:
            yield f"+ {title} {now.held(held)}"
        else:
            ends = f"截止日 {_day(earlier.until)} → {_day(held.until)}"
            yield f"~ {title} {now.held(earlier)}：{ends}"
    for held in changes.dropped:
        yield f"- {title} {was.held(held)}"


class _Telling:
    """Units and posts in the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def unit(self, unit: Unit) -> str:
        above = "根" if unit.parent is None else f"上级 {unit.parent}"
        return f"{unit.id} {unit.name}（{self.vocabulary.kind_label(unit.kind)}，{above}）"

    def told(self, unit: Unit) -> dict[str, str]:
        """Return everything that is told of *unit*."""
        told = {
            "名称": unit.name,
            "上级": unit.parent or _NONE,
            "类别": self.vocabulary.kind_label(unit.kind),
        }
        for name, value in unit.attributes.items():
            attribute = self.vocabulary.attributes.get(name)
            told[attribute.label if attribute else name] = _value(value)
        return told

    def held(self, held: Post | Relation) -> str:
        span = f"{held.since} 起" + ("" if held.until is None else f"，至 {held.until}")
        if isinstance(held, Post):
            label = self.vocabulary.role_label(held.role)
            return f"{held.person} 任 {held.unit} {label}（{span}）"
        word = self.vocabulary.relations.get(held.relation)
        label = word.label if word else held.relation
        return f"{held.person} 与 {held.unit}：{label}（{span}）"


def _moved(before: dict[str, str], after: dict[str, str]) -> str:
    return "；".join(
        f"{what} {before.get(what, _NONE)} → {after.get(what, _NONE)}"
        for what in {**before, **after}
        if before.get(what, _NONE) != after.get(what, _NONE)
    )


def _person(person: Person) -> str:
    return f"{person.id} {(person.details or {}).get('name', '（姓名已清除）')}"


def _person_change(before: Person, after: Person) -> str:
    old, new = before.details or {}, after.details or {}
    keys = [key for key in {**new, **old} if old.get(key) != new.get(key)]
    moved = "；".join(f"{key} {old.get(key, _NONE)} → {new.get(key, _NONE)}" for key in keys)
    return f"{_person(after)}：{moved}"


def _value(value: Value | None) -> str:
    if isinstance(value, bool):
        return _yes(value)
    return _NONE if value is None else str(value)


def _day(day: date | None) -> str:
    return _NONE if day is None else day.isoformat()


def _yes(flag: bool) -> str:  # noqa: FBT001 - the flag is what is printed
    return "是" if flag else "否"
