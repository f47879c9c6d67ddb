"""What ``draw`` takes and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc import ArgumentError, DrawError, check_text, draw
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
        draw("lenet5")  # type: ignore[arg-type]


def test_without_a_network_there_is_no_picture() -> None:
    with pytest.raises(DrawError, match="its errors leave no network"):
        draw(check_text("archcalc: 1\n"), "dot")
