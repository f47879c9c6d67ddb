"""A picture as text that a notebook shows as a picture."""

from __future__ import annotations

from html import escape


class Drawing(str):
    """The text of a picture in a format, ``form``. In a notebook an SVG and a page are shown, and others printed."""

    form: str

    def __new__(cls, text: str, form: str = "svg") -> Drawing:
        drawing = super().__new__(cls, text)
        drawing.form = form
        return drawing

    def _repr_svg_(self) -> str | None:
        # A cell may be narrower than the picture, which is then cut; a file keeps the sizes that were asked for.
        fitted = '<svg style="max-width: 100%; height: auto"'
        return self.replace("<svg", fitted, 1) if self.form == "svg" else None

    def _repr_html_(self) -> str | None:
        if self.form != "html":
            return None
        # A frame, so that neither the page's styles nor its scripts reach the notebook.
        how = 'style="width: 100%; height: 600px; border: 0" sandbox="allow-scripts"'
        return f'<iframe title="archcalc" {how} srcdoc="{escape(self)}"></iframe>'
