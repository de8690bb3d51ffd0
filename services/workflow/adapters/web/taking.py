"""What a trigger takes, as the groups of fields of its form, in the order of the scheme."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from services.workflow.adapters.web import words
from services.workflow.adapters.web.document_fields import document_groups
from services.workflow.adapters.web.drawing import draw_group
from services.workflow.adapters.web.fields import Asking, Field, Group, person, single
from services.workflow.adapters.web.languages import CHINESE, _, language
from services.workflow.adapters.web.shaped import shaped_group
from services.workflow.domain.case.head import Holder
from services.workflow.domain.case.where import matches
from services.workflow.domain.data.kinds import READ, to_name
from services.workflow.domain.language.model.rosters import Capacity, Roster
from services.workflow.domain.language.model.triggers import Setting, Take, Trigger

DECISIONS = 3  # that a form has room for where the body is not given


def groups_of(trigger: Trigger, asking: Asking) -> Iterator[Group]:
    """Yield what *trigger* takes of the case, in the order of the scheme."""
    takes = [
        take
        for take in (*trigger.takes, *trigger.corrects)
        if matches(take.where, asking.case, asking.look.organisation)
    ]
    if len(trigger.corrects) > 1:
        yield Group(label="", fields=(), hint=_("填写要更正的；不填的保持原样"))
    # What else is told may be of the day that is set.
    for setting in (one for one in trigger.sets if one.what == "planned"):
        yield from _setting(setting, asking)
    counted = [take for take in takes if _is_counted(take, asking)]
    for take in takes:
        if take.what != "decision" and take not in counted:
            yield from _TAKES.get(take.what, shaped_group)(take, asking)
    for take in counted:
        yield from _beside_a_count(take, asking)
    yield from _decisions([take for take in takes if take.what == "decision"], asking)
    for setting in (one for one in trigger.sets if one.what != "planned"):
        yield from _setting(setting, asking)
    for name in to_name(trigger, asking.case, asking.here.life, asking.here.scheme):
        # What is passed is the version that the page shows, whatever was there before.
        version = str(asking.case.documents[name].version)
        yield single(Field(name=f"{READ}.{name}", label="", kind="shown", value=version))
    if trigger.replaces:
        label = _(
            "新的%(subject)s（不填则为现任）", subject=asking.here.word("subject", _(words.SUBJECT))
        )
        yield single(person("person", label, asking, required=False))
    if trigger.by_desk and len(desks := _to_sign(asking)) > 1:
        yield single(_desk(desks, asking))


def _is_counted(take: Take, asking: Asking) -> bool:
    """Tell whether a poll has counted what *take* would bring by hand."""
    given = asking.case.components.get(take.name) if take.what == "component" else None
    return take.by_hand and given is not None and given.n_valid > 0


def _beside_a_count(take: Take, asking: Asking) -> Iterator[Group]:
    """Yield the field of a figure by hand, folded: what the poll counted stands without it."""
    figure = asking.case.components[take.name].figure
    for group in shaped_group(take, asking):
        label = _(
            "%(label)s：投票得出的是 %(figure)s；改为手工填写的，须写理由",
            label=asking.here.component(take.name),
            figure="—" if figure is None else f"{figure:.2f}",
        )
        yield replace(group, label=label, folded=True)


# --- People ---


def _roster(take: Take, asking: Asking) -> Iterator[Group]:
    roster = asking.here.scheme.rosters.get(take.name)
    if roster is not None and take.strikes:
        yield Group(label="", fields=_strikes(roster))
        return
    if roster is not None:
        known = _("、").join(map(_to_type, roster.capacities))
        sheet = Field(
            name=f"rosters.{take.name}.workbook",
            label=_("从表格读入%(label)s（可不选）", label=roster.label),
            kind="workbook",
            required=False,
            hint=_("xlsx，至多 5 MiB；读入后列在下面一栏，替换其中的内容"),
        )
        file = Field(
            name=f"rosters.{take.name}.file",
            label=_("补充进%(label)s的人员（可不填：按职务的自动列入）", label=roster.label),
            kind="area",
            required=False,
            hint=_(
                "每行“身份,人员编号或来宾姓名”，来宾同名的注明单位；身份：%(known)s。"
                "已经列入的不会因此移出",
                known=known,
            ),
        )
        yield Group(label="", fields=(sheet, file))
        return
    electorates = [one for poll in asking.here.scheme.polls.values() for one in poll.electorates]
    label = next((one.label for one in electorates if one.name == take.name and one.label), "")
    yield single(
        Field(
            name=f"rosters.{take.name}",
            label=_("%(label)s到会名单（每行一个人员编号）", label=label),
            kind="people",
            required=not take.optional,
        )
    )


def _strikes(roster: Roster) -> tuple[Field, ...]:
    """Return where somebody says who is struck off: in a workbook, or a line for each."""
    base = f"rosters.{roster.name}"
    sheet = Field(
        name=f"{base}.workbook",
        label=_("从表格读入要划去的人（可不选）"),
        kind="workbook",
        required=False,
        hint=_("表格列出名册上可以划去的人，在要划去的各行填写原因；读入后列在下面一栏"),
    )
    file = Field(
        name=f"{base}.file",
        label=_("从%(label)s划去的人", label=roster.label),
        kind="area",
        required=False,
        hint=_(
            "每行“行号,原因”，行号见名册；误列的才划去，行号和原因留在名册上。"
            "登记过到会、离席或请假的不能划去"
        ),
    )
    return sheet, file


def _to_type(capacity: Capacity) -> str:
    """Return how a line names *capacity*: by the scheme's own label, or by its name."""
    if language() == CHINESE:
        return capacity.label
    # What is shown may be no word of the scheme, and nothing else is understood.
    return f"{capacity.name} ({capacity.label})"


