"""A private RabbitMQ node: own name, ports and data folder, never the broker that already runs on the machine."""

from __future__ import annotations

import glob
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL

from mirakuru import HTTPExecutor, SimpleExecutor, TCPExecutor
from mirakuru.exceptions import ProcessFinishedWithError

START_SECONDS = 90  # a cold Erlang on a busy machine; usually ten
HOW_TO_INSTALL = """No RabbitMQ found. Give the hub one of these:
  - a broker of your own:  HUB_AMQP_URL=amqp://user:password@host:5672/%2F
  - Debian or Ubuntu:      sudo apt-get install rabbitmq-server
  - macOS:                 brew install rabbitmq
  - Windows:               in WSL (Ubuntu): sudo apt-get install rabbitmq-server, or start Docker Desktop"""


class NoRabbitMQError(RuntimeError):
    """There is no rabbitmq-server on this machine; the message says what to install."""

    def __init__(self) -> None:
        super().__init__(HOW_TO_INSTALL)


def find_server() -> Path:
    """Return the rabbitmq-server program itself.

    Debian's /usr/sbin wrapper insists on the rabbitmq user and its data; the script behind it does not.
    Raises: NoRabbitMQError.
    """
    debian = sorted(glob.glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"), reverse=True)  # noqa: PTH207 - absolute pattern
    homebrew = [f"{prefix}/opt/rabbitmq/sbin/rabbitmq-server" for prefix in ("/opt/homebrew", "/usr/local")]
    candidates = [*debian, *homebrew, shutil.which("rabbitmq-server") or ""]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            return Path(candidate)
    raise NoRabbitMQError


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PrivateRabbitMQ:
    """One node with its data under *folder*. `kill` and `start` again keep the ports, so that clients find it back."""

    folder: Path
    port: int = field(default_factory=free_port)
    management_port: int = field(default_factory=free_port)
    prometheus_port: int = field(default_factory=free_port)
    epmd_port: int = field(default_factory=free_port)
    dist_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._server = find_server()
        self._epmd: TCPExecutor | None = None
        self._node: HTTPExecutor | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self.management_port}"

    @property
    def data(self) -> Path:
        return self.folder / "mnesia"

    def start(self) -> None:
        """Start the node and wait until it serves."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the node without waiting; its addresses are known already."""
        self._configure()
        environment = self._environment()
        if self._epmd is None:
            words = [shutil.which("epmd") or "epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"]
            self._epmd = TCPExecutor(
                words, "127.0.0.1", self.epmd_port, timeout=START_SECONDS, envvars=environment, stderr=DEVNULL
            )
            self._epmd.start()
        log = (self.folder / "node.log").open("ab")
        self._node = HTTPExecutor(
            [str(self._server)],
            f"{self.management_url}/",
            timeout=START_SECONDS,
            envvars=environment,
            cwd=str(self.folder),
            stdout=log,
            stderr=log,
            stop_signal=signal.SIGTERM,
            expected_returncode=0,
        )
        SimpleExecutor.start(self._node)

    def wait(self) -> None:
        """Wait until the management API answers, which it does last."""
        if self._node is not None:
            self._node.wait_for(self._node.check_subprocess)

    def stop(self) -> None:
        """Stop the node and its port mapper."""
        self._end(signal.SIGTERM)
        if self._epmd is not None:
            self._epmd.stop()
            self._epmd = None

    def kill(self) -> None:
        """End the node the way a power cut does."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let the node stand still with its connections open, as one does that lost its majority."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen node go on."""
        self._signal(signal.SIGCONT)

    def control(self, *words: str) -> None:
        """Run `rabbitmqctl` on the node, e.g. `set_disk_free_limit 5000GB` for a disk alarm."""
        program = self._server.with_name("rabbitmqctl")
        subprocess.run([str(program), *words], env=self._environment(), check=True, capture_output=True, timeout=60)  # noqa: S603 - our own node

    def forget(self) -> None:
        """Delete the data of the stopped node: a broker that lost its disk."""
        shutil.rmtree(self.data, ignore_errors=True)

    def _signal(self, what: signal.Signals) -> None:
        if self._node is not None and self._node.process:
            os.killpg(self._node.process.pid, what)

    def _end(self, how: signal.Signals) -> None:
        if self._node is None:
            return
        with suppress(ProcessFinishedWithError):  # Erlang ends with codes of its own; it is gone, as asked
            self._node.stop(stop_signal=how, expected_returncode=-how)
        self._node = None

    def _configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n"
            f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {self.prometheus_port}\n"
            "loopback_users = none\nlog.console = true\nlog.console.level = warning\nlog.file = false\n"
            "disk_free_limit.absolute = 50MB\ncollect_statistics_interval = 1000\n",
            encoding="utf-8",
        )
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n", encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": folder,  # holds the node's own Erlang cookie
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"hub-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",  # not the machine's /etc/rabbitmq/rabbitmq-env.conf
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }


@contextmanager
def private_rabbitmq(folder: Path) -> Iterator[PrivateRabbitMQ]:
    """Run a private node for as long as the block lasts; its data is nobody's, so it ends at once."""
    node = PrivateRabbitMQ(folder)
    try:
        node.start()
        yield node
    finally:
        node.kill()
        node.stop()
