"""What hub.toml says of a source is a scheme that works, or a fault with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.webhooks.policy import WebhooksPolicy
from services.webhooks.sources.base import NotAuthentic, Scheme
from services.webhooks.sources.configured import scheme_of
from shared.config import Policy, Settings
from shared.errors import Invalid
from tests.contract.sources.kit import NOW, OLD_SECRET, OTHER_SECRET, SECRET, SIGNINGS, Signing
from tests.unit.shared.builders import environ

SECRETS = {"HUB_HOOK_SECRET": SECRET, "HUB_HOOK_OLD_SECRET": OLD_SECRET}
WORDS = {
    "hmac": """\
signed = "{id}.{timestamp}.{body}"
prefix = "sha256="
encoding = "hex"
headers = {signature = "X-Post-Signature", timestamp = "X-Post-Timestamp", id = "X-Post-Id"}
"""
}


def configured(folder: Path, scheme: str, words: str = "", secrets: str = '["HUB_HOOK_SECRET"]', **more: str) -> Scheme:
    """Return the scheme of a hub.toml whose keys begin on line 4."""
    text = f'[webhooks.sources.hr]\nscheme = "{scheme}"\nsecrets = {secrets}\n{words}'
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    policy = Policy.read(folder / "hub.toml")
    source = policy.section("webhooks", WebhooksPolicy).sources["hr"]
    return scheme_of("hr", source, policy, Settings.load(environ(folder, **SECRETS, **more)))


@pytest.mark.parametrize("signing", SIGNINGS.values(), ids=list(SIGNINGS))
def test_every_scheme_is_made_from_hub_toml_with_each_of_its_secrets(signing: Signing, tmp_path: Path) -> None:
    scheme = configured(
        tmp_path, signing.scheme, WORDS.get(signing.scheme, ""), '["HUB_HOOK_SECRET", "HUB_HOOK_OLD_SECRET"]'
    )

    for secret in (SECRET, OLD_SECRET):
        assert scheme.open(signing.deliver(signing.sample, secret))
    with pytest.raises(NotAuthentic):
        scheme.open(signing.deliver(signing.sample, OTHER_SECRET))


@pytest.mark.parametrize(
    ("scheme", "words", "place"),
    [
        ("personio", "tolerance_seconds = 60", "tolerance_seconds"),
        ("frappe", "tolerance_seconds = 60", "tolerance_seconds"),
        ("cloudevents", 'prefix = "Bearer "', "prefix"),
        ("standard", 'encoding = "hex"', "encoding"),
        ("bamboohr", 'signed = "{body}"', "signed"),
        ("standard", 'prefix = ""', "prefix"),
        ("frappe", 'headers = {signature = "X"}', "headers.signature"),
        ("protime", 'headers = {timestamp = "X"}', "headers.timestamp"),
        ("hmac", 'headers = {signature = "X"}\nsigned = "{body}"\ntolerance_seconds = 60', "tolerance_seconds"),
    ],
    ids=str,
)
def test_a_key_that_the_scheme_does_not_use_is_refused_with_its_line(
    scheme: str, words: str, place: str, tmp_path: Path
) -> None:
    line = 3 + len(words.splitlines())

    with pytest.raises(Invalid, match=rf"hub\.toml:{line} webhooks\.sources\.hr\.{place}: .*{scheme}") as failure:
        configured(tmp_path, scheme, words)

    assert list(failure.value.fields) == [f"webhooks.sources.hr.{place}"]


@pytest.mark.parametrize(
    ("words", "line", "place"),
    [
        ('signed = "{timestamp}.{body}"\nheaders = {signature = "X"}', 5, "headers.timestamp"),
        ('signed = "{body}"', 1, "headers"),
        ('signed = "{bdoy}"\nheaders = {signature = "X"}', 4, "signed"),
        ('headers = {signature = "X"}', 1, "signed"),
        ('signed = "{body}"\n[webhooks.sources.hr.headers]\nsignature = "X"\nid = "Y"', 7, "headers.id"),
    ],
    ids=str,
)
def test_a_description_that_proves_nothing_is_refused_with_its_line(
    words: str, line: int, place: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:{line} webhooks\.sources\.hr\.{place}: Expected"):
        configured(tmp_path, "hmac", words)


@pytest.mark.parametrize(
    "words",
    [
        "tolerance_seconds = 0",
        "tolerance_seconds = 100000",
        'encoding = "hexadecimal"',
        'headers = {signature = "X Y"}',
        'headers = {signature = "X\\n"}',
        'headers = {sign = "X"}',
        'headers = "X"',
        "signed = 5",
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_line(words: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"hub\.toml:4 webhooks\.sources\.hr"):
        configured(tmp_path, "hmac", words)


def test_a_secret_of_another_shape_is_refused_with_its_line_and_never_told(tmp_path: Path) -> None:
    with pytest.raises(
        Invalid, match=r"hub\.toml:3 webhooks\.sources\.hr\.secrets: Secret 2: expected whsec_"
    ) as failure:
        configured(tmp_path, "standard", "", '["HUB_HOOK_SECRET", "HUB_HOOK_BAD"]', HUB_HOOK_BAD="of no use at all")

    assert "of no use" not in str(failure.value)


def test_the_tolerance_of_hub_toml_counts(tmp_path: Path) -> None:
    standard = SIGNINGS["standard"]
    late = standard.deliver(standard.sample, at=NOW.replace(hour=8, minute=59))

    assert configured(tmp_path, "standard", "tolerance_seconds = 60").open(late)
    with pytest.raises(NotAuthentic):
        configured(tmp_path, "standard", "tolerance_seconds = 59").open(late)


def test_each_source_of_the_example_is_one_that_works() -> None:
    example = Path(__file__).parents[3] / "hub.example.toml"
    policy = Policy.read(example)
    sources = policy.section("webhooks", WebhooksPolicy).sources
    secrets = {name: SECRET for source in sources.values() for name in source.secrets or ()}
    settings = Settings.load(environ(example.parent, **secrets))

    schemes = {name: scheme_of(name, source, policy, settings) for name, source in sources.items()}

    assert {source.scheme for source in sources.values()} | {"protime"} == set(SIGNINGS)
    assert len(schemes) == len(sources)


def test_each_source_of_the_how_to_is_one_that_works(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "howto" / "connect-a-source.md"
    blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "hub.toml").write_text("\n".join(blocks), encoding="utf-8")
    policy = Policy.read(tmp_path / "hub.toml")
    sources = policy.section("webhooks", WebhooksPolicy).sources
    settings = Settings.load(
        environ(tmp_path, **{name: SECRET for one in sources.values() for name in one.secrets or ()})
    )

    for name, source in sources.items():
        scheme_of(name, source, policy, settings)

    assert {source.scheme for source in sources.values()} == set(SIGNINGS)
