"""What older events say in the newest words: the only place that knows format 1's names and places.

`upcast` gives every event the newest fact and version; what is new already comes back as it is.
While there was one kind of case, much went without saying that an event now says in full. It is
filled so:

- A `review_opened` is a `case_opened` of kind `review`. Its one body besides the audits' is the
  party `hearing_body`; it has no links, and belongs to its unit.
- The desk is the only one of its state, so it has no name. When it is due is known, by which rule
  and calendar is not, and it waits for nothing. It was set by hand where `change_deadline` or
  `redo` moved it. A state that nobody holds is final: `abandoned` after `withdraw`, else
  `completed`.
- The report is the document `report`, of three text parts, and its submitter is the actor. Findings
  are the document `findings`, of one text part each; its versions are the event's own, which only
  grow. (A row's commitment would be over an object, theirs is over the bare text.)
- A verdict is what a trigger called after an audit gave: `pass_…` or `return_…`. What brings a case
  back to its first state, without a report, forgets verdicts, scores, submission and grade.
- The scores are components, each a bare figure; the final one stands with the grade, under the
  only grading, `GRADING`.
- `resumed` says when the case is due from now on, whether that changed or not, and not whether it
  was set by hand: that stays as it was.
- A round of a year is called after it, and of what was not opened, or exempt, nothing is known.
- Of units two attributes were told. There were no relations.

Unknown stays absent: `saw`, `calendar`, `policyhash`, `left_out`, the role somebody acted in.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from schemas.envelope import Envelope
from schemas.registry import EVENTS
from schemas.streams import Stream

KIND, LABEL = "review", "述职评议"
HEARING_BODY = "hearing_body"
GRADING = "final"  # no name of a scheme is this word
PARTS = ("achievements", "problems", "tasks")

Data = dict[str, Any]
_Told = Mapping[str, Any]


def upcast(event: Envelope, case_opened: Envelope | None = None) -> Envelope:
    """Return *event* in the newest version of its fact; its bytes are another thing, and stay.

    *case_opened* is the first event of the case that *event* is about, as it was written or as it
    was lifted; what is no case's own needs none. The data is not checked on the way.
    """
    if event.version > 1 or event.fact not in _LIFTS:
        return event
    data = _LIFTS[event.fact](event, case_opened or event)
    fact = _RENAMED.get(event.fact, event.fact)
    return replace(event, type=EVENTS.latest(fact), data=data)


def _case_opened(event: Envelope, _opened: Envelope) -> Data:
    told = event.data
    return {
        **_kept(told, "number", "cycle", "unit", "path", "tier", "audits", "state", "effective_at"),
        "kind": KIND,
        "label": LABEL,
        "unit_kind": told["kind"],
        "parties": {HEARING_BODY: told["hearing_body"]},
        "links": [],
        "subject": told["person"],
        "holders": _holders(told),
    }


def _state_changed(event: Envelope, opened: Envelope) -> Data:
    told = event.data
    lifted = _triggered(told) | _kept(told, "from", "to", "decisions")
    lifted["holders"] = _holders(told, by_hand=told["trigger"] == "redo")
    if not lifted["holders"]:
        lifted["final"] = "abandoned" if told["trigger"] == "withdraw" else "completed"
    lifted |= _documents(event) | _scores(told) | _verdict(told, opened.data["audits"])
    if told["to"] == opened.data["state"] and "report" not in told:
        lifted["forgets"] = ["verdicts", "scores", "submission", "grade"]
    return lifted


def _documents(event: Envelope) -> Data:
    documents, lifted = [], Data()
    if "report" in event.data:
        documents.append(_report(event.data["report"]))
        if event.actor is not None:
            lifted["submitters"] = {"report": event.actor}
    if event.data.get("findings"):
        found = enumerate(event.data["findings"], start=1)
        parts = [{"name": f"finding_{n}", **text} for n, text in found]
        documents.append({"name": "findings", "version": event.streamversion, "parts": parts})
    return lifted | ({"documents": documents} if documents else {})


def _report(told: _Told) -> Data:
    counts = told["characters"]
    return {
        "name": "report",
        **_kept(told, "version", "warnings"),
        "parts": [{"name": name, "characters": counts[name], **told[name]} for name in PARTS],
        "characters": counts["total"],
    }


def _scores(told: _Told) -> Data:
    if "scores" not in told:
        return {}
    scores = dict(told["scores"])
    grade = {"figure": scores.pop("final"), "grade": scores.pop("grade")}
    components = {name: {"figure": figure} for name, figure in scores.items()}
    return {"grades": {GRADING: grade}, "components": components}


def _verdict(told: _Told, audits: list[_Told]) -> Data:
    results = {f"pass_{told['from']}": "pass", f"return_{told['from']}": "back"}
    result = results.get(told["trigger"])
    body = next((audit["body"] for audit in audits if audit["stage"] == told["from"]), None)
    if result is None or body is None:
        return {}
    return {"verdict": {"state": told["from"], "result": result, "body": body}}


def _suspended(event: Envelope, _opened: Envelope) -> Data:
    return _triggered(event.data)


def _resumed(event: Envelope, _opened: Envelope) -> Data:
    told = event.data
    kept = _kept(told, "suspended_working_days")
    return {**_triggered(told), **kept, "dues": [_kept(told, "due_at")]}


def _deadline_changed(event: Envelope, _opened: Envelope) -> Data:
    told = event.data
    due = _kept(told, "due_at", "previous_due_at") | {"by_hand": True}
    return {**_triggered(told), "dues": [due]}


def _trigger_refused(event: Envelope, _opened: Envelope) -> Data:
    return event.data


def _note_added(event: Envelope, _opened: Envelope) -> Data:
    holder = event.data.get("holder")
    return {**_kept(event.data, "kind", "text"), "holders": [holder] if holder else []}


def _notice_recorded(event: Envelope, _opened: Envelope) -> Data:
    told = dict(event.data)
    version = told.pop("review_version")
    return {**told, "version": version, "subject": Stream.parse(event.subject).pair}


def _cycle_opened(event: Envelope, _opened: Envelope) -> Data:
    told = event.data
    return {
        **_kept(told, "cycle", "scheme", "unit", "calendarhash"),
        "round": str(told["year"]),
        "kinds": [
            {"name": KIND, "tier": tier, "exempt": 0, **counts}
            for tier, counts in told["tiers"].items()
        ],
    }


def _organisation_changed(event: Envelope, _opened: Envelope) -> Data:
    told = event.data
    return {
        **_kept(told, "people", "posts"),
        "units": [
            {
                **_kept(unit, "id", "parent", "name", "kind"),
                "attributes": _kept(unit, "staff", "public_hospital"),
            }
            for unit in told["units"]
        ],
        "relations": [],
        "dropped": {**told["dropped"], "relations": []},
    }


def _triggered(told: _Told) -> Data:
    return _kept(told, "trigger", "effective_at", "reason", "reference")


def _holders(told: _Told, *, by_hand: bool = False) -> list[Data]:
    if "holder" not in told:
        return []
    fixed = {"by_hand": True} if by_hand and "due_at" in told else {}
    return [{**told["holder"], **_kept(told, "due_at"), **fixed}]


def _kept(told: _Told, *names: str) -> Data:
    return {name: told[name] for name in names if name in told}


_LIFTS: Mapping[str, Callable[[Envelope, Envelope], Data]] = {
    "review_opened": _case_opened,
    "state_changed": _state_changed,
    "suspended": _suspended,
    "resumed": _resumed,
    "deadline_changed": _deadline_changed,
    "trigger_refused": _trigger_refused,
    "note_added": _note_added,
    "notice_recorded": _notice_recorded,
    "cycle_opened": _cycle_opened,
    "organisation_changed": _organisation_changed,
}
_RENAMED = {"review_opened": "case_opened"}
