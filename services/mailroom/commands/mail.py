"""`hub mail`: registered letters, and the projects in whose folders they come."""

from __future__ import annotations

import click

from services.mailroom.commands.projects import projects
from services.mailroom.commands.rules import explain, try_rules
from services.mailroom.commands.trail import export, trail
from services.mailroom.commands.tray import classify, due, tray


@click.group()
def mail() -> None:
    """Follow letters to their folders: why there, what waits, what was done.

    \b
    Examples:
      hub mail tray                                   what waits, and for what
      hub mail explain 2026/IN/001234                 each rule, and where the letter stands
      hub mail projects import plan.xlsx --dry-run    what an export would change
    """


for command in (projects, explain, try_rules, tray, classify, due, trail, export):
    mail.add_command(command)
