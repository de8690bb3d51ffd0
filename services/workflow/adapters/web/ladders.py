"""A policy as people read it: who is told when, step by step, and how messages leave.

The one idea: nothing is said here that the policy does not hold; what these words leave out stands
in its text, which is shown beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.document import Document, Faults
from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    LATE_START,
    URGE,
    Place,
    Policy,
    Rung,
    Target,
    Track,
    nearest_track,
)
from schemas.policy_reading import read_policy
from services.workflow.adapters.web import words
from services.workflow.adapters.web.languages import _
from services.workflow.application.boards import Look
from services.workflow.domain.language.model.scheme import Scheme


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a ladder: what it is called, when it is told, what it is, and to whom."""

    track: str
    rung: str  # empty: where this ladder holds, nothing is told
    when: str
    kind: str
    whom: str
    where: str
    is_it: bool  # the one that a notice was of


def read_ladders(canonical: bytes) -> Policy | None:
    """Return the policy in *canonical*; None: it is of another release, and cannot be read."""
    try:
        return read_policy(Document(orjson.loads(canonical)))
    except Faults:
        return None


def steps(policy: Policy, look: Look, told: Mapping[str, Any]) -> Iterator[Step]:
    """Yield all steps of *policy*, and which of them a notice was of that *told* so."""
    own = _own_ladder(policy, told)

    def step(track: str, rung: Rung | None, when: str, whom: Target, **other: Any) -> Step:
        name, ladder = other.get("name") or (rung.name if rung else track), other.get("ladder")
        kind = rung.kind if rung else URGE
        its = told.get("track") == track and told.get("rung", "").partition("/")[0] == name
        return Step(
            track=track,
            rung=name,
            when=when,
            kind=words.KINDS.get(kind, kind),
            whom=_whom(whom, look),
            where=other.get("where") or _("各处"),
            is_it=its and ladder in (None, own),
        )

    for track in policy.tracks:
        where = _where(track.places, policy, look) or _elsewhere(track, policy)
        of = {"ladder": track, "where": where}
        if track.late_start:
            when = _("到手时期限已过的，立即")
            late = track.late_start
            when += _("，请其确认") if late.asks else ""
            yield step(track.name, late, when, late.target, name=LATE_START, **of)
        for rung in track.rungs:
            if not rung.is_repeat:
                yield step(track.name, rung, _when(rung, track), rung.target, **of)
        if not track.rungs:
            yield Step(
                track=track.name,
                rung="",
                when=_("不提醒"),
                kind="",
                whom="",
                where=where,
                is_it=False,
            )
    if policy.arrival:
        arrival, where = policy.arrival, _where(policy.arrival_places, policy, look)
        when = _("来到手上时，立即") + (_("，请其确认") if arrival.asks else "")
        yield step(ARRIVAL, arrival, when, arrival.target, where=where)
    yield step(URGE, None, _("有人催办时，立即"), Target())


def rungs_in_words(policy: Policy, look: Look) -> dict[str, str]:
    """Return what each rung of *policy* is, by its name: of what kind, and when it is told."""
    found = {BULLETIN: words.KINDS[BULLETIN]}
    for one in steps(policy, look, {}):
        if one.rung:
            found.setdefault(one.rung, _("%(kind)s：%(when)s", kind=one.kind, when=one.when))
    return found


def names_places(policy: Policy) -> bool:
    """Tell whether something of *policy* is told at some places only."""
    return bool(policy.arrival_places) or any(track.places for track in policy.tracks)


def _elsewhere(track: Track, policy: Policy) -> str:
    others = any(one.places for one in policy.tracks if one.name == track.name)
    return _("其余各处") if others else _("各处")


def _own_ladder(policy: Policy, told: Mapping[str, Any]) -> Track | None:
    """Return the ladder that a notice was of; None where it does not say enough to tell."""
    named = {place.tier for track in policy.tracks for place in track.places}
    kind = str(told.get("subject", "")).partition("/")[0]
    found = {
        nearest_track(policy.tracks, told.get("track", ""), place)
        for tier in {"", *named}
        if (place := Place(kind, told.get("state", ""), tier))
    }
    ladders = [one for one in found if one and _has(one, told.get("rung", ""))]
    return ladders[0] if len(ladders) == 1 else None


