"""What the address of a list asks for, read by the rules of that list.

The one idea: an address that is kept is read as the page reads it, so that both say the same of it.
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from flask import abort
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.application.boards import Look
from services.workflow.application.boards.ledger import BY, ledger_kinds
from services.workflow.application.boards.lists import Filters, kinds_of, state_labels, tiers_of
from services.workflow.application.rulebook import Rules
from services.workflow.application.saved_views import MOST_ADDRESS
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.refusals import Malformed

_LEDGERS = "/ledgers/"


def require_words(look: Look, filters: Filters) -> None:
    """Return if schemes of the rounds have the words that *filters* ask for.

    Raises:
        Malformed: they do not.
    """
    for name, value, known in (
        ("kind", filters.kind, kinds_of(look.cycles)),
        ("tier", filters.tier, tiers_of(look.cycles)),
        ("state", filters.state, state_labels(look.cycles) if look.cycles else {}),
    ):
        if value is not None and value not in known:
            raise Malformed(Fault(field=name, code="not_a_choice"))


def summed(address: str, by: str) -> str:
    """Return the address of a ledger with its sums *by* what they are for."""
    return address if by == BY[0] else f"{address}{'&' if '?' in address else '?'}by={by}"


def ledger_asked(
    look: Look, kind: str, query: MultiDict[str, str]
) -> tuple[Rules, Kind, Filters, str]:
    """Return the round, the kind, the filters and the sums that an address asks for.

    Raises:
        NotFound: no such ledger. Malformed: a filter is none.
    """
    asked, by = urls.read(query), urls.one(query, "by") or BY[0]
    if by not in BY:
        raise Malformed(Fault(field="by", code="not_a_choice"))
    found = (
        (rules, one)
        for rules in look.looked_at(asked.cycle)
        for one in ledger_kinds(rules)
        if one.name == kind
    )
    rules, of = next(found, (None, None))
    if rules is None or of is None:
        abort(404)
    states = {name for life in of.lives for name in life.states}
    if asked.state is not None and asked.state not in states:
        raise Malformed(Fault(field="state", code="not_a_choice"))
    return rules, of, asked, by


def list_address(look: Look, text: str) -> tuple[str, frozenset[str]]:
    """Return the address of a list as the list itself writes it, and what it does not know of it.

    It is the address of the list's beginning.

    Raises:
        Malformed: it is no list's, or asks for what the list does not have.
    """
    none = Malformed(Fault(field="address", code="no_list_address"))
    if len(text) > MOST_ADDRESS:
        raise none
    try:
        parts = urlsplit(text)
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="strict")
    except ValueError as error:  # of no address, and of bytes that are no UTF-8
        raise none from error
    if parts.scheme or parts.netloc or parts.fragment:
        raise none
    try:
        found = _read(look, parts.path, MultiDict(pairs))
    except Malformed as error:  # a fault of the address, wherever in it
        raise none from error
    if found is None or len(found) > MOST_ADDRESS:
        raise none
    known = {*urls.NAMES, *(("by",) if parts.path.startswith(_LEDGERS) else ())}
    return found, frozenset(name for name, _ in pairs) - known


def _read(look: Look, path: str, asked: MultiDict[str, str]) -> str | None:
    begin = {"after": None, "before": None}
    if path in ("/cases", "/stuck"):
        filters = urls.read(asked)
        require_words(look, filters)
        return urls.address(path, replace(filters, **begin))  # type: ignore[arg-type]
    if not path.startswith(_LEDGERS):
        return None
    try:
        _, kind, filters, by = ledger_asked(look, path.removeprefix(_LEDGERS), asked)
    except NotFound:
        return None
    plain = replace(filters, kind=None, **begin)  # type: ignore[arg-type]
    return summed(urls.address(f"{_LEDGERS}{kind.name}", plain), by)
