"""Slips to be printed, eight on a page of A4, cut along the dashes; no name, no serial number.

Pango lays out the text and is no Python package, so it is asked for only when slips are printed.
"""

from collections.abc import Sequence
from secrets import SystemRandom
from typing import Any

from services.workflow.adapters.web.qr import qr
from services.workflow.adapters.web.rendering import TEMPLATES
from services.workflow.domain.ballots.slips import Slip, spelled

A_PAGE = 8
_IN_A_LINE = 4  # groups of a code


class NoPango(Exception):
    """The library that lays out text is not installed on this machine."""


def layout() -> Any:
    """Return what lays out a page.

    Raises:
        NoPango: nothing here can.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - see above
    except OSError as error:
        raise NoPango(str(error)) from error
    return HTML


def printed(
    slips: Sequence[Slip],
    *,
    title: str,
    told: str,
    box: str,
    address: str,
    n_covered: int,
    rehearsal: bool,
) -> bytes:
    """Return a PDF of *slips*, shuffled; *told* says of which meeting they are.

    Raises:
        NoPango: nothing here can lay it out.
    """
    html = layout()
    shuffled = [*slips]
    SystemRandom().shuffle(shuffled)
    made = [
        {
            "qr": qr(f"{address}#{one.secret}"),
            "code": in_two_lines(spelled(one.secret)),
            "check": spelled(one.check),
        }
        for one in shuffled
    ]
    pages = [made[at : at + A_PAGE] for at in range(0, len(made), A_PAGE)]
    body = TEMPLATES.get_template("slips.html").render(
        pages=pages,
        title=title,
        told=told,
        box=box,
        address=address.partition("://")[2],
        n_covered=n_covered,
        rehearsal=rehearsal,
    )
    pdf: bytes = html(string=body).write_pdf()
    return pdf


def in_two_lines(code: str) -> tuple[str, str]:
    """Return a slip's code as it is printed: by itself it would break elsewhere each time."""
    half = "-".join(code.split("-")[:_IN_A_LINE])
    return half, code.removeprefix(f"{half}-")
