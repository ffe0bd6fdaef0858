"""`/_sandbox`: how a test or the demo watches and disturbs the stand-in. Loopback only, without sign-in."""

import ipaddress
from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.errors import GraphError, bad_request
from sandbox.faults import read_fault
from sandbox.graph.presence import presence
from sandbox.graph.protocol import error_response, json_body, tenant
from sandbox.library import Item, Library
from sandbox.mail import Mail, Message
from sandbox.state import Json, Tenant

bp = Blueprint("control", __name__, url_prefix="/_sandbox")
bp.register_error_handler(GraphError, error_response)
_LIFECYCLE = ("reauthorizationRequired", "missed", "subscriptionRemoved")


@bp.before_request
def only_from_here() -> None:
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - unknown is not loopback
        abort(HTTPStatus.FORBIDDEN)


@bp.get("/ready")
def ready() -> Json:
    """Who this is, and how many notifications its subscribers have not taken yet."""
    undelivered = tenant().courier.undelivered
    return {
        "ready": True,
        "tenant_id": tenant().tenant_id,
        "client_id": tenant().client_id,
        "undelivered": undelivered,
    }


@bp.get("/faults")
def list_faults() -> Response:
    return jsonify(tenant().faults.listed())


@bp.post("/faults")
def add_faults() -> Response:
    body = request.get_json()
    if not isinstance(body, list):
        raise bad_request("A list of faults is expected.")
    tenant().faults.add(*map(read_fault, body))
    return jsonify(tenant().faults.listed())


@bp.delete("/faults")
def clear_faults() -> Response:
    tenant().faults.clear()
    return Response(status=204)


@bp.get("/ledger")
def ledger() -> Response:
    """Every effect, or those of `?kind=event`."""
    kind = request.args.get("kind")
    with tenant().lock:
        effects = [asdict(effect) for effect in tenant().ledger if kind in (None, effect.kind)]
    return jsonify([effect | {"at": effect["at"].isoformat()} for effect in effects])


@bp.get("/requests")
def requests_made() -> Response:
    with tenant().lock:
        calls = [asdict(call) for call in tenant().requests]
    return jsonify([call | {"at": call["at"].isoformat()} for call in calls])


@bp.delete("/requests")
def forget_requests() -> Response:
    """Forget what was asked, and how often: a measurement begins, and a long one must not fill the memory."""
    with tenant().lock:
        tenant().requests.clear()
        tenant().counts.clear()
    return Response(status=204)


@bp.get("/counts")
def counts() -> Response:
    """How often what was asked: `[{"method", "address": "/v1.0/users/{key}/events", "status", "batched", "count"}]`."""
    with tenant().lock:
        return jsonify([asdict(kind) | {"count": count} for kind, count in tenant().counts.items()])


@bp.post("/latency")
def latency() -> Json:
    """Take `{"milliseconds": 40}` for every request to Graph, and for every batch as a whole."""
    wished = json_body().get("milliseconds")
    if not isinstance(wished, int | float) or isinstance(wished, bool) or wished < 0:
        raise bad_request("'milliseconds' is a number, 0 or more.")
    tenant().latency_seconds = wished / 1000
    return {"milliseconds": wished}


@bp.post("/teams")
def teams() -> Json:
    """Open or close Teams at somebody's: `{"user": id or name, "open": false}`; everybody begins with it open."""
    body = json_body()
    if not isinstance(body.get("open"), bool):
        raise bad_request("'open' is true or false.")
    with tenant().lock:
        tenant().mailbox(str(body.get("user"))).has_teams_open = body["open"]
    return {"open": body["open"]}


@bp.post("/groups")
def add_group() -> tuple[Json, int]:
    """Make a group: `{"name": "Proefgroep", "members": [id of an account or a group]}`."""
    body = json_body()
    name, members = body.get("name"), body.get("members")
    if not isinstance(name, str) or not isinstance(members, list):
        raise bad_request("A group has a 'name', and 'members': a list of ids.")
    return {"id": tenant().add_group(name, map(str, members)).id}, HTTPStatus.CREATED


