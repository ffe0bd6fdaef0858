"""Flask that hands each notification to Celery: confirmed by a quorum queue before the answer."""

# mypy: ignore-errors
# The libraries are in build/bench-venv only.
from __future__ import annotations

import os
from typing import Any

import orjson
from celery import Celery
from flask import Flask, Response, request

app = Flask(__name__)
tasks = Celery("bench", broker=os.environ["PEER_AMQP_URL"])
tasks.conf.task_ignore_result = True
tasks.conf.task_default_queue = "peer.celery"
tasks.conf.task_default_queue_type = "quorum"
tasks.conf.broker_transport_options = {"confirm_publish": True}


@tasks.task
def changed(item: dict[str, Any]) -> None:
    """Never run here: only the intake is measured."""


@app.post("/hooks/graph")
def graph() -> Response:
    for item in orjson.loads(request.get_data())["value"]:
        changed.delay(item)
    return Response(status=202)
