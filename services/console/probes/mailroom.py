"""Ask mailroom for what only it knows: the projects there are, where an e-mail opens, which letters are still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from marshmallow import fields, validate

from services.console.domain.post import Seen
from services.console.probes.base import JsonClient
from shared.contracts import Contract, nested
from shared.errors import HubError, Invalid

WHOLE = 500  # letters in an answer of mailroom: as many may mean that there are more

A = TypeVar("A", bound=Contract)


@dataclass(frozen=True, kw_only=True)
class Project(Contract):
    """A project that letters may go to."""

    code: Annotated[str, fields.String()]
    title: Annotated[str, fields.String()] = ""


@dataclass(frozen=True, kw_only=True)
class TrayAnswer(Contract):
    """What mailroom answers to /tray."""

    projects: Annotated[list[Project], fields.List(nested(Project))]


@dataclass(frozen=True, kw_only=True)
class Mention(Contract):
    """What an e-mail seems to be about, and how sure that is."""

    value: Annotated[str, fields.String()]
    confidence: Annotated[str, fields.String(validate=validate.OneOf(("high", "medium", "low")))]


@dataclass(frozen=True, kw_only=True)
class Message(Contract):
    """An e-mail, and where whoever may see it opens it."""

    key: Annotated[str, fields.String()]
    web_url: Annotated[str, fields.String()]
    references: Annotated[list[Mention], fields.List(nested(Mention))] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class MessagesAnswer(Contract):
    """What mailroom answers to /messages."""

    messages: Annotated[list[Message], fields.List(nested(Message))]


@dataclass(frozen=True, kw_only=True)
class OpenLetter(Contract):
    """A letter that is still to be answered."""

    kenmerk: Annotated[str, fields.String()]
    is_away: Annotated[bool, fields.Boolean()] = False


@dataclass(frozen=True, kw_only=True)
class DueAnswer(Contract):
    """What mailroom answers to /due."""

    letters: Annotated[list[OpenLetter], fields.List(nested(OpenLetter))]


@dataclass(frozen=True)
class MailroomProbe:
    """The mailroom at *address* (`http://127.0.0.1:8083`). What it does not answer is asked anew with the next page."""

    client: JsonClient
    address: str

    def codes(self) -> Mapping[str, str]:
        """Return the projects, by code; none when it does not answer."""
        answer = self._ask("tray", TrayAnswer)
        return {project.code: project.title for project in answer.projects} if answer else {}

    def mails(self) -> Mapping[str, Seen]:
        """Return the e-mails that wait, by their id."""
        answer = self._ask("messages", MessagesAnswer)
        return {message.key: _seen(message) for message in answer.messages} if answer else {}

    def due(self) -> Mapping[str, bool] | None:
        """Return every letter that is still to be answered, and whether its handler is away; None: it did not say."""
        answer = self._ask("due", DueAnswer)
        if answer is None or len(answer.letters) >= WHOLE:
            return None
        return {letter.kenmerk: letter.is_away for letter in answer.letters}

    def _ask(self, what: str, shape: type[A]) -> A | None:
        try:
            body = self.client.get_json(f"{self.address}/{what}")
            if not isinstance(body, dict):
                raise Invalid("invalid_answer", f"mailroom: expected a JSON object, came {type(body).__name__}")
            return shape.load(body)
        except HubError:
            return None


def _seen(message: Message) -> Seen:
    link = message.web_url if message.web_url.startswith("https://") else None  # a page opens no other address
    return Seen(link, {mention.value: mention.confidence for mention in message.references})
