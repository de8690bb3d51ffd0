"""The facts as they were written while there was one kind of case, and one way of appraising.

Their data knows three lists of a report, findings, two scores and a grade by name. Most have a
newer version beside this file, and will be written no more; all are read for ever. They never
change: what was stored has to fit. `schemas/upcast.py` says what they mean in the newest words.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from schemas import limits
from schemas.complaints import Complaint
from schemas.facts.parts import (
    Audit,
    Blocker,
    Commitment,
    Decision,
    DroppedPost,
    Person,
    Post,
    Recipient,
    Skipped,
    at,
    count,
    entries,
)
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    ListOf,
    MapOf,
    ObjectOf,
    Plain,
    Score,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.registry import EVENTS


class Holder(StrictSchema):
    """The desk a review lies on."""

    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()


class Characters(StrictSchema):
    """字数 of a report."""

    achievements = count(required=True)
    problems = count(required=True)
    tasks = count(required=True)
    total = count(required=True)


class Report(StrictSchema):
    """One numbered version of a report, its three lists as commitments."""

    version = StrictInt(least=1, required=True)
    characters = ObjectOf(Characters, required=True)
    achievements = ObjectOf(Commitment, required=True)
    problems = ObjectOf(Commitment, required=True)
    tasks = ObjectOf(Commitment, required=True)
    warnings = ListOf(Code(), most=50, required=True)


class Scores(MapOf):
    """The components by name (2019: ballot, superior), the final score and the grade.

    Components are not enumerated: which ones there are, the scheme says.
    """

    def __init__(self, **rest: Any) -> None:
        super().__init__(Code(), fields.Raw(), most=limits.SCORES, **rest)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any
    ) -> dict[Any, Any]:
        scores = super()._deserialize(value, attr, data, **rest)
        if not scores.keys() >= limits.ALWAYS_SCORED:
            raise ValidationError(Complaint("required", "final、grade", "final, grade"))
        grade, score = Code(), Score(on_the_wire=True)
        return {
            name: (grade if name == "grade" else score).deserialize(found)
            for name, found in scores.items()
        }


class _Triggered(StrictSchema):
    """What every accepted trigger leaves."""

    trigger = Code(required=True)
    effective_at = at(required=True)
    reason = ObjectOf(Commitment)
    reference = ObjectOf(Commitment)


class ReviewOpenedV1(StrictSchema):
    """A review exists; tier, path and bodies are pinned."""

    number = Identifier(required=True)
    cycle = Uuid(canonical=True, required=True)
    person = Identifier(required=True)
    unit = Identifier(required=True)
    kind = Code(required=True)
    tier = Identifier(required=True)
    # From the root down to the unit; and in the order the audits are passed.
    path = ListOf(Identifier(), least=1, most=limits.PATH_UNITS, required=True)
    audits = ListOf(ObjectOf(Audit), most=limits.AUDITS, required=True)
    hearing_body = Identifier(required=True)
    state = Code(required=True)
    effective_at = at(required=True)
    holder = ObjectOf(Holder, required=True)
    due_at = at()


class StateChangedV1(_Triggered):
    """A trigger moved a review; holder is absent in a final state."""

    from_state = Code(required=True, data_key="from")
    to_state = Code(required=True, data_key="to")
    holder = ObjectOf(Holder)
    due_at = at()
    report = ObjectOf(Report)
    findings = ListOf(ObjectOf(Commitment), most=200)
    scores = Scores()
    decisions = ListOf(ObjectOf(Decision), most=20)


class SuspendedV1(_Triggered):
    """The clock of a review stopped."""


class ResumedV1(_Triggered):
    """The clock of a review goes on; a relative deadline has grown."""

    suspended_working_days = count(required=True)
    due_at = at()


class DeadlineChangedV1(_Triggered):
    """The present state's deadline was moved by hand."""

    due_at = at(required=True)
    previous_due_at = at()


class TriggerRefusedV1(StrictSchema):
    """Somebody known tried, and every reason that stood in the way."""

    trigger = Code(required=True)
    state = Code(required=True)
    version = StrictInt(least=1, required=True)  # of the review
    status = Choice([403, 404, 409, 422], required=True)
    blockers = ListOf(ObjectOf(Blocker), least=1, most=limits.BLOCKERS, required=True)
    effective_at = at(required=True)


class NoteAddedV1(StrictSchema):
    """A remark, or a reminder by hand to the holder."""

    kind = Choice(["note", "urge"], required=True)
    text = ObjectOf(Commitment, required=True)
    holder = ObjectOf(Holder)


class NoticeRecordedV1(StrictSchema):
    """A notice was sent, or was not, and why."""

    notice = Uuid(canonical=True, required=True)
    review_version = StrictInt(least=1, required=True)
    state = Code(required=True)
    track = Identifier(required=True)
    rung = Plain(on_the_wire=True, required=True)
    kind = Choice(["reminder", "escalation", "urge"], required=True)
    recipient = ObjectOf(Recipient)
    channel = Choice(["inapp", "email", "console"], required=True)
    outcome = Choice(["sent", "failed", "unknown", "not_sent"], required=True)
    reason = Code(required=True)
    skipped = ListOf(ObjectOf(Skipped), most=limits.SKIPPED, required=True)
    due_at = at()
    planned_at = at(required=True)
    decided_at = at(required=True)
    policyhash = HexHash(required=True)
    text = ObjectOf(Commitment)


class Coverage(StrictSchema):
    """How many reviews a tier should have, and has."""

    expected = count(required=True)
    opened = count(required=True)


class CycleOpenedV1(StrictSchema):
    """A cycle runs; the envelope's schemehash says under which rules."""

    cycle = Uuid(canonical=True, required=True)
    scheme = Identifier(required=True)
    calendarhash = HexHash(required=True)
    unit = Identifier(required=True)
    year = StrictInt(least=limits.FIRST_YEAR, most=limits.LAST_YEAR, required=True)
    tiers = MapOf(Identifier(), ObjectOf(Coverage), most=limits.TIERS, required=True)


class Unit(StrictSchema):
    """A party organisation."""

    id = Identifier(required=True)
    parent = Identifier()
    name = Text(most=limits.UNIT_NAME, on_the_wire=True, required=True)
    kind = Code(required=True)
    staff = count(required=True)
    public_hospital = StrictBool(required=True)


class Dropped(StrictSchema):
    """What an import took away."""

    units = entries(Identifier())
    people = entries(Identifier())
    posts = entries(ObjectOf(DroppedPost))


class OrganisationChangedV1(StrictSchema):
    """Units, people and posts that were added, changed or dropped by one import."""

    units = entries(ObjectOf(Unit))
    people = entries(ObjectOf(Person))
    posts = entries(ObjectOf(Post))
    dropped = ObjectOf(Dropped, required=True)


EVENTS.register("review_opened", 1, ReviewOpenedV1())
EVENTS.register("state_changed", 1, StateChangedV1())
EVENTS.register("suspended", 1, SuspendedV1())
EVENTS.register("resumed", 1, ResumedV1())
EVENTS.register("deadline_changed", 1, DeadlineChangedV1())
EVENTS.register("trigger_refused", 1, TriggerRefusedV1())
EVENTS.register("note_added", 1, NoteAddedV1())
EVENTS.register("notice_recorded", 1, NoticeRecordedV1())
EVENTS.register("cycle_opened", 1, CycleOpenedV1())
EVENTS.register("organisation_changed", 1, OrganisationChangedV1())
