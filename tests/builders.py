"""Builders: what a test needs, with everything it does not care about filled in."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from services.workflow.adapters.files import scheme_file
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.case.acting import why_not_fire
from services.workflow.domain.case.head import Audit, Case, Filed, Holder
from services.workflow.domain.case.world import Heads, Round, World
from services.workflow.domain.organisation import Organisation, Post, Unit
from tests.texts import EARLIER

SCHEME = scheme_file.load(EARLIER, "2019.yaml")
DAY = date(2020, 1, 9)  # an ordinary working day inside the 2019 cycle
AT = datetime(2020, 1, 9, 2, tzinfo=UTC)  # ten in the morning of DAY, in Shanghai

# A small tree with every kind of unit. The ids are the tree: c.h1.a is a branch of c.h1.
UNITS: tuple[tuple[str, str | None, str], ...] = (
    ("w", None, "work_committee"),
    ("g", "w", "leadership_group"),
    ("c", "g", "organ_committee"),
    ("c.o1", "c", "organ_branch"),
    ("c.b1", "c", "unit_branch"),
    ("c.h1", "c", "unit_committee"),
    ("c.h1.a", "c.h1", "grassroots_branch"),
    ("c.h1.b", "c.h1", "grassroots_branch"),
    ("c.h1.g", "c.h1", "general_branch"),
    ("c.h1.g.a", "c.h1.g", "grassroots_branch"),
    ("c.h2", "c", "unit_committee"),
    ("c.h2.a", "c.h2", "grassroots_branch"),
)


def unit(unit_id: str, parent: str | None, kind: str, **others: Any) -> Unit:
    return Unit(**{"id": unit_id, "parent": parent, "kind": kind, "name": unit_id, **others})


def post(
    person: str,
    unit_id: str,
    role: str,
    since: date = date(2019, 1, 1),
    until: date | None = date(2020, 12, 31),
) -> Post:
    return Post(person=person, unit=unit_id, role=role, since=since, until=until)


def organisation(
    posts: Iterable[Post] = (),
    units: Iterable[Unit] | None = None,
    people: Iterable[str] = (),
) -> Organisation:
    """Build an organisation at version 1; whoever holds a post is known."""
    posts = tuple(posts)
    if units is None:
        units = (unit(*entry) for entry in UNITS)
    return Organisation.empty().evolve(
        changed(units=units, people={*people, *(post.person for post in posts)}, posts=posts)
    )


# How the 2019 scheme appraises each kind: tier, audits (stage, whose), who hears.
APPRAISAL: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {
    "organ_committee": ("A", (("organ_audit", "work_committee"),), "work_committee"),
    "unit_committee": (
        "B",
        (("unit_audit", "own"), ("organ_audit", "organ_committee")),
        "organ_committee",
    ),
    "organ_branch": ("B", (("organ_audit", "organ_committee"),), "organ_committee"),
    "unit_branch": ("B", (("organ_audit", "organ_committee"),), "organ_committee"),
    "general_branch": ("C", (("unit_audit", "unit_committee"),), "unit_committee"),
    "grassroots_branch": ("C", (("unit_audit", "unit_committee"),), "unit_committee"),
}


def review(
    tree: Organisation, unit_id: str, person: str, state: str = "drafting", **others: Any
) -> Case:
    """Build the case of *person*, secretary of *unit_id*, as the 2019 scheme would open it."""
    placed = tree.units[unit_id]
    tier, audits, hearing = APPRAISAL[placed.kind]

    def body(kind: str) -> str:
        return unit_id if kind == "own" else tree.nearest(unit_id, kind) or ""

    given = {
        "id": "018f0000-0000-7000-8000-000000000001",
        "kind": "review",
        "label": "述职评议",
        "family": "review/018f0000-0000-7000-8000-000000000001",
        "number": f"2019-{tier}-0001",
        "cycle": "018f0000-0000-7000-8000-00000000000c",
        "scheme": "0" * 64,
        "person": person,
        "unit": unit_id,
        "unit_kind": placed.kind,
        "tier": tier,
        "path": tree.path(unit_id),
        "audits": tuple(Audit(stage=stage, body=body(kind)) for stage, kind in audits),
        "parties": {
            "hearing_body": body(hearing),
            **{
                kind: nearest
                for kind in ("organ_committee", "work_committee")
                if (nearest := _own_or_above(tree, unit_id, kind))
            },
        },
        "state": state,
        "initial": "drafting",
        "version": 1,
        "holders": (Holder(unit=unit_id, role="secretary", person=person),),
        **dict.fromkeys(("entered_at", "effective_at", "recorded_at", "opened_at"), AT),
    }
    submitted_by = others.pop("submitted_by", None)
    if submitted_by is not None:
        given["documents"] = {"report": Filed(version=1, submitter=submitted_by)}
    return Case(**{**given, **others})


def _own_or_above(tree: Organisation, unit_id: str, kind: str) -> str | None:
    placed = tree.units[unit_id]
    return unit_id if placed.kind == kind else tree.nearest(unit_id, kind)


def world(case: Case, tree: Organisation, day: date = DAY) -> World:
    """Build what may be looked at when *case* is decided about, under the shipped scheme."""
    none: Any = None
    return World(
        scheme=SCHEME,
        organisation=tree,
        calendar=none,
        round=Round(id=case.cycle, label="2019", unit=tree.root or "", begins=day),
        heads=Heads(cases={case.stream: case}),
        now=AT,
        new_id=str,
    )


def asked(
    case: Case, trigger: str, tree: Organisation, day: date = DAY, **others: Any
) -> dict[str, Any]:
    """Build what authority is asked with about *trigger* of *case*, under the shipped scheme."""
    at = world(case, tree, day)
    known = at.life(case).triggers.get(trigger)
    fires = known and (lambda candidate: why_not_fire(candidate, case, known, at))
    return {"case": case, "trigger": trigger, "fires": fires, **others}


def person(person_id: str, **others: Any) -> Actor:
    """Build somebody at the page."""
    page = {"client": "web", "scopes": PAGE_SCOPES, "scope_unit": "w"}
    return Actor(**{**page, "person": person_id, **others})


def client(*scopes: str, scope_unit: str = "w", on_behalf_of: str | None = None) -> Actor:
    """Build a machine with a token."""
    return Actor(client="oa", person=on_behalf_of, scopes=frozenset(scopes), scope_unit=scope_unit)


def changed(
    units: Iterable[Unit] = (),
    people: Iterable[str] = (),
    posts: Iterable[Post] = (),
    dropped_units: Iterable[str] = (),
    dropped_people: Iterable[str] = (),
    dropped_posts: Iterable[Post] = (),
    dropped_relations: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Build the data of one `organisation_changed` event."""
    return {
        "units": [unit_entry(unit) for unit in units],
        "people": [
            {"id": person, "details": {"sha256": "0" * 64, "length": 1}}
            for person in sorted(people)
        ],
        "posts": [post_entry(post) for post in posts],
        "relations": [],
        "dropped": {
            "relations": list(dropped_relations),
            "units": list(dropped_units),
            "people": list(dropped_people),
            "posts": [
                {key: value for key, value in post_entry(post).items() if key != "until"}
                for post in dropped_posts
            ],
        },
    }


