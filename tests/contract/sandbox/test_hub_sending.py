"""The mail channel of notifier and the sandbox mean the same, and nobody is told twice."""

import pytest

from sandbox.mail import Message
from sandbox.state import Tenant
from services.mailroom.domain.mail.mime import read_mail
from services.mailroom.domain.mail.triage import Skip, triage
from services.notifier.channels.mail import TAG, MailChannel, MailOptions
from services.notifier.templates import letter_filed
from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.sending import Sending
from tests.unit.notifier.builders import FILED, LETTER

POST = "post@example.org"
FIEN = "fien.verzonnen@example.org"
CARD = letter_filed.card("n-1", FILED, LETTER)


class DyingSending(Sending):
    """Dies before the draft is on its way."""

    def send(self, mailbox: str, message_id: str) -> None:
        raise Transient("graph_unreachable", "no answer")


def channel_of(graph: GraphClient, sending: type[Sending] = Sending) -> MailChannel:
    return MailChannel("notifier.channels.post", MailOptions(from_=POST, to=[FIEN]), sending(graph, TAG))


def in_folder(tenant: Tenant, mailbox: str, folder: str) -> list[Message]:
    mail = tenant.mailbox(mailbox).mail
    return mail.inside(mail.folder(folder))


def test_a_card_comes_as_a_mail_that_reads_well_aloud(graph: GraphClient, tenant: Tenant) -> None:
    channel_of(graph).send(CARD)

    (mail,) = in_folder(tenant, FIEN, "inbox")
    content = mail.parsed.get_content()
    assert mail.parsed["subject"] == CARD["fallbackText"]
    assert '<html lang="nl">' in content
    assert "<h1>Nieuwe post voor A40201 – Moderne digitale werkplaats</h1>" in content
    assert '<th scope="row" align="left">Kenmerk</th><td>2026/IN/001234</td>' in content
    assert f'<a href="{LETTER.web_url}">Document 2026/IN/001234 openen</a>' in content


def test_who_died_before_sending_is_followed_by_who_sends_that_very_draft(graph: GraphClient, tenant: Tenant) -> None:
    with pytest.raises(Transient):
        channel_of(graph, DyingSending).send(CARD)

    channel_of(graph).send(CARD)

    assert len(in_folder(tenant, FIEN, "inbox")) == 1
    assert in_folder(tenant, POST, "drafts") == []


def test_who_died_after_sending_is_followed_by_nobody_who_sends_again(graph: GraphClient, tenant: Tenant) -> None:
    for _ in range(2):
        channel_of(graph).send(CARD)

    assert len(in_folder(tenant, FIEN, "inbox")) == 1


def test_a_draft_that_was_left_beside_a_sent_mail_is_not_sent_too(graph: GraphClient, tenant: Tenant) -> None:
    channel_of(graph).send(CARD)
    Sending(graph, TAG).draft(
        POST, {"subject": "Nog eens", "toRecipients": [{"emailAddress": {"address": FIEN}}]}, "n-1"
    )

    channel_of(graph).send(CARD)

    assert len(in_folder(tenant, FIEN, "inbox")) == 1


def test_two_cards_are_two_mails(graph: GraphClient, tenant: Tenant) -> None:
    for notice in ("n-1", "n-2"):
        channel_of(graph).send({**CARD, "id": notice})

    assert len(in_folder(tenant, FIEN, "inbox")) == 2


def test_a_draft_that_is_gone_when_it_is_sent_is_looked_for_again(graph: GraphClient) -> None:
    sending = Sending(graph, TAG)

    with pytest.raises(Transient) as gone:
        sending.send(POST, "AAkALgAA" + "0" * 32)

    assert gone.value.reason == "draft_gone"


def test_mailroom_knows_the_mail_as_the_hubs_own(graph: GraphClient, tenant: Tenant) -> None:
    channel_of(graph).send(CARD)

    (mail,) = in_folder(tenant, FIEN, "inbox")
    assert triage(read_mail(mail.raw), own_addresses=()) == Skip("own_notice")
