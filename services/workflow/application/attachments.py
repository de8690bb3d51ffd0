"""Files that belong to a document of a case: brought by who may hand it in, kept beside the log.

The one idea: a file is known by the SHA-256 of its bytes, which a version of the document names and
the event holds. Who reads the version reads the file; before it is handed in, who may do that. One
that no version names is gone when what was typed is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, Protocol

import orjson

from services.workflow.application.access import Access
from services.workflow.application.drafts import Drafts
from services.workflow.application.reading_ports import Reads
from services.workflow.application.saving import to_save
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor
from services.workflow.domain.data.files import MOST_OF_CASE, told
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotAllowed, NotYours

Kind = Literal["docx", "pdf"]
TEXTS = "case.texts.read"

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$", re.ASCII)


class UnfitFile(Invalid):
    """A file that is not taken (422)."""

    def __init__(self, code: str, **params: int) -> None:
        super().__init__((Blocker(code=code, params=params),))


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """One file, brought for one document of one case."""

    case: str  # its id
    document: str
    sha256: str  # hex
    name: str
    kind: Kind
    content: bytes
    brought_by: str
    brought_at: datetime
    gone_at: datetime | None  # None: a version of the document names it

    @property
    def saved_as(self) -> Mapping[str, str]:
        """The headers under which it is saved, and never shown, by whoever serves it."""
        return {
            **to_save(f"{self.sha256[:12]}.{self.kind}", _ENDING.sub("", self.name)),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }


class AttachmentStore(Protocol):
    """Where files are kept; each call is its own commit."""

    def attachments(self, case_id: str, hash_: str) -> Sequence[Attachment]:
        """Return a file, once for each document that it was brought for."""
        ...

    def names(self, case_id: str) -> Mapping[tuple[str, str], str]:
        """Return what each file of a case is called, by the document and the hash."""
        ...

    def keep(self, attachment: Attachment, most: int) -> bool:
        """Keep a file, once for a document; False where the case has *most* others."""
        ...

    def forget(self, now: datetime) -> int:
        """Take away every file whose time is over; how many that were."""
        ...


class Attachments:
    """Bringing files and reading them."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        kept: AttachmentStore,
        access: Access,
        watch: Watch,
        reads: Reads,
        kind_of: Callable[[bytes], Kind],
        now: Callable[[], datetime],
    ) -> None:
        self._drafts = drafts
        self._kept = kept
        self._access = access
        self._watch = watch
        self._reads = reads
        self._kind_of = kind_of
        self._now = now

    def bring(
        self, actor: Actor, case_id: str, document: str, name: str, content: bytes
    ) -> Attachment:
        """Keep a file for a document; the same again is no harm.

        Raises:
            NotYours, NotAllowed: the document is not theirs to hand in.
            Conflict: the case has ended.
            UnfitFile: the document takes no file, or not this one.
        """
        place = self._drafts.place(actor, case_id, document)
        if not place.case.is_open:
            raise Conflict(Blocker(code="case_ended"))
        if not place.takes_files:
            raise UnfitFile("no_file_taken")
        if "/" in name or "\\" in name:
            raise UnfitFile("file_name_a_path")
        attachment = Attachment(
            case=place.case.id,
            document=document,
            sha256=sha256(content).hexdigest(),
            name=name,
            kind=self._kind_of(content),
            content=content,
            brought_by=actor.person or "",
            brought_at=self._now(),
            gone_at=place.gone_at,
        )
        if not self._kept.keep(attachment, MOST_OF_CASE):
            raise UnfitFile("files_too_many", most=MOST_OF_CASE)
        return attachment

    def read(self, actor: Actor, case_id: str, hash_: str) -> Attachment:
        """Return a file of a case.

        Raises:
            NotYours: it is absent, or not theirs to read.
        """
        for found in self._kept.attachments(case_id, hash_):
            if self._reads_it(actor, found) or self._brings_it(actor, found):
                return found
        raise NotYours(case_id)

    def names(self, case_id: str) -> Mapping[tuple[str, str], str]:
        """Return what each file of a case is called, by document and hash, for who sees them."""
        return self._kept.names(case_id)

    def _brings_it(self, actor: Actor, found: Attachment) -> bool:
        try:
            self._drafts.place(actor, found.case, found.document)
        except (NotYours, NotAllowed):
            return False
        return True

    def _reads_it(self, actor: Actor, found: Attachment) -> bool:
        """Tell whether a version that names the file is the actor's to read."""
        try:
            seen = self._access.case(actor, found.case)
        except (NotYours, NotAllowed):
            return False
        if seen.extent.shown is None and not self._watch.opens(actor, TEXTS, seen):
            return False
        return any(
            not seen.extent.withholds(data)
            for data in (
                orjson.loads(row.body)["data"] for row in self._reads.stream(seen.case.stream)
            )
            if _names(data, found)
        )


def _names(data: dict[str, object], found: Attachment) -> bool:
    documents = data.get("documents")
    return isinstance(documents, list) and (found.document, found.sha256) in told(documents)
