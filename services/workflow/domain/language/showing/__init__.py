"""A scheme as people read it: Markdown with a diagram and tables for each kind and tier.

What is shown is what runs: everything is read off the scheme, nothing off its file. The words are
catalogue files beside this module, one for each language.
"""

from collections.abc import Iterable, Iterator, Mapping

from schemas.vocabulary import Vocabulary, default
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.showing.acts import told_by
from services.workflow.domain.language.showing.comparing import compare
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.phrases import Phrases, phrases
from services.workflow.domain.language.showing.rules import told_grants
from services.workflow.domain.language.showing.statements import (
    Place,
    Statement,
    statements,
    whose,
)

__all__ = ["compare", "show"]


def show(
    scheme: Scheme,
    language: str = "zh",
    vocabulary: Vocabulary | None = None,
    empty: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Return *scheme* as Markdown, its roles and kinds of units in the words of *vocabulary*.

    *empty*: the units for which a link leads nowhere, by link.
    """
    say, words = phrases(language), vocabulary or default()
    told = {statement.place: statement for statement in statements(scheme, say, words)}
    lines = [*_head(scheme, say, told)]
    for kind in scheme.kinds.values():
        lines += [f"## {say('title_kind', label=kind.label, name=kind.name)}", ""]
        for life in kind.lives:
            here = Here(scheme, kind, life, say, words)
            lines += [f"### {whose(here)}", ""] if life.tier else []
            lines += [told[Place(kind.name, life.tier, "kind", kind.name)].told, ""]
            lines += ["```mermaid", *_diagram(life), "```", ""]
            lines += _states(life, kind.name, told, say)
            lines += _triggers(life, kind.name, told, say)
            lines += _who(here)
            lines += _listed(
                told, (kind.name, life.tier, "audits"), say("title_audits"), say("colon")
            )
            lines += _listed(told, (kind.name, life.tier, "link"), say("title_links"), say("colon"))
    lines += _sections(told, say)
    for link, units in (empty or {}).items():
        lines += [f"## `{link}`", "", say("title_empty"), "", say.names(units), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


Told = Mapping[Place, Statement]


def _head(scheme: Scheme, say: Phrases, told: Told) -> Iterator[str]:
    yield f"# {scheme.title}"
    yield ""
    zone = scheme.zone.key
    parts = [f"`{scheme.id}`", scheme.notice, told[Place("", "", "round", "")].told, zone]
    yield " · ".join(part for part in parts if part)
    yield told[Place("", "", "days", "")].told
    for sort in ("clients", "following"):
        if found := told.get(Place("", "", sort, "")):
            yield found.told
    yield say("opened_round_by", who=told[Place("", "", "openers", "")].told)
    if closers := told.get(Place("", "", "closers", "")):
        yield say("closed_round_by", who=closers.told)
    yield say("hash", hash=scheme.hash)
    yield ""


def _diagram(life: Life) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in life.states.values():
        yield f'    state "{state.label}" as {state.name}'
    yield f"    [*] --> {life.initial}"
    edges = {
        f"    {source} --> {target}: {trigger.name}": None
        for unit_kind in life.unit_kinds or ("",)
        for trigger, source, target in life.edges(unit_kind)
    }
    yield from edges
    for name in life.ends:
        yield f"    {name} --> [*]"


def _table(say: Phrases, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    heads = [say(f"col_{column}") for column in columns]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _states(life: Life, kind: str, told: Told, say: Phrases) -> list[str]:
    def cell(sort: str, name: str) -> str:
        found = told.get(Place(kind, life.tier, sort, name))
        return found.told if found else say("dash")

    rows = (
        (f"`{name}`", state.label, cell("desk", name), cell("due", name), cell("end", name))
        for name, state in life.states.items()
    )
    return _table(say, ("name", "label", "desk", "due", "end"), rows)


def _triggers(life: Life, kind: str, told: Told, say: Phrases) -> list[str]:
    def row(name: str, label: str) -> list[str]:
        cells = [told[Place(kind, life.tier, sort, name)].told for sort in _OF_TRIGGER]
        return [f"`{name}`", label, *cells]

    rows = (row(one.name, one.label) for one in life.triggers.values() if one.sources)
    return _table(say, ("name", "label", "to", "by", "takes", "guards"), rows)


_OF_TRIGGER = ("way", "by", "takes", "guards")


def _who(here: Here) -> list[str]:
    """List who may do what: for each party all its acts."""
    acts: dict[str, list[str]] = {}
    for one in here.life.triggers.values():
        if one.sources:
            parties = [told_grants([grant], here) for grant in one.by] or [told_by(one, here)]
            for who in parties:
                acts.setdefault(who, []).append(one.label)
    say = here.say
    rows = ((who, say.listed(labels)) for who, labels in acts.items())
    return [f"{say('title_who')}{say('colon')}", "", *_table(say, ("party", "may"), rows)]


def _listed(told: Told, place: tuple[str, str, str], title: str, colon: str) -> list[str]:
    found = [each for at, each in told.items() if (at.kind, at.tier, at.sort) == place]
    rows = [f"- {each.label}{colon}{each.told}" for each in found]
    return [f"#### {title}", "", *rows, ""] if rows else []


_SECTIONS = {
    "title_parties": ("party",),
    "title_documents": ("document",),
    "title_scores": ("component", "grading", "limit"),
    "title_polls": ("poll",),
    "title_rosters": ("roster",),
    "title_draws": ("drawing",),
    "title_follows": ("consequence",),
    "title_words": ("mode", "flag", "word"),
}


def _sections(told: Told, say: Phrases) -> list[str]:
    lines: list[str] = []
    for title, sorts in _SECTIONS.items():
        rows = [
            row for sort in sorts for row in _listed(told, ("", "", sort), "", say("colon"))[2:-1]
        ]
        lines += [f"## {say(title)}", "", *rows, ""] if rows else []
    return lines
