"""The report's length: 字数 as the office suite counts it, and what is odd about three lists.

One Han character or full-width mark counts one, one run of other non-blank characters counts
one: `2019年` is two, `党建good，` is four. The secretary sees the figure their own editor shows.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LISTS = ("achievements", "problems", "tasks")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRules:
    """What the scheme asks of a report's length."""

    labels: Mapping[str, str]  # list -> its Chinese name, e.g. achievements -> 成绩清单
    limit: int  # characters in all three lists together
    refuse_over_limit: bool  # False: an over-long report is only a warning
    tolerance_points: int  # percentage points a list may be away from a third


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCount:
    """The characters of one version of a report."""

    achievements: int
    problems: int
    tasks: int

    @property
    def total(self) -> int:
        return self.achievements + self.problems + self.tasks

    def of(self, part: str) -> int:
        """Return the characters of one of `LISTS`."""
        return int(getattr(self, part))


def count_report(achievements: str, problems: str, tasks: str) -> ReportCount:
    """Count the three lists of a report."""
    return ReportCount(
        achievements=count_characters(achievements),
        problems=count_characters(problems),
        tasks=count_characters(tasks),
    )


def count_characters(text: str) -> int:
    """Return the 字数 of *text*; 0 for blank text."""
    marked = text.translate(_MARKS)
    return marked.count(_ONE) + len(marked.replace(_ONE, " ").split())


def warnings(count: ReportCount, rules: ReportRules) -> tuple[str, ...]:
    """Return what the auditor is told about the lengths: codes of `reasons.WARNINGS`."""
    found = ["report_over_limit"] if count.total > rules.limit else []
    # A list of n characters is off when |100 n / total - 100 / 3| exceeds the tolerance; times
    # three and total it is whole numbers, so a list exactly at the tolerance is never off.
    found += [
        f"report_{part}_off_third"
        for part in LISTS
        if abs(300 * count.of(part) - 100 * count.total) > 3 * rules.tolerance_points * count.total
    ]
    return tuple(found)


_ONE = "\N{IDEOGRAPHIC FULL STOP}"
_RUN = "x"
_BLANK = " "


class _Marks(dict[int, str]):
    """How each code point counts, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        mark = self[code] = _mark(chr(code))
        return mark


def _mark(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return _BLANK
    if category in ("Mn", "Me", "Cf", "Cc"):
        return ""  # an accent, a variation selector, a zero-width joiner: part of its neighbour
    width = unicodedata.east_asian_width(character)
    # “ ” — … · and ① are ambiguous in width; Chinese fonts and the office suite set them full.
    full = width in "WF" or (width == "A" and category[0] != "L")
    return _ONE if full else _RUN


_MARKS = _Marks()
