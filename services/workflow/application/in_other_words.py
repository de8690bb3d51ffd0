"""The rules as they are shown in another language: the same, but for the words that people read.

The one idea: whoever shows something asks a rulebook what it is called, so who reads another
language is given another rulebook. Nobody decides or records by this one: events keep the scheme's
own words, and its hash is that of the text that binds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.calendar import WorkingDays
from schemas.document import Fault, Faults
from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.rulebook import Rulebook, Rules
from services.workflow.domain.language.loading import as_far_as_said
from services.workflow.domain.language.model.scheme import Scheme

Catalogues = Mapping[str, Mapping[str, str]]  # by id of scheme: what is said for its own words
# Is told of a scheme which of its words stand, and why; "" where all of them do.
Unfit = Callable[[Scheme, Mapping[str, Sequence[Fault]]], None]


def said_for(scheme: Scheme, said: Catalogues) -> Mapping[str, str]:
    """Return what is said for words of *scheme*, before what is said for the one it follows.

    Rules of a year after take most of their words over; *said* has for each what is said for all
    those before it. Empty if nothing is said for either.
    """
    followed = said.get(scheme.follows.scheme, {}) if scheme.follows is not None else {}
    return {**followed, **said.get(scheme.id, {})}


class RulebookInOtherWords(Rulebook):
    """What *own* knows, each scheme in the words that *said* has for it, as far as it has any."""

    def __init__(self, own: Rulebook, said: Catalogues, unfit: Unfit) -> None:
        """Show what *own* knows; *unfit* is told, once of each scheme, which words it keeps."""
        # Nothing is kept here but what is made of the other's: that one reads, and follows.
        self._own = own
        self._said = said
        self._unfit = unfit
        self._told: dict[str, Scheme] = {}  # by hash
        self._said_of: dict[str, Mapping[str, str]] = {}  # by id of scheme
        self._kept: dict[str, set[str]] = {}  # by id of scheme: words that stand as it has them
        self._made: dict[str, tuple[Rules, Rules, RoundRules]] = {}  # by cycle, of which rules

    def of(self, cycle: str) -> Rules:
        """Return the rules of *cycle*; raises `NotYours`."""
        return self._of(cycle)[1]

    def running(self, cycle: str) -> RoundRules:
        """Return the same as a decision needs it, to show what is possible; raises `NotYours`."""
        return self._of(cycle)[2]

    def _of(self, cycle: str) -> tuple[Rules, Rules, RoundRules]:
        own = self._own.of(cycle)
        made = self._made.get(cycle)
        if made is None or made[0] is not own:  # it follows another calendar, or was closed
            rules = Rules(cycle=own.cycle, scheme=self._tell(own.scheme), calendar=own.calendar)
            made = self._made[cycle] = (own, rules, rules.running)
        return made

    def scheme(self, hash_: str) -> Scheme:
        """Return the scheme kept under *hash_*."""
        return self._tell(self._own.scheme(hash_))

    def _tell(self, scheme: Scheme) -> Scheme:
        told = self._told.get(scheme.hash)
        if told is None:
            said = self._said_of[scheme.id] = said_for(scheme, self._said)
            if not said:
                return scheme
            try:
                told, kept = as_far_as_said(scheme, said)
            except Faults as faults:  # it is no scheme in any words: nobody could read its English
                told, kept = scheme, {"": list(faults.faults)}
            if kept:
                self._unfit(scheme, kept)
            self._kept.setdefault(scheme.id, set()).update(kept)
            self._told[scheme.hash] = told
        return told

    def word(self, scheme: str, text: str) -> str:
        """Return what is shown for *text*, a word that was recorded of the *scheme* of this id."""
        if scheme not in self._said_of:
            # What it follows the scheme itself says: the first who asks reads it as all do after.
            self.schemes()
            self._said_of.setdefault(scheme, self._said.get(scheme, {}))
        if text in self._kept.get(scheme, ()):
            return text
        return self._said_of[scheme].get(text, text)

    def schemes(self) -> list[Scheme]:
        """Return the schemes that cycles were opened with; one statement."""
        return [self._tell(one) for one in self._own.schemes()]

    def is_behind(self, rulings: int) -> bool:
        """Tell whether *rulings* are more than are known here."""
        return self._own.is_behind(rulings)

    def at_least(self, rulings: int) -> None:
        """Have *rulings* been followed, or more; mostly no statement."""
        self._own.at_least(rulings)

    def follow(self) -> None:
        """Have every round follow its calendar, and know whether it is closed."""
        self._own.follow()

    def unknown(self, cycles: Iterable[str]) -> set[str]:
        """Return which of *cycles* must still be read before `of` answers from memory."""
        return self._own.unknown(cycles)

    def calendar(self, hash_: str) -> WorkingDays:
        """Return the calendar kept under *hash_*."""
        return self._own.calendar(hash_)
