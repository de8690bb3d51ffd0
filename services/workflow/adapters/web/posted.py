"""Forms and addresses as a browser sent them, read strictly: what is judged is what was sent.

The one idea: the framework mends what it cannot read. Bytes that are no UTF-8 become marks, of a
field sent twice the first value counts, a file in place of a text is no field at all. A text could
then be stored that nobody typed. No form of ours needs any of that.
"""

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Request
from werkzeug.exceptions import UnsupportedMediaType

from schemas.complaints import Fault
from services.workflow.domain.refusals import Malformed

MOST_BYTES = 1024 * 1024  # three lists of 20,000 characters, percent-encoded, fit
MOST_FIELDS = 10_500  # two hundred rows of fifty columns, and some beside them
_TYPES = ("", "application/x-www-form-urlencoded")  # "": a form without a field


def posted(request: Request) -> Mapping[str, str]:
    """Return the fields of *request*'s form.

    Raises:
        UnsupportedMediaType, RequestEntityTooLarge: it is no form of ours.
        Malformed: it is no UTF-8, or has too many fields, or one of them twice.
    """
    if request.mimetype not in _TYPES:
        raise UnsupportedMediaType
    request.max_content_length = MOST_BYTES
    data = request.get_data()
    if data.count(b"&") >= MOST_FIELDS:
        raise Malformed(Fault(field="", code="too_many"))
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed(Fault(field="", code="not_utf8")) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise Malformed(*_each(dict.fromkeys(n for n in names if names.count(n) > 1), "too_many"))
    return fields


def require_readable(query: bytes) -> None:
    """Return if an address's *query* is UTF-8.

    Raises:
        Malformed: it is not.
    """
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError as error:
        raise Malformed(Fault(field="", code="not_utf8")) from error


def require_known(form: Mapping[str, str], names: Collection[str]) -> None:
    """Return if *form* has no fields but *names* and its token.

    Raises:
        Malformed: it has.
    """
    unknown = form.keys() - {"csrf", *names}
    if unknown:
        raise Malformed(*_each(sorted(unknown), "unknown_field"))


def _each(names: Collection[str], code: str) -> list[Fault]:
    return [Fault(field=name, code=code) for name in names]
