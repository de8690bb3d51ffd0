"""People and posts changed one by one: judged, told and recorded as an import of the file would be.

A system administrator changes them, and neither their own posts nor an administrator's: who splits
the three roles is whoever imports the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from schemas.document import Faults
from schemas.said import Said
from schemas.vocabulary import ADMINISTRATORS
from services.workflow.application.envelopes import Origin
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.imports import Imports
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory
from services.workflow.application.sought import blankless, by_name
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.organisation import Difference, Organisation, Post, lines
from services.workflow.domain.organisation.editing import Edit
from services.workflow.domain.refusals import Blocker, Invalid, NotAllowed

READ, CHANGE = "staff.read", "staff.change"
MOST_FOUND = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Staffed:
    """What an edit changes, or has changed."""

    changed: bool
    lines: tuple[str, ...]  # as `organisation import` prints them
    left: tuple[Said, ...]  # open cases that would lie with nobody
    void: tuple[Said, ...]  # deputies and absences that fall away
    warnings: tuple[Said, ...]
    version: int  # of the organisation it was held against


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person, and all posts they hold or held, the latest first."""

    id: str
    details: dict[str, str]  # empty where erased
    posts: tuple[Post, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Staffing:
    """The use cases of who keeps the people."""

    imports: Imports
    reads: Reads
    directory: Directory
    now: Callable[[], datetime]

    def find(self, actor: Actor, words: str) -> list[str]:
        """Return ids of people whose id or name has *words* in it; the first 50 by id.

        Raises:
            NotAllowed: no system administrator.
        """
        organisation = self._require(actor, READ)
        return found_people(organisation, self.reads, words)[:MOST_FOUND]

    def member(self, actor: Actor, person: str) -> Member | None:
        """Return what is known of *person*; None where there is nobody of that id.

        Raises:
            NotAllowed: no system administrator.
        """
        organisation = self._require(actor, READ)
        if not organisation.has_person(person):
            return None
        details = dict(self.reads.people([person]).get(person, {}))
        posts = sorted(organisation.posts_of_ever(person), key=lambda one: one.since, reverse=True)
        return Member(id=person, details=details, posts=tuple(posts))

    def require_new(self, person: str) -> None:
        """Return if nobody has the number *person*, now or ever.

        Raises:
            Invalid: somebody does, whose name and addresses would be written over.
        """
        if self.directory.current().has_person(person):
            raise Invalid((Blocker(code="person_known", field="id", params={"person": person}),))

    def change(
        self,
        actor: Actor,
        edit: Edit,
        correlation: str = "",
        *,
        version: int | None = None,
        rehearse: bool = False,
        leave_open_cases: bool = False,
        language: str = "zh",
    ) -> Staffed:
        """Record *edit* unless it says what is known already; *rehearse*: tell it only.

        Raises:
            NotAllowed: no system administrator, or about themselves or another administrator.
            Invalid: what is wrong with it, each with its field; or it leaves open cases behind.
            Conflict: the organisation is not at *version* any more.
        """
        current = self._require(actor, CHANGE)
        self.imports.require_version(version)
        if edit.section == "posts" and edit.entry.get("person") == actor.person:
            raise NotAllowed(Blocker(code="own_post", field="person"))
        blockers = tuple(_unfit(current, edit, local_day(self.now(), ZONE).isoformat()))
        if blockers:
            raise Invalid(blockers)
        try:
            file = self.imports.edited(edit)
        except Faults as error:
            raise Invalid(
                tuple(
                    Blocker(code="entry_refused", field=one.path, params={"reason": one.reason})
                    for one in error.faults
                )
            ) from error
        changes = self.imports.compare(file)
        told = Staffed(
            changed=bool(changes),
            lines=tuple(lines(changes, language)),
            left=tuple(self.imports.left_behind(file, changes)),
            void=tuple(self.imports.falling_away(changes)),
            warnings=tuple(
                warning.reason for warning in file.warnings if isinstance(warning.reason, Said)
            ),
            version=current.version,
        )
        if told.changed and not rehearse:
            if told.left and not leave_open_cases:
                raise Invalid(
                    tuple(
                        Blocker(code="leaves_open_cases", params={"told": one}) for one in told.left
                    )
                )
            self.imports.run(file, Origin.of(actor, correlation), current.version)
        return told

    def _require(self, actor: Actor, operation: str) -> Organisation:
        organisation = self.directory.current()
        day = local_day(self.now(), ZONE)
        verdict = authorise(actor, operation, organisation, day)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))
        return organisation


def require_no_rights_of_ones_own(actor: Actor, changes: Difference) -> None:
    """Return if *changes* touch no post of *actor*, and none of an administrator.

    Raises:
        NotAllowed: their own.
        Invalid: an administrator's; who splits the three roles imports the file at the console.
    """
    written = (one for change in changes.posts.written for one in change if one is not None)
    for post in (*written, *changes.posts.dropped):
        if post.person == actor.person:
            raise NotAllowed(Blocker(code="own_post"))
        if post.role in ADMINISTRATORS:
            raise Invalid((Blocker(code="administrator_by_file"),))


def found_people(organisation: Organisation, reads: Reads, words: str) -> list[str]:
    """Return the people, by id, whose id or name has *words* in it, also in pinyin; "": all."""
    sought = blankless(words).casefold()
    everybody = organisation.people
    named = set(reads.find_people(by_name(words), len(everybody))) if sought else ()
    return sorted(one for one in everybody if sought in one.casefold() or one in named)


def _unfit(organisation: Organisation, edit: Edit, today: str) -> Iterator[Blocker]:
    """Yield what no file would refuse, and a change by hand does."""
    if edit.section == "people":
        person = edit.entry.get("id", "")
        if edit.dropped and not organisation.has_person(person):
            yield Blocker(code="person_absent", field="id", params={"person": person})
        n_posts = len(organisation.posts_of_ever(person)) if edit.dropped else 0
        if n_posts:
            yield Blocker(
                code="person_has_posts", field="id", params={"person": person, "total": n_posts}
            )
        return
    if edit.entry.get("role") in ADMINISTRATORS:
        yield Blocker(code="administrator_by_file", field="role")
    if edit.dropped:
        known = {
            (post.person, post.unit, post.role, post.since.isoformat())
            for post in organisation.posts_of_ever(edit.entry.get("person", ""))
        }
        if edit.key not in known:
            yield Blocker(code="post_absent")
        elif edit.key[-1] <= today:
            yield Blocker(code="post_has_begun", field="from")
