"""Kinds of case as wholes: names, tiers, audits, where their cases come from."""

from schemas.limits import GENERATIONS
from schemas.said import said
from services.workflow.domain.language.model.documents import CARRIED, ITSELF
from services.workflow.domain.language.model.lives import Audit, Kind, Life, State
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.reading.triggers import OPEN_STATES
from services.workflow.domain.language.soundness.leading import ancestors, triggers_of
from services.workflow.domain.language.soundness.noting import Note, note_unknown

_WORDS = ("unit", "post")  # what `each` and `many_for` take beside kinds


def check_kinds(scheme: Scheme, note: Note) -> None:
    """Note what is wrong with each kind, and between them."""
    _check_tier_names(scheme, note)
    for kind in scheme.kinds.values():
        if kind.name in _WORDS:
            note(kind.at, said("{kind} is a word of the language", kind=kind.name))
        _check_origin(scheme, kind, note)
        _check_rows(scheme, kind, note)
        _check_links(scheme, kind, note)
        _check_unit_kinds(kind, note)
        for document in kind.shows:
            at = (*kind.at, "shows", document)
            note_unknown("document", document, scheme.documents, at, note)
        for life in kind.lives:
            for state in life.states.values():
                _check_state(life, state, note)
            _check_audits(life, note)
            _check_suspension(life, note)
    triggers = {trigger for kind in scheme.kinds.values() for trigger in triggers_of(kind)}
    for name in sorted(scheme.clients):
        note_unknown("trigger", name, triggers, ("clients",), note)


def _check_generations(scheme: Scheme, kind: Kind, note: Note) -> None:
    """Note a kind below itself, and one so far below that its number would fit no event."""
    above = list(ancestors(scheme, kind))
    at = (*kind.at, "many_for")
    if kind.name in above:
        note(at, said("{kind} is a child of itself", kind=kind.name))
    elif len(above) > GENERATIONS:
        note(
            at,
            said(
                "{kind} stands below {n} kinds: at most {most}",
                kind=kind.name,
                n=len(above),
                most=GENERATIONS,
            ),
        )


def _check_tier_names(scheme: Scheme, note: Note) -> None:
    """Note names that would make two numbers look alike: they show the tier, else the kind."""
    owners: dict[str, str] = {kind.name: kind.name for kind in scheme.kinds.values()}
    for kind, life in scheme.lives():
        if life.tier:
            owner = owners.setdefault(life.tier, f"{kind.name}, as a tier")
            if owner != f"{kind.name}, as a tier":
                note(
                    life.at,
                    said("{tier} is the name of {owner} already", tier=life.tier, owner=owner),
                )


def _check_origin(scheme: Scheme, kind: Kind, note: Note) -> None:
    form, of = kind.origin.form, kind.origin.of
    if form == "many_for" and of != "unit":
        note_unknown("kind of case", of, scheme.kinds, (*kind.at, "many_for"), note)
        _check_generations(scheme, kind, note)
    if (
        form == "many_for"
        and of == "unit"
        and not kind.opened_by
        and not _opened_as_effect(scheme, kind)
    ):
        note(
            kind.at,
            said(
                "nobody opens {kind}: it has no opened_by, and no trigger opens it", kind=kind.name
            ),
        )
    states = {name for life in kind.lives for name in life.states}
    at = (*kind.at, "one_for", "until")
    note_unknown(said("state of {kind}", kind=kind.name), kind.origin.until, states, at, note)
    if kind.exempt and form != "each":
        note(
            (*kind.at, "exempt"),
            said("no {kind} is expected of anybody, so nobody is exempt", kind=kind.name),
        )
    if kind.person and form not in ("each", "on_request"):
        note(
            (*kind.at, "person"),
            said("{kind} is no case about a person of its own", kind=kind.name),
        )
    if kind.every and form != "each":
        note(
            (*kind.at, "every"),
            said("only cases opened for each have a turn: {kind} has none", kind=kind.name),
        )


def _opened_as_effect(scheme: Scheme, kind: Kind) -> bool:
    return any(
        effect.kind == kind.name
        for _, life in scheme.lives()
        for trigger in life.triggers.values()
        for effect in trigger.opens
    )


def _check_rows(scheme: Scheme, kind: Kind, note: Note) -> None:
    parent = scheme.kinds.get(kind.origin.parent)
    for made in kind.made_from:
        if (
            note_unknown("document", made.document, scheme.documents, (*made.at, "document"), note)
            and not scheme.documents[made.document].columns
        ):
            note(
                (*made.at, "document"),
                said("{document} has no rows to make cases of", document=made.document),
            )
        if parent is None:
            note(
                made.at,
                said("{kind} has no parent whose rows it could be made from", kind=kind.name),
            )
        else:
            triggers = triggers_of(parent)
            note_unknown(
                said("trigger of {parent}", parent=parent.name),
                made.by,
                triggers,
                (*made.at, "by"),
                note,
            )


