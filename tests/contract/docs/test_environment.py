"""The example of the environment is complete and true: what the code reads is explained, with its default."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from shared.config import DEFAULT_PORTS, Settings

ROOT = Path(__file__).parents[3]
POLICY_FILE = ROOT / "hub.example.toml"
ENVIRONMENT_FILE = ROOT / ".env.example"
ONLY_FOR_TESTS = {"HUB_CRASH"}
SETTING = re.compile(r"HUB_[A-Z0-9_]*[A-Z0-9]")


def documented() -> dict[str, str]:
    """Return the settings of the example file with the values it shows, those behind a `#` included."""
    lines = re.findall(r"^#?(HUB_[A-Z0-9_]+)=(.*)$", ENVIRONMENT_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a setting stands there twice"
    return dict(lines)


def read_by_config() -> set[str]:
    """Return what `shared/config.py` reads, by its calls `env.<type>("NAME", …)`."""
    tree = ast.parse((ROOT / "shared" / "config.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "env":
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    found.add(f"HUB_{name}")
                case ast.JoinedStr():  # the one address per service
                    found |= {f"HUB_{service.upper()}_BIND" for service in DEFAULT_PORTS}
    return found


def named_in_code() -> set[str]:
    """Return the settings that any module names in a text of its own."""
    found: set[str] = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {name for name in SETTING.findall(node.value) if name in node.value.split()}
    return found


def secrets_of_the_policy_example() -> set[str]:
    values = re.findall(r'"(HUB_[A-Z0-9_]+)"', POLICY_FILE.read_text(encoding="utf-8"))
    return set(values)


def test_every_setting_that_the_code_reads_is_explained() -> None:
    assert (read_by_config() | named_in_code()) - ONLY_FOR_TESTS <= set(documented())


def test_nothing_is_explained_that_nobody_reads() -> None:
    assert set(documented()) <= read_by_config() | named_in_code() | secrets_of_the_policy_example()


def test_a_setting_for_tests_is_not_offered() -> None:
    assert not ONLY_FOR_TESTS & set(documented())


def test_the_secrets_of_the_policy_example_are_among_the_settings() -> None:
    assert secrets_of_the_policy_example() <= set(documented())


def test_each_setting_has_words_above_it() -> None:
    """A block of settings begins below a comment, never below another block or an empty line."""
    lines = ENVIRONMENT_FILE.read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if re.match(r"#?HUB_", line) and not above.startswith(("#", "HUB_"))
    ]
    assert bare == []


def test_the_required_lines_alone_make_settings_and_the_others_show_the_defaults() -> None:
    lines = ENVIRONMENT_FILE.read_text(encoding="utf-8").splitlines()
    required = dict(line.split("=", 1) for line in lines if line.startswith("HUB_"))
    settings = Settings.load(required)
    shown = documented()

    assert settings.amqp_url == required["HUB_AMQP_URL"]
    assert str(settings.config) == shown["HUB_CONFIG"]
    assert str(settings.data_dir) == shown["HUB_DATA_DIR"]
    assert settings.public_url == shown["HUB_PUBLIC_URL"]
    assert settings.graph_url == shown["HUB_GRAPH_URL"]
    assert settings.authority_url == shown["HUB_AUTHORITY_URL"]
    assert settings.clock_tick_seconds == float(shown["HUB_CLOCK_TICK_SECONDS"])
    assert settings.worker_threads == int(shown["HUB_WORKER_THREADS"])
    assert settings.log_level == shown["HUB_LOG_LEVEL"]
    assert {name: shown[f"HUB_{name.upper()}_BIND"] for name in DEFAULT_PORTS} == dict(settings.binds)
