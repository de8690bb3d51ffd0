"""What a rehearsal showed, on one page: who does what and when, what is refused, and why."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from services.workflow.application.rehearsing.rehearsal import Line, Stage
from services.workflow.application.rehearsing.scenes import Played
from services.workflow.application.rehearsing.setting import Scene
from services.workflow.domain.case.head import Awaited, Case
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.outliving import outliving
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Blocker

_LANGUAGE = "zh"
_NO_LOSS = ("end", "trigger", "next_turn")
MOST_SHAKEN = 5  # cases that are named, of those a loss touched


@cache
def _words() -> dict[str, str]:
    found: dict[str, str] = json.loads(files(__package__).joinpath("words.json").read_bytes())
    return found


def page(played: Played, stage: Stage, *, made_up: bool) -> str:
    """Return the page, as Markdown."""
    telling = _Page(played, stage, made_up)
    return "\n".join(telling.lines())


@dataclass(frozen=True, slots=True)
class _Page:
    """One page on its way."""

    played: Played
    stage: Stage
    made_up: bool

    def lines(self) -> Iterator[str]:
        """Yield the page line by line."""
        yield _say("title", title=self.stage.scheme.title)
        yield ""
        yield self._summary()
        yield from self._lacking()
        for kind, life in self.stage.scheme.lives():
            yield from self._kind(kind, life)

    def _summary(self) -> str:
        lines = [line for scene in self.played.scenes for line in scene.diary]
        return _say(
            "units",
            n=len(self.stage.organisation.units),
            made=_say("made_up" if self.made_up else "given"),
            scenes=len(self.played.scenes),
            acts=sum(line.done for line in lines),
            refused=sum(not line.done for line in lines),
        )

    def _lacking(self) -> Iterator[str]:
        if not self.played.lacking:
            yield _say("all_played")
            return
        yield _say("lacking")
        for scene in self.played.lacking:
            kind, life = self._life(scene)
            yield _say(
                "lacking_line",
                kind=kind.label,
                tier=_tier(life),
                what=_say(f"what_{scene.what}"),
                name=_label(life, scene.name),
                why=self._why(scene),
            )

    def _why(self, scene: Scene) -> str:
        if not scene.opened:
            return _say("not_opened", why=self._why_not_opened(scene))
        refused = [line.blockers[0] for line in scene.refused]
        why = self._hindrance(scene) or next(map(_reason, reversed(refused)), _say("nobody"))
        return _say("why", why=why)

    def _hindrance(self, scene: Scene) -> str:
        """Return what could not be done where the scene ended; "": there was no such thing."""
        if scene.unmanned:
            return _say("nobody_may", trigger=scene.unmanned.label)
        return _reason(scene.hindrance) if scene.hindrance else ""

    def _why_not_opened(self, scene: Scene) -> str:
        kind, life = self._life(scene)
        units = self.stage.organisation.units.values()
        mine = [one for one in scene.left_out if (one.kind, one.tier) == (kind.name, life.tier)]
        if kind.origin.parent:
            parent = self.stage.scheme.kinds[kind.origin.parent]
            return self._hindrance(scene) or _say("never_follows", parent=parent.label)
        for one in mine:
            return _reason(Blocker(code=one.reason, params={"unit": one.unit}))
        if not any(kind.life_of(unit.kind) is life for unit in units):
            return _say("no_unit")
        return self._hindrance(scene) or _say("nobody_opens")

    def _kind(self, kind: Kind, life: Life) -> Iterator[str]:
        mine = [one for one in self.played.scenes if (one.kind, one.tier) == (kind.name, life.tier)]
        yield ""
        yield _say("kind", kind=kind.label, tier=_tier(life))
        yield ""
        yield from self._ends(mine, kind, life)
        yield from self._turns(mine)
        yield from self._story(mine)
        yield from self._others(mine, life)
        yield from self._refusals(mine)
        yield from self._losses(mine, life)

    def _ends(self, scenes: Iterable[Scene], kind: Kind, life: Life) -> Iterator[str]:
        yield _say("ends")
        for scene in scenes:
            if scene.what == "end" and scene.played:
                done = [line for line in scene.diary if line.done]
                day = self._day(done[-1]) if done else _say("none")
                yield _say("end_line", name=_label(life, scene.name), n=len(done), day=day)
        for one in outliving(self.stage.scheme, kind, life):
            trigger = one.trigger.label
            yield _say("outlives", trigger=trigger, kind=kind.label, child=one.child.label)

    def _turns(self, scenes: Iterable[Scene]) -> Iterator[str]:
        for scene in scenes:
            if scene.what == "next_turn" and scene.played:
                yield _say("next_turn", day=self._day(scene.diary[0]), number=scene.diary[0].number)

    def _story(self, scenes: list[Scene]) -> Iterator[str]:
        """Tell the longest way to an end."""
        ways = [one for one in scenes if one.what == "end" and one.played]
        longest = max(ways, key=lambda one: len(one.diary), default=None)
        if longest is None:
            return
        yield ""
        yield _say("story")
        yield ""
        yield _say("story_head")
        for line in longest.diary:
            if line.done:
                yield self._told(line)

    def _told(self, line: Line) -> str:
        life = self.stage.scheme.kinds[line.kind].life(line.tier)
        return _say(
            "story_line",
            at=line.at.astimezone(self.stage.scheme.zone).strftime("%Y-%m-%d %H:%M"),
            number=line.number,
            person=line.person,
            trigger=self._act(life, line.trigger),
            target=life.states[line.target].label,
            due=self._due(line.due_at),
        )

    def _act(self, life: Life, name: str) -> str:
        """Return what an act is called, or the poll that was counted."""
        poll = self.stage.scheme.polls.get(name)
        return _label(life, name) if poll is None or name in life.triggers else poll.label

    def _others(self, scenes: list[Scene], life: Life) -> Iterator[str]:
        played = [one for one in scenes if one.what == "trigger" and one.played]
        if played:
            yield ""
            yield _say("others")
            yield ""
        for scene in played:
            line = next((one for one in reversed(scene.diary) if one.trigger == scene.name), None)
            if line is not None:
                yield _say(
                    "trigger",
                    trigger=self._act(life, line.trigger),
                    source=life.states[line.source].label,
                    target=life.states[line.target].label,
                )

    def _refusals(self, scenes: list[Scene]) -> Iterator[str]:
        told = dict.fromkeys(
            text for scene in scenes for line in scene.refused for text in self._refused(line)
        )
        if told:
            yield ""
            yield _say("refusals")
            yield ""
            yield from told

    def _refused(self, line: Line) -> Iterator[str]:
        life = self.stage.scheme.kinds[line.kind].life(line.tier)
        trigger = self._act(life, line.trigger)
        for blocker in line.blockers:
            reason, would = sentence(blocker, _LANGUAGE)
            said = {"trigger": trigger, "person": line.person, "reason": reason, "would": would}
            yield _say("refusal_line" if would else "refusal_bare", **said)

    def _losses(self, scenes: list[Scene], life: Life) -> Iterator[str]:
        lost = [one for one in scenes if one.what not in _NO_LOSS and one.played]
        if lost:
            yield ""
            yield _say("losses")
            yield ""
        for scene in lost:
            yield self._loss(scene, life)
            for before, after in scene.shaken.cases[:MOST_SHAKEN]:
                yield from self._shaken(before, after)
            n_more = len(scene.shaken.cases) - MOST_SHAKEN
            if n_more > 0:
                yield _say("more_shaken", n=n_more)
            for line in scene.afterwards:
                for text in self._refused(line):
                    yield f"  {text}"

    def _loss(self, scene: Scene, life: Life) -> str:
        reason = ""
        for one in scene.left_out[:1]:
            reason = _reason(Blocker(code=one.reason, params={"unit": one.unit}))
        return _say(scene.what, name=_label(life, scene.name), reason=reason)

    def _shaken(self, before: Case | None, after: Case) -> Iterator[str]:
        """Tell what a loss did to one case."""
        said = list(self._changes(before, after))
        if said:
            label = self.stage.scheme.kinds[after.kind].label
            changes = _say("and").join(said)
            yield _say("shaken", kind=label, number=after.number, changes=changes)

    def _changes(self, before: Case | None, after: Case) -> Iterator[str]:
        life = self.stage.scheme.kinds[after.kind].life(after.tier or "")
        state = life.states[after.state].label
        if before is None:
            yield _say("now_opened", state=state)
            return
        if before.state != after.state:
            yield _say("now_in", source=life.states[before.state].label, state=state)
        if before.person != after.person:
            yield _say("now_about", old=before.person, new=after.person)
        for name, grading in self.stage.scheme.gradings.items():
            old, new = before.grades.get(name), after.grades.get(name)
            if old != new:
                labels = {one.name: one.label for one in grading.of_tier(after.tier).grades}
                old_label, new_label = (labels[one.name] if one else "—" for one in (old, new))
                yield _say("now_graded", grading=grading.label, old=old_label, new=new_label)
        if before.due_at != after.due_at and after.is_open:
            yield _say("now_due", old=self._due(before.due_at), new=self._due(after.due_at))
        if after.due.raised_from is not None and before.due.raised_from is None:
            yield _say("now_raised", day=after.due.raised_from.isoformat())
        if after.due.waits_for is not None and before.due.waits_for is None:
            yield _say("now_waits", mark=self._awaited(after, after.due.waits_for))

    def _awaited(self, case: Case, awaited: Awaited) -> str:
        """Return the label of the state that is waited for, after that of its kind."""
        link = case.link(awaited.link)
        kind = self.stage.scheme.kinds[case.kind if link is None else link.kind]
        labels = (
            life.states[awaited.mark].label for life in kind.lives if awaited.mark in life.states
        )
        return kind.label + next(labels, awaited.mark)

    def _life(self, scene: Scene) -> tuple[Kind, Life]:
        kind = self.stage.scheme.kinds[scene.kind]
        return kind, kind.life(scene.tier)

    def _day(self, line: Line) -> str:
        return line.at.astimezone(self.stage.scheme.zone).date().isoformat()

    def _due(self, at: datetime | None) -> str:
        if at is None:
            return _say("none")
        return at.astimezone(self.stage.scheme.zone).strftime("%Y-%m-%d %H:%M")


def _reason(blocker: Blocker) -> str:
    reason, _ = sentence(blocker, _LANGUAGE)
    return reason


def _tier(life: Life) -> str:
    return f" {life.tier}" if life.tier else ""


def _label(life: Life, name: str) -> str:
    if name in life.states:
        return life.states[name].label
    return life.triggers[name].label if name in life.triggers else name


def _say(word: str, **figures: object) -> str:
    return _words()[word].format(**figures)
