"""What an act did, member by member: whatever fact bears a member, it is told in the same way.

The one idea: an event says in full what it did, so nothing is worked out here. Labels are the
scheme's; names, units and numbers come with the board.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from services.workflow.adapters.web import words
from services.workflow.adapters.web.drawing import told_draw
from services.workflow.adapters.web.shaped import plainly, told_given
from services.workflow.adapters.web.voice import Said, Teller, Told, Voice, at, text
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.boards.versions import texts_of
from services.workflow.domain.data.document import UNEVEN
from services.workflow.domain.data.kinds import DATA, GIVEN
from services.workflow.domain.reasons import warning, without_figures

_NOT_THEN = "那时它所处的状态或条件不适用"
MOST_MOVES = 5  # told one by one


def acted(voice: Voice, entry: Entry) -> Iterator[Said]:
    """Yield all that an act, or an opening, did."""
    data = entry.event.data
    for member, tell in _MEMBERS.items():
        if member in data:
            yield from tell(voice, data[member], entry)
    if "to" in data or entry.event.fact == "case_opened":
        yield Said("text", voice.entered(data))
    yield from _raised(data)


def _raised(data: Told) -> Iterator[Said]:
    for one in (*data.get("holders", ()), *data.get("dues", ())):
        if "raised_from" in one:
            day = words.day(date.fromisoformat(one["raised_from"]))
            yield Said("why", f"按规则应为 {day}，时间过紧，已顺延")


def told_warning(code: str, document: str, here: Spoken) -> str:
    """Return what an auditor is told of the lengths of a document."""
    if code == "over_limit":
        return f"{here.document(document)}超过字数上限"
    if code.endswith(UNEVEN):
        return f"{here.part(document, code.removesuffix(UNEVEN))}的字数与其他部分相差较大"
    return warning(code, "zh")


# --- How each member is told ---


def _documents(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    for one in told:
        label = voice.here.document(one["name"])
        known = voice.here.filed(one["name"])
        if known is not None and known.parts:
            yield Said("text", f"{label}第 {one['version']} 稿{_lengths(voice, one)}")
        else:
            yield from _unfolded(voice, one, label, entry)
        if one.get("files"):
            yield Said("text", f"{label}附件 {len(one['files'])} 个")
        for code in one.get("warnings", ()):
            yield Said("why", told_warning(code, one["name"], voice.here))
        for answer in one.get("answers", ()):
            row = f" #{answer['row']}" if "row" in answer else ""
            label = f"{voice.case(answer['case'])}{row}：答复"
            yield Said("quote", text(entry, answer["text"]), label)


def _lengths(voice: Voice, document: Told) -> str:
    total = document.get("characters")
    if total is None:
        return ""
    shares = " / ".join(
        f"{voice.here.part(document['name'], part['name'])}"
        f" {round(100 * part.get('characters', 0) / (total or 1))}%"
        for part in document.get("parts", ())
    )
    return f"（{total:,} 字：{shares}）"


def _unfolded(voice: Voice, document: Told, label: str, entry: Entry) -> Iterator[Said]:
    """Yield a document without text parts of its own: row by row."""
    name = document["name"]
    for part in document.get("parts", ()):
        yield Said("quote", text(entry, part), label)
    for row in document.get("rows", ()):
        heading = voice.here.part(name, row["name"]) if "name" in row else f"{label} {row['row']}"
        body = voice.row(name, row.get("values", {}), texts_of(row, entry))
        yield Said("quote", body, heading)


def _components(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for name, one in told.items():
        said = f"{voice.here.component(name)} {one['figure']}" if "figure" in one else ""
        if "votes" in one:
            counted = "、".join(f"{_vote(voice, grade)} {n}" for grade, n in one["votes"].items())
            valid = f"，有效票 {one['n_valid']}" if "n_valid" in one else ""
            said = f"{voice.here.component(name)}：{counted}{valid}"
        if one.get("by_hand"):
            said += "（人工录入）"
        yield Said("text", said)
        known = voice.here.scheme.components.get(name)
        labels = {part.name: part.label or part.name for part in known.parts} if known else {}
        if "parts" in one:
            parts = "，".join(f"{labels.get(part, part)} {n}" for part, n in one["parts"].items())
            yield Said("why", f"其中{parts}")


def _vote(voice: Voice, grade: str) -> str:
    for grading in voice.here.scheme.gradings:
        label = voice.here.grade(grading, grade)
        if label != grade:
            return label
    return grade


def _grades(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for grading, one in told.items():
        figure = f"综合 {one['figure']}，" if "figure" in one else ""
        label = voice.here.grade(grading, one["grade"])
        named = voice.here.scheme.gradings.get(grading)
        prefix = f"{named.label}：" if named is not None and named.label else ""
        lowered = ""
        if "uncapped" in one:
            lowered = f"（原为“{voice.here.grade(grading, one['uncapped'])}”，受限降等）"
        yield Said("text", f"{prefix}{figure}等次“{label}”{lowered}")


def _decisions(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    for one in told:
        label = f"{voice.unit(one['body'])} {one['date']}"
        yield Said("quote", text(entry, one["minutes"]), label)


def _rosters(_voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for one in told.values():
        listed = f"名册 {one['n_expected']} 人" if "n_expected" in one else ""
        yield Said("text", listed or f"到场 {one['n_present']} 人")


def _presence(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for name, one in told.items():
        there = f"在场 {one['n_present']} / {one['n_expected']} 人"
        needed = f"，法定 {one['n_needed']} 人" if "n_needed" in one else ""
        yield Said("text", f"{there}{needed}")
        roster = voice.here.scheme.rosters.get(name)
        for move in one.get("moves", ())[:MOST_MOVES]:
            why = f"（{roster.reason(move['why'])}）" if roster and "why" in move else ""
            yield Said("why", f"第 {move['row']} 行{words.WAYS[move['way']]}{why}")
        if len(one.get("moves", ())) > MOST_MOVES:
            yield Said("why", f"等 {len(one['moves'])} 人次")


def _pins(voice: Voice, told: Iterable[Told], _entry: Entry) -> Iterator[Said]:
    for one in told:
        label = voice.here.document(one["document"])
        yield Said("text", f"{label}第 {one['version']} 稿")
        yield Said("why", f"摘要值 {one['sha256'][:8]}")


def _sets(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    if "mode" in told:
        yield Said("text", voice.here.mode(told["mode"]))
    for flag, raised in told.get("flags", {}).items():
        yield Said("text", f"{'标明' if raised else '去掉标记'}“{voice.here.flag(flag)}”")
    for state, day in told.get("planned", {}).items():
        yield Said("text", f"“{voice.here.state(state)}”定于 {day}")
    if "order" in told:
        yield Said("text", f"第 {told['order']} 位")


def _dues(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    resumed = "suspended_working_days" in entry.event.data
    for one in told:
        before = words.due_day(at(one.get("previous_due_at")))
        now = voice.due(one) or "无期限"
        if resumed or not ("due_at" in one or before):
            yield Said("text", now)
        else:
            yield Said("text", f"期限 {before or '无'} → {now.removeprefix('截止日 ')}")


def _signed(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    yield Said("text", f"代表{voice.unit(told['unit'])}{voice.look.role(told['role'])}签署")


def _replaced(voice: Voice, told: str, entry: Entry) -> Iterator[Said]:
    if "previous" in entry.event.data:
        before = voice.person(entry.event.data["previous"])
        subject = voice.here.word("subject", words.SUBJECT)
        yield Said("text", f"{subject}由 {before} 换为 {voice.person(told)}")


def _left_out(voice: Voice, told: Iterable[Told], _entry: Entry) -> Iterator[Said]:
    for one in told:
        n = len(one.get("cases", ())) + len(one.get("units", ()))
        what = _elsewhere(voice, one["trigger"]) if "trigger" in one else ""
        what = what or f"开启{voice.here.case(one.get('opens', ''))}"
        where = "、".join(
            (
                *map(voice.case, one.get("cases", ())),
                *map(voice.unit, one.get("units", ())),
            )
        )
        reason = without_figures(one["reason"], "zh") or _NOT_THEN
        yield Said("why", f"{n or 1} 处未{what}{f'（{where}）' if where else ''}：{reason}")


def _elsewhere(voice: Voice, trigger: str) -> str:
    """Return the label of a trigger of whichever kind has it."""
    lives = (life for _, life in voice.here.scheme.lives())
    return next(
        (life.triggers[trigger].label for life in lives if trigger in life.triggers), trigger
    )


def _of_row(voice: Voice, told: Told, entry: Entry) -> Iterator[Said]:
    values = entry.event.data.get("values", {})
    label = f"{voice.here.document(told['document'])} {told['row']}"
    yield Said("quote", voice.row(told["document"], values, texts_of(told, entry)), label)


_OWN = frozenset({"documents", "components", "grades", "decisions", "rosters", "presence", "draw"})
_MEMBERS: Mapping[str, Teller] = {
    "of": lambda voice, told, _: [Said("text", f"属 {voice.case(told)}")],
    "carried_from": lambda _, told, __: [Said("text", f"承接 {told['number']}")],
    "because": lambda _, told, __: [Said("why", f"依据 {told}")],
    "row": _of_row,
    "signature": _signed,
    "subject": _replaced,
    "documents": _documents,
    "components": _components,
    "grades": _grades,
    "decisions": _decisions,
    "rosters": _rosters,
    "presence": _presence,
    "draw": told_draw,
    **{one.member: plainly(one) for one in DATA.values() if one.fold and one.member not in _OWN},
    GIVEN: told_given,
    "pins": _pins,
    "sets": _sets,
    "waived": lambda voice, told, _: [
        Said("text", f"不计{'、'.join(voice.here.component(one) for one in told)}")
    ],
    "suspended_working_days": lambda _, told, __: [Said("text", f"停了 {told} 个工作日")],
    "dues": _dues,
    "route": lambda voice, told, _: (
        [Said("why", f"按等次“{voice.here.grade(told['grading'], told['grade'])}”")]
        if "grade" in told
        else []
    ),
    "carried_to": lambda _, told, __: [Said("text", f"由 {told['number']} 接续")],
    "forgets": lambda _, told, __: [
        Said("why", f"此前的{'、'.join(words.FORGOTTEN[one] for one in told)}不再作数")
    ],
    "planned_withdrawn": lambda voice, told, _: [
        Said("why", f"原定日期撤下：{'、'.join(voice.here.state(one) for one in told)}")
    ],
    "left_out": _left_out,
}
