"""Serves the stand-in over TLS: in a thread for tests, with gunicorn for the demo."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from gunicorn.app.base import BaseApplication
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import create_app
from sandbox.certificates import Certificates, make_certificates
from sandbox.state import Tenant

_THREADS = 32
_KEEPALIVE_SECONDS = 30
_POLL_SECONDS = 0.02  # how long stopping a test's server may take


@dataclass(frozen=True)
class Sandbox:
    """Where the running stand-in is, and the certificate authority to trust."""

    url: str
    ca: Path
    tenant: Tenant


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: Tenant.requests knows."""

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
        """Say nothing: cut connections are switched on."""


@contextmanager
def serve_in_thread(tenant: Tenant, data_dir: Path) -> Iterator[Sandbox]:
    """Serve *tenant* on a free port of localhost until the block ends; certificates go to *data_dir*."""
    certificates = make_certificates(data_dir)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    server = make_server(
        "127.0.0.1", 0, create_app(tenant), threaded=True, request_handler=_QuietHandler, ssl_context=context
    )
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="sandbox", daemon=True)
    thread.start()
    try:
        yield Sandbox(f"https://localhost:{server.server_port}", certificates.ca, tenant)
    finally:
        tenant.courier.stop()
        server.shutdown()
        thread.join()
        server.server_close()


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Flask, options: dict[str, object]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def serve(tenant: Tenant, host: str, port: int, data_dir: Path) -> None:
    """Serve *tenant* until a signal comes: one process, for its state is in memory."""
    certificates: Certificates = make_certificates(data_dir)
    options = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "threads": _THREADS,
        "worker_class": "gthread",
        "certfile": str(certificates.server),
        "keyfile": str(certificates.server),
        "keepalive": _KEEPALIVE_SECONDS,
        "loglevel": "warning",
        "graceful_timeout": 2,
    }
    _Gunicorn(create_app(tenant), options).run()