def _presence(take: Take, asking: Asking) -> Iterator[Group]:
    """Yield what somebody tells of themselves; of many it is told on a page of its own."""
    if not take.by_code:
        return
    base, roster = f"presence.{take.name}", asking.here.scheme.rosters[take.name]
    ways = tuple(words.WAYS.items())[:2]
    reasons = tuple((one.name, one.label) for one in roster.reasons)
    fields = (
        Field(name=f"{base}.code", label=_("现场码"), kind="line", most=12),
        Field(
            name=f"{base}.way", label=_("到场或离席"), kind="choice", required=False, options=ways
        ),
        Field(name=f"{base}.why", label=_("事由"), kind="choice", required=False, options=reasons),
    )
    yield Group(label=roster.label, fields=fields)


# Of kinds whose form shows more than the shape of the data tells.
_TAKES: Mapping[str, Callable[[Take, Asking], Iterator[Group]]] = {
    "document": document_groups,
    "roster": _roster,
    "presence": _presence,
    "draw": draw_group,
}


# --- Decisions ---


def _decisions(takes: list[Take], asking: Asking) -> Iterator[Group]:
    named = bool(takes) and all(take.name for take in takes)
    rooms = takes if named else [take for take in takes for _ in range(DECISIONS)]
    bodies = tuple(_bodies(asking))
    for index, take in zip(count(), rooms, strict=False):
        unit = asking.case.parties.get(take.name) if named else None
        whose = asking.look.unit_name(unit) if unit else ""
        base, first = f"decisions.{index}", index == 0 or named
        options = () if named else bodies
        begins = bodies[min(index, len(bodies) - 1)][0] if bodies else ""
        body = Field(
            name=f"{base}.body",
            label=_("作出决定的会议"),
            kind="choice",
            options=options,
            value=begins,
        )
        fields = (
            *(() if named else (body,)),
            Field(name=f"{base}.date", label=_("会议日期"), kind="day", required=False),
            Field(
                name=f"{base}.minutes",
                label=_("会议纪要文号"),
                kind="line",
                required=False,
                most=100,
            ),
        )
        optional = "" if first else _("（可不填）")
        yield Group(
            label=_(
                "%(index)s的决定%(optional)s",
                index=whose or _("第 %(index)s 次会议", index=index + 1),
                optional=optional,
            ),
            fields=fields,
        )


def _bodies(asking: Asking) -> Iterator[tuple[str, str]]:
    """Yield the bodies that may have decided: those above the case, and those beside them.

    Beside them stand units of kinds that no case is about, directly under one of them.
    """
    units, scheme, case = asking.look.organisation.units, asking.here.scheme, asking.case
    about = {kind for _, life in scheme.lives() for kind in life.unit_kinds}
    own = (*case.parties.values(), *(audit.body for audit in case.audits))
    above = [unit for unit in reversed(case.path) if unit != case.unit or unit in own]
    beside = [unit.id for unit in units.values() if unit.parent in above and unit.kind not in about]
    for one in dict.fromkeys((*above, *own, *beside)):
        if one in units:
            yield one, units[one].name


# --- What is set ---


def _setting(setting: Setting, asking: Asking) -> Iterator[Group]:
    scheme = asking.here.scheme
    match setting.what:
        case "deadline":
            label = _("新的期限（当日 24:00 止）")
            needed = not setting.optional
            hint = "" if needed else _("不填则按规则")
            yield single(
                Field(name="due_at", label=label, kind="end_of_day", required=needed, hint=hint)
            )
        case "order":
            yield single(Field(name="order", label=_("次序"), kind="integer"))
        case "mode" if not setting.name:
            options = tuple((one.name, one.label) for one in scheme.modes)
            yield single(Field(name="mode", label=_("方式"), kind="choice", options=options))
        case "flag" if not setting.name:
            yield Group(label=_("标记"), fields=tuple(_flags(asking)))
        case "planned":
            label = _("预定转入“%(name)s”的日期", name=asking.here.state(setting.name))
            yield single(Field(name=f"planned.{setting.name}", label=label, kind="day"))


def _flags(asking: Asking) -> Iterator[Field]:
    for flag in asking.here.scheme.flags:
        options = (("1", _("标明")), ("0", _("去掉")))
        yield Field(
            name=f"flags.{flag.name}",
            label=flag.label,
            kind="flag",
            required=False,
            options=options,
        )


def _to_sign(asking: Asking) -> list[Holder]:
    state = asking.here.life.states[asking.case.state]
    return [one for one in asking.case.holders if state.has(one.desk)]


def _desk(desks: list[Holder], asking: Asking) -> Field:
    """Return the field that says which of several desks is signed."""
    look = asking.look
    options = tuple(
        (one.desk, f"{look.unit_name(one.unit)}{look.gap}{look.role(one.role)}") for one in desks
    )
    return Field(name="desk", label=_("代表"), kind="choice", required=False, options=options)
