"""SVGs in a real browser: no text is on another, and none leaves the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.look.browsers import browser as browser

GALLERY = sorted((Path(__file__).parents[2] / "docs" / "pictures").glob("*.svg"))

OVERLAPS = """() => {
  const root = document.documentElement.getBoundingClientRect(), wrong = [];
  const texts = [...document.querySelectorAll("text")].map((one) => [one.textContent, one.getBoundingClientRect()]);
  texts.forEach(([text, one], k) => {
    if (one.left < root.left || one.right > root.right || one.bottom > root.bottom) wrong.push(text);
    for (const [told, other] of texts.slice(0, k)) {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 0.5 && high > 4) wrong.push(`${told} | ${text}`);
    }
  });
  return wrong;
}"""


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_no_text_is_on_another(browser: Any, path: Path) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate(OVERLAPS) == []
    page.close()
