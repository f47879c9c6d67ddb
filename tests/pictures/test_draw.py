"""What ``draw`` takes and refuses."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from archcalc import ArgumentError, DrawError, Drawing, check_text, draw
from tests.support.bundled import checked


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"form": "png"}, "`form` is one of svg, html, dot, mermaid, not `png`"),
        ({"style": "round"}, "`style` is one of layers, boxes, not `round`"),
        ({"depth": -1}, "`depth` is a number from 0 up, None or `page`, not `-1`"),
        ({"depth": True}, "`depth` is a number from 0 up, None or `page`, not `True`"),
        ({"depth": "all"}, "`depth` is a number from 0 up, None or `page`, not `all`"),
    ],
)
def test_what_is_none_of_its_words_is_refused(how: dict[str, Any], says: str) -> None:
    with pytest.raises(DrawError, match=f"^{says}$"):
        draw(checked("lenet5", None), **how)


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(ArgumentError, match="`draw` takes a report"):
        draw(5)  # type: ignore[call-overload]


def test_without_a_network_there_is_no_picture() -> None:
    with pytest.raises(DrawError, match="its errors leave no network"):
        draw(check_text("archcalc: 1\n"), "dot")


def test_a_notebook_shows_an_svg_and_a_page() -> None:
    report = checked("lenet5", None)
    svg = draw(report)
    assert isinstance(svg, Drawing)
    shown = ElementTree.fromstring(svg._repr_svg_() or "")
    assert shown.attrib.pop("style") == "max-width: 100%; height: auto", "as wide as the cell at most, and never cut"
    assert ElementTree.tostring(shown) == ElementTree.tostring(ElementTree.fromstring(svg))
    assert svg._repr_html_() is None
    page = draw(report, "html")
    assert page._repr_svg_() is None
    frame = ElementTree.fromstring(page._repr_html_() or "")
    assert frame.tag == "iframe"
    assert frame.attrib["srcdoc"].split() == page.split()
    assert [draw(report, "dot")._repr_svg_(), draw(report, "dot")._repr_html_()] == [None, None]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_drawing_stays_one(again: Callable[[Drawing], Drawing]) -> None:
    page = again(Drawing("<p>", "html"))
    assert (type(page), page, page.form) == (Drawing, "<p>", "html")
