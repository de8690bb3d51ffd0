"""A difference in words, for the operator who decides whether to import it.

Names are printed here and kept nowhere: this is what `organisation import` shows, never the log.
"""

from collections.abc import Iterator
from datetime import date

from services.workflow.domain.organisation.difference import Changes, Difference, Person
from services.workflow.domain.organisation.vocabulary import KIND_LABELS, ROLE_LABELS, Post, Unit

_NONE = "无"


def lines(difference: Difference) -> Iterator[str]:
    """Yield one line per change, `+` added, `~` changed, `-` dropped, and a summary last."""
    if not difference:
        yield "与现有组织一致，没有变化。"
        return
    for before, unit in difference.units.written:
        yield f"+ 单位 {_unit(unit)}" if before is None else f"~ 单位 {_unit_change(before, unit)}"
    for unit in difference.units.dropped:
        yield f"- 单位 {_unit(unit)}"
    for old, person in difference.people.written:
        yield (
            f"+ 人员 {_person(person)}" if old is None else f"~ 人员 {_person_change(old, person)}"
        )
    for person in difference.people.dropped:
        yield f"- 人员 {_person(person)}"
    for earlier, post in difference.posts.written:
        if earlier is None:
            yield f"+ 任职 {_post(post)}"
        else:
            yield f"~ 任职 {_post(earlier)}：截止日 {_day(earlier.until)} → {_day(post.until)}"
    for post in difference.posts.dropped:
        yield f"- 任职 {_post(post)}"
    yield "；".join(
        (
            _summary("单位", difference.units),
            _summary("人员", difference.people),
            _summary("任职", difference.posts),
        )
    )


def _summary(word: str, changes: Changes[Unit] | Changes[Person] | Changes[Post]) -> str:
    n_added = sum(1 for before, _ in changes.written if before is None)
    n_changed = len(changes.written) - n_added
    return f"{word} 新增 {n_added}、变更 {n_changed}、移除 {len(changes.dropped)}"


def _unit(unit: Unit) -> str:
    above = "根" if unit.parent is None else f"上级 {unit.parent}"
    return f"{unit.id} {unit.name}（{KIND_LABELS[unit.kind]}，{above}）"


def _unit_change(before: Unit, after: Unit) -> str:
    pairs = (
        ("名称", before.name, after.name),
        ("上级", before.parent, after.parent),
        ("类别", KIND_LABELS[before.kind], KIND_LABELS[after.kind]),
        ("在编人数", str(before.staff), str(after.staff)),
        ("公立医院", _yes(before.public_hospital), _yes(after.public_hospital)),
    )
    moved = "；".join(f"{what} {was} → {now}" for what, was, now in pairs if was != now)
    return f"{after.id} {after.name}：{moved}"


def _person(person: Person) -> str:
    return f"{person.id} {(person.details or {}).get('name', '（姓名已清除）')}"


def _person_change(before: Person, after: Person) -> str:
    old, new = before.details or {}, after.details or {}
    keys = [key for key in {**new, **old} if old.get(key) != new.get(key)]
    moved = "；".join(f"{key} {old.get(key, _NONE)} → {new.get(key, _NONE)}" for key in keys)
    return f"{_person(after)}：{moved}"


def _post(post: Post) -> str:
    span = f"{post.since} 起" + ("" if post.until is None else f"，至 {post.until}")
    return f"{post.person} 任 {post.unit} {ROLE_LABELS[post.role]}（{span}）"


def _day(day: date | None) -> str:
    return _NONE if day is None else day.isoformat()


def _yes(flag: bool) -> str:  # noqa: FBT001 - the flag is what is printed
    return "是" if flag else "否"
