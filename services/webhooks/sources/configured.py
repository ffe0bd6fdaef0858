"""What hub.toml says of a source, made into its scheme; a fault names the line to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from services.webhooks.policy import SourcePolicy
from services.webhooks.sources import SCHEMES, USES
from services.webhooks.sources.base import TOLERANCE, Scheme, SchemeOptions
from shared.config import Policy, Settings
from shared.errors import Invalid

_KEYS = ("tolerance_seconds", "encoding", "prefix", "signed", "api")


def scheme_of(
    name: str, source: SourcePolicy, policy: Policy, settings: Settings, made: Callable[[], Sequence[str]] = tuple
) -> Scheme:
    """Return the scheme by which *name* proves its deliveries. *made* returns the keys that the hub was given itself.

    Raises: Invalid with the line of each key that the scheme cannot use, and when a secret is not set.
    """
    secrets = [settings.secret(secret) for secret in source.secrets or ()]
    try:
        _check_keys(source)
        return SCHEMES[source.scheme](_options(source, secrets, made))
    except Invalid as error:
        table = f"webhooks.sources.{name}"
        raise policy.refusal(table, {f"{table}.{key}": wrong for key, wrong in error.fields.items()}) from error


def _options(source: SourcePolicy, secrets: list[str], made: Callable[[], Sequence[str]]) -> SchemeOptions:
    return SchemeOptions(
        secrets,
        timedelta(seconds=source.tolerance_seconds) if source.tolerance_seconds else TOLERANCE,
        source.headers or {},
        source.encoding or "hex",
        source.prefix or "",
        source.signed or "",
        made,
    )


def _check_keys(source: SourcePolicy) -> None:
    if not source.secrets and source.api is None:
        words = "Expected at least one name of a setting."
        raise Invalid("no_secret", words, {"secrets": [words]})
    given = {key for key in _KEYS if getattr(source, key) is not None}
    given |= {f"headers.{name}" for name in source.headers or {}}
    words = f"Expected no such key here: nothing of the scheme {source.scheme!r} uses it."
    faults = {key: [words] for key in given - USES.get(source.scheme, frozenset())}
    if "tolerance_seconds" in given and source.signed is not None and "{timestamp}" not in source.signed:
        faults["tolerance_seconds"] = [f"Expected no such key for {source.scheme!r} without {{timestamp}} in `signed`."]
    if faults:
        raise Invalid("unused_key", f"{source.scheme}: {', '.join(sorted(faults))}", faults)
