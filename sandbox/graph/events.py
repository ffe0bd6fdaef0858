"""`/users/{id}/events` and `calendarView`: the calendar of a mailbox."""

from flask import Blueprint, Response, request

from sandbox.calendars import Event, check_match, private_id
from sandbox.errors import GraphError, bad_request, not_found
from sandbox.graph.odata import expanded, tagged
from sandbox.graph.protocol import Preferences, entity, json_body, page, preferences, selected, tenant
from sandbox.state import Json
from sandbox.subscriptions import Change
from sandbox.zones import offset_time

bp = Blueprint("events", __name__)
_PAGE = 10  # Outlook's default: who does not follow @odata.nextLink misses the rest


@bp.post("/users/<key>/events")
@bp.post("/users/<key>/calendar/events")
def create_event(key: str) -> Response:
    body, wishes = json_body(), preferences()
    with tenant().lock:
        mailbox, owner = tenant().mailbox(key), tenant().user(key)
        event = Event.written(owner["userPrincipalName"], body, tenant().now())
        transaction = event.content["transactionId"]
        if transaction in mailbox.transactions:
            message = "An event with this transactionId was created before."
            raise GraphError(409, "ErrorDuplicateTransactionId", message)
        mailbox.transactions |= {transaction} if transaction else set()
        mailbox.events[event.id] = event
        _happened(key, event, "created")
        return _answer(key, event, wishes, 201)


@bp.get("/users/<key>/events")
@bp.get("/users/<key>/calendar/events")
def list_events(key: str) -> Response:
    wishes, expression = preferences(), request.args.get("$filter")
    wanted = tagged(expression) if expression else None
    with tenant().lock:
        events = [each for each in tenant().events(key) if wanted is None or wanted.matches(each.properties)]
        return _page(key, events, wishes)


@bp.get("/users/<key>/calendarView")
@bp.get("/users/<key>/calendar/calendarView")
def calendar_view(key: str) -> Response:
    wishes = preferences()
    if not {"startDateTime", "endDateTime"} <= request.args.keys():
        message = "This request requires a time window specified by the query parameters startDateTime and endDateTime."
        raise bad_request(message, "ErrorInvalidParameter")
    start, end = (offset_time(request.args.get(name), name) for name in ("startDateTime", "endDateTime"))
    with tenant().lock:
        events = [event for event in tenant().events(key) if event.start < end and event.end > start]
        return _page(key, events, wishes)


@bp.get("/users/<key>/events/<event_id>")
@bp.get("/users/<key>/calendar/events/<event_id>")
def get_event(key: str, event_id: str) -> Response:
    wishes = preferences()
    with tenant().lock:
        return _answer(key, _find(key, event_id), wishes)


@bp.patch("/users/<key>/events/<event_id>")
@bp.patch("/users/<key>/calendar/events/<event_id>")
def update_event(key: str, event_id: str) -> Response:
    body, wishes = json_body(), preferences()
    with tenant().lock:
        event = _find(key, event_id)
        check_match(request.headers.get("If-Match"), event.etag)
        event.change(body, tenant().now())
        _happened(key, event, "updated")
        return _answer(key, event, wishes)


@bp.delete("/users/<key>/events/<event_id>")
@bp.delete("/users/<key>/calendar/events/<event_id>")
def delete_event(key: str, event_id: str) -> Response:
    with tenant().lock:
        event = _find(key, event_id)
        check_match(request.headers.get("If-Match"), event.etag)
        del tenant().mailbox(key).events[event.id]
        _happened(key, event, "deleted")
    return Response(status=204)


def _find(key: str, event_id: str) -> Event:
    event = tenant().mailbox(key).events.get(private_id(event_id))
    if event is None:
        raise not_found("The specified object was not found in the store.", "ErrorItemNotFound")
    return event


def _happened(key: str, event: Event, action: str) -> None:
    user = tenant().user(key)
    extra = {"user": user["userPrincipalName"], "transactionId": event.content["transactionId"]}
    tenant().record("event", event.key, event.id, action, extra)
    change = Change(
        topic=f"users/{user['id']}/events",
        kind=action,
        type="Event",
        path=f"Users/{user['id']}/Events",
        id=event.public_id(immutable=True),
        mutable_id=event.public_id(immutable=False),
        etag=event.etag,
        thing=None if action == "deleted" else lambda immutable: event.rendered("UTC", immutable=immutable),
    )
    tenant().changed(change)


def _answer(key: str, event: Event, wishes: Preferences, status: int = 200) -> Response:
    response = entity(f"users('{key}')/events", _rendered(event, wishes), status)
    response.headers["ETag"] = event.etag
    return response


def _page(key: str, events: list[Event], wishes: Preferences) -> Response:
    order = request.args.get("$orderby", "start/dateTime").split()
    if order[0] not in ("start/dateTime", "createdDateTime", "lastModifiedDateTime"):
        raise bad_request(f"Could not order by '{order[0]}'.", "ErrorInvalidUrlQuery")
    ranks = {"start/dateTime": lambda e: e.start, "createdDateTime": lambda e: e.created}
    events.sort(key=ranks.get(order[0], lambda e: e.modified), reverse=order[1:] == ["desc"])
    return page(f"users('{key}')/events", events, lambda event: selected(_rendered(event, wishes)), _PAGE)


def _rendered(event: Event, wishes: Preferences) -> Json:
    return event.rendered(wishes.zone, expanded(request.args.get("$expand")), immutable=wishes.immutable)
