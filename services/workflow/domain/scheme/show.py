"""A scheme as people read it: Markdown with a diagram and a table for each tier.

What is shown is what runs: everything is read off the parsed scheme, nothing off its file.
"""

from collections.abc import Iterable, Iterator

from schemas.vocabulary import default
from services.workflow.domain.guards import GUARDS
from services.workflow.domain.scheme.model import Grant, State, Transition
from services.workflow.domain.scheme.scheme import Scheme
from services.workflow.domain.scheme.tier import Tier

_PARTIES = {
    "appraised": "本人",
    "submitter": "提交人",
    "auditing_body": "审核组织",
    "passing_body": "审核通过的组织",
    "hearing_body": "听取述职的组织",
    "organ_committee": "机关党委",
    "work_committee": "省直机关工委",
}


def show(scheme: Scheme) -> str:
    """Return *scheme* as Markdown."""
    lines = [
        f"# {scheme.title}",
        "",
        f"`{scheme.id}` · {scheme.notice} · {scheme.year}年度 · {scheme.zone.key}",
        f"自 {scheme.opens} 起 · 生效时间最多追溯 {scheme.max_backdating.days} 天",
        f"开启周期：{_openers(scheme)}",
        f"SHA-256 `{scheme.hash}`",
        "",
    ]
    for tier in scheme.tiers.values():
        lines += [f"## 层级 {tier.name}：{tier.label}", "", *_ways(tier), ""]
        lines += ["```mermaid", *_diagram(tier), "```", ""]
        lines += [*_states(tier), "", *_triggers(tier), ""]
    lines += [*_rules(scheme), "", *_content(scheme)]
    return "\n".join(lines) + "\n"


def _openers(scheme: Scheme) -> str:
    named = (
        f"{_PARTIES[one.party]}（{'、'.join(_called(one.roles))}）" for one in scheme.opened_by
    )
    return "；".join(named) or "未写明，不能再开启"


def _ways(tier: Tier) -> Iterator[str]:
    yield f"听取述职：{tier.hearing_body.describe()}"
    yield ""
    for kind in tier.kinds:
        way = " → ".join(
            f"{tier.state(rule.stage).label}（{rule.body.describe()}）"
            for rule in tier.audits(kind)
        )
        yield f"- {default().kind_label(kind)}：{way or '不经审核'}"


def _diagram(tier: Tier) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in tier.states:
        yield f'    state "{state.label}" as {state.name}'
    yield f"    [*] --> {tier.initial}"
    edges = {
        (source, target, each.trigger): None
        for kind in tier.kinds
        for each, source, target in tier.edges(kind)
    }
    for source, target, trigger in edges:
        yield f"    {source} --> {target}: {trigger}"
    for state in tier.states:
        if state.final:
            yield f"    {state.name} --> [*]"


def _states(tier: Tier) -> Iterator[str]:
    yield "| 状态 | 名称 | 责任方 | 期限 |"
    yield "|---|---|---|---|"
    for state in tier.states:
        due = state.deadline.describe() if state.deadline else "—"
        yield f"| `{state.name}` | {state.label} | {_desk(state)} | {due} |"


def _triggers(tier: Tier) -> Iterator[str]:
    yield "| 操作 | 名称 | 从 | 到 | 谁可以 | 条件 |"
    yield "|---|---|---|---|---|---|"
    for each in tier.transitions.values():
        if each.sources:
            sources = "、".join(each.sources)
            yield (
                f"| `{each.trigger}` | {each.label} | {sources} | {_targets(tier, each)} "
                f"| {_who(each.grants)} | {'；'.join(_conditions(each)) or '—'} |"
            )


def _targets(tier: Tier, transition: Transition) -> str:
    targets = {
        target
        for kind in tier.kinds
        for each, _, target in tier.edges(kind)
        if each.trigger == transition.trigger
    }
    return "、".join(state.name for state in tier.states if state.name in targets) or "不变"


def _conditions(transition: Transition) -> Iterator[str]:
    if transition.suspension != "refused":
        yield "中止时也可以" if transition.suspension == "allowed" else "须已中止"
    if transition.four_eyes:
        yield "不得由提交人或本人办理"
    if transition.needs_reason:
        yield "写明理由"
    for use in transition.guards:
        given = "，".join(f"{name} {value}" for name, value in use.parameters.items())
        yield GUARDS[use.name].label + (f"（{given}）" if given else "")


def _desk(state: State) -> str:
    if state.desk is None:
        return "—"
    return f"{_PARTIES[state.desk.party]}：{' / '.join(_called(state.desk.roles))}"


def _who(grants: Iterable[Grant]) -> str:
    return "；".join(
        _PARTIES[grant.party] + (f"：{'、'.join(_called(grant.roles))}" if grant.roles else "")
        for grant in grants
    )


def _called(roles: Iterable[str]) -> list[str]:
    """Return what people read for *roles*, of the words that format 1 is held to."""
    return [default().role_label(role) for role in roles]


def _rules(scheme: Scheme) -> Iterator[str]:
    report, scoring = scheme.report, scheme.scoring
    over = "不予提交" if report.refuse_over_limit else "提示审核人"
    yield "## 报告、得分和等次"
    yield ""
    yield f"- 报告：{'、'.join(report.labels.values())}，共不超过{report.limit}字，超过{over}"
    yield f"- 每张清单与三分之一相差超过{report.tolerance_points}个百分点的，提示审核人"
    yield f"- 审核看：{'；'.join(scheme.audit_criteria)}"
    weights = " + ".join(f"{each.label} × {each.weight}" for each in scoring.components)
    yield f"- 得分：{weights}，四舍五入到两位小数"
    yield f"- 等次：{'；'.join(f'{each.label} ≥ {each.least}' for each in scoring.grades)}"
    yield f"- 系统可以自己的名义执行：{'、'.join(sorted(scheme.client_triggers)) or '无'}"


def _content(scheme: Scheme) -> Iterator[str]:
    yield "## 述职重点内容"
    yield ""
    for area in scheme.content_areas:
        only = "（仅公立医院）" if area.public_hospitals_only else ""
        yield f"{area.number}. {area.title}{only}"
        for number, point in enumerate(area.points, start=1):
            yield f"    {number}. {point}"
