"""The texts that timesync ships, one file per language; hub.toml may replace each of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts in *language*, by key."""
    return tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
