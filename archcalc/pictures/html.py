"""A picture as a page: one file, which works offline and starts nothing that is not in it.

The spec's words are in it as JSON, in which nothing ends the element, and as the title, escaped. Scripts run only by
their hash, so that a stranger's would not, even if they came to stand in the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape

from archcalc.pictures.data import data
from archcalc.pictures.draw import MOST_BOXES, MOST_PASSED
from archcalc.pictures.page_files import page_file
from archcalc.pictures.view import View
from archcalc.reports.visible import in_one_line


def render(view: View) -> str:
    """The page."""
    elk, script = page_file("elk.js"), "".join(map(page_file, ("picture.js", "layout.js", "entries.js", "page.js")))
    parts = {
        "policy": " ".join(map(_allowed, (elk, script))),
        "title": escape(in_one_line(view.picture.title)),
        "style": page_file("page.css"),
        "data": _as_json(data(view) | {"most": [MOST_BOXES, MOST_PASSED]}),
        "elk": elk,
        "script": script,
    }
    # One pass: what is put in is not looked at again.
    first, *rest = page_file("page.html").rstrip("\n").split("{{")
    return first + "".join(parts[name] + text for name, _, text in (part.partition("}}") for part in rest))


def _allowed(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _as_json(values: object) -> str:
    """JSON in ASCII in which no element ends, and no comment begins."""
    text = json.dumps(values, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
