"""The page on which a document in parts is written.

What stands in its fields is what was sent, else the draft, else the version before. What is said of
it (lengths, shares, what is not answered yet) the script of the page goes on saying.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from flask import Response, abort

from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Browsers
from services.workflow.adapters.web.document_fields import typed_key
from services.workflow.adapters.web.fields import Asking, Field, Group
from services.workflow.adapters.web.flash import just_done
from services.workflow.adapters.web.forms import ActForm, forms_for
from services.workflow.adapters.web.measured import measured
from services.workflow.adapters.web.minutes import begun
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.sent import Sent
from services.workflow.adapters.web.since import being_written, found_in_parts, since
from services.workflow.adapters.web.standing import Standing, has_file
from services.workflow.adapters.web.typed import typed_text
from services.workflow.adapters.web.voice import Voice
from services.workflow.application.boards import Names
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.versions import Version
from services.workflow.application.drafts import Draft, nothing_yet
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.documents import Document

SAVE, DRAFT, SAVED = "save", "draft", "saved"
UNSAVED = ".was"  # what the page alone needs to know of a row


@dataclass(frozen=True)
class Place:
    """A document of a case, at the browser that writes it."""

    browsers: Browsers
    case: str
    document: str
    against: str = ""  # the number of the version that it is compared with; "": the last

    @property
    def here(self) -> str:
        """The address at which the same comparison is shown again."""
        return f"{self.path}?against={self.against}#before" if self.against else self.path

    @property
    def path(self) -> str:
        return f"/cases/{self.case}/documents/{self.document}"

    @property
    def base(self) -> str:
        """What the names of its fields begin with."""
        return f"documents.{self.document}"

    def drafts(self) -> dict[str, Draft]:
        """Return the drafts there are of the document, and of others that are handed in with it.

        Raises:
            NotYours, NotAllowed: it is not theirs to hand in.
        """
        uses, actor = self.browsers.uses, self.browsers.actor()
        return uses.drafts.read_all(actor, self.case, self.document)


def fields_of(draft: Draft) -> dict[str, str]:
    """Return what *draft* has for the fields of the form."""
    return {f"documents.{draft.document}.{at}": text for at, text in draft.typed.items()}


class ToAnswer(NamedTuple):
    """A case, or a row of one, that the document has to answer, and the fields of its answer."""

    number: str
    label: str
    state: str
    case: str  # its id; "" where it is not to be opened
    group: Group  # its hint says what was found

    def is_answered(self, typed: Mapping[str, str]) -> bool:
        return bool(typed_text(typed.get(self.group.fields[-1].name, "")))


def editor_page(
    place: Place,
    trigger: str,
    drafts: Mapping[str, Draft],
    status: int = 200,
    *,
    answer: Outcome | None = None,
    sent: Mapping[str, str] | None = None,
    theirs: frozenset[str] = frozenset(),
    saved: bool = False,
) -> Response | None:
    """Return the page; None where nothing that takes the document can be fired now.

    *sent* is a form as it came, *saved* but for what is refused; of *theirs* the drafts are what
    another save left meanwhile.
    """
    look = place.browsers.look()
    board = place.browsers.uses.boards.case(look, place.case)
    typed = _typed(drafts) if sent is None else dict(sent)
    asking = Asking.of(board, look, typed)
    forms = forms_with(board, asking, place.document)
    form = next((one for one in forms if trigger in ("", one.trigger)), None)
    if form is None:
        if trigger and forms and sent is None:
            abort(404)
        return None
    if sent is None:  # of the drafts that the form has no place for nothing is said
        drafts = {name: drafts[name] for name in _documents(form) if name in drafts}
        typed = _typed(drafts)
        typed = {field.name: field.value for field in _fields(form.groups)} | typed
    written = _begun(place, board, form, drafts) if sent is None else {}
    typed |= written
    draft = drafts.get(place.document)
    document = board.here.scheme.documents[place.document]
    parts = _only(form.groups, place, "parts")
    by_number = {str(area.number): area for area in document.content_areas}
    covers = _fields(_only(form.groups, place, "covers"))
    areas = [(field, by_number[field.path[-1]]) for field in covers]
    texts = {one.path[-1]: typed.get(one.name, "") for one in _fields(parts)}
    lengths, now = measured(document, texts), being_written(document, texts, board, look)
    to_answer = list(_to_answer(board, document, _only(form.groups, place, "answers")))
    n_covered = sum(bool(typed.get(field.name)) for field, _ in areas)
    standing = Standing(
        lengths=lengths,
        has_file=has_file(place.base, typed),
        n_unanswered=sum(not one.is_answered(typed) for one in to_answer),
        n_uncovered=len(areas) - n_covered,
    )
    refused = _Refused(board, replace(asking, typed=typed), form.trigger, answer)
    return page(
        place.browsers,
        "editor.html",
        status,
        board=board,
        form=form,
        others=[one for one in forms if one.trigger != form.trigger],
        document=document,
        lengths=lengths,
        parts={one.path[-1]: one for one in _fields(parts)},
        answers=to_answer,
        areas=areas,
        n_covered=n_covered,
        standing=standing,
        rest=_rest(form.groups, place),
        leads_to=next(act.possible.to for act in board.acts if act.trigger.name == form.trigger),
        versions=[one for one in board.versions if one.document == document.name],
        said_of=list(_said_of(board, document)),
        begins_elsewhere=place.document == board.here.record,
        is_begun=bool(written),
        voice=Voice(here=board.here, look=look, names=board.names, numbers=board.numbers),
        since=since(board, now, place.against),
        found=found_in_parts(board, now),
        number=board.case.n_filed.get(document.name, 0) + 1,
        tried=form.trigger,
        typed=typed,
        draft=draft,
        tags=_tags(form, board.case, drafts, sent),
        saved_by={name: name_of(place.browsers, drafts[name]) for name in theirs or drafts},
        their_drafts={name: drafts[name] for name in theirs},
        theirs=_typed({name: drafts[name] for name in theirs}),
        refused=refused.reasons(),
        flaws=refused.flaws(lengths.longest, place),
        sent=sent is not None and not saved,
        saved=saved,
        stale=answer is not None and answer.outcome == "stale",
        done=just_done(place.browsers) == SAVED,
        key=secrets.token_urlsafe(16),
        path=place.path,
        base=place.base,
    )


def _begun(
    place: Place, board: CaseBoard, form: ActForm, drafts: Mapping[str, Draft]
) -> dict[str, str]:
    """Return what the record of a gathering begins with, where nobody has begun it yet."""
    document = place.document
    filed = board.case.n_filed.get(document, 0)
    if document != board.here.record or document in drafts or filed:
        return {}
    parts = (one.name for one in _fields(_only(form.groups, place, "parts")))
    return dict(zip(parts, begun(place.browsers, place.case), strict=False))


def forms_with(board: CaseBoard, asking: Asking, document: str) -> list[ActForm]:
    """Return the forms in which *document* is written, that which moves the case on first."""
    return [one for one in forms_for(board, asking) if one.document == document]


def name_of(browsers: Browsers, draft: Draft) -> str:
    """Return who saved *draft*, by name."""
    names = Names(browsers.look())
    names.want(draft.saved_by)
    names.look_up(browsers.uses.boards.sources.reads)
    return names(draft.saved_by)


# --- Drafts ---


def _typed(drafts: Mapping[str, Draft]) -> dict[str, str]:
    return {name: text for draft in drafts.values() for name, text in fields_of(draft).items()}


def _tags(
    form: ActForm, case: Case, drafts: Mapping[str, Draft], sent: Mapping[str, str] | None
) -> Mapping[str, str]:
    """Return the save that each document of the form goes on from, by the name of its field."""
    tags = {}
    for document in _documents(form):
        name, draft = f"{DRAFT}.{document}", drafts.get(document)
        before = (sent or {}).get(name) or nothing_yet(case.n_filed.get(document, 0))
        tags[name] = before if draft is None else draft.tag
    return tags


def _documents(form: ActForm) -> Iterable[str]:
    """Return the documents that the form takes."""
    paths = (field.path for field in _fields(form.groups))
    return dict.fromkeys(path[1] for path in paths if path[0] == "documents")


# --- What the form is made of ---

_OWN = ("parts", "answers", "covers")  # members of a document that have a place of their own


def _fields(groups: Iterable[Group]) -> Iterator[Field]:
    for group in groups:
        yield from group.fields


def _only(groups: Iterable[Group], place: Place, member: str) -> list[Group]:
    return [one for one in groups if _is_of(one, place, member)]


def _rest(groups: Iterable[Group], place: Place) -> list[Group]:
    return [one for one in groups if not any(_is_of(one, place, name) for name in _OWN)]


def _is_of(group: Group, place: Place, member: str) -> bool:
    return any(field.name.startswith(f"{place.base}.{member}.") for field in group.fields)


def _to_answer(board: CaseBoard, document: Document, groups: list[Group]) -> Iterator[ToAnswer]:
    """Yield what has to be answered, each with the fields of its answer."""
    known = {one.case.stream: (lead, one) for lead in board.leads for one in lead.cases}
    wanted = {typed_key(one.key): one.number for one in board.to_answer.get(document.name, ())}
    for group in groups:
        stream, row, *_ = (field.value for field in group.fields)
        lead, linked = known.get(stream, (None, None))
        number = linked.case.number if linked else ""
        yield ToAnswer(
            number=wanted.get((stream, row), number),
            label=lead.label if lead else board.here.case(stream.partition("/")[0]),
            state=linked.state if linked else "",
            case=linked.case.id if linked else "",
            group=group,
        )


def _said_of(board: CaseBoard, document: Document) -> Iterator[Version]:
    """Yield what was said of the version before, the newest first."""
    documents = board.here.scheme.documents
    for version in reversed(board.versions):
        known = documents.get(version.document)
        if known is not None and known.about == document.name:
            yield version


# --- What is wrong ---


class _Refused:
    """Why the form that was sent was not taken."""

    def __init__(
        self, board: CaseBoard, asking: Asking, trigger: str, answer: Outcome | None
    ) -> None:
        answer = answer or Outcome(outcome="done")
        self._sent, self._a_case = Sent(board.here, asking, trigger), words.of_kind(board.here)
        self._blockers, self._faults = answer.blockers, answer.faults

    def reasons(self) -> list[tuple[str, str, str]]:
        """Return why, what would lift it, and the field it is about."""
        sent = self._sent
        return [
            *((*told(one, self._a_case), sent.field(one.field)) for one in self._blockers),
            *((sent.fault(one), "", sent.field(one.field)) for one in self._faults),
        ]

    def flaws(self, longest: str, place: Place) -> dict[str, str]:
        """Return what is wrong with each field; of a document as a whole, with its longest part."""
        whole = f"data.{place.base}"
        blockers = [
            replace(one, field=f"{whole}.parts.{longest}") if one.field == whole else one
            for one in self._blockers
        ]
        return self._sent.flaws(blockers, self._faults)
