"""A hot folder as hub.toml describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, ClassVar

from marshmallow import RAISE, fields, validate

from services.mailroom.intakes.base import Kind, Parts
from services.mailroom.intakes.hotfolder import HotFolder
from services.mailroom.intakes.limits import Limits
from shared.contracts import Contract

# SharePoint rewrites Office documents when they arrive, so that what was filed could not be proven.
EXTENSIONS = (".pdf", ".eml", ".tif", ".tiff", ".jpg", ".jpeg", ".png")
_EXTENSION = validate.Regexp(r"^\.[a-z0-9]{1,10}\Z", error="Expected a dot and lower case, as in .pdf.")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LimitOptions(Contract):
    """What an intake takes at most; every kind has these keys."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    max_megabytes: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 250
    max_files: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 50
    extensions: Annotated[list[str], fields.List(fields.String(validate=_EXTENSION))] = field(
        default_factory=lambda: list(EXTENSIONS)
    )

    def limits(self) -> Limits:
        return Limits(self.max_megabytes * _MEGABYTE, self.max_files, frozenset(self.extensions))


@dataclass(frozen=True, kw_only=True)
class HotFolderOptions(LimitOptions):
    """`[mailroom.intakes.<name>]` of a hot folder at *path*, relative to the folder of hub.toml."""

    path: Annotated[str, fields.String(validate=validate.Length(min=1))]
    stable_seconds: Annotated[float, fields.Float(validate=validate.Range(min=0))] = 10.0


def _build(_name: str, options: HotFolderOptions, parts: Parts) -> HotFolder:
    stable = timedelta(seconds=options.stable_seconds)
    return HotFolder(parts.folder / options.path, stable, options.limits(), parts.clock, scanner=parts.scanner)


HOTFOLDER = Kind("hotfolder", HotFolderOptions, _build)
