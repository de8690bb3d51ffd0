# ruff: noqa: ARG002 -- the signatures are marshmallow's
"""Fields of one value: numbers, texts, names, ids, times, scores."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import category

from marshmallow import ValidationError, fields

from schemas.canonical import MAX_INTEGER
from schemas.complaints import Complaint
from schemas.instants import BadInstant, instant, parse_day, parse_instant, parse_offset_instant
from schemas.limits import CODE, DECIMAL, FORBIDDEN, IDENTIFIER
from schemas.said import both, listed
from schemas.streams import NotAStream, Stream

MESSAGES: dict[str, Any] = {
    "required": Complaint("required"),
    "null": Complaint("null"),
    "validator_failed": Complaint("invalid"),
}
_HEX64 = r"[0-9a-f]{64}"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SCORE = re.compile(r"(0|[1-9]\d?|100)(\.\d{1,2})?", re.ASCII)
_ANY_FIGURE = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)
_SCORE_ON_THE_WIRE = re.compile(r"(0|[1-9]\d?|100)\.\d\d", re.ASCII)
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")
_FORBIDDEN_MULTILINE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# What no text needs, and nobody sees: tags, and code points that are no characters for good.
_NO_CHARACTER = re.compile(
    "[\U000e0000-\U000e007f\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
_UNSEEN = frozenset({"Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"})  # Unicode's general categories
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that draw nothing
_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictInt(fields.Integer):
    """A JSON integer within bounds; no bool, no float, no string of digits."""

    def __init__(self, *, least: int = -MAX_INTEGER, most: int = MAX_INTEGER, **rest: Any) -> None:
        super().__init__(
            error_messages=MESSAGES, metadata={"minimum": least, "maximum": most}, **rest
        )
        self.least, self.most = least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if type(value) is not int:
            raise self._complaint("not_an_integer")
        if not self.least <= value <= self.most:
            raise self._complaint("out_of_range")
        return value

    def _complaint(self, code: str) -> ValidationError:
        accepted = both("an integer, {least}–{most}", least=self.least, most=self.most)
        return ValidationError(Complaint(code, *accepted))


class StrictBool(fields.Boolean):
    """A JSON true or false, nothing that looks like one."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(error_messages=MESSAGES, **rest)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if type(value) is not bool:
            raise ValidationError(Complaint("not_a_boolean", *both("true or false")))
        return value


class Text(fields.String):
    """Text for people: NFC, bounded by code points, without controls or bidirectional overrides.

    It comes out in NFC; with *on_the_wire* it must be so already.
    """

    def __init__(
        self,
        *,
        least: int = 1,
        most: int,
        multiline: bool = False,
        on_the_wire: bool = False,
        **rest: Any,
    ) -> None:
        super().__init__(
            error_messages=MESSAGES, metadata={"minLength": least, "maxLength": most}, **rest
        )
        self.least, self.most, self.multiline = least, most, multiline
        self.on_the_wire = on_the_wire
        self._forbidden = _FORBIDDEN_MULTILINE if multiline else _FORBIDDEN

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str):
            raise self._complaint("not_a_string")
        if _SURROGATE.search(value):
            raise self._complaint("lone_surrogate")
        # Bounded before and after: normalising may lengthen, and must not be fed megabytes.
        if len(value) > self.most:
            raise self._complaint("too_long")
        text = unicodedata.normalize(
            "NFC", value.replace("\r\n", "\n") if self.multiline else value
        )
        if self._forbidden.search(text) or (not self.on_the_wire and _NO_CHARACTER.search(text)):
            raise self._complaint("control_character")
        if len(text) > self.most:
            raise self._complaint("too_long")
        if len(text) < self.least or (self.least and self._is_blank(text)):
            raise self._complaint("too_short")
        if self.on_the_wire and text != value:
            raise ValidationError(Complaint("not_normalised", "NFC", "NFC"))
        return text

    def _complaint(self, code: str) -> ValidationError:
        accepted = both("text of {least}–{most} characters", least=self.least, most=self.most)
        return ValidationError(Complaint(code, *accepted))

    def _is_blank(self, text: str) -> bool:
        """Tell whether nobody would see anything: a reason that is asked for has to say one."""
        if self.on_the_wire:  # what is written is held to what JSON Schema can tell
            return not text.strip()
        return all(one in _FILLERS or category(one) in _UNSEEN for one in text)


class Pattern(fields.String):
    """A string of one fixed shape; *pattern* matches the whole of it, in ASCII."""

    def __init__(
        self, pattern: str, code: str, accepted: tuple[str, str] = ("", ""), **rest: Any
    ) -> None:
        super().__init__(error_messages=MESSAGES, metadata={"pattern": f"^{pattern}$"}, **rest)
        self._pattern, self._complaint = re.compile(pattern, re.ASCII), Complaint(code, *accepted)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or self._pattern.fullmatch(value) is None:
            raise ValidationError(self._complaint)
        return value


class Identifier(Pattern):
    """An id from the organisation file or the like: ASCII, case as given."""

    def __init__(self, **rest: Any) -> None:
        accepted = both("1–64 of A–Z a–z 0–9 . _ -")
        super().__init__(IDENTIFIER, "not_an_identifier", accepted, **rest)


