"""Standard Webhooks: a signature over id, timestamp and body (https://www.standardwebhooks.com)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from standardwebhooks import Webhook, WebhookVerificationError

from services.webhooks.sources.base import (
    Delivery,
    NotAuthentic,
    Payload,
    SchemeOptions,
    check_age,
    document,
)


class StandardWebhooks:
    """A system that signs by the scheme. During a rotation several secrets are good."""

    def __init__(self, options: SchemeOptions) -> None:
        self._webhooks = [Webhook(secret) for secret in options.secrets]
        self._tolerance = options.tolerance

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        self._verify(delivery)
        return [Payload(document(delivery.body), delivery.headers["webhook-id"])]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        id_ = f"msg_{uuid4().hex}"
        signature = self._webhooks[0].sign(id_, now, body.decode())
        return {"webhook-id": id_, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}

    def _verify(self, delivery: Delivery) -> None:
        check_age(delivery.headers.get("webhook-timestamp", ""), delivery.received_at, self._tolerance)
        failure: Exception | None = None
        for webhook in self._webhooks:
            try:
                # Compares in constant time and refuses timestamps 5 minutes off; what the body says is judged after.
                webhook.verify(delivery.body, dict(delivery.headers), json_parse=False)
            except (WebhookVerificationError, ValueError) as error:
                failure = error
            else:
                return
        raise NotAuthentic("bad_signature", f"standard: {failure}") from failure
