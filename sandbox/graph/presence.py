"""`/users/{id}/presence`: what Teams shows of a person, derived from calendar, automatic reply and sessions."""

import re
from datetime import timedelta

from flask import Blueprint, Response, jsonify

from sandbox.directory import Mailbox, Session
from sandbox.errors import bad_request
from sandbox.graph.protocol import context, entity, json_body, tenant
from sandbox.state import Json, Tenant
from sandbox.zones import wall_clock, zone

bp = Blueprint("presence", __name__)
_MOST_IDS = 650
# https://learn.microsoft.com/en-us/graph/api/presence-setpresence
_SETTABLE = {
    ("Available", "Available"), ("Busy", "InACall"), ("Busy", "InAConferenceCall"), ("Away", "Away"),
    ("DoNotDisturb", "Presenting"),
}  # fmt: skip
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(hours=4)


@bp.get("/users/<key>/presence")
def get_presence(key: str) -> Response:
    return entity(f"users('{key}')/presence", presence(tenant(), key))


@bp.post("/communications/getPresencesByUserId")
def get_presences() -> Response:
    ids = json_body().get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= _MOST_IDS:
        raise bad_request(f"'ids' holds 1 to {_MOST_IDS} user ids.", "BadRequest")
    known = [presence(tenant(), id_) for id_ in ids if id_ in tenant().users]
    return jsonify({"@odata.context": context("Collection(presence)"), "value": known})


@bp.post("/users/<key>/presence/setStatusMessage")
def set_status_message(key: str) -> Response:
    status = json_body().get("statusMessage")
    if not isinstance(status, dict) or not isinstance(status.get("message"), dict):
        raise bad_request("A statusMessage with a message is required.", "BadRequest")
    if expiry := status.get("expiryDateTime"):
        wall_clock(expiry["dateTime"])
        zone(expiry["timeZone"])
    with tenant().lock:
        tenant().mailbox(key).status_message = status
        _record(key, "statusMessage")
    return Response(status=200)


@bp.post("/users/<key>/presence/setPresence")
def set_presence(key: str) -> Response:
    body = json_body()
    if body.get("sessionId") != tenant().client_id:
        raise bad_request("The sessionId must be the id of the application.", "BadRequest")
    if (body.get("availability"), body.get("activity")) not in _SETTABLE:
        raise bad_request("This combination of availability and activity cannot be set.", "BadRequest")
    until = tenant().now() + _duration(body.get("expirationDuration", "PT5M"))
    with tenant().lock:
        tenant().mailbox(key).session = Session(body["sessionId"], body["availability"], body["activity"], until)
        _record(key, "presence")
    return Response(status=200)


@bp.post("/users/<key>/presence/clearPresence")
def clear_presence(key: str) -> Response:
    if json_body().get("sessionId") != tenant().client_id:
        raise bad_request("The sessionId must be the id of the application.", "BadRequest")
    with tenant().lock:
        tenant().mailbox(key).session = None
        _record(key, "presence")
    return Response(status=200)


def presence(source: Tenant, key: str) -> Json:
    """Return what colleagues see of *key* now.

    Everybody has Teams open; out of office is an event shown as `oof`, or an automatic reply that is on.
    """
    with source.lock:
        user, now = source.user(key), source.now()
        mailbox = source.mailboxes.get(user["id"]) or Mailbox()
        shown = {event.content["showAs"] for event in mailbox.events.values() if event.covers(now)}
        replying = mailbox.replies.active(now)
        session = mailbox.session if mailbox.session and mailbox.session.until > now else None
    away = "oof" in shown or replying
    availability = session.availability if session else "Busy" if "busy" in shown else "Available"
    activity = session.activity if session else "InAMeeting" if "busy" in shown else "Available"
    return {
        "id": user["id"],
        "availability": availability,
        "activity": "OutOfOffice" if away and availability == "Available" else activity,
        "outOfOfficeSettings": {"isOutOfOffice": away, "message": mailbox.replies.internal if replying else None},
        "statusMessage": mailbox.status_message,
        "sequenceNumber": None,
        "workLocation": None,
    }


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?", text)
    duration = timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0)) if match else timedelta()
    if not _SHORTEST <= duration <= _LONGEST:
        raise bad_request("The expirationDuration lies between PT5M and PT4H.", "BadRequest")
    return duration


def _record(key: str, kind: str) -> None:
    user = tenant().user(key)
    tenant().record(kind, user["userPrincipalName"], user["id"], "updated")
