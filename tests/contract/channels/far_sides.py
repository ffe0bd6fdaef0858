"""The services behind the channels, as real as a test can have them: HTTP, Graph's mail, SMTP."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from services.notifier.channels.apprise import AppriseChannel
from services.notifier.channels.base import Channel
from services.notifier.channels.mail import TAG, MailChannel, MailOptions
from services.notifier.channels.pace import Pace
from services.notifier.channels.teams import SECONDS_BETWEEN, TeamsChannel
from services.notifier.channels.webhook import WebhookChannel, signing_key
from shared.clock import FixedClock
from shared.graph.client import GraphClient
from shared.graph.sending import Sending
from shared.http import Http
from tests.unit.notifier.builders import NOW

SETTING = "HUB_CHANNEL_WERKPLAATS"
PLACE = "notifier.channels.werkplaats"
SECRET = "sig=secret"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
READERS = MailOptions(from_="hub@example.org", to=["dienst@example.org", "leiding@example.org"])


@dataclass
class FarSide:
    """The service behind a channel: answers *status* and *headers*, and keeps what it was sent."""

    url: str = ""
    smtp_port: int = 0
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Any] = field(default_factory=list)
    received_headers: list[Mapping[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://{urlsplit(self.url).netloc}"

    def answer(self) -> Response:
        self.received.append(request.get_json())
        self.received_headers.append(dict(request.headers))
        self.raw.append(request.get_data())
        return Response(status=self.status, headers=self.headers)

    def list_messages(self, mailbox: str) -> Response:
        return self._refusal() or jsonify(value=[])

    def draft(self, mailbox: str) -> Response:
        refusal = self._refusal()
        if refusal is None:
            self.received.append(request.get_json())
            return Response('{"id": "m-1"}', status=201, mimetype="application/json")
        return refusal

    def send(self, mailbox: str, message: str) -> Response:
        return self._refusal() or Response(status=202)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer as aiosmtpd wants it."""
        if self.status >= 400:
            return "451 later"
        self.received.append(mail_of(envelope))
        return "250 OK"

    def _refusal(self) -> Response | None:
        return Response(status=self.status, headers=self.headers) if self.status >= 400 else None


def mail_of(envelope: Envelope) -> EmailMessage:
    content = envelope.content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=policy.default)


@contextmanager
def served(far: FarSide) -> Iterator[FarSide]:
    """Serve *far* over HTTP and SMTP."""
    app = Flask(__name__)
    app.add_url_rule("/hook", view_func=far.answer, methods=["POST"])
    app.add_url_rule("/users/<mailbox>/messages", view_func=far.list_messages, methods=["GET"])
    app.add_url_rule("/users/<mailbox>/messages", view_func=far.draft, methods=["POST"])
    app.add_url_rule("/users/<mailbox>/messages/<message>/send", view_func=far.send, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    far.url = f"http://127.0.0.1:{server.server_port}/hook?{SECRET}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    post = Controller(far, hostname="127.0.0.1", port=_free_port())
    post.start()
    far.smtp_port = post.port
    yield far
    post.stop()
    server.shutdown()
    thread.join()
    server.server_close()


class Token:
    """A token that the far side does not look at."""

    def token(self) -> str:
        return "known"

    def forget(self) -> None: ...


def teams(far: FarSide) -> Channel:
    return TeamsChannel(SETTING, far.url, Http(), Pace(SECONDS_BETWEEN, clock=lambda: 0.0, pause=lambda _: None))


def mail(far: FarSide) -> Channel:
    return MailChannel(PLACE, READERS, Sending(GraphClient(far.origin, Token()), TAG))


def webhook(far: FarSide) -> Channel:
    return WebhookChannel(SETTING, far.url, signing_key(SETTING, SIGNING_SECRET), Http(), FixedClock(NOW))


def apprise_http(far: FarSide) -> Channel:
    return AppriseChannel(SETTING, far.url.replace("http://", "json://hub:geheim@"), allow_private=True)


def apprise_smtp(far: FarSide) -> Channel:
    address = f"mailto://127.0.0.1:{far.smtp_port}?from=hub@example.org&to=dienst@example.org&mode=insecure"
    return AppriseChannel(SETTING, address, allow_private=True)


Make = Callable[[FarSide], Channel]
CHANNELS: tuple[Make, ...] = (teams, mail, webhook, apprise_http, apprise_smtp)
TELLING: tuple[Make, ...] = (teams, mail, webhook)
MENDS: Mapping[Make, str] = {teams: SETTING, mail: f"{PLACE}.from", webhook: SETTING}


def _free_port() -> int:
    """Return a port that is free now: aiosmtpd does not tell which one it got for 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
