"""The files of the page, which lay a picture out and draw it."""

from __future__ import annotations

from importlib.resources import files


def page_file(name: str) -> str:
    """The text of one of them."""
    return (files("archcalc.pictures") / "page" / name).read_text("utf-8")
