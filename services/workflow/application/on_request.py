"""Opening what people ask for: in the round of the year, which begins with its first case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from schemas.calendar import local_day
from services.workflow.application.cycles import Cycles, not_this_round
from services.workflow.application.firing.commands import Answer, OpenCommand
from services.workflow.application.firing.judging import Rejected, judge_asking, judge_opening
from services.workflow.application.firing.loop import MOST_ROUNDS
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.ports import Key
from services.workflow.application.reading_ports import Reads
from services.workflow.application.round_opening import RoundOpening, cycle_id_of
from services.workflow.application.rulebook import Directory
from services.workflow.domain.authority import authorise
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.rounds import opened_with
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker, Invalid, NotAllowed, StoreUnavailable

ON_REQUEST = "on_request"


class OnRequest:
    """The use case that opens a case where nobody opened a round before."""

    def __init__(
        self,
        *,
        store: CaseStore,
        reads: Reads,
        directory: Directory,
        cycles: Cycles,
        fire: Callable[[OpenCommand], Answer],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reads = reads
        self._directory = directory
        self._cycles = cycles
        self._fire = fire
        self._now = now

    def open(self, command: OpenCommand, scheme_id: str) -> Answer:
        """Open a case in the round of its year, and that with it where it is the first one.

        Whether the actor may ask comes before what the round lacks. Such a round is for the whole
        organisation: what people ask for in one unit may not collide with what others asked for
        beside it.

        Raises:
            NotAllowed: the actor may open no case, whatever the scheme says.
            Invalid: no such scheme is published, its rounds are not opened so, nothing would tell
                anybody of what is due, or the key was another request's.
        """
        for _ in range(MOST_ROUNDS):
            organisation, now = self._directory.current(), self._now()
            scheme = self._cycles.scheme(scheme_id)
            if scheme is None:
                _require_asking(command, organisation, now)
                raise Invalid((Blocker(code="scheme_unknown", field="scheme"),))
            root = organisation.root or ""
            effective_at = min(command.effective_at or now, now)  # a clock may run ahead
            label = str(local_day(effective_at, scheme.zone).year)
            command.cycle = self._cycle_under(command) or cycle_id_of(root, label, scheme)
            if scheme.round.every == ON_REQUEST and self._reads.cycle(command.cycle) is not None:
                return self._fire(command)
            begun = self._cycles.opening(
                scheme, organisation, now, command.actor, command.correlation, None
            )
            if scheme.round.every != ON_REQUEST:
                begun = replace(begun, missing=(not_this_round(scheme, "scheme"),))
            answer = self._begin(begun, command, root, label)
            if answer is not None:
                return answer
        raise StoreUnavailable("other openings were first, again and again")

    def _cycle_under(self, command: OpenCommand) -> str | None:
        """Return the round of the case that was opened under the command's key before."""
        client, key = command.actor.client, command.key or ""
        used = self._store.standing([Wanted(client=client, key=key)]).used.get((client, key))
        if used is None:
            return None
        case = self._store.standing([Wanted(case=used.stream)]).case(used.stream)
        if case is None:  # a round, a note: the key is taken, and no try would ever win it
            raise Invalid((Blocker(code="key_reused", field="Idempotency-Key"),))
        return case.cycle

    def _begin(
        self, begun: RoundOpening, command: OpenCommand, root: str, label: str
    ) -> Answer | None:
        """Open a round with its first case; None where somebody else was first."""
        world = begun.world(root, label, self._reads.last_numbers(root, label))
        asked = judge_asking(command, None, world)
        if begun.missing and not isinstance(asked, Rejected):
            raise Invalid(begun.missing)
        decided = judge_opening(command, None, world)
        if not isinstance(decided, Decided):
            return decided.answer
        key = Key(
            client=command.actor.client, key=command.key or "", fingerprint=command.fingerprint
        )
        bulk, cases = begun.written(root, label, opened_with(decided), key)
        assert cases is not None  # noqa: S101 - there is the first case
        if not self._store.write(bulk, cases):
            return None
        first = cases.events[0]
        return Answer(outcome="done", case=first.after, event=first.body)


def _require_asking(command: OpenCommand, organisation: Organisation, now: datetime) -> None:
    """Raise `NotAllowed` where the actor may open no case, as far as that hangs on no scheme."""
    unit, day = command.unit or organisation.root, local_day(now, UTC)  # as openings of rounds do
    verdict = authorise(
        command.actor, "case.open", organisation, day, unit=unit, fires=lambda _: ""
    )
    if not verdict.allowed:
        raise NotAllowed(Blocker(code=verdict.reason))
