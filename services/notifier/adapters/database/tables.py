"""The tables. Each effect of an event and the offset behind it are rows of one transaction.

Instants are text in the wire's spelling (UTC, six decimals, `Z`): it sorts as time does and is
the same on both databases.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
)

metadata = MetaData()
_INSTANT = String(27)
_ID = String(64)
_STREAM = String(128)

# One row, taken FOR UPDATE by every writing transaction: who lost the lease cannot commit.
lease = Table(
    "lease",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
)
# position: everything up to it has been accepted; ahead: what was accepted beyond it.
feed = Table(
    "feed",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("ahead", Text, nullable=False),
)
feed_offset = Table(
    "feed_offset",
    metadata,
    Column("feed", String(16), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)
# Each pass in which the engine decided or handed over something: what it had read by then (as in
# feed), at which business time, and until when it decided what was due (NULL: it only handed over).
engine_pass = Table(
    "engine_pass",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("ahead", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("through", _INSTANT),
)
# Events that need something not read yet. While a case has one, its rungs do not fire.
parked = Table(
    "parked",
    metadata,
    Column("subject", _STREAM, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("case_stream", _STREAM),
    Column("position", BigInteger, nullable=False, server_default="0"),
    Column("body", LargeBinary, nullable=False),
    Index("parked_case", "case_stream"),
)
# Events of cases that cannot be followed any further: the first has the reason, those that came
# after it have none. A newer program reads them again.
set_aside = Table(
    "set_aside",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("case_stream", _STREAM, nullable=False),
    Column("version", Integer),
    Column("reason", String(500), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("set_aside_case", "case_stream", "position"),
)
# version is also the inbox: an event of a case with a version not above it has been applied.
# desks: a JSON list, empty in a final state. scheme: the hash of its text, or, of rows that a
# release of before had written, the id. parties: JSON, units by name; NULL in such rows. answers: a
# JSON list of what people promised or put off, empty when the state is another; NULL: none yet.
# acted: a JSON list of what ends a repeat, empty when the state is another; NULL: nothing yet.
# opened: position of its opening in the log; 0 in rows that a release of before had written.
case_head = Table(
    "case_head",
    metadata,
    Column("stream", _STREAM, primary_key=True),
    Column("label", String(200), nullable=False),
    Column("number", String(80), nullable=False),
    Column("person", _ID),
    Column("unit", _ID, nullable=False),
    Column("tier", _ID, nullable=False),
    Column("path", Text, nullable=False),
    Column("state", _ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("desks", Text, nullable=False),
    Column("suspended", Integer, nullable=False),
    Column("armed_at", _INSTANT, nullable=False),
    Column("entered_version", Integer, nullable=False),
    Column("scheme", _ID, nullable=False),
    Column("of", _STREAM),
    Column("parties", Text),
    Column("answers", Text),
    Column("acted", Text),
    Column("opened", BigInteger, nullable=False, server_default="0"),
)
ON_A_DESK = case_head.c.desks != literal_column("'[]'")  # no parameter: indexes are found by it
Index("case_running", case_head.c.stream, postgresql_where=ON_A_DESK, sqlite_where=ON_A_DESK)
organisation = Table(
    "organisation",
    metadata,
    Column("source", String(128), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("vocabulary", Text),  # as the event told it; NULL: none did, the default applies
)
unit = Table(
    "unit",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("parent", _ID),
    Column("name", String(200), nullable=False),
    Column("kind", _ID, nullable=False),
)
post = Table(
    "post",
    metadata,
    Column("unit", _ID, primary_key=True),
    Column("role", _ID, primary_key=True),
    Column("person", _ID, primary_key=True),
    Column("since", String(10), primary_key=True),
    Column("until", String(10)),
)
# Who stands in for whom, and who is away: what was taken back is gone. roles: a JSON list.
delegation = Table(
    "delegation",
    metadata,
    Column("unit", _ID, primary_key=True),
    Column("person", _ID, primary_key=True),
    Column("deputy", _ID, primary_key=True),
    Column("since", String(10), primary_key=True),
    Column("until", String(10), nullable=False),
    Column("roles", Text, nullable=False),
)
absence = Table(
    "absence",
    metadata,
    Column("person", _ID, primary_key=True),
    Column("since", String(10), primary_key=True),
    Column("until", String(10), nullable=False),
)
# By which channels somebody wants to be told (a JSON list); no row: as policies say.
channel_choice = Table(
    "channel_choice",
    metadata,
    Column("person", _ID, primary_key=True),
    Column("channels", Text, nullable=False),
)
# at is NULL when the last rung of the ladder is behind, or while the case is suspended; no row
# at all: there is no deadline.
timer = Table(
    "timer",
    metadata,
    Column("case_stream", _STREAM, primary_key=True),
    Column("desk", _ID, primary_key=True),
    Column("track", _ID, primary_key=True),
    Column("deadline", _ID, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("at", _INSTANT),
    Index("timer_at", "at"),
)
# Reminders by hand, what was published (told: JSON, the range by bulletin), to which desks work has
# come (arrived: a JSON list), and whose request was answered by what (replied: JSON); turned: 1
# where others may have come to these desks, by no event of the case. The row stays: it is the inbox
# of such events.
urge = Table(
    "urge",
    metadata,
    Column("event", _ID, primary_key=True),
    Column("case_stream", _STREAM, nullable=False),
    Column("case_version", Integer, nullable=False),
    Column("actor", _ID),
    Column("at", _INSTANT, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("told", Text),
    Column("arrived", Text),
    Column("replied", Text),
    Column("turned", Integer),
    Index("urge_settled", "settled", "at"),
)
# From when on it may be another who serves in a unit: a post or a standing in begins there, or
# ends; or wherever a person serves who is away or comes back: then *unit* is that person. The row
# goes once that was looked at.
turn = Table(
    "turn",
    metadata,
    Column("at", _INSTANT, primary_key=True),
    Column("unit", _ID, primary_key=True),
)
# status: pending -> sending -> sent | retry | failed | unknown;  not_sent is decided at once.
# reported: 0 until the workflow's log has it, then the status it answered with.
notice = Table(
    "notice",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("case_stream", _STREAM, nullable=False),
    Column("case_version", Integer, nullable=False),
    Column("desk", _ID, nullable=False),
    Column("state", _ID, nullable=False),
    Column("track", _ID, nullable=False),
    Column("rung", _ID, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person", _ID),
    Column("unit", _ID),
    Column("role", _ID),
    Column("channel", _ID, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", _ID, nullable=False),
    Column("skipped", Text, nullable=False),
    Column("due_at", _INSTANT),
    Column("planned_at", _INSTANT, nullable=False),
    Column("decided_at", _INSTANT, nullable=False),
    Column("settled_at", _INSTANT),
    Column("policy", _ID, nullable=False),
    Column("urged_by", _ID),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", _INSTANT),
    Column("n_unknown", Integer, nullable=False),
    Column("words", _ID),  # commitment to what left last, and its salt; both hex
    Column("words_salt", _ID),
    Column("instead_of", _ID),  # the notice that failed, which this stands in for
    Column("asks", Integer),  # 1: to be acknowledged; NULL: a release of before did not ask
    Column("reply", _ID),  # the trigger by which that was answered which they asked for
    Column("why_channel", String(16)),  # NULL: the policy says so, and nobody chose
    Column("letter", _ID),  # that it leaves with; NULL: it leaves by itself
    Column("epoch", Integer, nullable=False),
    Column("reported", Integer, nullable=False),
    Index("notice_letter", "letter"),
    Index("notice_status", "status", "decided_at", "id"),
    Index("notice_reported", "reported", "status"),
    Index("notice_case", "case_stream", "decided_at", "id"),
    Index("notice_person", "person", "decided_at", "id"),
    Index("notice_decided", "decided_at", "id"),
)
# Schemes, policies and calendars that events name by their hash; of a policy, id is the scheme it
# is for. published: version of the stream that published it last, so the highest is in force; NULL:
# nobody did. Nothing is ever deleted: notices name the policy they were decided by.
text = Table(
    "text",
    metadata,
    Column("hash", _ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("id", _ID, nullable=False),
    Column("published", Integer),
    Column("body", LargeBinary, nullable=False),
)
# Each publication of a policy, by its version in their stream: its position in the log (0: one of a
# release before), and whether cases that ran by then go by it (1) or stay as they were (0).
policy_issue = Table(
    "policy_issue",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("hash", _ID, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("moves", Integer, nullable=False),
)
# By scheme, the hashes of policy and calendar that its timers were set by.
timers_set_by = Table(
    "timers_set_by",
    metadata,
    Column("scheme", _ID, primary_key=True),
    Column("policy", _ID, nullable=False),
    Column("calendar", _ID, nullable=False),
)
# How each channel stands, for all processes together. taken: JSON, when messages went through, as
# far as the channel's budget asks; why: pause or circuit, where shut_until is set.
channel_gate = Table(
    "channel_gate",
    metadata,
    Column("name", _ID, primary_key=True),
    Column("taken", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("shut_until", _INSTANT),
    Column("why", String(16), nullable=False),
)
# Simulations that are asked for again: under way while status is NULL, else with the answer (JSON,
# packed by zlib). After until, of the machine's time, a row is as good as gone.
simulation = Table(
    "simulation",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("until", _INSTANT, nullable=False),
    Column("status", Integer),
    Column("retry_after_s", Integer),
    Column("body", LargeBinary),
)

# What a day's first pass saw coming, and, once the day is over, what became of it; kept for a week.
planned = Table(
    "planned",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("case_stream", _STREAM, primary_key=True),
    Column("desk", _ID, primary_key=True),
    Column("track", _ID, primary_key=True),
    Column("deadline", _ID, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("verdict", String(16), nullable=False),  # empty: the day is not over
    Column("judged_on", String(10)),  # the day on which that was found; NULL: not kept yet
    Index("planned_verdict", "verdict", "day"),
)
