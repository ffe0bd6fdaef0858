"""`/users/{id}/mailboxSettings`: the automatic reply and the habits of a mailbox."""

from flask import Blueprint, Response, jsonify

from sandbox.directory import Mailbox
from sandbox.errors import bad_request
from sandbox.graph.protocol import context, json_body, preferences, selected, tenant
from sandbox.state import Json
from sandbox.zones import zone

bp = Blueprint("mailbox_settings", __name__)
_WRITABLE = {"automaticRepliesSetting", "timeZone"}


@bp.get("/users/<key>/mailboxSettings")
def get_settings(key: str) -> Response:
    wishes = preferences()
    with tenant().lock:
        settings = selected(_rendered(tenant().mailbox(key), wishes.zone), always=())
    return jsonify({"@odata.context": context(f"users('{key}')/mailboxSettings")} | settings)


@bp.get("/users/<key>/mailboxSettings/automaticRepliesSetting")
def get_replies(key: str) -> Response:
    wishes = preferences()
    with tenant().lock:
        setting = tenant().replies(key).rendered(wishes.zone)
    fragment = f"users('{key}')/mailboxSettings/automaticRepliesSetting"
    return jsonify({"@odata.context": context(fragment)} | setting)


@bp.patch("/users/<key>/mailboxSettings")
def update_settings(key: str) -> Response:
    body, wishes = json_body(), preferences()
    if unknown := body.keys() - _WRITABLE:
        raise bad_request(f"The sandbox cannot change '{min(unknown)}'.", "ErrorInvalidArgument")
    with tenant().lock:
        mailbox = tenant().mailbox(key)
        _apply(mailbox, body)
        user = tenant().user(key)
        extra = {"status": mailbox.replies.status}
        tenant().record("mailboxSettings", user["userPrincipalName"], user["id"], "updated", extra)
        rendered = _rendered(mailbox, wishes.zone)
    changed = {name: rendered[name] for name in body if name in rendered}
    return jsonify({"@odata.context": context(f"users('{key}')/mailboxSettings")} | changed)


def _apply(mailbox: Mailbox, body: Json) -> None:
    time_zone = body.get("timeZone", mailbox.time_zone)
    zone(time_zone)
    mailbox.replies = mailbox.replies.changed(body.get("automaticRepliesSetting", {}), tenant().now())
    mailbox.time_zone = time_zone


def _rendered(mailbox: Mailbox, zone_name: str) -> Json:
    return {
        "archiveFolder": None,
        "automaticRepliesSetting": mailbox.replies.rendered(zone_name),
        "dateFormat": "d/MM/yyyy",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "language": {"locale": "nl-BE", "displayName": "Nederlands (België)"},
        "timeFormat": "HH:mm",
        "timeZone": mailbox.time_zone,
        "userPurpose": mailbox.purpose,
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": mailbox.time_zone},
        },
    }
