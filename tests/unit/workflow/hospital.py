"""A hospital under its organ committee, in memory: use cases over a list store, a clock to move."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.envelope import open_envelope
from schemas.facts import EVENTS
from services.workflow.adapters.files.scheme_file import load
from services.workflow.application.access import Access
from services.workflow.application.answered import Answered
from services.workflow.application.cycles import Cycles
from services.workflow.application.editions import Editions, Publishing
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.port import Write
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.notices import Notices
from services.workflow.application.ports import Append, Bulk
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.case.head import Case
from tests.builders import changed, person, post, unit
from tests.fakes import ListEventStore
from tests.texts import EARLIER, publish_earlier, publish_schemes

OPENED = datetime(2020, 1, 8, 1, tzinfo=UTC)
POSTS = (
    ("chen", "c", "office"),
    ("zhang", "c.h1.a", "secretary"),
    ("li", "c.h1", "office"),
    ("wang", "c.h1", "secretary"),
)
LISTS = {"achievements": "办实事", "problems": "学习少", "tasks": "补学习"}
SCORES = {"ballot_score": "91.50", "superior_score": "88.00"}

# The way of a review without a detour: who leaves a state, by what.
STEPS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "drafting": ("zhang", "submit", {"report": LISTS}),
    "unit_audit": ("wang", "pass_unit_audit", {}),
    "cleared": ("li", "present", {}),
    "presented": ("li", "score", SCORES),
    "scored": ("li", "give_feedback", {}),
    "feedback": ("zhang", "start_rectification", {}),
    "rectification": ("li", "close", {}),
}


class Watched(ListEventStore):
    """A store that holds writers to what they promise."""

    def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        # PostgreSQL would have to try such a batch again, one by one.
        keys = [(one.key.client, one.key.key) for one in batch if one.key]
        assert len(set(keys)) == len(keys), keys
        return super().append(batch)


class Hospital:
    """The 2019 cycle just opened: zhang's review (tier C) is being drafted."""

    def __init__(self, edit: tuple[str, str] = ("", "")) -> None:
        """Open it under the text of format 1, in which what *edit* names first is its second."""
        self.store, self.clock = Watched(), OPENED
        reads: Any = self.store
        self.rulebook, self.directory = Rulebook(reads), Directory(reads)
        shared: dict[str, Any] = {
            "store": self.store,
            "reads": reads,
            "rulebook": self.rulebook,
            "directory": self.directory,
            "sealer": Sealer(),
            "now": lambda: self.clock,
        }
        self._import_organisation()
        text = EARLIER
        assert edit[0] in text
        scheme = load(text.replace(*edit, 1) if edit[0] else text, "2019")
        self.firing = self.firing_with(shared["sealer"])
        self.notices = Notices(
            store=self.store,
            reads=reads,
            access=Access(self.store, self.directory, self.rulebook, shared["now"], ZONE),
            sealer=shared["sealer"],
            now=shared["now"],
        )
        self.editions = Editions(reads)
        publishing = Publishing(
            store=self.store,
            reads=reads,
            editions=self.editions,
            directory=self.directory,
            sealer=shared["sealer"],
            now=shared["now"],
        )
        publish_earlier(publishing)
        publish_schemes(publishing, scheme)
        Cycles(**shared, editions=self.editions).open(person("chen"), scheme.id, "c", "2019")
        (self.id,) = (one.id for one in self.store.heads.values() if one.person == "zhang")

    def firing_with(self, sealer: Sealer) -> Firing:
        reads: Any = self.store
        return Firing(
            store=self.store,
            rulebook=self.rulebook,
            directory=self.directory,
            sealer=sealer,
            now=lambda: self.clock,
            again=Answered(reads).again,
        )

    @property
    def review(self) -> Case:
        return self.store.heads[self.id]

    @property
    def events(self) -> list[Any]:
        """Everything recorded about zhang's review since its opening, refusals too."""
        mine = [one for one in self.store.appends if one.stream.startswith(f"review/{self.id}")]
        return [open_envelope(one.body) for one in mine[1:]]

    def pass_time(self, **by: float) -> None:
        self.clock += timedelta(**by)

    def command(self, who: str, trigger: str, key: str | None = None, **given: Any) -> CaseCommand:
        given = {"case": f"review/{self.id}", **given}
        return CaseCommand(
            trigger=trigger,
            actor=person(who),
            key=key or f"{trigger}-{len(self.store.appends)}-{self.clock.isoformat()}",
            **given,
        )

    def fire(self, who: str, trigger: str, **given: Any) -> Answer:
        return self.firing.fire(self.command(who, trigger, **given))

    def go_to(self, state: str) -> None:
        """Walk zhang's review to *state*, a minute for each step."""
        while self.review.state != state:
            who, trigger, data = STEPS[self.review.state]
            self.pass_time(minutes=1)
            assert self.fire(who, trigger, data=data).outcome == "done"

    def _import_organisation(self) -> None:
        units = (
            ("w", None, "work_committee"),
            ("c", "w", "organ_committee"),
            ("c.h1", "c", "unit_committee"),
            ("c.h1.a", "c.h1", "grassroots_branch"),
        )
        data = changed(
            units=(unit(*one) for one in units),
            people={who for who, _, _ in POSTS},
            posts=[post(*one) for one in POSTS],
        )
        body = Sealer().event(
            "organisation_changed",
            "organisation/w",
            1,
            data,
            at=OPENED,
            origin=Origin(client="cli"),
            root="w",
            organisation_version=1,
        )
        append = Append(
            stream="organisation/w",
            version=1,
            type=EVENTS.latest("organisation_changed"),
            recorded_at=OPENED,
            body=body,
        )
        self.store.write(Bulk(appends=(append,)))
