"""A hot folder as hub.toml describes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from marshmallow import fields, validate

from services.mailroom.intakes.base import Kind, Parts
from services.mailroom.intakes.hotfolder.folder import HotFolder
from services.mailroom.intakes.limits import LimitOptions


@dataclass(frozen=True, kw_only=True)
class HotFolderOptions(LimitOptions):
    """`[mailroom.intakes.<name>]` of a hot folder at *path*, relative to the folder of hub.toml."""

    path: Annotated[str, fields.String(validate=validate.Length(min=1))]
    stable_seconds: Annotated[float, fields.Float(validate=validate.Range(min=0))] = 10.0


def _build(_name: str, options: HotFolderOptions, parts: Parts) -> HotFolder:
    stable = timedelta(seconds=options.stable_seconds)
    return HotFolder(parts.folder / options.path, stable, options.limits(), parts.clock, scanner=parts.scanner)


HOTFOLDER = Kind("hotfolder", HotFolderOptions, _build)
