"""The files for containers agree with the code; Docker itself is not asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.__main__ import SERVICES
from shared.config import DEFAULT_PORTS

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy" / "compose.yaml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def test_there_is_a_container_per_service_a_clock_and_a_broker(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*SERVICES, "clock", "rabbitmq"}


def test_every_image_has_a_version(compose: dict[str, Any]) -> None:
    images = [one["image"] for one in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


@pytest.mark.parametrize("name", [*SERVICES, "clock"])
def test_each_container_runs_its_own_service(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["command"] == ["service", name]
    assert compose["services"][name]["env_file"] == "../.env"


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_listens_on_its_name_and_is_asked_whether_it_is_ready(compose: dict[str, Any], name: str) -> None:
    one = compose["services"][name]
    address = f"{name}:{DEFAULT_PORTS[name]}"
    assert one["environment"][f"HUB_{name.upper()}_BIND"] == address
    assert f"http://{address}/health/ready" in " ".join(one["healthcheck"]["test"])


def test_only_this_host_reaches_a_port(compose: dict[str, Any]) -> None:
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:8080:8080", "127.0.0.1:8081:8081"]


def test_there_is_one_volume_and_every_service_keeps_its_data_there(compose: dict[str, Any]) -> None:
    assert list(compose["volumes"]) == ["hub"]
    for name in SERVICES:
        assert "hub:/data" in compose["services"][name]["volumes"]
        assert compose["services"][name]["environment"]["HUB_DATA_DIR"] == "/data"


def test_the_files_that_are_mounted_from_here_exist(compose: dict[str, Any]) -> None:
    mounts = [str(volume).split(":", 1)[0] for one in compose["services"].values() for volume in one["volumes"]]
    ours = {mount for mount in mounts if mount.startswith("./")}
    assert ours
    assert all((COMPOSE.parent / mount).is_file() for mount in ours)


def test_the_image_installs_what_is_locked_and_runs_as_nobody_in_particular() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    assert any("--require-hashes -r requirements.txt" in line for line in lines)
    assert "USER hub" in lines
    assert lines.index("USER hub") < lines.index('ENTRYPOINT ["hub"]')
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert [word for word in copied if not (ROOT / word).exists()] == []