def unit_entry(unit: Unit) -> dict[str, Any]:
    entry = {
        "id": unit.id,
        "name": unit.name,
        "kind": unit.kind,
        "attributes": dict(unit.attributes),
    }
    return entry if unit.parent is None else {**entry, "parent": unit.parent}


def post_entry(post: Post) -> dict[str, Any]:
    entry = {
        "person": post.person,
        "unit": post.unit,
        "role": post.role,
        "from": post.since.isoformat(),
    }
    return entry if post.until is None else {**entry, "until": post.until.isoformat()}


def called(day: str, place: str = "第一会议室") -> dict[str, Any]:
    """Return the data that set the day of a meeting of 2019, when on it, and where."""
    time = {"from": f"{day}T06:00:00Z", "until": f"{day}T09:20:00Z"}
    call = {"rows": [{"time": time, "place": place}]}
    return {"planned": {"held": day}, "documents": {"call": call}}


def superior(figure: str) -> dict[str, str]:
    """Return what the superior gives in the 2019 scheme, the same for each part."""
    return dict.fromkeys(("stars", "yearly", "daily"), figure)


def assessed(mark: str = "met") -> dict[str, Any]:
    """Return what an audit says of each criterion of the notice of 2019: to all the same."""
    rows = {f"criterion_{one}": {"verdict": mark} for one in "abc"}
    return {"documents": {"assessment": {"rows": rows}}}


def passed(version: int = 1) -> dict[str, Any]:
    """Return the data of an audit that a report passes in a *version*, all criteria met."""
    return {**assessed(), "read": {"report": version}}
