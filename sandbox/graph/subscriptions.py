"""`/subscriptions`: who wants to be told of changes."""

from flask import Blueprint, Response, jsonify

from sandbox.courier import shake_hands
from sandbox.errors import not_found
from sandbox.graph.protocol import context, entity, json_body, preferences, tenant

bp = Blueprint("subscriptions", __name__)


@bp.post("/subscriptions")
def subscribe() -> Response:
    body, wishes = json_body(), preferences()
    with tenant().lock:
        asked = tenant().subscriptions.checked(body, _user_id, immutable=wishes.immutable)
        _check_there(asked.topic)
    # without the lock: the endpoint may well call us before it answers; one address for both roles is asked twice
    for name in ("notificationUrl", "lifecycleNotificationUrl"):
        if name in body:
            shake_hands(body[name])
    with tenant().lock:
        tenant().subscriptions.add(asked)
        _record(asked.id, "created")
        return entity("subscriptions", tenant().subscriptions.rendered(asked), 201)


@bp.get("/subscriptions")
def list_subscriptions() -> Response:
    with tenant().lock:
        subscriptions = tenant().subscriptions
        value = [subscriptions.rendered(each) for each in subscriptions.live()]
    return jsonify({"@odata.context": context("subscriptions"), "value": value})


@bp.get("/subscriptions/<subscription_id>")
def get_subscription(subscription_id: str) -> Response:
    with tenant().lock:
        subscriptions = tenant().subscriptions
        return entity("subscriptions", subscriptions.rendered(subscriptions.get(subscription_id)))


@bp.patch("/subscriptions/<subscription_id>")
def renew(subscription_id: str) -> Response:
    body = json_body()
    with tenant().lock:
        tenant().subscriptions.get(subscription_id)
    if "notificationUrl" in body:
        shake_hands(body["notificationUrl"])
    with tenant().lock:
        subscription = tenant().subscriptions.get(subscription_id)
        tenant().subscriptions.renew(subscription, body)
        _record(subscription_id, "updated")
        return entity("subscriptions", tenant().subscriptions.rendered(subscription))


@bp.post("/subscriptions/<subscription_id>/reauthorize")
def reauthorize(subscription_id: str) -> Response:
    with tenant().lock:
        tenant().subscriptions.get(subscription_id)
    return Response(status=204)


@bp.delete("/subscriptions/<subscription_id>")
def unsubscribe(subscription_id: str) -> Response:
    with tenant().lock:
        tenant().subscriptions.remove(subscription_id)
        _record(subscription_id, "deleted")
    return Response(status=204)


def _user_id(key: str) -> str:
    return str(tenant().user(key)["id"])


def _check_there(topic: str) -> None:
    """Raises: GraphError 404 for a drive or a mail folder that is not there."""
    first, key, *rest = [*topic.split("/"), ""]
    if first == "drives" and key not in tenant().drives:
        raise not_found("The resource could not be found.")
    if first == "users" and rest[:1] == ["mailfolders"]:
        folders = tenant().mailbox(key).mail.folders.values()
        if not any(rest[1] in (folder.id.lower(), folder.well_known) for folder in folders):
            raise not_found("The specified folder could not be found in the store.", "ErrorItemNotFound")


def _record(subscription_id: str, action: str) -> None:
    tenant().record("subscription", subscription_id, subscription_id, action)
