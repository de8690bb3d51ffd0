"""Shares of whole numbers: of people for a quorum, of cases for a quota."""

from services.workflow.domain.language.model.scores import Share


def rounded_up(n: int, share: Share) -> int:
    """Return the least whole number that is *share* of *n*."""
    return -(-n * share[0] // share[1])


def rounded_down(n: int, share: Share) -> int:
    """Return the greatest whole number that is no more than *share* of *n*."""
    return n * share[0] // share[1]
