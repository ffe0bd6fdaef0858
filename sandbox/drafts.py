"""A message that is being written, by what a client says of it in JSON, without HTTP."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sandbox.errors import bad_request

Json = dict[str, Any]
_WRITABLE = {
    "subject",
    "body",
    "toRecipients",
    "ccRecipients",
    "internetMessageHeaders",
    "singleValueExtendedProperties",
}
_MOST_HEADERS = 5


def written(body: Json, sender: str, now: datetime) -> bytes:
    """Return the message as Exchange would write it. Raises: GraphError 400."""
    if unknown := body.keys() - _WRITABLE:
        raise bad_request(f"The property '{min(unknown)}' cannot be written here.", "RequestBodyRead")
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["Subject"] = sender, _text(body, "subject")
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{uuid.uuid4().hex}@{sender.partition('@')[2]}>"
    for header, name in (("To", "toRecipients"), ("Cc", "ccRecipients")):
        if addresses := list(recipients(body, name)):
            mail[header] = ", ".join(addresses)
    for name, value in _headers(body):
        mail[name] = value
    content = body.get("body") or {"contentType": "text", "content": ""}
    if not isinstance(content, dict) or str(content.get("contentType")).lower() not in {"text", "html"}:
        raise bad_request("A body has a contentType, text or html.", "RequestBodyRead")
    mail.set_content(_text(content, "content"), subtype="html" if content["contentType"].lower() == "html" else "plain")
    return mail.as_bytes()


def properties_of(body: Json) -> dict[str, str]:
    """Return the extended properties by id. Raises: GraphError 400."""
    found = body.get("singleValueExtendedProperties", [])
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) and "value" in each for each in found):
        raise bad_request("An extended property needs 'id' and 'value'.", "ErrorInvalidRequest")
    return {each["id"]: each["value"] for each in found}


def recipients(body: Json, name: str) -> Iterator[str]:
    """Yield the addresses in *name*. Raises: GraphError 400."""
    for each in body.get(name) or ():
        address = (each.get("emailAddress") or {}).get("address") if isinstance(each, dict) else None
        if not isinstance(address, str):
            raise bad_request(f"Each of {name} has an emailAddress with an address.", "RequestBodyRead")
        yield address


def _headers(body: Json) -> Iterator[tuple[str, str]]:
    # https://github.com/tombruton87/freescout-mail365/pull/7 and
    # https://github.com/terminal42/contao-notification_center/issues/423 quote both errors
    if "internetMessageHeaders" not in body:
        return
    headers = body["internetMessageHeaders"]
    if not isinstance(headers, list) or not 0 < len(headers) <= _MOST_HEADERS:
        message = f"The number of internet message headers should be less or equal to {_MOST_HEADERS}."
        raise bad_request(message, "InvalidInternetMessageHeaderCollection")
    for each in headers:
        name, value = _text(each, "name"), _text(each, "value")
        if not name.lower().startswith("x-"):
            message = f"The internet message header name '{name}' should start with 'x-' or 'X-'."
            raise bad_request(message, "InvalidInternetMessageHeader")
        yield name, value


def _text(body: Any, name: str) -> str:
    value = body.get(name, "") if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise bad_request(f"Cannot convert '{name}' to a text.", "RequestBodyRead")
    return value
