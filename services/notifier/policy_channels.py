"""The places where people are told, as hub.toml says them: each table is checked as its kind wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from services.notifier.channels import KINDS
from services.notifier.channels.base import Channel, Kind, Parts
from shared.contracts import Contract
from shared.errors import Invalid
from shared.faults import unknown

KINDS_BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


class ChannelTable(fields.Dict):
    """A table [notifier.channels.<name>]; its faults are told together with those of all other tables."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        table: dict[str, Any] = super()._deserialize(*args, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's own
        if not isinstance(table.get("kind"), str):
            raise ValidationError({"kind": [f"expected one of {', '.join(KINDS_BY_NAME)}"]})
        if table["kind"] not in KINDS_BY_NAME:
            raise ValidationError({"kind": [unknown("kind of channel", table["kind"], KINDS_BY_NAME)]})
        try:
            _options_of(table)
        except Invalid as error:
            raise ValidationError({key: list(wrong) for key, wrong in error.fields.items()}) from error
        return table


def channel_of(name: str, table: Mapping[str, Any], parts: Parts) -> Channel:
    """Return the channel that a table describes. Raises: Invalid naming the setting that is missing or wrong."""
    return KINDS_BY_NAME[table["kind"]].build(name, _options_of(table), parts)


def _options_of(table: Mapping[str, Any]) -> Contract:
    return KINDS_BY_NAME[table["kind"]].options.load({key: value for key, value in table.items() if key != "kind"})
