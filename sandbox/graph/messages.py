"""`/users/{id}/messages` and `/mailFolders`: the mail of a mailbox."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from sandbox.calendars import check_match
from sandbox.errors import bad_request
from sandbox.graph.odata import list_filter
from sandbox.graph.protocol import Preferences, entity, json_body, page, preferences, selected, tenant
from sandbox.mail import Folder, Mail, Message
from sandbox.state import Json

bp = Blueprint("messages", __name__)
_PAGE = 10  # Outlook's default
_HEADERS = "internetMessageHeaders"
_Route = Callable[..., Response]


def folder_route(blueprint: Blueprint, path: str, method: str = "GET") -> Callable[[_Route], _Route]:
    """Serve *path* below a folder in both forms of address: `mailFolders/inbox` and `mailFolders('inbox')`."""

    def register(route: _Route) -> _Route:
        for form in ("/<folder_key>", "('<folder_key>')"):
            blueprint.add_url_rule(f"/users/<key>/mailFolders{form}{path}", view_func=route, methods=[method])
        return route

    return register


@bp.get("/users/<key>/mailFolders")
def list_folders(key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return _folders(key, mail, mail.root)


@bp.post("/users/<key>/mailFolders")
def create_folder(key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return _created(key, mail, mail.root)


@folder_route(bp, "")
def get_folder(key: str, folder_key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return entity(f"users('{key}')/mailFolders", mail.rendered(mail.folder(folder_key)))


@folder_route(bp, "/childFolders")
def list_child_folders(key: str, folder_key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return _folders(key, mail, mail.folder(folder_key))


@folder_route(bp, "/childFolders", "POST")
def create_child_folder(key: str, folder_key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return _created(key, mail, mail.folder(folder_key))


@bp.get("/users/<key>/messages")
def list_messages(key: str) -> Response:
    with tenant().lock:
        return _messages(key, list(tenant().mailbox(key).mail.messages.values()))


@folder_route(bp, "/messages")
def list_messages_in_folder(key: str, folder_key: str) -> Response:
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        return _messages(key, mail.inside(mail.folder(folder_key)))


@bp.get("/users/<key>/messages/<message_id>")
def get_message(key: str, message_id: str) -> Response:
    wishes = preferences()
    with tenant().lock:
        return _answer(key, tenant().mailbox(key).mail.message(message_id), wishes)


@bp.get("/users/<key>/messages/<message_id>/$value")
def get_mime(key: str, message_id: str) -> Response:
    """Answer the message as it came, attachments included."""
    with tenant().lock:
        return Response(tenant().mailbox(key).mail.message(message_id).raw, content_type="text/plain")


@bp.patch("/users/<key>/messages/<message_id>")
def update_message(key: str, message_id: str) -> Response:
    body, wishes = json_body(), preferences()
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        message = mail.message(message_id)
        check_match(request.headers.get("If-Match"), message.etag)
        message.change(body, tenant().now())
        tenant().message_changed(key, message, mail.folder(message.folder), "updated")
        return _answer(key, message, wishes)


@bp.post("/users/<key>/messages/<message_id>/move")
def move_message(key: str, message_id: str) -> Response:
    """Answer the message in its new folder, where it has another id unless ids are immutable."""
    body, wishes = json_body(), preferences()
    destination = next((value for name, value in body.items() if name.lower() == "destinationid"), None)
    if not isinstance(destination, str):
        raise bad_request("The parameter 'destinationId' is required.", "ErrorInvalidParameter")
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        message = mail.message(message_id)
        tenant().move_message(key, message, mail.folder(destination))
        return _answer(key, message, wishes, 201)


def shown(message: Message, wishes: Preferences, select: str) -> Json:
    """Write *message*, with its header lines when they are selected."""
    made = message.rendered(immutable=wishes.immutable)
    return made | ({_HEADERS: message.headers()} if _HEADERS in select else {})


def _folders(key: str, mail: Mail, parent: Folder) -> Response:
    folders = mail.children(parent)
    return page(f"users('{key}')/mailFolders", folders, lambda folder: selected(mail.rendered(folder)), _PAGE)


def _created(key: str, mail: Mail, parent: Folder) -> Response:
    name = json_body().get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("A folder needs a displayName.", "ErrorInvalidParameter")
    return entity(f"users('{key}')/mailFolders", mail.rendered(mail.add_folder(parent, name)), 201)


def _messages(key: str, messages: list[Message]) -> Response:
    wishes, matches = preferences(), list_filter(request.args.get("$filter"))
    order = request.args.get("$orderby", "receivedDateTime desc").split()
    if order[0] != "receivedDateTime" or order[1:] not in ([], ["asc"], ["desc"]):
        raise bad_request(f"Could not order by '{order[0]}'.", "ErrorInvalidUrlQuery")
    found = sorted(filter(matches, messages), key=lambda each: each.received, reverse=order[1:] == ["desc"])
    select = request.args.get("$select", "")
    return page(
        f"users('{key}')/messages", found, lambda message: selected(shown(message, wishes, select)),
        wishes.page_size or _PAGE,
    )  # fmt: skip


def _answer(key: str, message: Message, wishes: Preferences, status: int = 200) -> Response:
    value = shown(message, wishes, request.args.get("$select", ""))
    response = entity(f"users('{key}')/messages", value, status)
    response.headers["ETag"] = message.etag
    return response
