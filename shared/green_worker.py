"""Answers HTTP by greenlets, for a door that the outside reaches: hundreds of slow clients stop nobody.

Nothing is monkey-patched: the pipeline's threads stay real ones, and a request waits for its commit through green.py
(docs/decisions/0012-the-front-door-answers-by-greenlets.md).
"""

from __future__ import annotations

import resource
from typing import Any

from gevent import Timeout, get_hub, socket
from gunicorn.workers.ggevent import GeventWorker

from shared import green

CONNECTIONS = 4000  # at once; those that say nothing are closed after serve.IDLE_SECONDS
BODY_SECONDS = 5  # from the headers to the answer: with those of the headers, ten in all
_OTHER_FILES = 200  # database, broker, logs


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's gevent worker, as nobody's child."""

    sockets: list[Any]
    wsgi: Any

    def patch(self) -> None:
        """Listen by gevent's sockets; the rest of the process keeps Python's own."""
        self.sockets = [socket.socket(s.FAMILY, socket.SOCK_STREAM, fileno=s.sock.detach()) for s in self.sockets]

    def init_process(self) -> None:
        _allow_files(CONNECTIONS + _OTHER_FILES)
        self.worker_connections = CONNECTIONS
        green.adopt()
        super().init_process()

    def load_wsgi(self) -> None:
        """Let threads answer what only reads: accounts of many rows take long, and senders must not wait for them."""
        super().load_wsgi()
        app, threads = self.wsgi, get_hub().threadpool

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                return app(environ, start_response)
            return threads.apply(app, (environ, start_response))

        self.wsgi = answer

    def notify(self) -> None:
        """Go on when the shell that started us ends: there is no arbiter to lose."""

    def handle_request(self, *request: Any) -> Any:
        """Answer a request; hang up when its body does not come. What was stored by then stays stored."""
        with Timeout(BODY_SECONDS, exception=False):
            return super().handle_request(*request)
        raise StopIteration  # gunicorn's word for: close this connection


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
