"""What an act did, member by member: whatever fact bears a member, it is told in the same way.

The one idea: an event says in full what it did, so nothing is worked out here. Labels are the
scheme's; names, units and numbers come with the board.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from services.workflow.adapters.web import words
from services.workflow.adapters.web.drawing import told_draw
from services.workflow.adapters.web.languages import N_, _, language
from services.workflow.adapters.web.shaped import plainly, told_given
from services.workflow.adapters.web.voice import Said, Teller, Told, Voice, at, text
from services.workflow.application.boards.history import Entry, struck_by
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.boards.versions import texts_of
from services.workflow.domain.data.document import UNEVEN
from services.workflow.domain.data.kinds import DATA, GIVEN
from services.workflow.domain.reasons import warning, without_figures

_NOT_THEN = N_("那时它所处的状态或条件不适用")
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
            yield Said("why", _("按规则应为 %(day)s，时间过紧，已顺延", day=day))


def told_warning(code: str, document: str, here: Spoken) -> str:
    """Return what an auditor is told of the lengths of a document."""
    if code == "over_limit":
        return _("%(document)s超过字数上限", document=here.document(document))
    if code.endswith(UNEVEN):
        return _(
            "%(part)s的字数与其他部分相差较大", part=here.part(document, code.removesuffix(UNEVEN))
        )
    return warning(code, language())


# --- How each member is told ---


def _documents(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    for one in told:
        label = voice.here.document(one["name"])
        known = voice.here.filed(one["name"])
        if known is not None and known.parts:
            yield Said(
                "text",
                _(
                    "%(label)s第 %(version)s 稿%(lengths)s",
                    label=label,
                    version=one["version"],
                    lengths=_lengths(voice, one),
                ),
            )
        else:
            yield from _unfolded(voice, one, label, entry)
        if one.get("files"):
            yield Said(
                "text", _("%(label)s附件 %(files)s 个", label=label, files=len(one["files"]))
            )
        for code in one.get("warnings", ()):
            yield Said("why", told_warning(code, one["name"], voice.here))
        for answer in one.get("answers", ()):
            row = f" #{answer['row']}" if "row" in answer else ""
            label = _("%(case)s%(row)s：答复", case=voice.case(answer["case"]), row=row)
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
    return _("（%(total)s 字：%(shares)s）", total=f"{total:,}", shares=shares)


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
            counted = _("、").join(
                f"{_vote(voice, grade)} {n}" for grade, n in _in_order(voice, one["votes"])
            )
            valid = _("，有效票 %(n_valid)s", n_valid=one["n_valid"]) if "n_valid" in one else ""
            said = _(
                "%(name)s：%(counted)s%(valid)s",
                name=voice.here.component(name),
                counted=counted,
                valid=valid,
            )
        if one.get("by_hand"):
            said += _("（人工录入）")
        yield Said("text", said)
        known = voice.here.scheme.components.get(name)
        labels = {part.name: part.label or part.name for part in known.parts} if known else {}
        if "parts" in one:
            parts = _("，").join(
                f"{labels.get(part, part)} {n}" for part, n in one["parts"].items()
            )
            yield Said("why", _("其中%(parts)s", parts=parts))


def _in_order(voice: Voice, votes: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield votes as the ballot lists their grades: an event has them by the letters of codes."""
    for grading in voice.here.scheme.gradings.values():
        names = [one.name for one in grading.grades]
        if votes.keys() <= {*names}:
            yield from ((name, votes[name]) for name in names if name in votes)
            return
    yield from votes.items()


def _vote(voice: Voice, grade: str) -> str:
    for grading in voice.here.scheme.gradings:
        label = voice.here.grade(grading, grade)
        if label != grade:
            return label
    return grade


