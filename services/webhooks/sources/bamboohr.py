"""BambooHR: hex HMAC-SHA256 over the body and, right behind it, the timestamp.

Source: https://documentation.bamboohr.com/docs/webhooks (the key is made on the webhook's page, "Private Key")
"""

from __future__ import annotations

from dataclasses import replace

from services.webhooks.sources.base import SchemeOptions
from services.webhooks.sources.signed import Signed


def bamboohr(options: SchemeOptions) -> Signed:
    """Return the scheme of BambooHR, whose deliveries have no id of their own."""
    headers = {"signature": "X-BambooHR-Signature", "timestamp": "X-BambooHR-Timestamp"}
    return Signed(replace(options, headers=headers, encoding="hex", prefix="", signed="{body}{timestamp}"))
