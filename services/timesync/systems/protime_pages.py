"""The pages of Protime's API, walked to their end with our token, and never to another host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from services.timesync.systems.base import SystemHttp
from shared.errors import Invalid, Permanent
from shared.oauth import Token

API = "/connector/protimeapi/api/v1"


@dataclass(frozen=True)
class Api:
    """The API of one tenant. *name* is what the system is called in hub.toml."""

    name: str
    base_url: str
    http: SystemHttp
    token: Token

    def collection(self, name: str) -> list[Mapping[str, Any]]:
        """Return all rows of the collection *name*."""
        return [row for page in self._walk(f"{API}/{name}") for row in page["value"]]

    def window(self, link: str) -> tuple[list[Mapping[str, Any]], str]:
        """Return the rows of all pages and the delta link of the last one.

        Raises: what any of the pages does: half of the rows would be taken for all.
        """
        return self._to_the_end(link)

    def changes(self, link: str) -> tuple[list[Mapping[str, Any]], str]:
        """Return the same of a delta link: each row stands in the `data` of a change.

        Raises: as above.
        """
        return self._to_the_end(link, "data")

    def _to_the_end(self, link: str, within: str = "") -> tuple[list[Mapping[str, Any]], str]:
        pages = list(self._walk(link, within))
        if not pages[-1].get("deltaLink"):
            raise Invalid(
                "unexpected_answer", f"{self.name}: expected a 'deltaLink' on the last page of {API}/absences"
            )
        return [row for page in pages for row in page["value"]], str(pages[-1]["deltaLink"])

    def _walk(self, link: str | None, within: str = "") -> Iterator[Mapping[str, Any]]:
        """Yield pages as long as there is a next link: an empty page is not the end.

        https://documentation.myprotime.eu/protimeapi/how-to/fetch-resources
        """
        seen = set[str]()
        while link:
            if link in seen:
                raise Invalid("unexpected_answer", f"{self.name}: {_path(link)} came a second time")
            seen.add(link)
            page = self._get(self._on_our_host(link))
            if not _is_page(page, within):
                rows = f"changes with '{within}' with an 'id'" if within else "rows with an 'id'"
                raise Invalid(
                    "unexpected_answer",
                    f"{self.name}: expected an object with a list 'value' of {rows} from {_path(link)}",
                )
            yield page
            link = page.get("nextLink")

    def _on_our_host(self, link: str) -> str:
        """Return the full address of *link*, which the source may shorten: it never takes our token elsewhere."""
        url = urljoin(self.base_url, link)
        ours, theirs = urlsplit(self.base_url), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Permanent(
                "foreign_link", f"{self.name}: expected a link to {ours.netloc}, got one to {theirs.netloc}"
            )
        return url

    def _get(self, url: str) -> Any:
        return self.token.used(lambda headers: self.http.get_json(url, headers=headers))


def _is_page(page: Any, within: str) -> bool:
    """Tell whether *page* holds a list of rows that can be told apart, each *within* a change unless that is ""."""
    if not isinstance(page, dict) or not isinstance(page.get("value"), list):
        return False
    rows = [row.get(within) if within and isinstance(row, dict) else row for row in page["value"]]
    return all(isinstance(row, dict) and "id" in row for row in rows)


def _path(link: str) -> str:
    return urlsplit(link).path
