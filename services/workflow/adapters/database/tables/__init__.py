"""Every table of the workflow's database, read as the state of the service.

The one idea: `event` is the truth and never changes; `event_pending` and `log_*` put it in order
(`log`); what follows from it (`read_model`) is written in the same transaction and can be dropped
and replayed. The last group (`beside`: keys, texts, identity) cannot be rebuilt and is no part of
the log.
"""

from services.workflow.adapters.database.tables.beside import (
    account,
    case_number,
    cycle_unit,
    draft,
    idempotency_key,
    identity_state,
    inbox_read,
    invitation,
    read_audit,
    relay_lease,
    session,
    text,
    token,
)
from services.workflow.adapters.database.tables.columns import (
    CaseId,
    Id,
    Instant,
    Octets,
    metadata,
)
from services.workflow.adapters.database.tables.log import (
    checkpoint,
    document,
    event,
    event_pending,
    log_entry,
    log_metadata,
    log_node,
)
from services.workflow.adapters.database.tables.read_model import (
    READ_MODEL,
    case_head,
    case_interval,
    case_record,
    case_slot,
    case_source,
    case_within,
    cycle,
    inbox,
    notice,
    person,
    post,
    refusal,
    replayed,
    unit,
)

__all__ = [
    "READ_MODEL",
    "CaseId",
    "Id",
    "Instant",
    "Octets",
    "account",
    "case_head",
    "case_interval",
    "case_number",
    "case_record",
    "case_slot",
    "case_source",
    "case_within",
    "checkpoint",
    "cycle",
    "cycle_unit",
    "document",
    "draft",
    "event",
    "event_pending",
    "idempotency_key",
    "identity_state",
    "inbox",
    "inbox_read",
    "invitation",
    "log_entry",
    "log_metadata",
    "log_node",
    "metadata",
    "notice",
    "person",
    "post",
    "read_audit",
    "refusal",
    "relay_lease",
    "replayed",
    "session",
    "text",
    "token",
    "unit",
]
