"""May this sender deliver here? The handshake by which a sender of events knows that its target agrees.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
"""

from __future__ import annotations

import re

from flask import Response

from services.webhooks.reception import Reception

_ORIGIN = re.compile(r"[A-Za-z0-9*]([A-Za-z0-9.*-]{0,252})")  # a DNS expression; nothing else is sent back


def permission(reception: Reception, source: str, origin: str) -> Response:
    """Agree with deliveries to a configured *source*, whoever asks: what is delivered must be proven all the same."""
    if source not in reception.limits:
        return Response(status=404)
    response = Response(status=204, headers={"Allow": "POST"})
    if _ORIGIN.fullmatch(origin):
        response.headers["WebHook-Allowed-Origin"] = origin
        response.headers["WebHook-Allowed-Rate"] = str(reception.limits[source].per_minute)  # requests per minute
    return response
