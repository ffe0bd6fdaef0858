"""The absence systems that can be read: one file each, named in this tuple."""

from __future__ import annotations

from services.timesync.systems.bamboohr import BAMBOOHR
from services.timesync.systems.base import Kind
from services.timesync.systems.flatfile import FLATFILE
from services.timesync.systems.frappe import FRAPPE
from services.timesync.systems.icalendar import ICALENDAR
from services.timesync.systems.kelio import KELIO
from services.timesync.systems.odoo import ODOO
from services.timesync.systems.personio import PERSONIO
from services.timesync.systems.protime import PROTIME
from services.timesync.systems.sql import SQL

KINDS: tuple[Kind, ...] = (PROTIME, FLATFILE, ICALENDAR, SQL, PERSONIO, BAMBOOHR, ODOO, FRAPPE, KELIO)
