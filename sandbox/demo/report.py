"""The demo's report: what people see now, where the letters are, what was held, and that the queues are empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from sandbox.stage import Stage

_SHOWN_EVENTS = 4
_COLUMNS = ("PostKenmerk", "Title", "Projectcode", "Behandelaar", "Antwoordtermijn", "Sha256")


def show(stage: Stage, console: Console, start_seconds: float, total_seconds: float) -> None:
    """Print the report."""
    state = stage.ask("/_sandbox/state")
    overview = requests.get(f"{stage.url('console')}/api/overview", timeout=10).json()
    tables = (_people(state), _letters(state), _cards(stage), _held(stage), _waiting(stage), _queues(overview))
    for table in (*tables, _books(overview)):
        console.print(table)
    effects = stage.ask("/_sandbox/ledger")
    console.print(
        f"(6) {len(effects)} effects at the tenant; {total_seconds:.1f} s in all, {start_seconds:.1f} s of it to start"
    )


def _people(state: dict[str, Any]) -> Table:
    table = Table(title="(1) What Outlook and Teams show of people", title_justify="left", show_lines=True)
    for heading in ("Medewerker", "Teams nu", "Outlook", "Automatisch antwoord"):
        table.add_column(heading)
    for person in state["people"]:
        if person["purpose"] == "user":
            table.add_row(person["displayName"], _presence(person), "\n".join(_events(person)), _reply(person))
    return table


def _presence(person: dict[str, Any]) -> str:
    away = person["presence"]["outOfOfficeSettings"]["isOutOfOffice"]
    return "[magenta]Out of office[/]" if away else f"[green]{person['presence']['availability']}[/]"


def _events(person: dict[str, Any]) -> Iterator[str]:
    events = person["events"]
    for event in events[:_SHOWN_EVENTS]:
        first, last = event["start"]["dateTime"], event["end"]["dateTime"]
        until = f"{first[:10]} … {last[:10]}" if event["isAllDay"] else f"{first[:10]} {first[11:16]}-{last[11:16]}"
        yield f"{event['subject']} [dim]({event['showAs']})[/] {until}"
    if len(events) > _SHOWN_EVENTS:
        yield f"[dim]… and {len(events) - _SHOWN_EVENTS} more[/]"


def _reply(person: dict[str, Any]) -> str:
    reply = person["automaticReplies"]
    if reply["status"] == "disabled":
        return "-"
    window = f"{reply['scheduledStartDateTime']['dateTime'][:10]} … {reply['scheduledEndDateTime']['dateTime'][:10]}"
    return f"{window}" if reply["status"] == "scheduled" else reply["status"]


def _letters(state: dict[str, Any]) -> Table:
    table = Table(title="(2) Where each letter was filed", title_justify="left", show_lines=True)
    table.add_column("Bestand", overflow="fold")
    table.add_column("Metadata", overflow="fold")
    for drive in state["drives"]:
        for file in _files(drive["items"]):
            columns = "\n".join(f"{name}: {file['columns'][name]}" for name in _COLUMNS if file["columns"].get(name))
            table.add_row(file["path"], columns)
    return table


def _files(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "items" in item:
            yield from _files(item["items"])
        else:
            yield item


def _cards(stage: Stage) -> Table:
    table = Table(title="(3) Cards in the channels", title_justify="left", show_lines=True)
    table.add_column("Kanaal")
    table.add_column("Kaart")
    for posted in stage.ask("/_sandbox/cards"):
        table.add_row(posted["channelName"], "\n".join(_texts(posted["card"].get("body", []))))
    return table


def _texts(parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        if "text" in part:
            yield part["text"]
        yield from (f"{fact['title']}: {fact['value']}" for fact in part.get("facts", []))
        yield from _texts(part.get("items", []))


def _held(stage: Stage) -> Table:
    table = Table(title="(4) Rows that were held or refused, and why", title_justify="left")
    for heading in ("Bron", "Plaats", "Reden"):
        table.add_column(heading, overflow="fold")
    for row in requests.get(f"{stage.url('timesync')}/held", timeout=5).json():
        table.add_row(row["source"], row["place"], row["explanation"])
    return table


def _waiting(stage: Stage) -> Table:
    table = Table(title="    and what waits for the registrar, with what it seems to be about", title_justify="left")
    for heading in ("Wat", "Reden", "Voorstel"):
        table.add_column(heading, overflow="fold")
    for letter in requests.get(f"{stage.url('mailroom')}/tray", timeout=5).json()["letters"]:
        table.add_row(letter["kenmerk"], letter["reason"], ", ".join(letter["suggestions"]))
    for message in requests.get(f"{stage.url('mailroom')}/messages", timeout=5).json()["messages"]:
        about = [each["value"] for each in (*message["references"], *message["projects"])]
        table.add_row(f"e-mail in {message['intake']}", "not registered", ", ".join(about))
    return table


def _queues(overview: dict[str, Any]) -> Table:
    table = Table(title="(5) The queues", title_justify="left")
    for heading in ("Queue", "Messages", "Consumers", "Expected"):
        table.add_column(heading, justify="left" if heading == "Queue" else "right")
    for queue in overview["queues"] or []:
        expected = queue["expected_consumers"]
        numbers = (queue["depth"], queue["consumers"], "-" if expected is None else expected)
        table.add_row(queue["name"], *map(str, numbers))
    return table


def _books(overview: dict[str, Any]) -> Table:
    table = Table(
        title="    and the books: accepted = done + superseded + parked + discarded + pending", title_justify="left"
    )
    states = ("accepted", "done", "superseded", "parked", "discarded", "pending", "unsent")
    for heading in ("Service", *(state.capitalize() for state in states), "Balanced"):
        table.add_column(heading, justify="left" if heading == "Service" else "right")
    for service in overview["services"]:
        books = service["books"]
        table.add_row(service["service"], *(str(books[state]) for state in states), _mark(books["balanced"]))
    return table


def _mark(well: bool) -> str:  # noqa: FBT001 - a mark for a truth
    return "[green]✓[/]" if well else "[bold red]✗[/]"
