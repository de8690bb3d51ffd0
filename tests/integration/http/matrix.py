"""Every operation by everybody, as text: what the authority matrix is compared with.

The case is the review of unit `c-h1`, a committee under the organ committee `c`. Everybody holds
one post: each role at the case's own unit, a sibling, the parent, a child, a foreign unit and the
root. An acting secretary needs a vacancy, so these are asked in an organisation without
secretaries.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from schemas import calendars
from schemas.vocabulary import ADMINISTRATORS, default
from tests.integration.http.notice import notice
from tests.integration.http.service import SCHEME, Service, start

CALENDAR = json.loads(calendars.read())
PLACES = {
    "own": "c-h1",
    "sibling": "c-h2",
    "parent": "c",
    "child": "c-h1-a",
    "foreign": "c-h2-a",
    "root": "w",
}
TREE = (
    ("w", "", "work_committee"),
    ("g", "w", "leadership_group"),
    ("c", "g", "organ_committee"),
    ("c-h1", "c", "unit_committee"),
    ("c-h1-a", "c-h1", "grassroots_branch"),
    ("c-h2", "c", "unit_committee"),
    ("c-h2-a", "c-h2", "grassroots_branch"),
)
ROLES_IN_ORDER = (
    "secretary", "acting_secretary", "deputy_secretary", "committee_member", "discipline_member",
    "head", "office", "clerk", "liaison", "inspector",
    "system_administrator", "security_administrator", "audit_administrator",
)  # fmt: skip
assert set(ROLES_IN_ORDER) == default().roles.keys() | ADMINISTRATORS
CLIENTS = {
    "read": ({"read"}, "w"),
    "trigger": ({"read", "trigger"}, "w"),
    "log": ({"log"}, "w"),
    "notify": ({"notify"}, "w"),
    "admin": ({"admin"}, "w"),
    "all@c-h1": ({"read", "trigger", "log", "notify"}, "c-h1"),
    "all@c-h2": ({"read", "trigger", "log", "notify"}, "c-h2"),
}
TRIGGERS = (
    "submit", "recall", "pass_unit_audit", "return_unit_audit", "pass_organ_audit",
    "return_organ_audit", "revoke_clearance", "present", "score", "give_feedback",
    "start_rectification", "close", "redo", "suspend", "resume", "change_deadline", "withdraw",
)  # fmt: skip

Ask = Callable[[Service, str | None, str | None], Any]


def organisation(folder: Path, secretary: str) -> Path:
    """Write an organisation with every role at every unit; *secretary* is the role of theirs."""
    units = [
        f"  - {{id: {unit}, name: 示例{unit}, kind: {kind}"
        + (f", parent: {above}}}" if above else "}")
        for unit, above, kind in TREE
    ]
    held = [
        (unit, role)
        for unit in (*PLACES.values(), "g")
        for role in ROLES_IN_ORDER
        if role not in {"secretary", "acting_secretary"} - {secretary}
    ]
    people = [f"  - {{id: {unit}.{role}, name: 演示}}" for unit, role in held]
    posts = [
        f"  - {{person: {unit}.{role}, unit: {unit}, role: {role}, from: 2019-01-01}}"
        for unit, role in held
    ]
    file = folder / f"{secretary}.yaml"
    text = "\n".join(["units:", *units, "people:", *people, "posts:", *posts, ""])
    file.write_text(text, encoding="utf-8")
    return file


def operations() -> Iterator[tuple[str, Ask]]:
    """Yield each operation with the request that asks for it."""
    yield "case.list", lambda s, p, t: s.get("/v1/reviews", p, token=t)
    for name, below in {
        "case.read": "",
        "case.events.read": "/events",
        "case.refusals.read": "/events?refused=true",
        "case.transitions.read": "/transitions",
    }.items():
        yield name, lambda s, p, t, below=below: s.get(_case(s) + below, p, token=t)
    for kind in ("note", "urge"):
        yield (
            f"case.{kind}",
            lambda s, p, t, kind=kind: s.call(
                "POST", f"{_case(s)}/notes", {"kind": kind, "text": "好"}, person=p, token=t
            ),
        )
    yield (
        "case.draft",
        lambda s, p, t: s.call(
            "PUT",
            f"/v1/cases/{s.reviews['c-h1']}/drafts/report",
            {"typed": {}},
            person=p,
            token=t,
            headers={"If-Match": "*"},
        ),
    )
    yield (
        "case.open",
        lambda s, p, t: s.call(
            "POST",
            "/v1/cases",
            {"kind": "review", "cycle": s.cycle, "unit": "c-h1"},  # where there is one: for nobody
            person=p,
            token=t,
        ),
    )
    yield "deputies.read", lambda s, p, t: s.get("/v1/deputies?person=c-h1.sec", p, token=t)
    away = {"person": "c-h1.sec", "from": "2020-01-08", "until": "2020-01-08"}
    yield (
        "deputies.record",
        lambda s, p, t: s.call("PUT", "/v1/deputies/absences", away, person=p, token=t, key=None),
    )
    for name, path in {
        "staff.read": "/v1/staff?person=c-h1.office",
        "accounts.read": "/v1/accounts?limit=1",
        "deeds.read": "/v1/deeds",
    }.items():
        yield name, lambda s, p, t, path=path: s.get(path, p, token=t)
    newcomer = {"person": "new", "name": "新人", "dry_run": True}
    yield (
        "staff.change",
        lambda s, p, t: s.call("PUT", "/v1/staff/people", newcomer, person=p, token=t, key=None),
    )
    yield (
        "accounts.keep",
        lambda s, p, t: s.call(
            "DELETE", "/v1/accounts/sessions?person=c-h1.office", person=p, token=t
        ),
    )
    yield "cycle.list", lambda s, p, t: s.get("/v1/cycles", p, token=t)
    yield "organisation.read", lambda s, p, t: s.get("/v1/units", p, token=t)
    yield "organisation.import", lambda s, p, t: s.get("/v1/organisation/workbook", p, token=t)
    yield "cycle.read", lambda s, p, t: s.get(f"/v1/cycles/{s.cycle}", p, token=t)
    yield (
        "cycle.close",
        lambda s, p, t: s.call(
            "POST", f"/v1/cycles/{s.cycle}/close", {"dry_run": True}, person=p, token=t
        ),
    )
    yield (
        "cycle.open",
        lambda s, p, t: s.call(
            "POST", "/v1/cycles", {"scheme": SCHEME, "unit": "c", "year": 2019}, person=p, token=t
        ),
    )
    for name, path in {
        "text.read": "/v1/texts",
        "log.read": "/v1/log",
        "log.checkpoint": "/v1/log/checkpoint",
        "log.proof": "/v1/log/proof?position=1&size=1",
        "people.read": "/v1/people?ids=c-h1.office",
        "inbox.read": "/v1/inbox",
    }.items():
        yield name, lambda s, p, t, path=path: s.get(path, p, token=t)
    yield (
        "inbox.mark",
        lambda s, p, t: s.call("POST", f"/v1/inbox/{s.cycle}/read", person=p, token=t),
    )
    yield (
        "notice.said",
        lambda s, p, t: s.get(
            f"/v1/said?person=c-h1.office&cases=review/{s.reviews['c-h1']}@1", p, token=t
        ),
    )
    yield (
        "deadlines.moved",
        lambda s, p, t: s.call(
            "POST", "/v1/moved-deadlines", {"calendar": CALENDAR}, person=p, token=t
        ),
    )
    yield (
        "notices.report",
        lambda s, p, t: s.call("POST", "/v1/notices", {"notices": [_notice(s)]}, person=p, token=t),
    )
    for trigger in TRIGGERS:
        yield (
            f"case.trigger {trigger}",
            lambda s, p, t, trigger=trigger: s.call(
                "POST",
                f"{_case(s)}/transitions",
                {"trigger": trigger, "dry_run": True},
                person=p,
                token=t,
            ),
        )
    yield (
        "bulk.trigger",
        lambda s, p, t: s.call(
            "POST", "/v1/transitions", {"commands": [_command(s)]}, person=p, token=t
        ),
    )


def _case(service: Service) -> str:
    return f"/v1/reviews/{service.reviews['c-h1']}"


def _command(service: Service) -> dict[str, Any]:
    return {"review": service.reviews["c-h1"], "trigger": "pass_unit_audit", "dry_run": True}


def _notice(service: Service) -> dict[str, Any]:
    made = notice(service, "c-h1", channel="console")
    del made["recipient"]
    return made


def verdict(answer: Any) -> str:
    """Return what authority said: `ok`, `404`, or the reason; later checks count as `ok`."""
    body = answer.json if answer.is_json else {}
    if "results" in body:
        body = body["results"][0].get("problem", body["results"][0])
        answer = type("One", (), {"status_code": body.get("status", 200)})
    if answer.status_code == 403:
        return str(body["code"])
    return "404" if answer.status_code == 404 and body.get("code") == "not_found" else "ok"


def table(folder: Path, database: Callable[[str], tuple[str, str | None]]) -> str:
    """Return the whole matrix as it is in truth."""
    normal, vacant = (
        start(
            *database(name),
            folder,
            organisation(folder, secretary),
            "c.office",
            checkpoint_dir=folder / name,
        )
        for name, secretary in (("normal", "secretary"), ("vacant", "acting_secretary"))
    )
    for service in (normal, vacant):
        service.sequence()
    tokens = {
        name: normal.parts.accounts.create_token(f"client-{index}", frozenset(scopes), unit)
        for index, (name, (scopes, unit)) in enumerate(CLIENTS.items())
    }
    lines: list[str] = []
    for name, ask in operations():
        lines += [name, _row("", PLACES)]
        for role in ROLES_IN_ORDER:
            service = vacant if role == "acting_secretary" else normal
            found = [verdict(ask(service, f"{unit}.{role}", None)) for unit in PLACES.values()]
            lines.append(_row(role, found))
        lines += [_row("client alone", CLIENTS)]
        lines += [_row("", [verdict(ask(normal, None, token)) for token in tokens.values()]), ""]
    for service in (normal, vacant):
        service.parts.database.close()
    return "\n".join(line.rstrip() for line in lines)


def _row(first: str, cells: Any) -> str:
    return f"  {first:<24}" + "".join(f"{cell:<17}" for cell in cells)
