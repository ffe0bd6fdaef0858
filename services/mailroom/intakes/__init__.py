"""The ways in which registered letters come in: one file each, named in this tuple."""

from __future__ import annotations

from services.mailroom.intakes.base import Kind
from services.mailroom.intakes.hotfolder.kind import HOTFOLDER
from services.mailroom.intakes.registers.register import REGISTER
from services.mailroom.intakes.registers.sql import SQL
from services.mailroom.intakes.registers.zgw import ZGW

KINDS: tuple[Kind, ...] = (HOTFOLDER, REGISTER, SQL, ZGW)
