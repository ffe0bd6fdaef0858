"""The places where letters arrive, as hub.toml says them: each table is checked as its kind wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from services.mailroom.intakes import KINDS
from services.mailroom.intakes.base import Kind
from shared.contracts import Contract
from shared.errors import Invalid
from shared.faults import unknown

KINDS_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


class IntakeTable(fields.Dict):
    """A table [mailroom.intakes.<name>]; its faults are told together with those of all other tables."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        table: dict[str, Any] = super()._deserialize(*args, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's own
        if "kind" not in table:
            raise ValidationError({"kind": [f"expected one of {', '.join(KINDS_BY_NAME)}"]})
        if str(table["kind"]) not in KINDS_BY_NAME:
            raise ValidationError({"kind": [unknown("kind of intake", table["kind"], KINDS_BY_NAME)]})
        try:
            options_of(table)
        except Invalid as error:
            raise ValidationError({key: list(wrong) for key, wrong in error.fields.items()}) from error
        return table


def options_of(table: Mapping[str, Any]) -> Contract:
    """Return what a table says, read as its kind wants it. Raises: Invalid."""
    return KINDS_BY_NAME[table["kind"]].options.load({key: value for key, value in table.items() if key != "kind"})
