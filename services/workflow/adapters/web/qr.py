"""A QR code as one path of squares: a template draws it, and no image is fetched."""

from dataclasses import dataclass

import segno

QUIET = 4  # modules of white around it, without which phones do not find it


@dataclass(frozen=True, slots=True)
class Qr:
    """The dark modules as the path of an SVG, in a square of *side* modules."""

    side: int
    path: str


def qr(text: str) -> Qr:
    """Return the code that says *text*."""
    # Not `make`: of short texts that makes a Micro QR code, which phones do not read.
    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    dark = (
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module
    )
    return Qr(side=len(rows) + 2 * QUIET, path="".join(dark))
