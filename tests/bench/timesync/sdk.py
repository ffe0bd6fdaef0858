"""Microsoft's own library (https://github.com/microsoftgraph/msgraph-sdk-python) as its manual says: four tasks write."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from azure.identity.aio import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # the library has no types there

from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from services.timesync.effects.calendar import TAG
from tests.bench.timesync.municipality import user_id

AT_A_TIME, BATCH = 4, 20
ZONE = "Romance Standard Time"
SCOPE = "https://graph.microsoft.com/.default"
Graph = Any  # GraphServiceClient, whose every property and answer is optional to the type checker


def one_by_one(tenant_url: str, ca: Path, events: int) -> None:
    """Make one event for each of so many people, a request for each."""

    async def write(graph: Graph, n: int) -> None:
        await graph.users.by_user_id(user_id(n)).events.post(_event())

    asyncio.run(_shared(tenant_url, ca, range(events), write))


def in_batches(tenant_url: str, ca: Path, events: int) -> None:
    """Make the same events, twenty in a request."""
    from msgraph_core.requests.batch_request_builder import (  # type: ignore[import-untyped]  # no types there either
        BatchRequestBuilder,
    )
    from msgraph_core.requests.batch_request_content import BatchRequestContent  # type: ignore[import-untyped]  # as above

    async def write(graph: Graph, first: int) -> None:
        content = BatchRequestContent()
        for n in range(first, min(first + BATCH, events)):
            request = graph.users.by_user_id(user_id(n)).events.to_post_request_information(_event())
            content.add_request_information(request)
        answer = await BatchRequestBuilder(graph.request_adapter).post(content)
        statuses = answer.get_response_status_codes().values()
        assert all(status == 201 for status in statuses), f"expected 201 for each event, got {sorted(statuses)}"

    asyncio.run(_shared(tenant_url, ca, range(0, events, BATCH), write))


async def _shared(tenant_url: str, ca: Path, numbers: range, write: Callable[[Graph, int], Awaitable[None]]) -> None:
    """Let AT_A_TIME tasks share the work."""
    left = iter(numbers)
    async with _client(tenant_url, ca) as graph:

        async def work() -> None:
            for n in left:
                await write(graph, n)

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))


@asynccontextmanager
async def _client(tenant_url: str, ca: Path) -> AsyncIterator[Graph]:
    credential = ClientSecretCredential(
        TENANT_ID,
        CLIENT_ID,
        CLIENT_SECRET,
        authority=tenant_url,
        disable_instance_discovery=True,
        connection_verify=str(ca),
    )
    http = httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(ca)), timeout=60, trust_env=False)
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=["localhost"])
    adapter = GraphRequestAdapter(provider, GraphClientFactory.create_with_default_middleware(client=http))
    adapter.base_url = f"{tenant_url}/v1.0"
    async with credential, http:
        yield GraphServiceClient(request_adapter=adapter)


def _event() -> Event:
    return Event(
        subject="Afwezig",
        is_all_day=True,
        start=DateTimeTimeZone(date_time="2030-05-06T00:00:00", time_zone=ZONE),
        end=DateTimeTimeZone(date_time="2030-05-08T00:00:00", time_zone=ZONE),
        show_as=FreeBusyStatus.Oof,
        sensitivity=Sensitivity.Private,
        is_reminder_on=False,
        response_requested=False,
        transaction_id=str(uuid4()),
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=TAG, value=str(uuid4()))],
    )
