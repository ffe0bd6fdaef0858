"""FastAPI that publishes with FastStream: all notifications of a POST at once, confirmed before the answer."""

# mypy: ignore-errors
# The libraries are in build/bench-venv only.
from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI, Request, Response
from faststream.rabbit import QueueType, RabbitBroker, RabbitQueue

broker = RabbitBroker(os.environ["PEER_AMQP_URL"])
queue = RabbitQueue("peer.faststream", durable=True, queue_type=QueueType.QUORUM)


@asynccontextmanager
async def connected(_: FastAPI) -> AsyncIterator[None]:
    """Hold the broker for as long as the app lives."""
    await broker.connect()
    await broker.declare_queue(queue)
    yield
    await broker.stop()


app = FastAPI(lifespan=connected)


@app.post("/hooks/graph")
async def graph(request: Request) -> Response:
    items = orjson.loads(await request.body())["value"]
    await asyncio.gather(*(broker.publish(item, queue=queue, persist=True) for item in items))
    return Response(status_code=202)
