"""Request bodies: bounded before they are read, strict JSON when they are.

Nothing here depends on Flask, so the lean entry of the hot path and the ordinary routes read
bodies by the same code, and refuse them with the same problems.
"""

import re
from collections.abc import Mapping
from typing import Any

from schemas.canonical import MalformedJson, parse_strict
from schemas.complaints import Fault
from services.workflow.adapters.http.problems import Problem, malformed
from services.workflow.application.asking import (
    COMMAND_BYTES,
    FORM_BYTES,
    FORM_WITH_FILES_BYTES,
    brings_files,
)
from services.workflow.domain.data.columns import FILE_BYTES

BULK_BYTES = 16 * 1024 * 1024
BULK_PATHS = frozenset({"/v1/transitions", "/v1/notices"})
_FILES = re.compile(
    "/v1/cases/[^/]+/(files/[^/]+|workbook|polls/[^/]+/paper-counts/workbook)"
    "|/v1/cycles/[^/]+/workbook|/v1/organisation/workbook"
)
_MAX_LENGTH_DIGITS = 19
_JSON_TYPES = frozenset({"application/json", "application/json; charset=utf-8"})


def most_bytes(path: str) -> int:
    """Return how long a body may be that is sent to *path*."""
    if path in BULK_PATHS:
        return BULK_BYTES
    if _FILES.fullmatch(path):
        return FILE_BYTES
    if brings_files(path):
        return FORM_WITH_FILES_BYTES
    return COMMAND_BYTES if path.startswith("/v1/") else FORM_BYTES


def read_json(environ: Mapping[str, Any], most_bytes: int) -> Any:
    """Return the JSON value of a request's body.

    Raises:
        Problem: 413, 415 or 400.
    """
    data = _read(environ, most_bytes)
    if environ.get("CONTENT_TYPE") not in _JSON_TYPES:
        _require_json(environ.get("CONTENT_TYPE", ""))
    _require_plain(environ)
    try:
        return parse_strict(data)
    except MalformedJson as error:
        raise malformed(Fault(field="", code=error.reason)) from error


def read_whole(environ: Mapping[str, Any], most_bytes: int) -> bytes:
    """Return the bytes of a request's body, whatever they are.

    Raises:
        Problem: 413, 415 or 400.
    """
    _require_plain(environ)
    return _read(environ, most_bytes)


def _require_plain(environ: Mapping[str, Any]) -> None:
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    if encoding and encoding.strip().lower() != "identity":
        raise Problem(
            status=415,
            code="unsupported_media_type",
            faults=(
                Fault(
                    field="Content-Encoding",
                    code="not_a_choice",
                    accepted_zh="identity",
                    accepted_en="identity",
                ),
            ),
        )


def _read(environ: Mapping[str, Any], most_bytes: int) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    if not length:
        # Without a length only a server that ends the stream by itself (chunks) may be read.
        if not environ.get("wsgi.input_terminated"):
            return b""
        data: bytes = stream.read(most_bytes + 1)
    else:
        if not (length.isascii() and length.isdecimal() and len(length) <= _MAX_LENGTH_DIGITS):
            raise malformed(Fault(field="Content-Length", code="not_an_integer"))
        wanted = int(length)
        if wanted > most_bytes:
            raise too_large(most_bytes)
        data = stream.read(wanted)
        if len(data) < wanted:
            raise malformed(Fault(field="", code="body_cut_off"))
    if len(data) > most_bytes:
        raise too_large(most_bytes)
    return data


def too_large(most_bytes: int) -> Problem:
    """Return the 413 for a body or a command of more than *most_bytes*."""
    kib = most_bytes // 1024
    return Problem(
        status=413,
        code="too_large",
        faults=(
            Fault(
                field="",
                code="too_large",
                accepted_zh=f"至多 {kib} KiB",
                accepted_en=f"at most {kib} KiB",
            ),
        ),
    )


def _require_json(content_type: str) -> None:
    kind, _, parameters = content_type.partition(";")
    name, _, charset = parameters.strip().partition("=")
    plain = not parameters.strip() or name.strip().lower() == "charset"
    utf8 = not parameters.strip() or charset.strip().strip('"').lower() in ("utf-8", "utf8")
    if kind.strip().lower() != "application/json" or not plain or not utf8:
        raise Problem(
            status=415,
            code="unsupported_media_type",
            faults=(
                Fault(
                    field="Content-Type",
                    code="not_a_choice",
                    accepted_zh="application/json; charset=utf-8",
                    accepted_en="application/json; charset=utf-8",
                ),
            ),
        )
