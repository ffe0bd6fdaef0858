"""The colours of a page as they are computed, and their contrast by WCAG 2.1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page

# Each text of the page with its colour, size, and the first background behind it that is not transparent.
_TEXTS = """() => {
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!words) continue;
    const style = getComputedStyle(element);
    found.push([words, style.color, ground(element), parseFloat(style.fontSize), parseInt(style.fontWeight)]);
  }
  return found;
}"""

_LARGE, _LARGE_BOLD = 24.0, 18.66  # CSS pixels: from here on 3:1 is enough


@dataclass(frozen=True)
class Text:
    """A text on the page."""

    words: str
    colour: str
    ground: str
    size: float
    weight: int

    @property
    def readable(self) -> bool:
        """Tell whether success criterion 1.4.3 is met."""
        # https://www.w3.org/TR/WCAG21/#contrast-minimum
        large = self.size >= _LARGE or (self.size >= _LARGE_BOLD and self.weight >= 700)
        return ratio(self.colour, self.ground) >= (3.0 if large else 4.5)


def texts(page: Page) -> list[Text]:
    """Return every text of *page*."""
    return [Text(*row) for row in page.evaluate(_TEXTS)]


def ratio(one: str, other: str) -> float:
    """Return the contrast of two CSS colours (`rgb(18, 58, 92)`), 1 to 21."""
    # https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(part) / 255) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
