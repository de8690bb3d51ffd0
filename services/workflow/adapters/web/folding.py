"""Notices that follow one another as one line: how many of each kind, to whom, when the last.

The one idea: what was sent while nobody acted is one thing to know, and each notice of it stays a
line that can be opened.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from services.workflow.adapters.web import words
from services.workflow.adapters.web.telling import Line

MOST_NAMED = 2  # receivers in the one line; all stand in those beneath it


def folded(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield *lines* with each stretch of several notices in a row as one."""
    for is_notice, stretch in groupby(lines, lambda line: bool(line.kind)):
        together = list(stretch)
        if is_notice and len(together) > 1:
            yield _one_of(together)
        else:
            yield from together


def _one_of(lines: Sequence[Line]) -> Line:
    last = lines[-1]
    worst = next((line for line in lines if line.tone == "late"), last)
    return Line(
        when=last.when,
        mark=worst.mark,
        tone=worst.tone,
        text=f"{_counted(lines)}{_receivers(lines)}，最近一次 {last.when}",
        folded=tuple(lines),
    )


def _counted(lines: Sequence[Line]) -> str:
    n_sent = Counter(line.kind for line in lines if not line.unsent)
    n_unsent = sum(line.unsent for line in lines)
    told = [f"{label} {n_sent[kind]} 次" for kind, label in words.KINDS.items() if n_sent[kind]]
    return "、".join([*told, *([f"未发送 {n_unsent} 次"] if n_unsent else [])])


def _receivers(lines: Sequence[Line]) -> str:
    to = list(dict.fromkeys(one for line in lines for one in line.to))
    more = f" 等 {len(to)} 处" if len(to) > MOST_NAMED else ""
    return f" → {'、'.join(to[:MOST_NAMED])}{more}" if to else ""
