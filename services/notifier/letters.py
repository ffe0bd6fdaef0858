"""Reads from SharePoint what a card says of a letter: subjects travel over no bus and stay in no database of ours."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.notifier.domain import FiledLetter
from shared.clock import BRUSSELS
from shared.graph.client import GraphClient
from shared.graph.drives import Drive

SET_ASIDE = (
    "geannuleerd",
    "verwijderd in het register",
    "niet in een projectmap",
)  # the column Poststatus, by mailroom


class Letters:
    """The filed letters, as they stand in SharePoint now."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def read(self, drive_id: str, item_id: str) -> FiledLetter | None:
        """Return the letter; None when nobody finds it there any more: deleted, withdrawn or set aside."""
        drive = Drive(self._graph, drive_id)
        item = drive.item(item_id)
        if item is None:
            return None
        columns = drive.fields(item_id)
        if columns.get("Poststatus") in SET_ASIDE:
            return None
        return FiledLetter(
            project=columns.get("Projectcode") or "",
            project_folder=item.folder.partition("/")[0],
            confidentiality=columns.get("Vertrouwelijkheid") or "",
            subject=columns.get("Title") or "",
            received_on=_day(columns.get("Ontvangstdatum")),
            case_handler=columns.get("Behandelaar") or "",
            reply_by=_day(columns.get("Antwoordtermijn")),
            web_url=item.web_url,
        )


def _day(written: str | None) -> date | None:
    """Return the day that SharePoint wrote as a moment in UTC: local midnight or noon, by the site's own time zone."""
    if not written:
        return None
    moment = datetime.fromisoformat(written)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BRUSSELS).date()
