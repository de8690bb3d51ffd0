"""Notices that follow one another as one line: how many of each kind, to whom, when the last.

The one idea: what was sent while nobody acted is one thing to know, and each notice of it stays a
line that can be opened.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from services.workflow.adapters.web import words
from services.workflow.adapters.web.languages import _
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
    told = {"counted": _counted(lines), "when": last.when}
    to = _receivers(lines)
    return Line(
        when=last.when,
        mark=worst.mark,
        tone=worst.tone,
        text=_("%(counted)s → %(to)s，最近一次 %(when)s", to=to, **told)
        if to
        else _("%(counted)s，最近一次 %(when)s", **told),
        folded=tuple(lines),
    )


def _counted(lines: Sequence[Line]) -> str:
    n_sent = Counter(line.kind for line in lines if not line.unsent)
    n_unsent = sum(line.unsent for line in lines)
    kinds = [(words.KINDS[kind], n_sent[kind]) for kind in words.KINDS if n_sent[kind]]
    told = [_("%(kind)s %(n)s 次", kind=label, n=n) for label, n in kinds]
    return _("、").join([*told, *([_("未发送 %(n)s 次", n=n_unsent)] if n_unsent else [])])


def _receivers(lines: Sequence[Line]) -> str:
    to = list(dict.fromkeys(one for line in lines for one in line.to))
    some = _("、").join(to[:MOST_NAMED])
    return some if len(to) <= MOST_NAMED else _("%(some)s 等 %(n)s 处", some=some, n=len(to))
