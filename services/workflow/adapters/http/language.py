"""Which of our two languages an answer speaks: Chinese unless English is preferred."""

from functools import lru_cache

CHINESE, ENGLISH = "zh", "en"
_MAX_HEADER = 256  # longer than any browser's; more is not worth parsing


@lru_cache(maxsize=256)
def preferred(accept_language: str) -> str:
    """Return `zh` or `en` for the value of an `Accept-Language` header, "" if there is none."""
    best, weight = CHINESE, 0.0
    for part in accept_language[:_MAX_HEADER].split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if language in (CHINESE, ENGLISH) and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