@bp.post("/guests")
def add_guest() -> tuple[Json, int]:
    """Invite somebody from outside to a team: `{"team": id}`."""
    team_id = str(json_body().get("team"))
    if team_id not in tenant().teams:
        raise bad_request("'team' is the id of a team.")
    return {"id": tenant().add_guest(team_id)}, HTTPStatus.CREATED


@bp.get("/state")
def state() -> Response:
    return jsonify(snapshot(tenant()))


@bp.post("/lifecycle")
def lifecycle() -> Response:
    """Send `{"subscription": id, "event": "missed"}` to the subscriber; `subscriptionRemoved` also removes it."""
    body = json_body()
    if body.get("event") not in _LIFECYCLE:
        raise bad_request(f"'event' is one of {_LIFECYCLE}.")
    with tenant().lock:
        subscription = tenant().subscriptions.get(str(body.get("subscription")))
        notice = tenant().subscriptions.lifecycle_notice(subscription, body["event"])
        if body["event"] == "subscriptionRemoved":
            tenant().subscriptions.remove(subscription.id)
    tenant().courier.post([notice])
    return Response(status=202)


@bp.post("/notifications")
def notifications() -> Json:
    """Lose every notification from now on, without a word: `{"drop": true}`; or deliver again."""
    drop = json_body().get("drop")
    if not isinstance(drop, bool):
        raise bad_request("'drop' is true or false.")
    tenant().courier.drop(everything=drop)
    return {"drop": drop}


@bp.post("/subscriptions/forget")
def forget_subscriptions() -> Json:
    """Remove all subscriptions without telling anyone."""
    with tenant().lock:
        return {"forgotten": tenant().subscriptions.forget()}


@bp.post("/delta/expire")
def expire_delta_tokens() -> Json:
    """Answer 410 to every delta token that was given until now."""
    with tenant().lock:
        return {"expired": tenant().rounds.expire()}


@bp.post("/mail")
def deliver() -> tuple[Json, int]:
    """Put the .eml in the body (bytes, not JSON) into the inbox of `?mailbox=post@example.org`."""
    eml = request.get_data()
    if not eml or "mailbox" not in request.args:
        raise bad_request("The body is an .eml, and ?mailbox= names who gets it.")
    message = tenant().deliver(request.args["mailbox"], eml)
    return {"id": message.public_id(immutable=True)}, HTTPStatus.CREATED


def snapshot(source: Tenant) -> Json:
    """Return people with calendar, reply and presence, and the libraries with folders, files and columns."""
    with source.lock:
        return {
            "now": source.now().isoformat(),
            "people": [_person(source, user) for user in source.users.values()],
            "drives": [_drive(library) for library in source.drives.values()],
            "subscriptions": [source.subscriptions.rendered(each) for each in source.subscriptions.live()],
        }


def _person(source: Tenant, user: Json) -> Json:
    mailbox = source.mailboxes.get(user["id"])
    return {
        **{key: user[key] for key in ("id", "displayName", "userPrincipalName", "employeeId", "department")},
        "purpose": mailbox.purpose if mailbox else None,
        "events": [event.rendered(mailbox.time_zone, immutable=True) | {"extendedProperties": event.properties}
                   for event in source.events(user["id"])] if mailbox else [],
        "automaticReplies": mailbox.replies.rendered(mailbox.time_zone) if mailbox else None,
        "messages": [_message(mailbox.mail, each) for each in mailbox.mail.messages.values()] if mailbox else [],
        "presence": presence(source, user["id"]),
    }  # fmt: skip


def _message(mail: Mail, message: Message) -> Json:
    shown = message.rendered(immutable=True)
    names = ("id", "internetMessageId", "subject", "isRead", "categories")
    return {name: shown[name] for name in names} | {"folder": mail.folders[message.folder].name}


def _drive(library: Library) -> Json:
    return {"id": library.id, "name": library.name, "webUrl": library.web_url, "items": _below(library, library.root)}


def _below(library: Library, folder: Item) -> list[Json]:
    return [
        {"id": item.id, "name": item.name, "path": library.path(item), "columns": item.fields}
        | ({"items": _below(library, item)} if item.is_folder else {"size": len(item.content), "hash": item.hash})
        for item in sorted(library.children(folder), key=lambda item: item.name.lower())
    ]
