"""The places where people are told: one file for each kind, named in this tuple."""

from __future__ import annotations

from services.notifier.channels.apprise import APPRISE
from services.notifier.channels.base import Kind
from services.notifier.channels.mail import MAIL
from services.notifier.channels.teams import TEAMS
from services.notifier.channels.webhook import WEBHOOK

KINDS: tuple[Kind, ...] = (TEAMS, MAIL, WEBHOOK, APPRISE)
