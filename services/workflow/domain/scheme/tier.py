"""A tier at work: one machine that every case of the tier is tried on.

The machine is shared by all threads and knows no case: each attempt brings a probe of its own, so
nothing is kept and nothing is locked. Guards run inside the machine's condition, all of them, and
leave their blockers on the probe: a caller is told everything that is wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from transitions import Machine

from services.workflow.domain.guards import GUARDS, Blockers, Facts, Rules
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.scheme.model import Attempt, AuditRule, BodyRule, State, Transition


class Tier:
    """The rules for the kinds of units that are appraised alike. Immutable, safe for threads."""

    def __init__(
        self,
        *,
        name: str,
        label: str,
        initial: str,
        audits: Mapping[str, tuple[AuditRule, ...]],
        hearing_body: BodyRule,
        states: Iterable[State],
        transitions: Iterable[Transition],
    ) -> None:
        self.name = name
        self.label = label
        self.initial = initial
        self.kinds = tuple(audits)
        self.hearing_body = hearing_body
        self.states = tuple(states)
        self._audits = MappingProxyType(dict(audits))
        self._states = {state.name: state for state in self.states}
        self.transitions = MappingProxyType({each.trigger: each for each in transitions})
        self._machine: Machine | None = None
        # The commands of a bulk ask the machine the same: those of one batch, at one instant, of
        # cases that stand alike.
        self._tried = lru_cache(64)(self._try)

    def audits(self, kind: str) -> tuple[AuditRule, ...]:
        """Return the audits of a unit of *kind*, in the order they are passed."""
        return self._audits[kind]

    def state(self, name: str) -> State:
        """Return the state *name*; KeyError if the tier has none such."""
        return self._states[name]

    @property
    def completed(self) -> frozenset[str]:
        """The states in which a case has come to its proper end."""
        return frozenset(state.name for state in self.states if state.ends == "completed")

    def transition(self, trigger: str) -> Transition | None:
        """Return what the scheme says of *trigger*; None where it does not know it at all."""
        return self.transitions.get(trigger)

    def triggers_from(self, state: str, suspended: bool) -> tuple[str, ...]:  # noqa: FBT001
        """Return the triggers that *state* allows, in the scheme's order."""
        return tuple(
            each.trigger
            for each in self.transitions.values()
            if state in each.sources and each.fits_suspension(suspended)
        )

    def edges(self, kind: str) -> list[tuple[Transition, str, str]]:
        """Return every move of a unit of *kind* that changes the state: by what, whence, where."""
        stages = tuple(rule.stage for rule in self._audits[kind])
        return [
            (each, source, target)
            for each in self.transitions.values()
            for source in each.sources
            if (target := _target(each, source, stages)) is not None
        ]

    def build(self, rules: Rules) -> None:
        """Build the machine; once, by the scheme, when all its parts are known to be sound."""
        routes = {tuple(rule.stage for rule in audits) for audits in self._audits.values()}
        self._machine = Machine(
            model=None,  # add_model would keep every case alive as long as the machine
            states=[state.name for state in self.states],
            initial=self.initial,
            transitions=[
                _machine_transition(each, source, target, rules)
                for each in self.transitions.values()
                for source in each.sources
                for target in _in_order({_target(each, source, stages) for stages in routes})
            ],
            auto_transitions=False,  # to_<state>() would let any case jump anywhere
        )

    def attempt(self, trigger: str, state: str, facts: Facts) -> Attempt:
        """Try *trigger* on a case in *state*; nothing changes but the answer."""
        transition = self.transitions.get(trigger)
        if transition is None:
            return Attempt(False, None, (Blocker(code="unknown_trigger"),))
        if state not in transition.sources:
            return self._unfit("wrong_state", transition, state)
        if not transition.fits_suspension(facts.suspended):
            code = "suspended" if facts.suspended else "not_suspended"
            return self._unfit(code, transition, state)
        return self._tried(trigger, state, facts)

    def _try(self, trigger: str, state: str, facts: Facts) -> Attempt:
        if self._machine is None:
            raise RuntimeError("the tier's scheme has not been built")
        probe = _Probe(state, facts)
        moved = self._machine.events[trigger].trigger(probe, probe)
        if not moved and not probe.blockers:
            raise ValueError(f"no route for {trigger} from {state} with audits {facts.audits}")
        return Attempt(True, probe.target, probe.blockers)

    def _unfit(self, code: str, transition: Transition, state: str) -> Attempt:
        params = {
            "state": state,
            "state_label": self._states[state].label,
            "trigger": transition.trigger,
            "trigger_label": transition.label,
        }
        return Attempt(False, None, (Blocker(code=code, params=params),))


class _Probe:
    """What the machine moves in place of a real case, and what its conditions write on."""

    __slots__ = ("blockers", "facts", "state", "target")

    def __init__(self, state: str, facts: Facts) -> None:
        self.state = state
        self.facts = facts
        self.target: str | None = None
        self.blockers: Blockers = ()


def _target(transition: Transition, source: str, stages: tuple[str, ...]) -> str | None:
    """Return where *transition* leads from *source* on the way through *stages*."""
    if not transition.next_audit:
        return transition.target
    after = stages.index(source) + 1 if source in stages else 0
    return stages[after] if after < len(stages) else transition.target


def _in_order(targets: set[str | None]) -> list[str | None]:
    return sorted(targets, key=lambda target: target or "")


def _machine_transition(
    transition: Transition, source: str, target: str | None, rules: Rules
) -> dict[str, object]:
    conditions: list[Callable[[_Probe], bool]] = [_all_clear(transition, target, rules)]
    if transition.next_audit:
        conditions.insert(0, _leads_to(transition, source, target))
    return {
        "trigger": transition.trigger,
        "source": source,
        "dest": target,  # None: the state stays
        "conditions": conditions,
    }


def _leads_to(transition: Transition, source: str, target: str | None) -> Callable[[_Probe], bool]:
    def route(probe: _Probe) -> bool:
        return _target(transition, source, probe.facts.audits) == target

    return route


def _all_clear(
    transition: Transition, target: str | None, rules: Rules
) -> Callable[[_Probe], bool]:
    guards = [GUARDS[use.name].make(rules, use.parameters) for use in transition.guards]
    needs_reason = transition.needs_reason

    def all_clear(probe: _Probe) -> bool:
        facts, found = probe.facts, probe.blockers
        if needs_reason and not facts.reason_given:
            found += (Blocker(code="reason_required", field="reason"),)
        for guard in guards:
            found += guard(facts)
        probe.target, probe.blockers = target, found
        return not found

    return all_clear
