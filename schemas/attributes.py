"""The envelope's attributes, which every event of the log has; its data has its own schema."""

import re
from typing import Any

from marshmallow import INCLUDE, ValidationError, fields, validates_schema

from schemas.complaints import Complaint
from schemas.fields import (
    Choice,
    HexHash,
    Identifier,
    Instant,
    Pattern,
    StreamName,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)

EXTENSION = re.compile(r"[a-z0-9]{1,20}", re.ASCII)  # the name of an attribute we do not know
MAX_EXTENSION = 200  # characters of its value


class Attributes(StrictSchema):
    """What every event says of itself; further attributes may stand beside: short strings."""

    class Meta:
        unknown = INCLUDE

    @validates_schema(skip_on_field_errors=False)
    def _check_extensions(self, attributes: dict[str, Any], **_: Any) -> None:
        for name in attributes.keys() - self.fields.keys():
            value = attributes[name]
            if EXTENSION.fullmatch(name) is None or type(value) is not str:
                raise ValidationError(Complaint("unknown_field"), name)
            if len(value) > MAX_EXTENSION:
                raise ValidationError(Complaint("too_long"), name)

    specversion = Choice(["1.0"], required=True)
    id = Uuid(canonical=True, required=True)
    source = Pattern(r"urn:shuping:[A-Za-z0-9._-]{1,64}", "not_a_source", required=True)
    type = Text(most=100, on_the_wire=True, required=True)
    subject = StreamName(required=True)
    time = Instant(on_the_wire=True, required=True)
    datacontenttype = Choice(["application/json"], required=True)
    dataschema = Text(most=200, on_the_wire=True, required=True)
    streamversion = StrictInt(least=1, required=True)
    correlationid = Pattern(r"[!-~]{1,128}", "not_an_id", required=True)
    # The topmost case of the family, where that is another than the subject's own.
    partitionkey = StreamName(of_case=True)
    causationid = Pattern(r"[!-~]{1,128}", "not_an_id")
    actor = Identifier()
    deputyfor = Identifier()  # the person whose deputy the actor was in this act
    tokenid = Identifier()  # of the token or session, public; not the secret, nor made of it
    client = Identifier(required=True)
    schemehash = HexHash()
    organisationversion = StrictInt(least=0, required=True)
    data = fields.Dict(required=True)
