"""Notifications in the shapes that Microsoft's documentation shows, with ids of nobody: each is understood.

Sources: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks,
https://learn.microsoft.com/en-us/graph/outlook-change-notifications-overview,
https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events,
https://learn.microsoft.com/en-us/graph/teams-changenotifications-chatmessage
"""

from __future__ import annotations

from typing import Any

import pytest

from services.webhooks.sources.base import Delivery
from services.webhooks.sources.graph import GraphNotifications
from shared.events import GraphResourceChanged, LifecycleSignalled
from tests.contract.sources.kit import NOW, STATE, SUBSCRIPTION, TENANT, Remembered, collection, known

USER, GUID = "0e5d7a51-5a1c-4b7e-8c07-2f8d9f6a7b10", "84bd8158-6d4d-4958-8b9f-9d6445542f95"
MESSAGE = "AAMkADMxZmEzMDM1LTFjODQtNGVkMC04YzY3LTBjZTRlNDFjNGE4MwBGAAAAAAA="
ETAG = 'W/"CQAAABYAAADkrWGo7bouTKlsgTZMr9KwAAAUWRHf"'
COMMON = {"subscriptionId": SUBSCRIPTION, "clientState": STATE, "tenantId": TENANT}
EXPIRES = {"subscriptionExpirationDateTime": "2026-11-20T11:00:00.0000000-08:00"}


def notification(changed: str, resource: str, kind: str | None, id_: str | None, **more: str) -> dict[str, Any]:
    """Return an item; *kind* and *id_* describe the changed thing where the workload does."""
    details = {"@odata.type": kind, "@odata.id": resource, "id": id_, **more} if kind else None
    return {**COMMON, **EXPIRES, "changeType": changed, "resource": resource, "resourceData": details}


@pytest.mark.parametrize(
    ("item", "resource", "version"),
    [
        (
            notification(
                "created", f"users/{USER}@{GUID}/messages/{MESSAGE}", "#Microsoft.Graph.Message", MESSAGE,
                **{"@odata.etag": ETAG},
            ),
            f"users/{USER}/messages/{MESSAGE}",
            ETAG,
        ),
        (
            notification(
                "updated", f"Users/{USER}/Messages/{MESSAGE}", "#Microsoft.Graph.Message", MESSAGE,
                **{"@odata.etag": ETAG},
            ),
            f"users/{USER}/messages/{MESSAGE}",
            ETAG,
        ),
        (
            notification("deleted", f"Users('{USER}')/Messages('{MESSAGE}')", "#microsoft.graph.message", MESSAGE),
            f"users/{USER}/messages/{MESSAGE}",
            None,
        ),
        (
            notification("updated", f"Users/{USER}", "#Microsoft.Graph.User", USER, organizationId=GUID),
            f"users/{USER}",
            None,
        ),
        (
            notification("updated", "drives/b!t18F8ybsHUq1z3LTz8xvZqP8zaSWjkFNhsME_Fa6r2sL/root", None, None),
            "drives/b!t18F8ybsHUq1z3LTz8xvZqP8zaSWjkFNhsME_Fa6r2sL/root",
            None,
        ),
        (
            notification(
                "created",
                "teams('8ed544de-60c0-4aa6-b3bd-b1ecb7a9d2b6')/channels('19:a1b2@thread.tacv2')/messages('1565293727947')",
                "#Microsoft.Graph.ChatMessage",
                "1565293727947",
            ),
            "teams/8ed544de-60c0-4aa6-b3bd-b1ecb7a9d2b6/channels/19:a1b2@thread.tacv2/messages/1565293727947",
            None,
        ),
    ],
    ids=["mail at a tenant", "mail", "mail, with keys in brackets", "an account", "a drive", "a channel message"],
)  # fmt: skip
def test_a_documented_notification_is_understood(item: dict[str, Any], resource: str, version: str | None) -> None:
    (told,) = _read({"id": "lsgTZMr9KwAAA", **item})

    assert told.event == GraphResourceChanged(
        subscription_id=SUBSCRIPTION, resource=resource, change_type=item["changeType"], version=version
    )


@pytest.mark.parametrize("signal", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
def test_a_documented_lifecycle_notification_is_understood(signal: str) -> None:
    (told,) = _read({**COMMON, **EXPIRES, "lifecycleEvent": signal})

    assert told.event == LifecycleSignalled(subscription_id=SUBSCRIPTION, signal=signal)


def test_the_two_ways_to_write_a_message_are_one_event() -> None:
    ways = (f"users/{USER}@{GUID}/messages/{MESSAGE}", f"Users('{USER}')/Messages('{MESSAGE}')")

    one, other = (
        _read(notification("updated", way, "#Microsoft.Graph.Message", MESSAGE, **{"@odata.etag": ETAG}))[0]
        for way in ways
    )

    assert one.event.identity == other.event.identity


def _read(item: dict[str, Any]) -> Any:
    source = GraphNotifications(Remembered((known(),)), TENANT)
    return source.read(Delivery({"content-type": "application/json"}, collection(item), NOW))
