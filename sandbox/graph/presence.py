"""`/users/{id}/presence`: what Teams shows of a person, derived from calendar, automatic reply and sessions."""

import re
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify

from sandbox.directory import Mailbox, Session, Status
from sandbox.errors import bad_request, not_found
from sandbox.graph.protocol import context, entity, json_body, tenant
from sandbox.state import Json, Tenant
from sandbox.zones import instant

bp = Blueprint("presence", __name__)
_MOST_IDS = 650
# https://learn.microsoft.com/en-us/graph/api/presence-setpresence
_SETTABLE = {
    ("Available", "Available"), ("Busy", "InACall"), ("Busy", "InAConferenceCall"), ("Away", "Away"),
    ("DoNotDisturb", "Presenting"),
}  # fmt: skip
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(hours=4)
# https://learn.microsoft.com/en-us/graph/api/presence-setuserpreferredpresence
_PREFERABLE = {(each, each) for each in ("Available", "Busy", "DoNotDisturb", "BeRightBack", "Away")} | {
    ("Offline", "OffWork")
}
_DEFAULT_PREFERENCE = {"Busy": timedelta(days=1), "DoNotDisturb": timedelta(days=1)}
_OTHER_PREFERENCE = timedelta(days=7)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")


@bp.get("/users/<key>/presence")
def get_presence(key: str) -> Response:
    _licensed(key)
    return entity(f"users('{key}')/presence", presence(tenant(), key))


@bp.post("/communications/getPresencesByUserId")
def get_presences() -> Response:
    ids = json_body().get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= _MOST_IDS:
        raise bad_request(f"'ids' holds 1 to {_MOST_IDS} user ids.", "BadRequest")
    with tenant().lock:
        known = [presence(tenant(), id_) for id_ in ids if id_ in tenant().users and id_ in tenant().mailboxes]
    return jsonify({"@odata.context": context("Collection(presence)"), "value": known})


@bp.post("/users/<key>/presence/setStatusMessage")
def set_status_message(key: str) -> Response:
    status = json_body().get("statusMessage")
    if not isinstance(status, dict) or not isinstance(status.get("message"), dict):
        raise bad_request("A statusMessage with a message is required.", "BadRequest")
    if status["message"].get("contentType", "text") != "text":
        raise bad_request("The only content type of a status message is text.", "BadRequest")
    text, expiry = str(status["message"].get("content") or ""), status.get("expiryDateTime")
    with tenant().lock:
        _licensed(key).status = Status(text, instant(expiry) if expiry else None) if text else None
        _record(key, "statusMessage")
    return Response(status=200)


@bp.post("/users/<key>/presence/setUserPreferredPresence")
def prefer(key: str) -> Response:
    body = json_body()
    wish = body.get("availability"), body.get("activity")
    if wish not in _PREFERABLE:
        raise bad_request("This combination of availability and activity cannot be preferred.", "BadRequest")
    lasts = _DEFAULT_PREFERENCE.get(str(wish[0]), _OTHER_PREFERENCE)
    if "expirationDuration" in body:
        lasts = _duration(body["expirationDuration"])
    if not lasts:
        raise bad_request("The expirationDuration is not a duration.", "BadRequest")
    with tenant().lock:
        _licensed(key).preference = Session("", str(wish[0]), str(wish[1]), tenant().now() + lasts)
        _record(key, "preferredPresence")
    return Response(status=200)


@bp.post("/users/<key>/presence/clearUserPreferredPresence")
def clear_preference(key: str) -> Response:
    with tenant().lock:
        _licensed(key).preference = None
        _record(key, "preferredPresence")
    return Response(status=200)


@bp.post("/users/<key>/presence/setPresence")
def set_presence(key: str) -> Response:
    body = json_body()
    if body.get("sessionId") != tenant().client_id:
        raise bad_request("The sessionId must be the id of the application.", "BadRequest")
    if (body.get("availability"), body.get("activity")) not in _SETTABLE:
        raise bad_request("This combination of availability and activity cannot be set.", "BadRequest")
    lasts = _duration(body.get("expirationDuration", "PT5M"))
    if not _SHORTEST <= lasts <= _LONGEST:
        raise bad_request("The expirationDuration lies between PT5M and PT4H.", "BadRequest")
    until = tenant().now() + lasts
    with tenant().lock:
        _licensed(key).session = Session(body["sessionId"], body["availability"], body["activity"], until)
        _record(key, "presence")
    return Response(status=200)


@bp.post("/users/<key>/presence/clearPresence")
def clear_presence(key: str) -> Response:
    if json_body().get("sessionId") != tenant().client_id:
        raise bad_request("The sessionId must be the id of the application.", "BadRequest")
    with tenant().lock:
        _licensed(key).session = None
        _record(key, "presence")
    return Response(status=200)


def presence(source: Tenant, key: str) -> Json:
    """Return what colleagues see of *key* now.

    Out of office is an event shown as `oof`, or an automatic reply that is on. What the person prefers goes above all,
    but without Teams open and without a session of an application they are offline whatever they prefer.
    """
    with source.lock:
        user, now = source.user(key), source.now()
        mailbox = source.mailboxes.get(user["id"]) or Mailbox()
        shown = {event.content["showAs"] for event in mailbox.events.values() if event.covers(now)}
        replying = mailbox.replies.active(now)
        status = mailbox.status
        if status and status.until and status.until <= now:
            status = None
    away = "oof" in shown or replying
    availability, activity = _state(mailbox, now, is_busy="busy" in shown)
    return {
        "id": user["id"],
        "availability": availability,
        "activity": "OutOfOffice" if away and availability == activity == "Available" else activity,
        "outOfOfficeSettings": {"isOutOfOffice": away, "message": mailbox.replies.internal if replying else None},
        # https://learn.microsoft.com/en-us/graph/api/resources/presencestatusmessage - others never hear when it ends
        "statusMessage": {"message": {"content": status.text, "contentType": "text"}} if status else None,
        "sequenceNumber": None,
        "workLocation": None,
    }


def _state(mailbox: Mailbox, now: datetime, *, is_busy: bool) -> tuple[str, str]:
    live = [each for each in (mailbox.preference, mailbox.session) if each and each.until > now]
    if not mailbox.has_teams_open and mailbox.session not in live:
        return "Offline", "Offline"
    if live:
        return live[0].availability, live[0].activity
    return ("Busy", "InAMeeting") if is_busy else ("Available", "Available")


def _licensed(key: str) -> Mailbox:
    """Return where the presence of *key* is kept. Raises: GraphError 404 for who has no licence, and so no Teams."""
    with tenant().lock:
        found = tenant().mailboxes.get(tenant().user(key)["id"])
    if found is None:
        raise not_found("The user has no license for Microsoft Teams.", "NotFound")
    return found


def _duration(text: object) -> timedelta:
    """Read an Edm.Duration, to the second; nothing when it is none."""
    match = _DURATION.fullmatch(str(text))
    if match is None:
        return timedelta()
    days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _record(key: str, kind: str) -> None:
    user = tenant().user(key)
    tenant().record(kind, user["userPrincipalName"], user["id"], "updated")
