"""CloudEvents 1.0 over HTTP – structured, binary and batched – proven by a bearer token.

Sources: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
and https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from services.webhooks.sources.base import (
    Delivery,
    Malformed,
    NotAuthentic,
    Payload,
    SchemeOptions,
    document,
    fingerprint,
    header_of,
    is_same,
)

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_JSON = JSONFormat()
_REQUIRED = ("specversion", "id", "source", "type")  # the library would make up those that are missing
_NAME = re.compile("[a-z0-9_]{1,20}")  # of an attribute, and the two of the JSON format that have a _
_KINDS: Mapping[str, type] = {"time": str, "data_base64": str}


class CloudEvents:
    """A system that sends CloudEvents. The document of each is the event in the JSON format, however it came.

    The token in the address (`?access_token=`), which the specification advises against, is not taken: addresses are
    logged by every proxy on the way.
    """

    def __init__(self, options: SchemeOptions) -> None:
        self._tokens = options.secrets

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        kind, _, token = header_of(delivery, "authorization").partition(" ")
        if kind.lower() != "bearer" or not any(is_same(token, one) for one in self._tokens):
            raise NotAuthentic("bad_token", "Authorization: expected Bearer and a token of this source")
        return [_payload(event) for event in _events(delivery)]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:  # noqa: ARG002 - a token has no time
        form = BATCH if body.lstrip().startswith(b"[") else EVENT
        return {"authorization": f"Bearer {self._tokens[0]}", "content-type": form}


def _events(delivery: Delivery) -> list[dict[str, Any]]:
    form = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form == BATCH:
        return _batch(document(delivery.body))
    if form == EVENT:
        return [_checked(document(delivery.body), "")]
    return [_of_headers(delivery)]


def _batch(items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list):
        raise _malformed({"body": ["expected a list of events"]})
    return [_checked(item, f"[{place}].") for place, item in enumerate(items)]


def _checked(event: Any, place: str) -> dict[str, Any]:
    """Return *event* when it is one by the library's judgement; *place* is where it stands in its batch."""
    if not isinstance(event, dict):
        raise _malformed({place.rstrip(".") or "body": ["expected an event: a JSON object"]})
    _check_required(event, place)
    attributes = {name: value for name, value in event.items() if value is not None}  # null: it is not there
    if "data" in attributes:
        attributes["data"] = ""  # any JSON will do, and the library's parser is no judge of how deep
    if wrong := [name for name, value in attributes.items() if not isinstance(value, _KINDS.get(name, str | int))]:
        raise _wrong(place, wrong, "expected a text, a whole number, true or false")
    try:
        _JSON.read(CloudEvent, orjson.dumps(attributes))
    except CloudEventValidationError as error:
        raise _wrong(place, error.errors, "not as in CloudEvents 1.0") from error
    except binascii.Error as error:
        raise _malformed({f"{place}data_base64": ["expected base64"]}) from error
    except (ValueError, OverflowError) as error:
        raise _malformed({f"{place}time": ["expected RFC 3339"]}) from error
    return event


def _of_headers(delivery: Delivery) -> dict[str, Any]:
    """Return the event of binary mode: attributes in `ce-` headers, the data in the body."""
    given = {name: value for name, value in delivery.headers.items() if name.startswith("ce-")}
    _check_required({name.removeprefix("ce-"): value for name, value in given.items()}, "ce-")
    data = {"data": document(delivery.body)} if delivery.body else {}
    form = delivery.headers.get("content-type", "application/json")
    try:
        event = from_binary(HTTPMessage({**given, "content-type": form}, b""), _JSON, CloudEvent)
    except CloudEventValidationError as error:
        raise _wrong("ce-", error.errors, "not as in CloudEvents 1.0") from error
    except (ValueError, OverflowError) as error:
        raise _malformed({"ce-time": ["expected RFC 3339"]}) from error
    attributes: dict[str, Any] = orjson.loads(_JSON.write(event))
    if "ce-time" not in given:
        del attributes["time"]  # the library's own idea
    return attributes | data


def _check_required(attributes: Mapping[str, Any], place: str) -> None:
    missing = [name for name in _REQUIRED if not isinstance(attributes.get(name), str) or not attributes[name]]
    if missing:
        raise _malformed({f"{place}{name}": ["expected a text that is not empty"] for name in missing})


def _payload(event: dict[str, Any]) -> Payload:
    return Payload(event, fingerprint(event["source"].encode(), event["id"].encode()))


def _wrong(place: str, names: Iterable[str], expected: str) -> Malformed:
    """Name the attributes; what cannot be the name of one is content, and the hub repeats none."""
    told = (name if _NAME.fullmatch(name) else "(another name)" for name in names)
    return _malformed({f"{place}{name}": [expected] for name in told})


def _malformed(fields: Mapping[str, Sequence[str]]) -> Malformed:
    return Malformed("malformed_delivery", f"no CloudEvent: {', '.join(sorted(fields))}", fields)
