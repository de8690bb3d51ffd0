"""From the figures of a case to its grade: anybody comes to the same, with pen and paper.

Figures and weights are exact fractions from end to end. The whole is rounded half up to two places
once, at the end, and only what came of that is held against the bands: a float, or a figure that
was rounded on the way, would decide differently at a boundary.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
# How a fraction is spelled where two places do not do. What is counted in ballots divides the least
# common multiple of 1 to 5,000, of 2,171 digits, but for the weights.
EXACT = r"[0-9]{1,4000}/[1-9][0-9]{0,3999}"

Number = str | Decimal | Fraction
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def of_parts(parts: Iterable[tuple[Number, Number]]) -> Fraction:
    """Return what parts come to, each a figure and its weight."""
    return sum((Fraction(figure) * Fraction(weight) for figure, weight in parts), Fraction())


def weighed(figures: Iterable[tuple[Number, Number]]) -> Fraction | None:
    """Return the mean of figures, each with its weight; None where nothing weighs anything.

    Where one is taken out, the others share its weight by theirs.
    """
    total, weights = Fraction(), Fraction()
    for figure, weight in figures:
        total += Fraction(figure) * Fraction(weight)
        weights += Fraction(weight)
    return total / weights if weights else None


def rounded(exact: Fraction) -> Decimal:
    """Return *exact* to two places, a half up: the one rounding there is."""
    # Scaled to whole cents first: a quotient of decimals could be rounded twice.
    cents = (exact.numerator * 200 + exact.denominator) // (2 * exact.denominator)
    return _WIDE.multiply(Decimal(cents), CENT)


def band(figure: Decimal, bands: Sequence[tuple[str, Number | None]]) -> str:
    """Return the first of *bands*, best first, whose lower bound *figure* reaches; else the last.

    Each band begins where the one above ends, so no figure lies between two.
    """
    return next(
        (name for name, least in bands if least is not None and figure >= Fraction(least)),
        bands[-1][0],
    )


def spelled(exact: Fraction) -> str:
    """Return a fraction as events spell it."""
    return f"{exact.numerator}/{exact.denominator}"