class Code(Pattern):
    """A word of ours: a state, a trigger, a reason."""

    def __init__(self, **rest: Any) -> None:
        accepted = both("lower-case letters, digits and underscores")
        super().__init__(CODE, "not_a_code", accepted, **rest)


class HexHash(Pattern):
    """A SHA-256 in lower-case hexadecimal digits."""

    def __init__(self, **rest: Any) -> None:
        accepted = both("64 lower-case hexadecimal digits")
        super().__init__(_HEX64, "not_a_hash", accepted, **rest)


class Figure(Pattern):
    """A number as a decimal string, with as many places as its scheme says."""

    def __init__(self, **rest: Any) -> None:
        accepted = both('a decimal string, for example "12.5"')
        super().__init__(DECIMAL, "not_a_decimal", accepted, **rest)


class StreamName(fields.String):
    """The name of a stream; with *of_case*, of a case's own."""

    def __init__(self, *, of_case: bool = False, **rest: Any) -> None:
        super().__init__(error_messages=MESSAGES, **rest)
        self.of_case = of_case

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            stream = Stream.parse(value) if isinstance(value, str) else None
        except NotAStream:
            stream = None
        if stream is None or (self.of_case and (stream.side or not stream.is_case)):
            accepted = both("a kind and a UUID, with / between them")
            raise ValidationError(Complaint("not_a_stream", *accepted))
        return str(stream)


class Choice(fields.Raw):
    """One of a few words, or of a few integers."""

    def __init__(self, choices: Iterable[str | int], **rest: Any) -> None:
        self.choices = tuple(choices)
        super().__init__(error_messages=MESSAGES, metadata={"enum": list(self.choices)}, **rest)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | int:
        # By type as well: True equals 1, and 409.0 equals 409.
        for choice in self.choices:
            if type(value) is type(choice) and value == choice:
                return choice
        accepted = listed(str(choice) for choice in self.choices)
        raise ValidationError(Complaint("not_a_choice", accepted.zh, accepted.en))


class Uuid(fields.String):
    """A UUID in its hyphenated form; comes out in lower case, as a string.

    With *canonical* it must be lower case already.
    """

    def __init__(self, *, canonical: bool = False, **rest: Any) -> None:
        super().__init__(error_messages=MESSAGES, metadata={"format": "uuid"}, **rest)
        self._pattern = CANONICAL_UUID if canonical else _UUID

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or self._pattern.fullmatch(value) is None:
            raise ValidationError(Complaint("not_a_uuid", "UUID", "a UUID"))
        return value.lower()


class Instant(fields.Field[datetime]):
    """An RFC 3339 instant with any offset; comes out as an aware UTC datetime.

    With *on_the_wire* only our own spelling passes: UTC, six decimals, `Z`.
    """

    def __init__(self, *, on_the_wire: bool = False, **rest: Any) -> None:
        super().__init__(
            error_messages=MESSAGES, metadata={"type": "string", "format": "date-time"}, **rest
        )
        self._parse = parse_instant if on_the_wire else parse_offset_instant

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            return self._parse(value)
        except BadInstant as error:
            raise ValidationError(
                Complaint(
                    error.code,
                    *both(
                        "an RFC 3339 instant with its offset, 2000–2100, "
                        "for example 2020-01-10T09:00:00+08:00"
                    ),
                )
            ) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant(value)


class Day(fields.Field[date]):
    """A calendar day, `YYYY-MM-DD`; comes out as a date."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(
            error_messages=MESSAGES, metadata={"type": "string", "format": "date"}, **rest
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        try:
            return parse_day(value)
        except BadInstant as error:
            raise ValidationError(
                Complaint(error.code, *both("a day as YYYY-MM-DD, 2000–2100"))
            ) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()


class Score(fields.Field[Decimal]):
    """A score from 0 to 100 as a decimal string; comes out as a Decimal with two places.

    A JSON number is refused: it would have gone through binary floating point before it came
    here. Of a number that is none, it is told whether it is out of range or has too many places.
    With *on_the_wire* only the canonical spelling passes, `91.50`.
    """

    def __init__(self, *, on_the_wire: bool = False, **rest: Any) -> None:
        super().__init__(
            error_messages=MESSAGES, metadata={"type": "string", "pattern": _SCORE.pattern}, **rest
        )
        self._pattern = _SCORE_ON_THE_WIRE if on_the_wire else _SCORE
        self._on_the_wire = on_the_wire

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        if not isinstance(value, str):
            raise self._complaint("not_a_score")
        fits = self._pattern.fullmatch(value) is not None
        if not fits and (self._on_the_wire or _ANY_FIGURE.fullmatch(value) is None):
            raise self._complaint("not_a_score")
        score = Decimal(value)
        if value.startswith("-") or score > 100:  # noqa: PLR2004 -- the scale's end
            raise self._complaint("out_of_range")
        if not fits:
            raise self._complaint("too_many_places")
        return score.quantize(Decimal("0.01"))

    def _complaint(self, code: str) -> ValidationError:
        example = 'from 0 to 100, with at most two places, spelled as "91.50"'
        return ValidationError(Complaint(code, *both(example)))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"
