"""`POST /users/{id}/messages` and `/messages/{id}/send`: a mail that is written, and then on its way."""

from flask import Blueprint, Response

from sandbox.drafts import properties_of, written
from sandbox.errors import GraphError, bad_request, not_found
from sandbox.graph.protocol import entity, json_body, preferences, tenant
from sandbox.mail import Message
from sandbox.state import Tenant

bp = Blueprint("sending", __name__)


@bp.post("/users/<key>/messages")
def create_draft(key: str) -> Response:
    body, wishes = json_body(), preferences()
    with tenant().lock:
        mail, now = tenant().mailbox(key).mail, tenant().now()
        sender = tenant().user(key)["userPrincipalName"]
        message = mail.add_draft(written(body, sender, now), properties_of(body), now)
        tenant().message_changed(key, message, mail.folder("drafts"), "created")
        made = entity(f"users('{key}')/messages", message.rendered(immutable=wishes.immutable), 201)
    made.headers["ETag"] = message.etag
    return made


@bp.post("/users/<key>/messages/<message_id>/send")
def send_draft(key: str, message_id: str) -> Response:
    """Answer 202 with nothing. Who has a mailbox here gets it; the copy stands among the sent items, under its id."""
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        message = mail.message(message_id)
        addresses = [each for header in ("to", "cc") for each in _addresses(message, header)]
        if not addresses:
            raise bad_request("At least one recipient is not valid.", "ErrorInvalidRecipients")
        if not message.is_draft:
            # which error Exchange has for what was sent before is not described; nothing is there to be sent
            raise not_found("The specified object was not found in the store.", "ErrorItemNotFound")
        message.is_draft = False
        tenant().move_message(key, message, mail.folder("sentitems"))
        for address in addresses:
            _deliver(tenant(), address, message.raw)
    return Response(status=202)


def _addresses(message: Message, header: str) -> list[str]:
    return [each.addr_spec for each in getattr(message.parsed[header], "addresses", ())]


def _deliver(world: Tenant, address: str, raw: bytes) -> None:
    try:
        world.mailbox(address)
    except GraphError:
        return  # somebody outside
    world.deliver(address, raw)
