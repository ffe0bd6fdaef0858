"""The addresses outside Graph that carry bytes: upload sessions and downloads, whose URL is the key."""

import hmac
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from sandbox.errors import GraphError, bad_request, not_found
from sandbox.graph.drive_items import rendered
from sandbox.graph.items import record
from sandbox.graph.protocol import error_response, tenant
from sandbox.uploads import LIFETIME, Upload
from sandbox.zones import utc

bp = Blueprint("transfers", __name__)
bp.register_error_handler(GraphError, error_response)


@bp.put("/upload/<token>")
def put_fragment(token: str) -> tuple[Response, int]:
    _without_authorization()
    fragment = request.get_data()  # before the lock: a slow sender keeps nobody waiting
    with tenant().lock:
        upload = _upload(token)
        upload.take(request.headers.get("Content-Range", ""), fragment)
        upload.expires = tenant().now() + LIFETIME
        if not upload.is_complete:
            return jsonify(_status(upload)), HTTPStatus.ACCEPTED
        del tenant().uploads[token]
        return _commit(upload)


@bp.get("/upload/<token>")
def get_status(token: str) -> Response:
    _without_authorization()
    with tenant().lock:
        return jsonify(_status(_upload(token)))


@bp.delete("/upload/<token>")
def cancel(token: str) -> Response:
    _without_authorization()
    with tenant().lock:
        del tenant().uploads[_upload(token).token]
    return Response(status=204)


@bp.get("/download/<drive_id>/<item_id>")
def download(drive_id: str, item_id: str) -> Response:
    library = tenant().drives.get(drive_id)
    if library is None:
        raise not_found("The resource could not be found.")
    with tenant().lock:
        item = library.item(item_id)
        if not hmac.compare_digest(request.args.get("tempauth", ""), item.secret):
            raise GraphError(401, "unauthenticated", "The download address is not valid.")
        return Response(item.content, mimetype="application/octet-stream")


def _commit(upload: Upload) -> tuple[Response, int]:
    content, now = bytes(upload.received), tenant().now()
    item, is_new = upload.library.put_file(upload.parent, upload.name, content, upload.conflict, now)
    record(upload.library, item, "created" if is_new else "updated")
    return jsonify(rendered(upload.library, item)), HTTPStatus.CREATED if is_new else HTTPStatus.OK


def _upload(token: str) -> Upload:
    upload = tenant().uploads.get(token)
    if upload is None or upload.expires <= tenant().now():
        raise not_found("The upload session was not found")
    return upload


def _status(upload: Upload) -> dict[str, object]:
    return {"expirationDateTime": utc(upload.expires), "nextExpectedRanges": upload.expected}


def _without_authorization() -> None:
    """https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession - the URL itself is the key."""
    if "Authorization" in request.headers:
        raise GraphError(401, "unauthenticated", "Do not send an Authorization header to an upload URL.")
    if request.method == "PUT" and request.content_length is None:
        raise bad_request("A Content-Length header is required.")
