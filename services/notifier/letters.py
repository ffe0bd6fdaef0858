"""Reads from SharePoint what a card says of a letter: subjects travel over no bus and stay in no database of ours."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.notifier.domain import FiledLetter
from shared.clock import BRUSSELS
from shared.errors import Permanent
from shared.events import MailFiled
from shared.graph.client import GraphClient
from shared.graph.drives import Drive


class Letters:
    """The filed letters, as they stand in SharePoint now."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def read(self, filed: MailFiled) -> FiledLetter:
        """Return the letter. Raises: Permanent("letter_gone") when it was deleted since."""
        drive = Drive(self._graph, filed.drive_id)
        item = drive.item(filed.item_id)
        if item is None:
            raise Permanent("letter_gone", f"{filed.kenmerk}: item {filed.item_id} was deleted before anybody was told")
        columns = drive.fields(filed.item_id)
        return FiledLetter(
            kenmerk=filed.kenmerk,
            project_folder=item.folder.partition("/")[0],
            unclassified=filed.unclassified,
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