def _has(track: Track, rung: str) -> bool:
    return rung in {one.name for one in (*track.rungs, track.late_start) if one}


def _where(places: Sequence[Place], policy: Policy, look: Look) -> str:
    """Return where a ladder holds, as the scheme calls it; "" where it names no place."""
    rules = (one.scheme for one in look.cycles if one.scheme.id == policy.scheme)
    scheme = next(rules, None)
    return _("、").join(_called(place, scheme, look) for place in places)


def _called(place: Place, scheme: Scheme | None, look: Look) -> str:
    kind = scheme.kinds.get(place.kind) if scheme else None
    if scheme is None or kind is None:  # of an edition that is in force for no round in sight
        return " ".join(filter(None, (place.kind, place.tier, place.state)))
    lives = [life for life in kind.lives if place.tier in ("", life.tier)]
    states = [life.states[place.state].label for life in lives if place.state in life.states]
    tier = [life.label for life in lives if place.tier]
    named = [kind.label, *tier, *(states[:1] or [place.state] if place.state else [])]
    return " ".join(look.in_words(scheme.id, one) for one in named if one)


def ways(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield how messages leave: what is said of it, and the sentence."""
    yield _("渠道"), _("、").join(_channel(name) for name in policy.channels)
    if policy.windows:
        hours = _("、").join(f"{one.start:02}:00–{one.end:02}:00" for one in policy.windows)
        rests = _("，休息日不发") if policy.rests else ""
        yield _("时段"), _("%(hours)s 发出%(rests)s；站内通知不受此限", hours=hours, rests=rests)
    if policy.digest:
        names = _("、").join(_channel(name) for name in policy.digest.channels)
        yield (
            _("汇总"),
            _("%(names)s每人每天 %(hour)s 时一封", names=names, hour=policy.digest.hour)
            + (
                _("；%(rungs)s 不等汇总", rungs=_("、").join(policy.digest.at_once))
                if policy.digest.at_once
                else ""
            ),
        )
    for one in policy.fallbacks:
        told = {"first": _channel(one.channel), "then": _channel(one.to)}
        yield _("替代"), _("%(first)s未送达的，改走%(then)s", **told)
    retry = policy.retry
    yield _("重试"), _("暂时发不出的，至多共试 %(n)s 次", n=retry.attempts)


def _when(rung: Rung, track: Track) -> str:
    days = rung.working_days
    asks = _("，请其确认") if rung.asks else ""
    if days < 0:
        return _("期限前 %(n)s 个工作日", n=-days) + asks
    if days == 0:
        return _("期限当天") + asks
    told = _("逾期满 %(n)s 个工作日", n=days)
    again = [one for one in track.rungs if one.is_repeat and one.name.startswith(f"{rung.name}/")]
    if not again:
        return told
    every = again[0].working_days - days
    more = _("，此后每满 %(every)s 个工作日再报，至多 %(n)s 次", every=every, n=len(again))
    ends = _("，收到的人中有人办理（含备注、催办）即止") if again[0].until_acted else ""
    return told + more + ends


def _whom(target: Target, look: Look) -> str:
    if target.is_holder:
        return _("办理人")
    vocabulary, language = look.organisation.vocabulary, look.say.language
    kinds = _("、").join(vocabulary.kind_label(one, language) for one in target.nearest)
    roles = _("、").join(map(look.role, target.roles))
    if target.of_holder:
        return _("办理人往上最近的%(kinds)s：%(roles)s", kinds=kinds, roles=roles)
    return _("所属单位往上最近的%(kinds)s：%(roles)s", kinds=kinds, roles=roles)


def _channel(name: str) -> str:
    return words.CHANNELS.get(name, name)
