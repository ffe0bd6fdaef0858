"""CloudEvents in its three ways over HTTP, as the published package writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, SchemeOptions
from services.webhooks.sources.cloudevents import CloudEvents
from tests.contract.sources.kit import NOW, delivery

TOKEN = "mF_9.B5f-4.1JqM"
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "a b%é-1",
    "source": "https://post.example.org/register",
    "type": "org.example.letter.registered",
    "subject": "2026-IN-001234",
    "time": "2026-11-18T08:59:58Z",
    "datacontenttype": "application/json",
    "priority": "5",
}
DATA = {"kenmerk": "2026-IN-001234", "stukken": [1, 2]}
EVENT = {**ATTRIBUTES, "data": DATA}


def made() -> CloudEvent:
    return CloudEvent({**ATTRIBUTES, "time": datetime.fromisoformat(ATTRIBUTES["time"])}, DATA)


def carried(message: HTTPMessage) -> Delivery:
    return delivery(message.body, **message.headers, authorization=f"Bearer {TOKEN}")


def structured(event: Any) -> Delivery:
    return carried(HTTPMessage({"content-type": "application/cloudevents+json; charset=utf-8"}, orjson.dumps(event)))


def batch(*events: Any) -> Delivery:
    return carried(HTTPMessage({"content-type": "application/cloudevents-batch+json"}, orjson.dumps(events)))


def binary(body: bytes = orjson.dumps(DATA), **changes: str) -> Delivery:
    """Return the event in headers; the name of one is written with _, and an empty one is not sent."""
    headers = {f"ce-{name}": value for name, value in ATTRIBUTES.items() if name not in ("datacontenttype", "id")}
    headers |= {"ce-id": "1", "content-type": "application/json"}
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return carried(HTTPMessage({name: value for name, value in headers.items() if value}, body))


def documents(received: Delivery) -> list[Any]:
    return [payload.document for payload in CloudEvents(SchemeOptions([TOKEN])).open(received)]


def refusal(received: Delivery) -> list[str]:
    with pytest.raises(Malformed) as failure:
        documents(received)
    return sorted(failure.value.fields)


def test_an_event_is_the_same_document_however_it_came() -> None:
    ways = [carried(to_structured_event(made())), carried(to_binary_event(made())), batch(EVENT)]

    assert [documents(way) for way in ways] == [[EVENT], [EVENT], [EVENT]]


def test_an_event_has_the_same_key_however_it_came() -> None:
    scheme = CloudEvents(SchemeOptions([TOKEN]))
    ways = [structured(EVENT), carried(to_binary_event(made())), batch(EVENT), structured({**EVENT, "data": None})]

    assert len({scheme.open(way)[0].repeat_key for way in ways}) == 1


def test_the_id_is_one_within_its_source_only() -> None:
    scheme = CloudEvents(SchemeOptions([TOKEN]))
    others = [EVENT, {**EVENT, "id": "2"}, {**EVENT, "source": "/a", "id": "b1"}, {**EVENT, "source": "/ab", "id": "1"}]

    assert len({payload.repeat_key for payload in scheme.open(batch(*others))}) == 4


def test_a_batch_tells_of_each_of_its_events() -> None:
    assert documents(batch(*({**EVENT, "id": str(n)} for n in range(20)))) == [
        {**EVENT, "id": str(n)} for n in range(20)
    ]


def test_an_empty_batch_tells_nothing() -> None:
    assert documents(batch()) == []


def test_a_time_that_was_not_said_is_not_made_up() -> None:
    silent = {name: value for name, value in EVENT.items() if name != "time"}

    assert documents(structured(silent)) == [silent]
    assert "time" not in documents(binary(ce_time=""))[0]


def test_an_event_may_have_no_data() -> None:
    assert documents(structured(ATTRIBUTES)) == [ATTRIBUTES]
    assert "data" not in documents(binary(b""))[0]


@pytest.mark.parametrize("data", [5, "text", [1], None, {"a": {"b": []}}], ids=str)
def test_data_may_be_any_json(data: Any) -> None:
    assert documents(structured({**EVENT, "data": data}))[0]["data"] == data
    assert documents(binary(orjson.dumps(data)))[0]["data"] == data


def test_data_as_deep_as_json_goes_breaks_nothing() -> None:
    deep = b"[" * 900 + b"]" * 900
    body = orjson.dumps(ATTRIBUTES)[:-1] + b', "data": ' + deep + b"}"

    assert documents(carried(HTTPMessage({"content-type": "application/cloudevents+json"}, body)))


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_an_event_without_what_is_required_is_refused_with_its_place(name: str) -> None:
    for wrong in ({**EVENT, name: ""}, {**EVENT, name: 5}, {key: EVENT[key] for key in EVENT if key != name}):
        assert refusal(structured(wrong)) == [name]
        assert refusal(batch(EVENT, wrong)) == [f"[1].{name}"]
    assert refusal(binary(orjson.dumps(DATA), **{f"ce_{name}": ""})) == [f"ce-{name}"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-11-18T08:59:58"}, "time"),
        ({"subject": ""}, "subject"),
        ({"no_good": "x"}, "no_good"),
        ({"priority": {"a": 1}}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"data_base64": "x"}, "data_base64"),
    ],
    ids=str,
)
def test_an_event_of_another_shape_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    assert refusal(structured({**EVENT, **changes})) == [place]


def test_a_name_that_no_attribute_has_is_not_repeated() -> None:
    assert refusal(structured({**EVENT, "Jan Peeters": {"ziek": 1}})) == ["(another name)"]
    assert refusal(structured({**EVENT, "Jan Peeters": "ziek"})) == ["(another name)"]
    assert refusal(binary(b"{}", **{"ce_jan.peeters": "x"})) == ["ce-(another name)"]


def test_bytes_that_are_no_base64_are_refused() -> None:
    assert refusal(structured({**ATTRIBUTES, "data_base64": "x"})) == ["data_base64"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"ce_specversion": "0.3"}, "ce-specversion"),
        ({"ce_time": "yesterday"}, "ce-time"),
        ({"ce_data": "x"}, "ce-data"),
    ],
    ids=str,
)
def test_headers_of_another_shape_are_refused_with_their_name(changes: dict[str, str], place: str) -> None:
    assert refusal(binary(b"{}", **changes)) == [place]


def test_data_that_is_no_json_is_refused() -> None:
    assert refusal(binary(b"{")) == ["body"]


@pytest.mark.parametrize("event", [5, [], None, "x"], ids=str)
def test_what_is_no_event_is_refused(event: Any) -> None:
    assert refusal(structured(event)) == ["body"]
    assert refusal(batch(event)) == ["[0]"]


def test_a_batch_that_is_no_list_is_refused() -> None:
    message = HTTPMessage({"content-type": "application/cloudevents-batch+json"}, b"{}")

    assert refusal(carried(message)) == ["body"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer  {TOKEN}", f"Bearer {TOKEN}x"],
    ids=repr,
)
def test_without_the_token_nothing_is_accepted(authorization: str) -> None:
    with pytest.raises(NotAuthentic):
        documents(Delivery({**structured(EVENT).headers, "authorization": authorization}, b"{", NOW))


def test_the_word_bearer_has_no_case() -> None:
    received = structured(EVENT)

    assert documents(Delivery({**received.headers, "authorization": f"bearer {TOKEN}"}, received.body, NOW))


@pytest.mark.parametrize(("body", "count"), [(orjson.dumps(EVENT), 1), (orjson.dumps([EVENT, EVENT]), 2)])
def test_what_is_signed_here_is_accepted_here(body: bytes, count: int) -> None:
    headers = CloudEvents(SchemeOptions([TOKEN])).sign(body, NOW)

    assert len(documents(delivery(body, **headers))) == count
