"""Reading what a rung says in words of its own: in each language, a subject and some lines.

The one idea: what is written here is prose with names of facts in it, and nothing else. Each fact
is put in once, literally, and those that a text may not name are none of its business: how one
gets to the case, that it is a duty, what is to be acknowledged, the notifier adds to every text.
"""

from string import Template

from schemas.limits import PLAIN
from schemas.policy import OwnText
from schemas.reading import Node, unknown
from schemas.said import said

TEXT = "text"
LANGUAGES = ("zh", "en")
MOST_LINES = 30
# Of all lines together, and of names in them: with facts filled in, and what stands below, it has
# to find room in an inbox.
MOST_CHARACTERS, MOST_NAMES = 2_000, 30
# What a text may name: whom and what it is about, why, until when, and what comes next.
FACTS = (
    *("about", "act", "case", "due", "how", "name", "next", "number", "product", "state"),
    *("why_now", "why_you"),
)
_OF_CASE = "number"


def read_texts(rung: Node) -> tuple[OwnText, ...]:
    """Return what a rung says in words of its own, in every language; nothing: in its kind's."""
    if not rung.has(TEXT):
        return ()
    node = rung.node(TEXT)
    return tuple(_text(node.node(language), language) for language in LANGUAGES)


def _text(node: Node, language: str) -> OwnText:
    subject = node.text("subject", PLAIN)
    lines = node.words("lines", None, "line")
    if node.is_sound("lines") and not 0 < len(node.items("lines")) <= MOST_LINES:
        node.fault("from one line to thirty are possible", "lines")
    if sum(map(len, lines)) > MOST_CHARACTERS:
        node.fault(said("at most {most} characters are possible", most=MOST_CHARACTERS), "lines")
    if sum(line.count("$") for line in lines) > MOST_NAMES:
        node.fault(said("at most {most} facts can be named", most=MOST_NAMES), "lines")
    named = [_named(node, subject, "subject")]
    named += [_named(node, line, "lines", index) for index, line in enumerate(lines)]
    is_read = bool(subject and lines) and None not in named
    if is_read and not any(_OF_CASE in (one or ()) for one in named):
        node.fault("does not say which case it is about: $number is missing")
    return OwnText(language=language, subject=subject, lines=lines)


def _named(node: Node, text: str, *at: str | int) -> set[str] | None:
    """Return the facts that *text* names, and note what is none; None: it cannot be read."""
    template = Template(text)
    if not template.is_valid():
        node.fault("after $ stands the name of a fact, or another $", *at)
        return None
    named = {*template.get_identifiers()}
    for name in sorted(named - {*FACTS}):
        node.fault(unknown("fact", name, FACTS), *at)
    return named
