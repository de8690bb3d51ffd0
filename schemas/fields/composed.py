# ruff: noqa: ARG002 -- the signatures are marshmallow's
"""Schemas, and fields of many values: lists, objects, mappings, one of several."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing, validates_schema

from schemas.complaints import Complaint
from schemas.fields.single import MESSAGES, StrictInt, Text
from schemas.limits import PLAIN
from schemas.said import both


class StrictSchema(Schema):
    """A schema that refuses unknown fields and complains in codes."""

    error_messages = {  # noqa: RUF012 -- marshmallow's own spelling
        "unknown": Complaint("unknown_field"),
        "type": Complaint("not_an_object", *both("an object")),
    }

    class Meta:
        unknown = RAISE

    def load(
        self,
        data: Any,
        *,
        many: bool | None = None,
        partial: Any = None,
        unknown: Any = None,
    ) -> Any:
        """Return what *data* say.

        Data that are sound are read in a third of marshmallow's time, and leave no cycles for the
        collector of garbage; it is asked where something is wrong, and says what.

        Raises:
            ValidationError: they do not fit.
        """
        if not many and partial is None and unknown is None and self.is_plain:
            with suppress(ValidationError):
                return self._sound(data)
        return super().load(data, many=many, partial=partial, unknown=unknown)

    @cached_property
    def is_plain(self) -> bool:
        """Whether fields alone make up what it says, each under its own name."""
        settings = (self.many, self.partial, any(self._hooks.values()), self.unknown != RAISE)
        return not any(settings) and not any(
            one.data_key or one.attribute or "." in name for name, one in self.load_fields.items()
        )

    def _sound(self, data: Any) -> dict[str, Any]:
        fields_ = self.load_fields
        if not isinstance(data, Mapping) or not fields_.keys() >= data.keys():
            raise ValidationError(self.error_messages["unknown"])
        loaded = {}
        for name, one in fields_.items():
            value = data.get(name, missing)
            if value is missing and not one.required and one.load_default is missing:
                continue
            # Not by its own `load`: what is wrong far inside would be read again at each level.
            inner = one.plain if type(one) is ObjectOf and value is not missing else None
            if inner is None:
                loaded[name] = one.deserialize(value, name, data)
            else:
                loaded[name] = inner._sound(value)  # noqa: SLF001 - of the same class
        return loaded


class ListOf(fields.List[Any]):
    """A list within bounds of length."""

    def __init__(self, inner: fields.Field[Any], *, least: int = 0, most: int, **rest: Any) -> None:
        super().__init__(
            inner,
            error_messages={
                **MESSAGES,
                "invalid": Complaint("not_a_list", *both("an array")),
            },
            metadata={"minItems": least, "maxItems": most},
            **rest,
        )
        self.least, self.most = least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        # Before the items are looked at: a million wrong items must not make a million messages.
        if isinstance(value, list) and not self.least <= len(value) <= self.most:
            raise ValidationError(
                Complaint(
                    "too_many" if len(value) > self.most else "too_few",
                    *both("{least}–{most} items", least=self.least, most=self.most),
                )
            )
        return super()._deserialize(value, attr, data, **kwargs)


class SomeOf(StrictSchema):
    """An object of objects, at least one member of which says something; the rest may be absent."""

    @validates_schema
    def _says_something(self, data: Mapping[str, Any], **_rest: Any) -> None:
        if not any(data.values()):
            complaint = Complaint("required", *both("at least one of them"))
            raise ValidationError(complaint, field_name=next(iter(self.fields)))


class ObjectOf(fields.Nested):
    """An object of one schema."""

    def __init__(self, nested: type[Schema] | Schema, **rest: Any) -> None:
        super().__init__(
            nested,
            error_messages={
                **MESSAGES,
                "type": Complaint("not_an_object", *both("an object")),
            },
            **rest,
        )

    @cached_property
    def plain(self) -> StrictSchema | None:
        """Its schema, where that reads it as it stands, with nothing before or after."""
        around = (self.validators, self.pre_load, self.post_load)
        if self.many or self.unknown or self.allow_none or any(around):
            return None
        schema = self.schema
        return schema if isinstance(schema, StrictSchema) and schema.is_plain else None


class MapOf(fields.Dict):
    """An object whose keys are all of one kind, and its values of another."""

    def __init__(
        self, keys: fields.Field[Any], values: fields.Field[Any], *, most: int = 1000, **rest: Any
    ) -> None:
        super().__init__(
            keys=keys,
            values=values,
            error_messages={
                **MESSAGES,
                "invalid": Complaint("not_an_object", *both("an object")),
            },
            **rest,
        )
        self.most = most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > self.most:
            raise ValidationError(
                Complaint("too_many", *both("at most {most} entries", most=self.most))
            )
        try:
            loaded = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            raise _by_key(error) from error
        return dict(loaded)


def _by_key(error: ValidationError) -> ValidationError:
    """Return *error* with what is wrong with an entry at its key, as whoever sent it knows it."""
    if not isinstance(error.messages, dict):
        return error
    told = {
        key: next(iter(wrong.values())) if wrong.keys() <= {"key", "value"} else wrong
        for key, wrong in error.messages.items()
    }
    return ValidationError(told, valid_data=error.valid_data)


class AnyOf(fields.Raw):
    """A value that one of some fields takes; it comes out as it came in."""

    def __init__(self, *alternatives: fields.Field[Any], **rest: Any) -> None:
        super().__init__(error_messages=MESSAGES, **rest)
        self.alternatives = alternatives

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        for alternative in self.alternatives:
            with suppress(ValidationError):
                alternative.deserialize(value)
                return value
        raise ValidationError(Complaint("invalid"))


class Plain(fields.Raw):
    """An integer, or a short text on one line: a refusal's parameter, a rung's name."""

    def __init__(self, *, on_the_wire: bool = False, **rest: Any) -> None:
        super().__init__(error_messages=MESSAGES, **rest)
        self._integer = StrictInt()
        self._text = Text(most=PLAIN, on_the_wire=on_the_wire)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | int:
        if type(value) is int:
            return int(self._integer.deserialize(value))
        if type(value) is str:
            return str(self._text.deserialize(value))
        raise ValidationError(Complaint("not_plain", *both("a string or an integer")))
