"""`/users/delta`, `/drives/{id}/root/delta` and `…/messages/delta`: what changed since somebody last asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from sandbox.errors import GraphError, bad_request, not_found
from sandbox.graph import tracked
from sandbox.graph.messages import folder_route
from sandbox.graph.protocol import context, preferences, tenant
from sandbox.rounds import Collection, Options, Place, after, options_of

bp = Blueprint("delta", __name__)
_DIRECTORY_TOKENS_LIVE = timedelta(days=7)  # https://learn.microsoft.com/en-us/graph/delta-query-overview
_FROM_NOW = "latest"


@dataclass(frozen=True)
class Kind:
    """What the delta of one kind of resource understands, and what it says of a token that it no longer knows."""

    fragment: str  # of the context
    page: int
    options: frozenset[str]
    next_token: str
    last_token: str
    lost: str  # error code
    has_new_start: bool  # the answer to a lost token names the address of a fresh start
    refused: str  # error code for an option that it does not understand
    starts: tuple[str, ...] = ("", _FROM_NOW)  # tokens that begin
    lives: timedelta | None = None

    @property
    def tokens(self) -> tuple[str, str]:
        return self.next_token, self.last_token


_USERS = Kind(
    "users", 100, frozenset({"$select", "$filter"}), "$skiptoken", "$deltatoken", "syncStateNotFound",
    has_new_start=True, refused="Request_UnsupportedQuery", lives=_DIRECTORY_TOKENS_LIVE,
)  # fmt: skip
_ITEMS = Kind(
    "Collection(driveItem)", 200, frozenset({"$select", "$top"}), "token", "token", "resyncChangesApplyDifferences",
    has_new_start=True, refused="invalidRequest",
)  # fmt: skip
_MESSAGES = Kind(
    "Collection(message)", 10, frozenset({"$select", "$top", "$filter", "$orderby", "changeType"}),
    "$skiptoken", "$deltatoken", "syncStateNotFound", has_new_start=False, refused="ErrorInvalidUrlQuery",
    starts=("",),
)  # fmt: skip


@bp.get("/users/delta")
@bp.get("/users/delta()")
@bp.get("/users/microsoft.graph.delta()")
def users() -> Response:
    with tenant().lock:
        return _answer(_USERS, "users/delta", lambda options: tracked.users(tenant(), options))


@bp.get("/drives/<drive_id>/root/delta")
@bp.get("/drives/<drive_id>/root/delta()")
@bp.get("/drives/<drive_id>/root/delta(token='<token>')")
@bp.get("/drives/<drive_id>/items/<item_id>/delta()")
@bp.get("/drives/<drive_id>/items/<item_id>/delta(token='<token>')")
def drive_items(drive_id: str, item_id: str = "root", token: str = "") -> Response:
    with_parents = "deltaExcludeParent" not in request.headers
    with tenant().lock:
        library = tenant().drives.get(drive_id)
        if library is None:
            raise not_found("The resource could not be found.")
        if library.item(item_id) is not library.root:
            raise bad_request("The sandbox tracks changes from the root only.")
        path = f"drives/{drive_id}/root/delta"
        return _answer(_ITEMS, path, lambda asked: tracked.items(library, asked, with_parents=with_parents), token)


@folder_route(bp, "/messages/delta")
@folder_route(bp, "/messages/delta()")
@folder_route(bp, "/messages/microsoft.graph.delta()")
def messages(key: str, folder_key: str) -> Response:
    wishes = preferences()
    with tenant().lock:
        mail = tenant().mailbox(key).mail
        folder = mail.folder(folder_key)
        path = f"users/{key}/mailFolders/{folder_key}/messages/delta"
        return _answer(_MESSAGES, path, lambda options: tracked.messages(mail, folder, wishes, options))


def _answer(kind: Kind, path: str, collect: Callable[[Options], Collection], token: str = "") -> Response:
    """Answer the page that the token asks for, or the first one."""
    token = token or next((request.args[name] for name in kind.tokens if request.args.get(name)), "")
    is_start = token in kind.starts
    _check_options(kind, is_start=is_start)
    place = _start(kind, path, collect, token) if is_start else _continued(kind, path, collect, token)
    following = after(place)
    link, name = ("deltaLink", kind.last_token) if following.is_over else ("nextLink", kind.next_token)
    body = {
        "@odata.context": context(kind.fragment),
        f"@odata.{link}": f"{request.root_url}v1.0/{path}?{name}={tenant().rounds.token(following)}",
        "value": place.round.pages[place.page],
    }
    return jsonify(body)


def _start(kind: Kind, path: str, collect: Callable[[Options], Collection], token: str) -> Place:
    options = {name: value for name, value in request.args.items() if name in kind.options}
    rounds, collection = tenant().rounds, collect(options)
    if token == _FROM_NOW:
        return rounds.latest(tenant().now(), path, collection, options)
    return rounds.first(tenant().now(), path, collection, options, _size(kind, options))


def _continued(kind: Kind, path: str, collect: Callable[[Options], Collection], token: str) -> Place:
    rounds, now = tenant().rounds, tenant().now()
    place = rounds.find(token)
    if place is None or (kind.lives and place.round.began + kind.lives <= now):
        raise _lost(kind, path, token)
    if place.round.topic != path:
        raise bad_request("The token was given for another collection.", kind.refused)
    if place.is_over:
        options = place.round.options
        return rounds.next(now, collect(options), place.round, _size(kind, options))
    return place


def _check_options(kind: Kind, *, is_start: bool) -> None:
    offered = {*kind.tokens, *(kind.options if is_start else ())}
    names = {name for name in request.args if name.startswith("$") or name in kind.options}
    if refused := names - offered:
        raise bad_request(f"The query parameter '{min(refused)}' is not supported here.", kind.refused)


def _lost(kind: Kind, path: str, token: str) -> GraphError:
    """Return the error for a token that is too old, or of a tenant that was started anew."""
    if not kind.has_new_start:
        # https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/7897
        return GraphError(410, kind.lost, "The sync state generation is not found.")
    start = urlencode({**options_of(token), kind.last_token: ""}, safe="$,")
    location = {"Location": f"{request.root_url}v1.0/{path}?{start}"}
    return GraphError(410, kind.lost, "The token has expired: start over.", location)


def _size(kind: Kind, options: Options) -> int:
    """Return how many things go on a page: as preferred now, else as asked when it all began."""
    top = options.get("$top", "")
    if top and (not top.isdigit() or not int(top)):
        raise bad_request(f"Invalid value '{top}' for $top.", kind.refused)
    return preferences().page_size or int(top or kind.page)
