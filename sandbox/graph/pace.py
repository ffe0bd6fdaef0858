"""Within which limits Graph answers, and how soon: once for every request, and once for a whole batch."""

from time import monotonic, sleep

from flask import Response, g, request

from sandbox.graph.protocol import tenant
from sandbox.limits import Share, over_concurrency

SHARE = "sandbox.share"  # in the environment of a request that came in a batch: the batch's part of what may run
_OF_A_MAILBOX = {"graph.events", "graph.messages", "graph.mailbox_settings", "graph.delta"}
_BATCH = "graph.batch.batch"


def admit() -> None:
    """Let a request in. Raises: GraphError 429 when its mailbox, or all presence, was asked too much."""
    g.began = monotonic()
    if request.blueprint == "graph.presence":
        tenant().limits.spend_on_presence()
    elif request.blueprint in _OF_A_MAILBOX and "key" in (request.view_args or {}):
        _admit_to_mailbox(_mailbox())
    if SHARE not in request.environ and request.endpoint != _BATCH:  # a batch takes its time at its end
        wait()


def leave(response: Response) -> Response:
    """Let the next one in."""
    if mailbox := g.pop("mailbox", None):
        tenant().limits.leave(mailbox)
    return response


def wait() -> None:
    """Take as long as a request to Microsoft takes; the sandbox's own work is part of that."""
    if seconds := tenant().latency_seconds:
        sleep(max(0.0, g.began + seconds - monotonic()))


def _admit_to_mailbox(mailbox: str) -> None:
    limits, share = tenant().limits, request.environ.get(SHARE)
    limits.spend_on_mailbox(mailbox)
    if isinstance(share, Share):
        if not share.admits(mailbox):
            raise over_concurrency()
    elif limits.enter(mailbox):
        g.mailbox = mailbox
    else:
        raise over_concurrency()


def _mailbox() -> str:
    """Return the id of the mailbox, which may be asked by its address; or what was asked, if there is none."""
    key = str((request.view_args or {})["key"])
    return tenant().id_of(key) or key
