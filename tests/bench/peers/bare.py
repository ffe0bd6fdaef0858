"""Flask that only answers: what the web server costs, and the most that a Flask front door can do."""

from __future__ import annotations

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/hooks/graph")
def graph() -> Response:
    request.get_data()
    return Response(status=202)
