"""JSON as the rest of the hub reads and writes it: ten times faster, which a municipality of mailboxes needs."""

from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider


class OrjsonProvider(JSONProvider):
    """What Flask asks of a library for JSON."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        made = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(made, mimetype="application/json")
