"""Serves one service with a worker of gunicorn, in one process: HTTP and pipeline together.

There is no watching process of gunicorn's own: systemd, Docker or `hub run` watch, as they do everything else, and each
would cost the memory of a service (docs/decisions/0011-one-process-per-service.md).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.sock import create_sockets
from gunicorn.workers.gthread import ThreadWorker

from shared.config import Settings
from shared.run import start, start_front

THREADS = 8  # requests at once; the pipeline's threads are apart
IDLE_SECONDS = 5  # until the headers of the next request are there
GRACE_SECONDS = 5  # for requests in hand; the pipeline has its own time (run.STOP_SECONDS)
Start = Callable[..., tuple[Any, Callable[[], None]]]


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, as nobody's child."""

    def is_parent_alive(self) -> bool:
        """Go on when the shell that started us ends: there is no arbiter to lose."""
        return True


class Served(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One service as gunicorn sees it. *wiring* is the module that builds it, *begin* what starts it."""

    def __init__(self, name: str, wiring: str, settings: Settings, begin: Start) -> None:
        self._name = name
        self._wiring = wiring
        self._settings = settings
        self._begin = begin
        self.stop: Callable[[], None] = lambda: None
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve."""
        for key, value in _options(self._settings.binds[self._name]).items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        """Build and start the service; called by the worker when its socket is open."""
        build = importlib.import_module(self._wiring).build
        app, self.stop = self._begin(self._name, build, self._settings)
        return app


def serve(
    name: str, wiring: str, settings: Settings, migrations: Path, *, is_door: bool = False, is_front: bool = False
) -> None:
    """Run *name* until a signal says stop: TERM finishes what is in hand.

    A door is reached by the outside: greenlets answer it, and several processes may share its port. A front is such a
    process that only answers.
    """
    _migrate_apart(settings.database(name), name, migrations)
    served = Served(name, wiring, settings, start_front if is_front else start)
    cfg = served.cfg
    cfg.set("reuse_port", is_door)
    log = cfg.logger_class(cfg)
    worker_class = _greenlets() if is_door else Worker
    worker = worker_class(0, os.getppid(), create_sockets(cfg, log), served, cfg.timeout, cfg, log)
    try:
        worker.init_process()  # serves until TERM or INT
    finally:
        served.stop()


def _greenlets() -> type[Any]:
    from shared import green_worker  # noqa: PLC0415 - gevent costs memory that the other services do not need

    return green_worker.Worker


def _options(bind: str) -> dict[str, object]:
    return {
        "bind": bind,
        "threads": THREADS,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": IDLE_SECONDS,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - a heartbeat, not data
        "forwarder_headers": "",  # a proxy has no say in paths: else SCRIPT_NAME opens what it should keep shut
        "forwarded_allow_ips": "",
        "limit_request_line": 8190,  # bytes
        "limit_request_fields": 64,
        "limit_request_field_size": 16_384,  # bytes; a trace or a proxy's certificate may be long
    }


def _migrate_apart(url: str, name: str, migrations: Path) -> None:
    """Migrate in a child, so that the process that stays does not carry Alembic in memory.

    Raises: SystemExit when it fails; the child has said why.
    """
    child = os.fork()  # single-threaded still: nothing has been started
    if child == 0:
        try:
            from shared.persistence.migrate import migrate  # noqa: PLC0415 - see above

            migrate(url, name, migrations)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise SystemExit(f"{name}: the database could not be migrated; its words stand above")
