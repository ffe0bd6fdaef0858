"""Standard Webhooks: a signature over id, timestamp and body (https://www.standardwebhooks.com)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Told
from shared.events import AbsencesHinted

_EXPECTED = "absences.changed"


class StandardWebhooks:
    """A source that signs by the scheme. During a rotation several *secrets* are good."""

    def __init__(self, name: str, secrets: Sequence[str], absences: str) -> None:
        self.name = name
        self._webhooks = [Webhook(secret) for secret in secrets]
        self._absences = absences

    def read(self, delivery: Delivery) -> Sequence[Told]:
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        self._verify(delivery.body, headers)
        _check(delivery.body)
        return [Told(AbsencesHinted(source=self._absences), repeat_key=headers["webhook-id"])]

    def _verify(self, body: bytes, headers: dict[str, str]) -> None:
        failure: Exception | None = None
        for webhook in self._webhooks:
            try:
                # Compares in constant time and refuses timestamps 5 minutes off; what the body says is judged after.
                webhook.verify(body, headers, json_parse=False)
            except (WebhookVerificationError, ValueError) as error:
                failure = error
            else:
                return
        raise NotAuthentic("bad_signature", f"{self.name}: {failure}") from failure


def _check(body: bytes) -> None:
    try:
        payload = orjson.loads(body)
    except ValueError as error:
        raise Malformed("malformed_delivery", "body: expected JSON", {"body": ["expected JSON"]}) from error
    if not isinstance(payload, dict) or payload.get("type") != _EXPECTED:
        came = payload.get("type") if isinstance(payload, dict) else type(payload).__name__
        wrong = f"expected {_EXPECTED!r}, came {came!r}"
        raise Malformed("malformed_delivery", f"type: {wrong}", {"type": [wrong]})
