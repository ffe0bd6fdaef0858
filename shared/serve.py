"""Serves one service with gunicorn. The process that watches stays small: what the service needs loads in its worker."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from shared.config import Settings

if TYPE_CHECKING:
    from shared.run import Pipeline
    from shared.service import Base

GRACE_SECONDS = 30  # for a handler in hand (run.STOP_SECONDS) and the relay behind it


class Served(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One service as gunicorn runs it: a watching process, and a worker with everything in it."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings
        self._running: tuple[Pipeline, Base] | None = None
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to run."""
        for key, value in _options(self._settings.binds[self._name]).items():
            self.cfg.set(key, value)
        self.cfg.set("worker_exit", lambda _server, _worker: self._stop())

    def load(self) -> Any:
        """Build and start the service, in the worker: threads and connections do not survive a fork."""
        from shared.observability import logs  # noqa: PLC0415 - see the module's docstring
        from shared.run import assemble  # noqa: PLC0415 - see the module's docstring

        logs.configure(self._settings.log_level)
        wiring = importlib.import_module(f"services.{self._name}.wiring")
        service, pipeline, base = assemble(self._name, wiring.build, self._settings)
        self._running = pipeline, base
        pipeline.start()
        logs.log.info("started", service=self._name, bind=self._settings.binds[self._name], pid=os.getpid())
        return service.app

    def _stop(self) -> None:
        if self._running is not None:
            pipeline, base = self._running
            pipeline.stop()
            base.database.close()


def serve(name: str, settings: Settings, migrations: Path) -> None:
    """Run *name* until a signal says stop: TERM finishes what is in hand."""
    _migrate_apart(settings.database(name), name, migrations)
    Served(name, settings).run()


def _options(bind: str) -> dict[str, object]:
    return {
        "bind": bind,
        "workers": 1,  # one process owns the service's threads; more instances are more processes of `hub service`
        "worker_class": "gthread",
        "threads": 8,
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 5,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - gunicorn's heartbeat, not data
        "limit_request_line": 8190,
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
