"""Examples of deliveries for the API description, one per way of knocking. Invented, in the shape of the real ones."""

from __future__ import annotations

from typing import Any

_SUBSCRIPTION = "6f1c9d0e-1b5e-4c57-9a35-8a4f4ab1b3a0"
_TENANT = "3f0e2b1c-7a52-4e0c-9d3e-5d2b6f2a9c11"

# https://learn.microsoft.com/en-us/graph/api/resources/changenotificationcollection
NOTIFICATIONS: dict[str, Any] = {
    "a changed account": {
        "value": {
            "value": [
                {
                    "subscriptionId": _SUBSCRIPTION,
                    "subscriptionExpirationDateTime": "2026-12-20T09:00:00Z",
                    "clientState": "the secret that was given when the subscription was made",
                    "changeType": "updated",
                    "resource": "Users/0e5d7a51-5a1c-4b7e-8c07-2f8d9f6a7b10",
                    "resourceData": {
                        "@odata.type": "#Microsoft.Graph.User",
                        "@odata.id": "Users/0e5d7a51-5a1c-4b7e-8c07-2f8d9f6a7b10",
                        "id": "0e5d7a51-5a1c-4b7e-8c07-2f8d9f6a7b10",
                    },
                    "tenantId": _TENANT,
                }
            ]
        }
    },
}
# https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
LIFECYCLE: dict[str, Any] = {
    "notifications were missed": {
        "value": {
            "value": [
                {
                    "subscriptionId": _SUBSCRIPTION,
                    "subscriptionExpirationDateTime": "2026-12-20T09:00:00Z",
                    "clientState": "the secret that was given when the subscription was made",
                    "lifecycleEvent": "missed",
                    "tenantId": _TENANT,
                }
            ]
        }
    },
}
DELIVERIES: dict[str, Any] = {
    "standard": {
        "summary": "Standard Webhooks: headers webhook-id, webhook-timestamp, webhook-signature",
        "value": {"type": "absences.changed", "timestamp": "2026-11-23T09:00:00Z", "data": {}},
    },
    "protime": {
        "summary": "Protime: signed by the key of its webhook",
        "value": [{"changeType": "InsertOrUpdate", "data": {"id": 118601, "changeVersion": "0000090200004BD0000A"}}],
    },
    "personio": {
        "summary": "Personio: a fixed token in Authorization",
        "value": {"event": "absence-period.updated.status", "data": {"id": "9e8f7a6b-0000-4000-8000-000000000001"}},
    },
    "bamboohr": {
        "summary": "BambooHR: X-BambooHR-Signature over body and X-BambooHR-Timestamp",
        "value": {"employees": [{"id": "104", "action": "Updated", "timestamp": "2026-11-23T09:00:00+00:00"}]},
    },
    "frappe": {
        "summary": "Frappe: X-Frappe-Webhook-Signature over the body",
        "value": {"name": "HR-LAP-2026-00017", "employee": "HR-EMP-00104", "status": "Approved", "docstatus": 1},
    },
    "hmac": {
        "summary": "Any system that signs timestamp and body by HMAC-SHA256",
        "value": {"type": "besluit.goedgekeurd", "besluit": {"nummer": "2026/118"}},
    },
    "cloudevents": {
        "summary": "CloudEvents, structured; Authorization: Bearer",
        "value": {
            "specversion": "1.0",
            "id": "a1",
            "source": "https://plan.example.org",
            "type": "org.example.status",
            "data": {"actie": "A40201", "status": "in uitvoering"},
        },
    },
}