def _grades(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for grading, one in told.items():
        figure = _("综合 %(figure)s，", figure=one["figure"]) if "figure" in one else ""
        label = voice.here.grade(grading, one["grade"])
        named = voice.here.scheme.gradings.get(grading)
        prefix = _("%(label)s：", label=named.label) if named is not None and named.label else ""
        lowered = ""
        if "uncapped" in one:
            lowered = _(
                "（原为“%(uncapped)s”，受限降等）",
                uncapped=voice.here.grade(grading, one["uncapped"]),
            )
        yield Said(
            "text",
            _(
                "%(prefix)s%(figure)s等次“%(label)s”%(lowered)s",
                prefix=prefix,
                figure=figure,
                label=label,
                lowered=lowered,
            ),
        )


def _decisions(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    for one in told:
        label = f"{voice.unit(one['body'])} {one['date']}"
        yield Said("quote", text(entry, one["minutes"]), label)


def _rosters(voice: Voice, told: Told, entry: Entry) -> Iterator[Said]:
    for name, one in told.items():
        listed = (
            _("名册 %(n_expected)s 人", n_expected=one["n_expected"]) if "n_expected" in one else ""
        )
        yield Said("text", listed or _("到场 %(n_present)s 人", n_present=one["n_present"]))
        struck = list(struck_by(entry.event, voice.seats.get(name)))
        for row in struck[:MOST_MOVES]:
            who, why = voice.seat(name, row.row), row.struck.reason if row.struck else ""
            yield Said("why", _("划去%(who)s：%(why)s", who=who, why=why))
        if len(struck) > MOST_MOVES:
            yield Said("why", _("等 %(n)s 人", n=len(struck)))


def _presence(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    for name, one in told.items():
        there = _(
            "在场 %(n_present)s / %(n_expected)s 人",
            n_present=one["n_present"],
            n_expected=one["n_expected"],
        )
        needed = _("，法定 %(n_needed)s 人", n_needed=one["n_needed"]) if "n_needed" in one else ""
        yield Said("text", f"{there}{needed}")
        roster = voice.here.scheme.rosters.get(name)
        for move in one.get("moves", ())[:MOST_MOVES]:
            why = (
                _("（%(why)s）", why=roster.reason(move["why"])) if roster and "why" in move else ""
            )
            yield Said(
                "why",
                _(
                    "%(who)s %(way)s%(why)s",
                    who=voice.seat(name, move["row"]),
                    way=words.WAYS[move["way"]],
                    why=why,
                ),
            )
        if len(one.get("moves", ())) > MOST_MOVES:
            yield Said("why", _("等 %(moves)s 人次", moves=len(one["moves"])))


def _pins(voice: Voice, told: Iterable[Told], _entry: Entry) -> Iterator[Said]:
    for one in told:
        label = voice.here.document(one["document"])
        yield Said("text", _("%(label)s第 %(version)s 稿", label=label, version=one["version"]))
        yield Said("why", _("摘要值 %(sha256)s", sha256=one["sha256"][:8]))


def _sets(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    if "mode" in told:
        yield Said("text", voice.here.mode(told["mode"]))
    for flag, raised in told.get("flags", {}).items():
        name = voice.here.flag(flag)
        yield Said(
            "text", _("标明“%(flag)s”", flag=name) if raised else _("去掉标记“%(flag)s”", flag=name)
        )
    for state, day in told.get("planned", {}).items():
        label = voice.here.state(state)
        yield Said("text", _("预定于 %(day)s 转入“%(state)s”", day=day, state=label))
    if "order" in told:
        yield Said("text", _("第 %(order)s 位", order=told["order"]))


def _dues(voice: Voice, told: Iterable[Told], entry: Entry) -> Iterator[Said]:
    resumed = "suspended_working_days" in entry.event.data
    for one in told:
        before = words.due_day(at(one.get("previous_due_at")))
        now = voice.due(one) or _("无期限")
        if resumed or not ("due_at" in one or before):
            yield Said("text", now)
        else:
            yield Said(
                "text",
                _(
                    "期限 %(before)s → %(now)s",
                    before=before or _("无"),
                    now=now.removeprefix(_("截止日 ")),
                ),
            )


def _signed(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
    yield Said(
        "text",
        _(
            "代表%(unit)s%(role)s签署",
            unit=voice.unit(told["unit"]),
            role=voice.look.role(told["role"]),
        ),
    )


def _replaced(voice: Voice, told: str, entry: Entry) -> Iterator[Said]:
    if "previous" in entry.event.data:
        before = voice.person(entry.event.data["previous"])
        subject = voice.here.word("subject", _(words.SUBJECT))
        yield Said(
            "text",
            _(
                "%(subject)s由 %(before)s 换为 %(person)s",
                subject=subject,
                before=before,
                person=voice.person(told),
            ),
        )


def _left_out(voice: Voice, told: Iterable[Told], _entry: Entry) -> Iterator[Said]:
    for one in told:
        n = len(one.get("cases", ())) + len(one.get("units", ()))
        what = _elsewhere(voice, one["trigger"]) if "trigger" in one else ""
        what = what or _("开启%(opens)s", opens=voice.here.case(one.get("opens", "")))
        where = _("、").join(
            (
                *map(voice.case, one.get("cases", ())),
                *map(voice.unit, one.get("units", ())),
            )
        )
        reason = without_figures(one["reason"], language()) or _(_NOT_THEN)
        yield Said(
            "why",
            _(
                "%(n)s 处未%(what)s%(where)s：%(reason)s",
                n=n or 1,
                what=what,
                where=_("（%(where)s）", where=where) if where else "",
                reason=reason,
            ),
        )


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
    "of": lambda voice, told, __: [Said("text", _("属 %(case)s", case=voice.case(told)))],
    "carried_from": lambda __, told, ___: [
        Said("text", _("承接 %(number)s", number=told["number"]))
    ],
    "because": lambda __, told, ___: [Said("why", _("依据 %(told)s", told=told))],
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
    "waived": lambda voice, told, __: [
        Said(
            "text",
            _(
                "不计%(component)s",
                component=_("、").join(voice.here.component(one) for one in told),
            ),
        )
    ],
    "suspended_working_days": lambda __, told, ___: [
        Said("text", _("停了 %(told)s 个工作日", told=told))
    ],
    "dues": _dues,
    "route": lambda voice, told, __: (
        [
            Said(
                "why",
                _("按等次“%(grade)s”", grade=voice.here.grade(told["grading"], told["grade"])),
            )
        ]
        if "grade" in told
        else []
    ),
    "carried_to": lambda __, told, ___: [
        Said("text", _("由 %(number)s 接续", number=told["number"]))
    ],
    "forgets": lambda __, told, ___: [
        Said(
            "why",
            _(
                "此前%(forgotten)s不再作数",
                forgotten=_("、").join(words.FORGOTTEN[one] for one in told),
            ),
        )
    ],
    "planned_withdrawn": lambda voice, told, __: [
        Said(
            "why",
            _("原定日期撤下：%(state)s", state=_("、").join(voice.here.state(one) for one in told)),
        )
    ],
    "left_out": _left_out,
}
