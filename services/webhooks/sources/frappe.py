"""Frappe (ERPNext, HRMS): base64 HMAC-SHA256 over the body.

Source: https://docs.frappe.io/framework/user/en/guides/integration/webhooks ("Webhook Secret")
"""

from __future__ import annotations

from dataclasses import replace

from services.webhooks.sources.base import SchemeOptions
from services.webhooks.sources.signed import Signed


def frappe(options: SchemeOptions) -> Signed:
    """Return the scheme of Frappe, which signs no timestamp: what makes two changes differ must be in the body."""
    headers = {"signature": "X-Frappe-Webhook-Signature"}
    return Signed(replace(options, headers=headers, encoding="base64", prefix="", signed="{body}"))
