"""Every card has words of its own where no cards are shown: none is lost, and none means something else there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.channels.plain import LARGEST, Fact, Link, Text, read
from services.notifier.templates import cards
from shared.errors import Permanent
from tests.unit.notifier.test_templates import CARDS

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda words: "{{" not in words)
CASES = [pytest.param(card, id=name) for name, card in CARDS.items()]


class Page(HTMLParser):
    """What a reader of a page hears: its words, and the places that its links lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.language = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.language = found.get("lang") or self.language
        if tag == "a":
            self.links.append(found["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def said(card: Any) -> list[str]:
    """Return each text of *card* as its reader sees it."""
    found = []
    for part in card["body"]:
        if "text" in part:
            found.append(part["text"])
        found += [word for fact in part.get("facts", ()) for word in (fact["title"], fact["value"])]
    found += [action["title"] for action in card["actions"]]
    return [re.sub(r"\\(.)", r"\1", words) for words in found]


@pytest.mark.parametrize("card", CASES)
def test_the_text_says_all_that_the_card_says_in_its_order(card: Any) -> None:
    reading = read(card)
    whole = f"{reading.title}\n{reading.text()}"

    places = [whole.find(words) for words in said(card)]

    assert -1 not in places
    assert [action["url"] in whole for action in card["actions"]] == [True] * len(card["actions"])


@pytest.mark.parametrize("card", CASES)
def test_the_page_says_all_that_the_card_says_in_dutch(card: Any) -> None:
    page = Page(read(card).html())

    assert page.language == "nl"
    assert set(said(card)) <= set(page.words)
    assert page.links == [action["url"] for action in card["actions"]]
    assert page.tags.count("h1") == 1


@given(title=WORDS, words=WORDS, value=WORDS.filter(str.strip))
def test_words_come_out_as_they_went_into_the_card(title: str, words: str, value: str) -> None:
    card = cards.card("n-1", title, [cards.text(words), cards.facts({"Onderwerp": value})])

    reading = read(card)

    assert (reading.id, reading.title) == ("n-1", title)
    assert reading.parts == (Text(" ".join(words.split())), (Fact("Onderwerp", " ".join(value.split())),))


@given(title=WORDS, words=WORDS)
@example(title="<b>vet</b>", words='</p><script src="x">&amp;')
def test_words_are_no_markup_on_the_page(title: str, words: str) -> None:
    page = Page(read(cards.card("n-1", title, [cards.text(words)])).html())

    assert set(page.tags) == {"html", "head", "meta", "title", "body", "h1", "p"}


def test_a_heading_among_the_texts_is_one_on_the_page() -> None:
    card = cards.card("n-1", "Afwezig", [cards.heading("Hele dag"), cards.text("Fien")])

    assert "<h1>Afwezig</h1><h2>Hele dag</h2><p>Fien</p>" in read(card).html()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_a_link_that_leads_to_no_page_is_left_out(url: str) -> None:
    card = cards.card("n-1", "T", [], [cards.opening("Openen", url), cards.opening("Lezen", "https://example.org")])

    assert read(card).links == (Link("Lezen", "https://example.org"),)


def test_more_words_than_a_notice_has_are_refused() -> None:
    with pytest.raises(Permanent) as refused:
        read(cards.card("n-1", "T", [cards.text("é" * LARGEST)]))

    assert refused.value.reason == "card_too_large"
    assert "é" not in str(refused.value)
