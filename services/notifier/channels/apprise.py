"""The hundred others that Apprise knows: SMTP, Signal, ntfy, Matrix …, each behind one address of its own shape.

Apprise says only whether it worked: what a receiver refuses is tried again as if it were away, and parks after all
attempts. Of the address only the host is looked at, and then Apprise resolves it anew: a name that changes its mind in
between (DNS rebinding), and a service that fetches from a second host of its own, are not covered.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from marshmallow import RAISE, fields

from services.notifier.channels.base import Card, Channel, Kind, Parts, setting
from services.notifier.channels.pace import Pace
from services.notifier.channels.plain import Reading, read
from shared.contracts import Contract
from shared.errors import Invalid, Permanent, Transient
from shared.outside import Resolve, addresses_of, check_outside

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

LONGEST_SECONDS = 30.0  # that one notice may take of a worker
# Apprise writes a subject on one line, which SMTP has end at 998 bytes (RFC 5321 §4.5.3.1.6); an emoji takes 12 there.
LONGEST_TITLE = 80  # characters


@dataclass(frozen=True, kw_only=True)
class AppriseOptions(Contract):
    """One table [notifier.channels.<name>]. *url* names the setting that holds Apprise's address, which is a secret."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    url: Annotated[str, setting()]
    allow_private: Annotated[bool, fields.Boolean(truthy={True}, falsy={False})] = False


class AppriseChannel:
    """One address of Apprise. *setting* names the secret that holds *url*.

    Raises: Invalid naming *setting*, without what it holds, when Apprise can do nothing with it.
    """

    def __init__(
        self,
        setting: str,
        url: str,
        *,
        allow_private: bool,
        resolve: Resolve = addresses_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setting, self._allow_private, self._resolve = setting, allow_private, resolve
        self._apprise, self._service = _loaded(setting, url)
        # It has a worker sleep until its service wants more, 5.5 seconds for most: ours go back to the ledger instead.
        self._pace = Pace(self._service.request_rate_per_sec, clock)

    def send(self, card: Card) -> None:
        """Tell *card* as plain text. A repeat is told again: no receiver of Apprise's knows the card's id."""
        reading = read(card)
        if not self._allow_private:
            self._check()
        title, text = _words(reading)
        self._pace.wait()
        if not self._apprise.notify(body=text, title=title, body_format="text"):
            raise Transient("channel_unreachable", f"Apprise could not tell the address in {self._setting}")

    def _check(self) -> None:
        host = _host(self._service)
        if host is None:
            return
        try:
            check_outside(host, self._resolve)
        except Permanent as error:
            raise Permanent(error.reason, f"the host in {self._setting} leads inside the network") from None
        except Transient:
            raise Transient("channel_unreachable", f"the host in {self._setting} has no address now") from None


def _words(reading: Reading) -> tuple[str, str]:
    """Return title and text. A long title stands whole in the text; a card of nothing but a title has it there too."""
    text = reading.text()
    if text and len(reading.title) <= LONGEST_TITLE:
        return reading.title, text
    return reading.title[: LONGEST_TITLE - 1] + "…" if text else "", f"{reading.title}\n{text}".strip()


def _loaded(setting: str, url: str) -> tuple[Apprise, NotifyBase]:
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - 150 plugins: only for who uses it

    # It writes addresses, and with them passwords and titles; what went wrong is told by our own errors.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = AppriseAsset(
        app_id="hub",
        app_desc="hub",
        http_redirects=False,
        async_mode=False,
        pgp_autogen=False,  # no keys of its own making on our disk
        pem_autogen=False,
        storage_mode="memory",
        service_timeout=LONGEST_SECONDS,
    )
    apprise = Apprise(asset=asset)
    if not apprise.add(url) or len(apprise) != 1:
        told = f"{setting}: expected one address as Apprise writes it, such as mailtos://user:password@example.org"
        raise Invalid("invalid_address", told, {setting: [told]})
    service = apprise[0]
    service.redirects = False  # whatever ?redirect= says
    return apprise, service


def _host(service: NotifyBase) -> str | None:
    """Return where *service* connects to, None for one with a fixed place: there the word after :// is a token."""
    if "host" not in service.template_tokens:
        return None
    return str(getattr(service, "smtp_host", "") or service.host or "")


def _build(_name: str, options: AppriseOptions, parts: Parts) -> Channel:
    return AppriseChannel(options.url, parts.secret(options.url), allow_private=options.allow_private)


APPRISE = Kind("apprise", AppriseOptions, _build)
