"""A contract is declared once: a frozen dataclass whose fields carry their marshmallow field.

Shape::

    @dataclass(frozen=True, kw_only=True)
    class Letter(Contract):
        kenmerk: Annotated[str, fields.String(validate=validate.Length(1, 40))]
        reply_by: Annotated[date | None, fields.Date(allow_none=True)] = None

An invalid instance cannot be built; JSON schemas for AsyncAPI and OpenAPI come from the same fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self, cast, get_type_hints

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from shared.errors import Invalid
from shared.faults import near
from shared.plain import Text, texts


class Contract:
    """Base of every declared shape. Unknown keys are ignored unless a subclass says otherwise."""

    UNKNOWN: ClassVar[str] = EXCLUDE

    def __post_init__(self) -> None:
        plain = _texts_of(type(self))
        if plain is not None and all(text.admits(getattr(self, text.name)) for text in plain):
            return
        faults = schema_of(type(self)).validate(self.dump())
        if faults:
            raise _invalid(type(self), faults)

    def dump(self) -> dict[str, Any]:
        """Return the JSON-ready shape of this value."""
        plain = _texts_of(type(self))
        if plain is not None:
            return {text.name: getattr(self, text.name) for text in plain}
        return cast("dict[str, Any]", schema_of(type(self)).dump(self))

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> Self:
        """Build the value from its JSON shape.

        Raises: Invalid with every faulty field at once.
        """
        try:
            return cast("Self", schema_of(cls).load(raw))
        except ValidationError as error:
            raise _invalid(cls, error.messages) from error


_schemas: dict[type[Contract], Schema] = {}


def schema_of(contract: type[Contract]) -> Schema:
    """Return the marshmallow schema of *contract*; loading gives an instance of it."""
    if contract not in _schemas:
        _schemas[contract] = _schema(contract)
    return _schemas[contract]


_texts: dict[type[Contract], tuple[Text, ...] | None] = {}


def _texts_of(contract: type[Contract]) -> tuple[Text, ...] | None:
    if contract not in _texts:
        _texts[contract] = texts(schema_of(contract).fields)
    return _texts[contract]


def _schema(contract: type[Contract]) -> Schema:
    hints = get_type_hints(contract, include_extras=True)
    members: dict[str, Any] = {}
    for field in dataclasses.fields(contract):  # type: ignore[arg-type]  # every subclass is a dataclass
        declared = _declared(contract, field.name, hints[field.name])
        declared.required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        members[field.name] = declared

    def build(_schema: Schema, data: dict[str, Any], **_: object) -> Contract:
        return contract(**data)

    members["build"] = post_load(build)
    members["Meta"] = type("Meta", (), {"unknown": contract.UNKNOWN})
    made: Schema = type(contract.__name__, (_Proposing,), members)()
    return made


class _Proposing(Schema):
    """A schema that says of an unknown key which one was probably meant."""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        if isinstance(error.messages, dict) and isinstance(data, Mapping):
            known = [field.data_key or name for name, field in self.fields.items()]
            error.messages.update(
                {key: [unknown_key(key, known)] for key in error.messages if key in data and key not in known}
            )


def unknown_key(key: object, known: Iterable[str]) -> str:
    """Say that *key* is none of those that are *known*, and which one was probably meant."""
    meant = near(str(key), known)
    return f"Unknown field; did you mean '{meant}'?" if meant else "Unknown field."


def nested(contract: type[Contract], *, allow_none: bool = False) -> fields.Nested:
    """Return the field that holds another contract."""
    return fields.Nested(lambda: schema_of(contract), allow_none=allow_none)


def _declared(contract: type[Contract], name: str, hint: Any) -> fields.Field[Any]:
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, fields.Field):
            return extra
    raise TypeError(f"{contract.__name__}.{name} carries no marshmallow field")


def _invalid(contract: type[Contract], messages: Any) -> Invalid:
    faults = dict(flatten(messages))
    listed = "; ".join(f"{place}: {' '.join(wrong)}" for place, wrong in sorted(faults.items()))
    return Invalid("invalid_" + _slug(contract.__name__), f"{contract.__name__}: {listed}", faults)


def flatten(messages: Any, path: str = "") -> list[tuple[str, list[str]]]:
    """Turn marshmallow's nested messages into (dotted place, what was expected there) pairs."""
    if isinstance(messages, Mapping):
        pairs: list[tuple[str, list[str]]] = []
        for name, inner in messages.items():
            pairs += flatten(inner, f"{path}.{name}" if path else str(name))
        return pairs
    return [(path, [str(message) for message in messages])]


def _slug(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
