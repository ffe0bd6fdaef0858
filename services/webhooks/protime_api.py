"""The webhooks that Protime keeps for us: listed, made and removed by its API.

Source: https://documentation.myprotime.eu/protimeapi/how-to/set-up-webhooks/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from services.webhooks.domain.hooks import Hook, Made, Wish
from shared.errors import Invalid, Permanent
from shared.http import Created, host
from shared.oauth import Token

_PATH = "/connector/protimeapi/api/v1/webhooks"


class Web(Protocol):
    """What is needed of HTTP; shared.http.Http is one."""

    def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any: ...
    def create(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Created: ...
    def delete(self, url: str, *, headers: Mapping[str, str] | None = None) -> int: ...


@dataclass(frozen=True)
class ProtimeHooks:
    """The webhooks of one tenant of Protime."""

    base_url: str
    token: Token
    http: Web

    def all(self) -> Sequence[Hook]:
        """Return every webhook that this application may see, whoever made it.

        Raises: Transient; Permanent when we may not; Invalid when the answer is not what the vendor promises.
        """
        return [_hook(row) for page in self._pages() for row in page["value"]]

    def create(self, wish: Wish) -> Made:
        """Make a webhook. Its key is shown this once.

        Raises: as `all`.
        """
        body = {"destinationUrl": wish.address, "collectionName": wish.collection}
        return _made(self.token.used(lambda headers: self.http.create(self._url(), body, headers=headers)))

    def delete(self, id_: str) -> None:
        """Remove a webhook. Safe to repeat: one that is gone is gone.

        Raises: as `all`.
        """
        try:
            self.token.used(lambda headers: self.http.delete(f"{self._url()}/{id_}", headers=headers))
        except Permanent as error:
            if error.reason != "http_404":
                raise

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        link: str | None = self._url()
        seen = set[str]()
        while link:
            if link in seen:
                raise Invalid("unexpected_answer", f"{host(self.base_url)}: expected another page, came one again")
            seen.add(link)
            page = self._page(self._at_home(link))
            yield page
            link = page.get("nextLink")  # https://documentation.myprotime.eu/protimeapi/how-to/fetch-resources

    def _page(self, url: str) -> Mapping[str, Any]:
        page = self.token.used(lambda headers: self.http.get_json(url, headers=headers))
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise Invalid("unexpected_answer", f"{host(url)}: expected an object with a list 'value' of webhooks")
        return page

    def _at_home(self, link: str) -> str:
        """Return the full address of *link*, which the source may shorten: it never takes our token elsewhere."""
        url = urljoin(self.base_url, link)
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise Permanent("foreign_link", f"expected a link to {host(self.base_url)}, got one to {host(url)}")
        return url

    def _url(self) -> str:
        return f"{self.base_url.rstrip('/')}{_PATH}"


def _hook(row: Any) -> Hook:
    # https://documentation.myprotime.eu/protimeapi/reference/webhooks/#webhook-properties
    try:
        return Hook(row["id"], row["destinationUrl"], row["collectionName"], is_enabled=row["status"] == "Enabled")
    except (KeyError, TypeError) as error:
        raise Invalid(
            "unexpected_answer", "Protime: expected webhooks with id, destinationUrl, collectionName and status"
        ) from error


def _made(created: Created) -> Made:
    """Read the answer 201: the id at the end of `Location`, key and `validUntil` in the body.

    The pages that say so (…/reference/collections/absences/absence-instances/webhooks/) do not name the property of
    the key: it is the only one whose name ends in "key".
    """
    id_ = created.location.rstrip("/").rpartition("/")[2]
    body = created.body if isinstance(created.body, dict) else {}
    keys = [value for name, value in body.items() if name.lower().endswith("key") and isinstance(value, str) and value]
    try:
        expires_at = datetime.fromisoformat(body.get("validUntil", ""))
    except (TypeError, ValueError) as error:
        raise _unexpected("a date and time with an offset in 'validUntil'") from error
    if expires_at.tzinfo is None:
        raise _unexpected("an offset in 'validUntil'")
    if not id_ or len(keys) != 1:
        raise _unexpected("'Location' with the webhook's id, and one property that ends in 'key'")
    return Made(id_, keys[0], expires_at)


def _unexpected(expected: str) -> Invalid:
    return Invalid("unexpected_answer", f"Protime made a webhook: expected {expected}")
