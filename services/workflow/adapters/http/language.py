"""Which of our two languages an answer speaks: Chinese unless English is preferred."""

from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

CHINESE, ENGLISH = "zh", "en"
_MAX_HEADER = 256  # longer than any browser's; more is not worth parsing


@lru_cache(maxsize=256)
def preferred(accept_language: str) -> str:
    """Return `zh` or `en` for the value of an `Accept-Language` header, "" if there is none."""
    accepted = parse_accept_header(accept_language[:_MAX_HEADER], LanguageAccept)
    return accepted.best_match((CHINESE, ENGLISH), CHINESE)
