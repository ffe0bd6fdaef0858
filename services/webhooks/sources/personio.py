"""Personio: a fixed token in `Authorization`; nothing of the delivery itself is signed.

Source: https://developer.personio.de/v2.0/reference/webhooks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.webhooks.sources.base import (
    Delivery,
    NotAuthentic,
    Payload,
    SchemeOptions,
    document,
    fingerprint,
    header_of,
    is_same,
)


class Personio:
    """A system that shows a token, with or without the word Bearer. Whoever has seen one delivery can send another."""

    def __init__(self, options: SchemeOptions) -> None:
        self._tokens = options.secrets

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        given = header_of(delivery, "authorization").removeprefix("Bearer ")
        if not any(is_same(given, token) for token in self._tokens):
            raise NotAuthentic("bad_token", "Authorization: not a token of this source")
        return [Payload(document(delivery.body), fingerprint(delivery.body))]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:  # noqa: ARG002 - a token says nothing of them
        return {"authorization": self._tokens[0]}
