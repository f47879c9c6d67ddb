"""The page in a real browser: what is drawn, opened, found, and that nothing of a stranger's runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archcalc import Report, check_text
from archcalc.pictures.draw import draw
from tests.look.browsers import browser as browser
from tests.support.bundled import checked
from tests.support.strange_names import STRANGE

NETWORKS = [("alexnet", None), ("resnet", "resnet152"), ("unet", "unet"), ("inception_v3", None), ("vit", "vit_b_16")]


class Seen:
    """A page that is open, without a network, and all that it complains of."""

    def __init__(self, browser: Any, report: Report, folder: Path, scheme: str = "light", **how: Any) -> None:
        path = folder / "page.html"
        path.write_text(draw(report, "html", **how), "utf-8")
        self.said: list[str] = []
        context = browser.new_context(color_scheme=scheme, offline=True, viewport={"width": 1200, "height": 900})
        self.page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self._asked)
        self.page.on("request", lambda request: self.said.extend({request.url} - {path.as_uri()}))
        self.page.goto(path.as_uri())
        self.page.evaluate("ready")

    def _asked(self, dialog: Any) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def boxes(self) -> int:
        return int(self.page.evaluate("stage.querySelectorAll('.leaf, .closed').length"))

    def done(self) -> None:
        self.page.wait_for_timeout(700)


@pytest.mark.parametrize(("name", "preset"), NETWORKS)
def test_texts_are_within_their_boxes_and_boxes_apart(
    browser: Any, tmp_path: Path, name: str, preset: str | None
) -> None:
    seen = Seen(browser, checked(name, preset), tmp_path)
    wrong = seen.page.evaluate(
        """() => [...stage.querySelectorAll('.leaf, .closed')].flatMap((group) => {
          const box = [...group.querySelectorAll('rect.box')].at(-1).getBBox();
          return [...group.querySelectorAll('text')].filter((text) => {
            const { x, y, width, height } = text.getBBox();
            return x < box.x || y < box.y - 2 || x + width > box.x + box.width || y + height > box.y + box.height + 2;
          }).map((text) => text.textContent);
        })"""
    )
    assert wrong == []
    assert seen.boxes() > 10
    assert seen.said == []


def test_a_block_opens_and_closes(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, checked("resnet", "resnet152"), tmp_path)
    before = seen.boxes()
    number = seen.page.evaluate("Number(stage.querySelector('.closed').dataset.n)")
    seen.page.click(f".closed[data-n='{number}']")
    seen.done()
    assert seen.boxes() > before
    seen.page.click(f".name[data-n='{number}'] text")
    seen.done()
    assert seen.boxes() == before
    seen.page.focus(f".closed[data-n='{number}']")
    seen.page.keyboard.press("Enter")
    seen.done()
    assert seen.boxes() > before
    assert seen.said == []


def test_what_is_searched_for_is_opened_and_shown(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, checked("resnet", "resnet152"), tmp_path)
    seen.page.fill("#search", "downsample")
    assert seen.page.text_content("#found").endswith("found")
    seen.page.press("#search", "Enter")
    seen.done()
    assert seen.page.text_content("#found").startswith("1 of ")
    assert "downsample" in seen.page.text_content("#detail h2")
    left, top = seen.page.evaluate("(() => { const { x, y } = centre(hits[hit].n); return [x, y]; })()")
    assert 0 < left < 1200
    assert 0 < top < 900
    assert seen.said == []


@pytest.mark.parametrize(
    ("words", "name", "drawn"),
    [("layer3.4", "layer3.4", "layer3.1"), ("layer3.35.conv2", "layer3.35.conv2", "layer3.1.conv2")],
)
def test_a_folded_copy_is_found_where_it_is_drawn(
    browser: Any, tmp_path: Path, words: str, name: str, drawn: str
) -> None:
    seen = Seen(browser, checked("resnet", "resnet152"), tmp_path)
    seen.page.fill("#search", words)
    assert seen.page.text_content("#found") != "0 found"
    seen.page.press("#search", "Enter")
    seen.done()
    assert seen.page.text_content("#detail h2") == name
    assert seen.page.text_content("#detail dd") == drawn
    assert seen.page.evaluate("boxes.get(hits[hit].n).path") == drawn
    assert seen.page.evaluate("document.querySelectorAll('.hit').length") > 0
    assert seen.said == []


def test_it_is_zoomed_and_moved_and_dark(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, checked("lenet5", None), tmp_path, "dark")
    assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"
    seen.page.click("#theme")
    assert seen.page.evaluate("document.documentElement.dataset.theme") == "light"
    scale = seen.page.evaluate("place.scale")
    seen.page.click("#in")
    assert seen.page.evaluate("place.scale") > scale
    seen.page.mouse.move(100, 500)
    seen.page.mouse.down()
    seen.page.mouse.move(200, 600)
    seen.page.mouse.up()
    x = seen.page.evaluate("place.x")
    seen.page.click("#fit")
    assert seen.page.evaluate("place.x") != x
    assert seen.said == []


def test_what_is_too_much_is_said(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, checked("resnet", "resnet152"), tmp_path, fold=False, depth=1)
    before = seen.boxes()
    for _ in range(4):
        seen.page.click("#more")
        seen.page.wait_for_timeout(3000)
    assert seen.boxes() > before
    assert seen.said == []


def test_the_picture_can_be_saved(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, checked("lenet5", None), tmp_path)
    with seen.page.expect_download() as saved:
        seen.page.click("#save")
    assert Path(saved.value.path()).read_text("utf-8") == draw(checked("lenet5", None))


def test_nothing_of_a_strangers_runs(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, check_text(STRANGE), tmp_path, depth=None)
    assert seen.page.evaluate("document.querySelectorAll('script').length") == 3
    seen.page.fill("#search", "<b>")
    seen.page.press("#search", "Enter")
    seen.page.hover(".leaf")
    tags = seen.page.evaluate("[...new Set([...stage.querySelectorAll('*')].map((one) => one.tagName))].sort()")
    assert {*tags} <= {"g", "path", "rect", "text", "title"}
    assert "evil" in seen.page.text_content("h1")
    assert seen.said == []
