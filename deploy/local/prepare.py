"""Install the system programs that are missing, where apt-get may; else say what to install. Needs Python only."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys

# program → (how to recognise it, Debian's package)
PROGRAMS = {
    "rabbitmq": (
        ("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server", "rabbitmq-server"),
        "rabbitmq-server",
    ),
    "postgresql": (("/usr/lib/postgresql/*/bin/initdb", "initdb"), "postgresql"),
    "chromium": (("/usr/bin/chromium", "chromium"), "chromium"),
    "wrk": (("/usr/bin/wrk", "wrk"), "wrk"),  # the load of `make bench`
}


def is_there(name: str) -> bool:
    """Tell whether the program is on this machine, or another one stands in for it."""
    (pattern, command), _ = PROGRAMS[name]
    if name == "rabbitmq" and os.environ.get("HUB_AMQP_URL"):
        return True
    if glob.glob(pattern) or shutil.which(command):  # noqa: PTH207 - absolute pattern
        return True
    return name == "rabbitmq" and has_docker()


def has_docker() -> bool:
    """Tell whether a Docker engine answers."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed words


def install(packages: list[str]) -> bool:
    """Install Debian packages without starting their services; False when this machine does not let us."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    # A freshly installed broker or database must not start: the hub runs private ones.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        if subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:  # noqa: S603 - fixed words
            return False
    return True


def main() -> int:
    """Prepare what the arguments name."""
    missing = [name for name in sys.argv[1:] if not is_there(name)]
    if not missing:
        return 0
    packages = [PROGRAMS[name][1] for name in missing]
    print(f"installing {', '.join(packages)} …", file=sys.stderr)
    if install(packages):
        return 0
    print(
        f"Missing: {', '.join(missing)}. Install it, then run this again:\n"
        f"  Debian, Ubuntu:  sudo apt-get install {' '.join(packages)}\n"
        f"  macOS:           brew install {' '.join(missing)}\n"
        f"  Windows:         in WSL (Ubuntu), the first line; or start Docker Desktop for RabbitMQ",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
