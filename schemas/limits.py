"""What the schemas of events take of names, texts and lists, in one place.

Whoever lets a name, a text or a list in (a scheme, an organisation file, a policy, a filter) asks
here: what was let in and does not fit an event would be a bug on the day it is written.
"""

import re
import unicodedata

EVENT_BYTES = 60_000  # of a whole event; the length field of an entry in a tile ends at 65,535
ATTRIBUTES_BYTES = 2_000  # of those, more than everything around the data can take

IDENTIFIER = r"[A-Za-z0-9._-]{1,64}"  # units, people, tiers, schemes, clients
CODE = r"[a-z][a-z0-9_]{0,63}"  # states, triggers, components, grades, reasons
NUMBER_DIGITS = 7  # of a review's number within its tier: 2019-C-0000417 is an identifier
TIER = rf"[A-Za-z0-9._-]{{1,{64 - len('2019--') - NUMBER_DIGITS}}}"  # its name is in the number

TIERS = 50  # of one scheme
AUDITS = 10  # on one way
PATH_UNITS = 32  # from a unit up to the root
SCORES = 20  # of one review, the two that are always there included
ALWAYS_SCORED = frozenset({"final", "grade"})  # beside the components: none may bear these names
DECISIONS = 10  # with one trigger
BLOCKERS = 100  # of one refusal
ORGANISATION_ENTRIES = 500  # in one event; a larger import is several events
VOCABULARY_BYTES = 30_000  # of all of them: they travel whole, in one event
SNOOZED_WORKING_DAYS = 5  # for which somebody may put off being told again
SKIPPED = 100  # desks and people that one notice says it passed over

GENERATIONS = 3  # of cases below one that has no parent: each adds an ordinal to the number
CASE_NUMBER = r"[A-Za-z0-9._/-]{1,80}"  # 2019-C-0417, and 2019-C-0417/03 of a child
DECIMAL = r"-?(0|[1-9][0-9]{0,14})([.][0-9]{1,6})?"
MARK = rf"({CODE}[.])?{CODE}"  # a state, `opened`, or one of a link's

# In the data of one event.
DESKS = 20  # of one state
PARTIES = 50  # of one case
LINKS = 50
DOCUMENTS = 20  # taken by one trigger
PARTS = 200  # of one document
ROWS = 200
COLUMNS = 50
FILES = 20
AREAS = 100  # that a document covers
ANSWERS = 200
WARNINGS = 50
COMPONENTS = 20
GRADINGS = 20
GRADES = 50  # of one grading
NUMBERS = 20
DATA = 20  # kinds of datum
ROSTERS = 20
ELECTORATES = 20  # of one poll
COMMENT = 200  # characters that one ballot says of one case in its own words
NEXT_OF_QUOTA = 20  # cases whose turn it is, told of one quota
SLIPS = 5_000  # of one electorate
MOVES = 500  # comings and goings, told at once
FLAGS = 50
PLANNED = 50  # days
SOURCES = 200  # of one deadline
SAW = 500  # heads of other cases
EFFECTS = 500
KINDS = 500  # of cases, by tier, in one round

UNIT_NAME = 200  # characters
LABEL = 100
WORDS = 60  # of one sort in a vocabulary
CHOICES = 30
PLAIN = 200  # characters of a refusal's parameter, of a rung's name
FIRST_YEAR, LAST_YEAR = 2000, 2100

# Inside the brackets of a pattern. C0 and C1 controls, DEL, hidden line ends, and the marks that
# make a line read in another order than it is stored; then what `str.strip` takes away of the rest.
FORBIDDEN = "\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
BLANK = " \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"

_IDENTIFIER, _CODE = re.compile(IDENTIFIER, re.ASCII), re.compile(CODE, re.ASCII)
_TIER = re.compile(TIER, re.ASCII)
_FORBIDDEN = re.compile(f"[{FORBIDDEN}\ud800-\udfff]")


def is_identifier(text: str) -> bool:
    """Tell whether *text* is the name of a unit, a person, a scheme."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Tell whether *text* is the name of a state, a trigger, a component, a grade."""
    return _CODE.fullmatch(text) is not None


def is_tier(text: str) -> bool:
    """Tell whether *text* is the name of a tier."""
    return _TIER.fullmatch(text) is not None


def is_line(text: str, most: int) -> bool:
    """Tell whether *text* is one line for people, of at most *most* characters, in NFC."""
    return (
        0 < len(text) <= most
        and not text.isspace()
        and _FORBIDDEN.search(text) is None
        and unicodedata.is_normalized("NFC", text)
    )