def _check_links(scheme: Scheme, kind: Kind, note: Note) -> None:
    for link in kind.links.values():
        if link.name in (CARRIED, ITSELF):
            note(link.at, said("{word} is a word of must_answer", word=link.name))
        if not note_unknown("kind of case", link.kind, scheme.kinds, link.at, note):
            continue
        linked = scheme.kinds[link.kind]
        if link.form == "slot" and linked.origin.form != "one_for":
            note(
                link.at,
                said("there is not one {linked} for a unit: say of, not for", linked=linked.name),
            )
        if link.form == "children" and linked.origin.parent != kind.name:
            note(
                link.at, said("{linked} is no child of {kind}", linked=linked.name, kind=kind.name)
            )
        if link.form == "back":
            _check_back(kind, link.back, linked, (*link.at, "back"), note)


def _check_back(kind: Kind, back: str, linked: Kind, at: tuple[str | int, ...], note: Note) -> None:
    if note_unknown(
        said("link of {linked}", linked=linked.name), back, linked.links, at, note
    ) and (linked.links[back].kind != kind.name):
        note(
            at,
            said(
                "the link {back} of {linked} does not lead to {kind}",
                back=back,
                linked=linked.name,
                kind=kind.name,
            ),
        )


def _check_unit_kinds(kind: Kind, note: Note) -> None:
    owners: dict[str, str] = {}
    for life in kind.lives:
        for unit_kind in life.unit_kinds:
            owner = owners.setdefault(unit_kind, life.tier)
            if owner != life.tier:
                note(
                    (*life.at, "kinds", unit_kind),
                    said(
                        "{unit_kind} belongs to tier {owner} already",
                        unit_kind=unit_kind,
                        owner=owner,
                    ),
                )


def _check_state(life: Life, state: State, note: Note) -> None:
    if state.name == OPEN_STATES:
        note(
            (*state.at, "name"),
            said("{open_states} is a word of the language", open_states=OPEN_STATES),
        )
    if state.final and (state.desks or state.due or state.waits or state.planned):
        had = said("no desk, no deadline, no planned day, waits for nothing")
        note(state.at, said("{state} is final: it has {had}", state=state.name, had=had))
    if state.name == life.initial and state.final:
        note(state.at, "the initial state is final")
    if isinstance(state.until, int) and state.until > len(state.desks):
        note((*state.at, "until"), said("there are {n} desks only", n=len(state.desks)))
    if state.until != "all" and len(state.desks) < 2:  # noqa: PLR2004 - one desk has no choice
        note((*state.at, "until"), "until is for a state with several desks")
    stages = {audit.stage for audits in life.audits.values() for audit in audits}
    for desk in state.desks:
        if desk.party == "auditing_body" and state.name not in stages:
            note(
                (*desk.at, "party"),
                said("{state} is no audit, so it has no auditing body", state=state.name),
            )


def _check_audits(life: Life, note: Note) -> None:
    for unit_kind, audits in life.audits.items():
        stages = [audit.stage for audit in audits]
        for index, audit in enumerate(audits):
            at = (*audit.at, "stage")
            if not note_unknown("state", audit.stage, life.states, at, note):
                continue
            if audit.stage in stages[:index]:
                note(at, said("audit {stage} is repeated", stage=audit.stage))
            if not _has_way_back(life, audit, unit_kind):
                note(
                    at,
                    said(
                        "no way back: the auditing body of {stage} cannot send it back",
                        stage=audit.stage,
                    ),
                )


def _has_way_back(life: Life, audit: Audit, unit_kind: str) -> bool:
    """Tell whether the auditing body itself can send a case back to its beginning."""
    return any(
        (source, target) == (audit.stage, life.initial)
        and any(grant.party == "auditing_body" for grant in trigger.by)
        for trigger, source, target in life.edges(unit_kind)
    )


def _check_suspension(life: Life, note: Note) -> None:
    paused: dict[str, tuple[str | int, ...]] = {}
    for trigger in life.triggers.values():
        if trigger.records == "suspended":
            paused |= dict.fromkeys(trigger.sources, trigger.at)
    for trigger in life.triggers.values():
        if trigger.records == "resumed":
            for source in trigger.sources:
                paused.pop(source, None)
    for state, at in paused.items():
        note(at, said("a case suspended in {state} never resumes", state=state))
