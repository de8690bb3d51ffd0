"""The facts of the log, version by version: one schema each, unknown fields refused.

Schemas check the *wire* shape, the JSON as it was hashed: instants in our one spelling, scores
with two places, texts as commitments only. No person's name and no free text has a field here.

Reserved, with names but no schema yet: `secretary_replaced` and `score_corrected`.
"""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, ValidationError, fields, validates_schema

from schemas import limits
from schemas.complaints import Complaint
from schemas.fields import (
    Choice,
    Code,
    Day,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    MapOf,
    ObjectOf,
    Pattern,
    Plain,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.registry import EventRegistry

RESERVED = frozenset({"secretary_replaced", "score_corrected"})

EXTENSION = re.compile(r"[a-z0-9]{1,20}", re.ASCII)  # the name of an attribute we do not know
MAX_EXTENSION = 200  # characters of its value


def _at(**rest: Any) -> Instant:
    return Instant(on_the_wire=True, **rest)


def _count(**rest: Any) -> StrictInt:
    return StrictInt(least=0, **rest)


class Attributes(StrictSchema):
    """The envelope's attributes; the data has a schema of its own.

    Further attributes of CloudEvents' kind may stand beside them: short strings.
    """

    class Meta:
        unknown = INCLUDE

    @validates_schema(skip_on_field_errors=False)
    def _check_extensions(self, attributes: dict[str, Any], **_: Any) -> None:
        for name in attributes.keys() - self.fields.keys():
            value = attributes[name]
            if EXTENSION.fullmatch(name) is None or type(value) is not str:
                raise ValidationError(Complaint("unknown_field"), name)
            if len(value) > MAX_EXTENSION:
                raise ValidationError(Complaint("too_long"), name)

    specversion = Choice(["1.0"], required=True)
    id = Uuid(canonical=True, required=True)
    source = Pattern(r"urn:shuping:[A-Za-z0-9._-]{1,64}", "not_a_source", required=True)
    type = Text(most=100, on_the_wire=True, required=True)
    subject = StreamName(required=True)
    time = _at(required=True)
    datacontenttype = Choice(["application/json"], required=True)
    dataschema = Text(most=200, on_the_wire=True, required=True)
    streamversion = StrictInt(least=1, required=True)
    correlationid = Pattern(r"[!-~]{1,128}", "not_an_id", required=True)
    # The topmost case of the family, where that is another than the subject's own.
    partitionkey = StreamName(of_case=True)
    causationid = Pattern(r"[!-~]{1,128}", "not_an_id")
    actor = Identifier()
    tokenid = Identifier()  # of the token or session, public; not the secret, nor made of it
    client = Identifier(required=True)
    schemehash = HexHash()
    organisationversion = StrictInt(least=0, required=True)
    data = fields.Dict(required=True)


class Commitment(StrictSchema):
    """What stands for a text that lies beside the log."""

    sha256 = HexHash(required=True)
    length = _count(required=True)


class Holder(StrictSchema):
    """The desk a review lies on."""

    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()


class Blocker(StrictSchema):
    """One reason that stood in the way."""

    code = Code(required=True)
    field = Pattern(r"[A-Za-z0-9_.\[\]-]{1,200}", "not_a_path")
    params = MapOf(Code(), Plain(on_the_wire=True), most=20)


class Audit(StrictSchema):
    """One audit a review passes."""

    stage = Code(required=True)
    body = Identifier(required=True)


class Characters(StrictSchema):
    """字数 of a report."""

    achievements = _count(required=True)
    problems = _count(required=True)
    tasks = _count(required=True)
    total = _count(required=True)


class Report(StrictSchema):
    """One numbered version of a report, its three lists as commitments."""

    version = StrictInt(least=1, required=True)
    characters = ObjectOf(Characters, required=True)
    achievements = ObjectOf(Commitment, required=True)
    problems = ObjectOf(Commitment, required=True)
    tasks = ObjectOf(Commitment, required=True)
    warnings = ListOf(Code(), most=50, required=True)


class Decision(StrictSchema):
    """A recorded decision of a body; the minutes' number is a commitment."""

    body = Identifier(required=True)
    date = Day(required=True)
    minutes = ObjectOf(Commitment, required=True)


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
    effective_at = _at(required=True)
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
    # From the unit up to the root; and in the order the audits are passed.
    path = ListOf(Identifier(), least=1, most=limits.PATH_UNITS, required=True)
    audits = ListOf(ObjectOf(Audit), most=limits.AUDITS, required=True)
    hearing_body = Identifier(required=True)
    state = Code(required=True)
    effective_at = _at(required=True)
    holder = ObjectOf(Holder, required=True)
    due_at = _at()


class StateChangedV1(_Triggered):
    """A trigger moved a review; holder is absent in a final state."""

    from_state = Code(required=True, data_key="from")
    to_state = Code(required=True, data_key="to")
    holder = ObjectOf(Holder)
    due_at = _at()
    report = ObjectOf(Report)
    findings = ListOf(ObjectOf(Commitment), most=200)
    scores = Scores()
    decisions = ListOf(ObjectOf(Decision), most=20)


class SuspendedV1(_Triggered):
    """The clock of a review stopped."""


class ResumedV1(_Triggered):
    """The clock of a review goes on; a relative deadline has grown."""

    suspended_working_days = _count(required=True)
    due_at = _at()


class DeadlineChangedV1(_Triggered):
    """The present state's deadline was moved by hand."""

    due_at = _at(required=True)
    previous_due_at = _at()


class TriggerRefusedV1(StrictSchema):
    """Somebody known tried, and every reason that stood in the way."""

    trigger = Code(required=True)
    state = Code(required=True)
    version = StrictInt(least=1, required=True)  # of the review
    status = Choice([403, 404, 409, 422], required=True)
    blockers = ListOf(ObjectOf(Blocker), least=1, most=limits.BLOCKERS, required=True)
    effective_at = _at(required=True)


class NoteAddedV1(StrictSchema):
    """A remark, or a reminder by hand to the holder."""

    kind = Choice(["note", "urge"], required=True)
    text = ObjectOf(Commitment, required=True)
    holder = ObjectOf(Holder)


class Recipient(StrictSchema):
    """Whom a notice was for, and the post that made it so."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)


class Skipped(StrictSchema):
    """A desk the ladder passed over, and why."""

    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()
    reason = Code(required=True)


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
    due_at = _at()
    planned_at = _at(required=True)
    decided_at = _at(required=True)
    policyhash = HexHash(required=True)
    text = ObjectOf(Commitment)


class Coverage(StrictSchema):
    """How many reviews a tier should have, and has."""

    expected = _count(required=True)
    opened = _count(required=True)


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
    staff = _count(required=True)
    public_hospital = StrictBool(required=True)


class Person(StrictSchema):
    """A person: an id, and a commitment to name and addresses."""

    id = Identifier(required=True)
    details = ObjectOf(Commitment, required=True)


class Post(StrictSchema):
    """One person in one role of one unit."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")
    until = Day()


class DroppedPost(StrictSchema):
    """The key of a post that is no longer in the file."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")


def _entries(inner: fields.Field[Any]) -> ListOf:
    return ListOf(inner, most=limits.ORGANISATION_ENTRIES, required=True)


class Dropped(StrictSchema):
    """What an import took away."""

    units = _entries(Identifier())
    people = _entries(Identifier())
    posts = _entries(ObjectOf(DroppedPost))


class OrganisationChangedV1(StrictSchema):
    """Units, people and posts that were added, changed or dropped by one import."""

    units = _entries(ObjectOf(Unit))
    people = _entries(ObjectOf(Person))
    posts = _entries(ObjectOf(Post))
    dropped = ObjectOf(Dropped, required=True)


EVENTS = EventRegistry()
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
