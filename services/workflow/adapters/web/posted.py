"""Forms and addresses as a browser sent them, read strictly: what is judged is what was sent.

The one idea: the framework mends what it cannot read. Bytes that are no UTF-8 become marks, of a
field sent twice the first value counts, a file in place of a text is no field at all. A text could
then be stored that nobody typed. No form of ours needs any of that.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, Preamble

from schemas.complaints import Fault
from services.workflow.application.asking import FORM_BYTES, FORM_WITH_FILES_BYTES
from services.workflow.domain.refusals import Malformed

MOST_FIELDS = 10_500  # two hundred rows of fifty columns, and some beside them
_DIGITS = 16
_TYPES = ("", "application/x-www-form-urlencoded")  # "": a form without a field
_WITH_FILES = "multipart/form-data"
_PART_HEADERS = {"content-disposition", "content-type"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a form brought: what its owner calls it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was sent: what was typed into its fields, and the files chosen in others."""

    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)


def posted(request: Request, *, may_bring: bool = False) -> Posted:
    """Return *request*'s form; with files only where it *may_bring* some.

    Raises:
        UnsupportedMediaType, RequestEntityTooLarge: it is no form of ours.
        Malformed: it is no UTF-8, or has too many fields, or one of them twice, or a NUL.
    """
    if may_bring and request.mimetype == _WITH_FILES:
        return _with_files(request)
    if request.mimetype not in _TYPES:
        raise UnsupportedMediaType
    request.max_content_length = FORM_BYTES
    data = request.get_data()
    if data.count(b"&") >= MOST_FIELDS:
        raise Malformed(Fault(field="", code="too_many"))
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed(Fault(field="", code="not_utf8")) from error
    _require_once(name for name, _ in pairs)
    _require_no_nul(pairs)
    return Posted(fields=dict(pairs))


def _with_files(request: Request) -> Posted:
    request.max_content_length = FORM_WITH_FILES_BYTES
    boundary = request.mimetype_params.get("boundary", "")
    try:
        parts = list(_parts(request.get_data(), boundary.encode("ascii")))
        texts = [(p.name, c.decode()) for p, c in parts if isinstance(p, Field)]
    except UnicodeDecodeError as error:
        raise Malformed(Fault(field="", code="not_utf8")) from error
    except ValueError as error:
        raise Malformed(Fault(field="", code="not_a_form")) from error
    if sum(len(content) for part, content in parts if isinstance(part, Field)) > FORM_BYTES:
        raise RequestEntityTooLarge
    _require_once(part.name for part, _ in parts)
    _require_no_nul(texts)
    files = {
        # Of a field in which nothing was chosen browsers send an empty name and no bytes.
        part.name: Upload(part.filename, content)
        for part, content in parts
        if isinstance(part, File) and (part.filename or content)
    }
    return Posted(fields=dict(texts), files=files)


def _parts(data: bytes, boundary: bytes) -> Iterator[tuple[Field | File, bytes]]:
    """Yield each part of a form with its bytes; nothing stands before, between or after them.

    Raises:
        ValueError: it is no such form.
        RequestEntityTooLarge: it has too many parts.
    """
    decoder = MultipartDecoder(boundary, max_parts=MOST_FIELDS)
    decoder.receive_data(data)
    decoder.receive_data(None)
    part: Field | File | None = None
    content = b""
    while not isinstance(event := decoder.next_event(), Epilogue):
        match event:
            case Field() | File():
                if not event.name or {name.lower() for name, _ in event.headers} - _PART_HEADERS:
                    raise ValueError
                part, content = event, b""
            case Data() if part is not None:
                content += event.data
                if not event.more_data:
                    yield part, content
            case Preamble(data=b""):
                continue
            case _:
                raise ValueError
    if event.data:
        raise ValueError


def _require_once(names: Iterator[str]) -> None:
    often = [name for name, n in Counter(names).items() if n > 1]
    if often:
        raise Malformed(*_each(often, "repeated"))


def _require_no_nul(fields: Iterable[tuple[str, str]]) -> None:
    """Refuse what no database can be asked for, before a page shown anew asks for it."""
    holding = [name for name, text in fields if "\0" in text]
    if holding:
        raise Malformed(*_each(holding, "control_character"))


def require_readable(query: bytes) -> None:
    """Return if an address's *query* is UTF-8.

    Raises:
        Malformed: it is not.
    """
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError as error:
        raise Malformed(Fault(field="", code="not_utf8")) from error


def require_known(form: Mapping[str, object], names: Collection[str]) -> None:
    """Return if *form* has no fields but *names* and its token.

    Raises:
        Malformed: it has.
    """
    unknown = form.keys() - {"csrf", *names}
    if unknown:
        raise Malformed(*_each(sorted(unknown), "unknown_field"))


def _each(names: Collection[str], code: str) -> list[Fault]:
    return [Fault(field=name, code=code) for name in names]


def ticked(form: Mapping[str, str], name: str) -> bool:
    """Tell whether a box was ticked: nothing is done by a value that is none."""
    if form.get(name, "1") != "1":
        raise Malformed(Fault(field=name, code="not_a_choice", accepted_zh="1", accepted_en="1"))
    return name in form


def version_of(form: Mapping[str, str]) -> int:
    """Return the version that a form says it looked at.

    Raises:
        Malformed: it says none.
    """
    text = form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise Malformed(Fault(field="version", code="not_an_integer"))
    return int(text)
