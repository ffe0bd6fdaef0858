"""The comparison with Microsoft's description finds what does not fit; the description itself is cut to size."""

from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, TAG, Client, absence
from tests.contract.sandbox.conformance import answer_violations, log_violations, request_violations, violations
from tools.graph_schema import extract

EVENT, SUBSCRIPTION = "microsoft.graph.event", "microsoft.graph.subscription"
CSDL = """
<Edmx><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="microsoft.graph">
  <EntityType Name="entity" Abstract="true"><Property Name="id" Type="Edm.String" Nullable="false" /></EntityType>
  <EntityType Name="event" BaseType="graph.entity" OpenType="true">
    <Property Name="showAs" Type="graph.freeBusyStatus" />
    <NavigationProperty Name="calendar" Type="graph.calendar" />
    <NavigationProperty Name="singleValueExtendedProperties" Type="Collection(graph.tag)" />
  </EntityType>
  <EntityType Name="calendar" BaseType="graph.entity" />
  <EntityType Name="tag" BaseType="graph.entity" />
  <EntityType Name="printer" BaseType="graph.entity" />
  <EnumType Name="freeBusyStatus"><Member Name="oof" Value="3" /></EnumType>
  <Action Name="setPresence" IsBound="true">
    <Parameter Name="bindingParameter" Type="graph.presence" /><Parameter Name="activity" Type="Edm.String" />
  </Action>
  <Action Name="setPresence" IsBound="true"><Parameter Name="bindingParameter" Type="graph.printer" /></Action>
</Schema></Edmx>
"""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(EVENT, absence(), id="an event"),
        pytest.param(EVENT, {"@odata.etag": "x", "subject@odata.type": 7}, id="annotations"),
        pytest.param("microsoft.graph.fieldValueSet", {"PostKenmerk": "x"}, id="columns of one's own"),
        pytest.param("Collection(Edm.Int32)", [1, 2], id="a list"),
        pytest.param(EVENT, {"subject": None}, id="nothing, where that is allowed"),
    ],
)
def test_what_fits_is_left_alone(kind: str, value: Any) -> None:
    assert violations(kind, value) == []


@pytest.mark.parametrize(
    ("kind", "value", "where"),
    [
        pytest.param(EVENT, {"subjekt": "x"}, "event.subjekt", id="unknown property"),
        pytest.param(EVENT, {"isAllDay": "true"}, "event.isAllDay", id="text for a truth value"),
        pytest.param(EVENT, {"reminderMinutesBeforeStart": True}, "event.reminderMinutes", id="truth for a number"),
        pytest.param(EVENT, {"showAs": "outOfOffice"}, "event.showAs", id="unknown member"),
        pytest.param(EVENT, {"categories": "Verlof"}, "event.categories", id="one for a list"),
        pytest.param(EVENT, {"start": "2027-05-04"}, "event.start", id="text for an object"),
        pytest.param(EVENT, {"start": {"datetime": "x"}}, "event.start.datetime", id="unknown property inside"),
        pytest.param(EVENT, {"createdDateTime": "4 mei"}, "event.createdDateTime", id="no point in time"),
        pytest.param(SUBSCRIPTION, {"resource": None}, "subscription.resource", id="nothing where something must be"),
    ],
)
def test_what_does_not_fit_is_named(kind: str, value: Any, where: str) -> None:
    (found,) = violations(kind, value)

    assert found.startswith(where)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users/x/events", {"subjekt": "x"}),
        ("PATCH", "/v1.0/users/x/mailboxSettings", {"automaticReplies": {}}),
        ("PATCH", "/users/x", {"departement": "x"}),
        ("POST", "/users/x/presence/setPresence", {"session": "x"}),
        ("POST", "/drives/d/items/i:/a.pdf:/createUploadSession", {"item": {"nam": "a"}}),
        ("POST", "/$batch", {"requests": [{"method": "POST", "url": "/users/x/events", "body": {"subjekt": "x"}}]}),
        ("POST", "/users/x/unheardOf", {}),
    ],
)
def test_a_request_that_does_not_fit_is_named(method: str, path: str, body: Any) -> None:
    assert len(request_violations(method, path, body)) == 1


def test_the_requests_of_a_whole_flow_fit(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    client("POST", f"/users/{FIEN}/events", absence())
    client("PATCH", f"/users/{FIEN}/mailboxSettings", {"automaticRepliesSetting": {"status": "alwaysEnabled"}})
    client("POST", "/communications/getPresencesByUserId", {"ids": ["x"]})
    client("POST", f"/drives/{drive}/root/children", {"name": "Nieuw", "folder": {}})
    client("POST", f"/drives/{drive}/root:/a.pdf:/createUploadSession", {"item": {"name": "a.pdf"}})
    client("PUT", f"/drives/{drive}/root:/a.pdf:/content", data=b"x")
    client("PATCH", f"/drives/{drive}/root:/a.pdf:/listItem/fields", {"PostKenmerk": "x"})

    calls = tenant.requests

    assert log_violations(calls) == []
    assert sum(call.body is not None for call in calls) == 6


def test_an_answer_that_does_not_fit_is_named() -> None:
    assert len(answer_violations("/v1.0/users/x/events", {"value": [{"id": "1"}, {"id": 2}]})) == 1
    assert len(answer_violations("/v1.0/users/x", {"error": {"kode": "x"}})) == 1


def test_only_what_the_roots_lead_to_is_cut_out() -> None:
    schema = extract(fromstring(CSDL))

    assert schema["types"].keys() == {"microsoft.graph.event", "microsoft.graph.entity", "microsoft.graph.tag"}
    assert schema["enums"] == {"microsoft.graph.freeBusyStatus": ["oof"]}
    assert schema["actions"] == {"setPresence": {"activity": "Edm.String"}}
    event = schema["types"]["microsoft.graph.event"]
    assert (event["base"], event["open"]) == ("microsoft.graph.entity", False)
    assert event["properties"]["singleValueExtendedProperties"]["type"] == "Collection(microsoft.graph.tag)"
    assert schema["types"]["microsoft.graph.entity"]["properties"]["id"]["nullable"] is False


def test_an_extended_property_is_described(client: Client) -> None:
    expand = f"singleValueExtendedProperties($filter=id eq '{TAG}')"
    client("POST", f"/users/{FIEN}/events", absence())

    (event,) = client("GET", f"/users/{FIEN}/events", params={"$expand": expand}).json()["value"]

    assert violations(EVENT, event) == []
    assert "singleValueExtendedProperties" in event
