"""Microsoft's own library, pointed at the sandbox."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
from azure.identity.aio import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # the library has no types there

from sandbox.server import Sandbox
from tests.contract.sandbox.client import SCOPE

Graph = Any  # GraphServiceClient, whose every property and answer is optional to the type checker
Conversation = Callable[[Graph], Awaitable[None]]
Talk = Callable[[Conversation], None]


def converse(sandbox: Sandbox, conversation: Conversation) -> None:
    """Run a conversation with Graph."""

    async def run() -> None:
        async with _graph(sandbox) as client:
            await conversation(client)

    # A browser test in the same process leaves an event loop running in its thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(run())).result()


def code(error: ODataError) -> tuple[int | None, str | None]:
    return error.response_status_code, error.error.code if error.error else None


@asynccontextmanager
async def _graph(sandbox: Sandbox) -> AsyncIterator[Graph]:
    """Build Microsoft's client as its manual says, but for the address and the certificate authority."""
    tenant = sandbox.tenant
    credential = ClientSecretCredential(
        tenant.tenant_id,
        tenant.client_id,
        tenant.client_secret,
        authority=sandbox.url,
        disable_instance_discovery=True,
        connection_verify=str(sandbox.ca),
    )
    http = httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(sandbox.ca)))
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=["localhost"])
    adapter = GraphRequestAdapter(provider, GraphClientFactory.create_with_default_middleware(client=http))
    adapter.base_url = f"{sandbox.url}/v1.0"
    async with credential, http:
        yield GraphServiceClient(request_adapter=adapter)
