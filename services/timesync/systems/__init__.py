"""The absence systems that can be read: one file each, named in this tuple."""

from __future__ import annotations

from services.timesync.systems.base import Kind
from services.timesync.systems.flatfile import FLATFILE
from services.timesync.systems.protime import PROTIME

KINDS: tuple[Kind, ...] = (PROTIME, FLATFILE)
