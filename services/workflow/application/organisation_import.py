"""Importing the organisation, as the command line, the API and the page do it.

The one idea: the difference, the warnings and the questions are told before anything is recorded,
in one way, wherever the file came from: YAML or a workbook.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.calendar import local_day
from schemas.document import Fault, Faults
from schemas.said import told
from services.workflow.application.asking import Circumstances
from services.workflow.application.envelopes import Origin
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.imports import Imports
from services.workflow.application.organisation_sheets import OrganisationSheets, in_words
from services.workflow.application.rulebook import Directory
from services.workflow.application.saving import WORDS, File
from services.workflow.application.staffing import require_no_rights_of_ones_own
from services.workflow.application.workbooks import Office
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.organisation import (
    NAME_ERASED,
    Difference,
    OrganisationFile,
    lines,
)
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotAllowed

OPERATION = "organisation.import"


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """What an import changes, in words: what is recorded, and what follows from it."""

    changed: bool
    lines: tuple[str, ...]
    behind: tuple[str, ...]  # open cases that lose their unit or holder: it is asked about them
    void: tuple[str, ...]  # deputies and absences that fall away
    warnings: tuple[str, ...]
    version: int  # of the organisation that it was held against; once taken, that it made


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganisationImport:
    """The use cases of who brings the organisation."""

    imports: Imports
    directory: Directory
    office: Office
    now: Callable[[], datetime]

    def require(self, actor: Actor) -> None:
        """Return if *actor* keeps people and posts.

        Raises:
            NotAllowed: they do not.
        """
        day = local_day(self.now(), ZONE)
        verdict = authorise(actor, OPERATION, self.directory.current(), day)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))

    def workbook(self, language: str = "zh") -> File:
        """Return what is known as a workbook: imported as it is, it changes nothing."""
        tree = self.imports.export()
        content = self.office.write(self._sheets().tables(tree))
        called = (WORDS["organisation"][language],)
        return File(content=content, plain="organisation.xlsx", called=called)

    def read(self, content: bytes, name: str) -> OrganisationFile:
        """Return what a workbook says.

        Raises:
            UnfitFile, UnfitWorkbook: with what is wrong, each at its cell.
        """
        with self.office.read(content).whole() as sheets:
            try:
                file = self._sheets().read(sheets, name)
            except Faults as faults:
                raise in_words(faults) from faults
        return replace(file, people={**file.people, **dict.fromkeys(self._erased(file))})

    def _erased(self, file: OrganisationFile) -> list[str]:
        """Return whose details are erased, and stay so: in a workbook of ours they have no name."""
        there = (one for one in self.directory.current().people if one in file.people)
        unnamed = [one for one in there if (file.people[one] or {}).get("name") == NAME_ERASED]
        named = self.imports.reads.people(unnamed) if unnamed else {}
        return [one for one in unnamed if one not in named]

    def look(self, file: OrganisationFile, language: str) -> Foreseen:
        """Return what importing *file* would change.

        Raises:
            Faults: it is of another organisation, or takes away words that are needed.
        """
        return self._compared(file, language)[0]

    def _compared(self, file: OrganisationFile, language: str) -> tuple[Foreseen, Difference]:
        version = self.directory.current().version
        warnings = (*file.warnings, *self.imports.taken_from_texts(file))
        changes = self.imports.compare(file)
        behind = self.imports.left_behind(file, changes)
        foreseen = Foreseen(
            changed=bool(changes),
            lines=tuple(lines(changes, language)),
            behind=tuple(told(one, language) for one in behind),
            void=tuple(told(one, language) for one in self.imports.falling_away(changes)),
            warnings=tuple(_warned(one.told(language)) for one in warnings),
            version=version,
        )
        return foreseen, changes

    def foresee(self, actor: Actor, content: bytes, language: str) -> Foreseen:
        """Return what a workbook would change; nothing is recorded.

        Raises:
            NotAllowed: they keep no people, or it touches posts of their own or of administrators.
            UnfitFile, UnfitWorkbook: see `read`.
        """
        return self._foreseen(actor, self._brought(actor, content), language)

    def take(
        self,
        by: Circumstances,
        content: bytes,
        language: str,
        *,
        leave_open_cases: bool,
        version: int | None = None,
    ) -> Foreseen:
        """Record what a workbook changes, all of it or nothing.

        *version*: of the organisation that was looked at, as `Foreseen` tells it.

        Raises:
            NotAllowed: they keep no people, or it touches posts of their own or of administrators.
            UnfitFile, UnfitWorkbook: see `read`.
            Invalid: open cases lose their unit or holder, and nobody said that they may.
            Conflict: the organisation is not at *version* any more.
        """
        file = self._brought(by.actor, content)
        # Said first: held against another organisation, the workbook would undo what came between.
        try:
            self.imports.require_version(version)
        except Conflict:
            seen = self._foreseen(by.actor, file, language)
            if seen.changed:
                raise
            return seen  # the same was sent before and did it: nothing is left to undo
        seen = self._foreseen(by.actor, file, language)
        if seen.behind and not leave_open_cases:
            raise Invalid(
                tuple(
                    Blocker(code="leaves_open_cases", params={"told": one}) for one in seen.behind
                )
            )
        held_against = seen.version if version is None else version
        done = self.imports.run(file, Origin.of(by.actor, by.correlation), held_against)
        # Who goes on from here holds what comes next against what this one made of it.
        return replace(seen, version=held_against + sum(1 for _ in done.events(lambda _: {})))

    def _brought(self, actor: Actor, content: bytes) -> OrganisationFile:
        self.require(actor)
        return self.read(content, "")

    def _foreseen(self, actor: Actor, file: OrganisationFile, language: str) -> Foreseen:
        try:
            seen, changes = self._compared(file, language)
        except Faults as faults:
            raise in_words(faults) from faults
        require_no_rights_of_ones_own(actor, changes)
        return seen

    def _sheets(self) -> OrganisationSheets:
        current = self.directory.current()
        spelled = self.imports.export()["vocabulary"] if current.root else {}
        return OrganisationSheets(vocabulary=current.vocabulary, spelled=spelled)


def _warned(fault: Fault) -> str:
    """Return what is said of *fault*: what was brought in a request is no file with a name."""
    return str(fault) if fault.file else f"{fault.path}: {fault.reason}"
