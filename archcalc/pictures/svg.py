"""A picture as an SVG: ELK lays it out, in the same code as that of the page, which V8 runs here.

mini-racer, which is V8 in a Python package, is an extra: ``pip install 'archcalc[draw]'``.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from msgspec import to_builtins

from archcalc.diagnostics.json_object import JsonObject
from archcalc.pictures.data import data
from archcalc.pictures.draw import DrawError
from archcalc.pictures.page_files import page_file
from archcalc.pictures.u_shape import u_shape
from archcalc.pictures.view import View

MOST_SECONDS = 60
"""How long a layout may take."""

# What ELK expects of the world around it.
_WORLD = """
globalThis.self = globalThis;
globalThis.setTimeout = (then) => { Promise.resolve().then(then); return 0; };
globalThis.clearTimeout = () => {};
"""

_DRAWN = """
globalThis.drawnSvg = (data, style) => {
  const elk = new ELK(), maps = () => viewOf(data, new Set(data.open));
  if (data.u) {
    const [how, ...laid] = inU(maps(), data.u);
    return Promise.resolve(svgOf(how, drawn(how, ...laid)));
  }
  if (style === "boxes") {
    const how = inProportion(maps());
    return laidOut(elk, how, "RIGHT").then((laid) => svgOf(how, drawn(how, laid, how.draw)));
  }
  const [view, ...beside] = figureOf(data), all = [view, ...beside], arrows = all.flatMap((one) => one.arrows);
  const shown = new Map(all.flatMap((one) => [...one.shown]));
  return inColumns(elk, view, beside).then((drawn) => svgOf({ ...view, arrows, shown }, drawn));
};
globalThis.drawnPages = (data, fit, style) => {
  const elk = new ELK(), paper = PAPER[fit], maps = () => viewOf(data, new Set(data.open));
  if (data.u) return Promise.resolve(JSON.stringify(ofU(maps(), data.u, paper)));
  const pages = style === "boxes" ? inRows(elk, maps(), paper) : inPages(elk, figureOf(data), paper);
  return pages.then(JSON.stringify);
};
"""


def render(view: View, style: str) -> str:
    """The picture; ``style`` is ``"layers"`` or ``"boxes"``. Raises DrawError where mini-racer is not installed."""
    return _laid_out(f"drawnSvg({json.dumps(_values(view, style))}, {json.dumps(style)})")


def render_pages(view: View, fit: str, style: str) -> list[str]:
    """The picture on as many pages, or in as many columns, as it takes to be read, an SVG each. Raises DrawError as
    ``render``, and for a U, which is in one piece, where that is too wide. ``fit`` is ``"page"`` or ``"column"``,
    ``style`` as of ``render``.
    """
    asked = ", ".join(map(json.dumps, (_values(view, style), fit, style)))
    pages: list[str] = json.loads(_laid_out(f"drawnPages({asked})"))
    if not pages:
        way_out = "draw it --plain" if fit == "page" else "it belongs across both"
        raise DrawError(
            f"a U is drawn in one piece, and this one is wider than a {fit}: {way_out}, or take --style layers"
        )
    return pages


def _laid_out(script: str) -> str:
    if find_spec("py_mini_racer") is None:
        raise DrawError(
            "an SVG is laid out with mini-racer, which is not installed: run `pip install 'archcalc[draw]'`, or write "
            "--format html, or --format dot for Graphviz"
        )
    # In a thread of its own: where an event loop runs, as in a notebook, V8 is not waited for.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run, script).result()


def _values(view: View, style: str) -> JsonObject:
    found = u_shape(view) if style == "boxes" else None
    return data(view) if found is None else data(view) | {"u": to_builtins(found)}


def _run(script: str) -> str:
    from py_mini_racer import JSPromise, JSTimeoutException, MiniRacer

    with MiniRacer() as machine:
        for text in (
            _WORLD,
            page_file("elk.js"),
            page_file("picture.js"),
            page_file("layout.js"),
            page_file("entries.js"),
            page_file("figure.js"),
            page_file("boxes.js"),
            page_file("u.js"),
            page_file("pages.js"),
            _DRAWN,
        ):
            machine.eval(f"{text}\n;0")
        try:
            asked = machine.eval(script, timeout_sec=MOST_SECONDS)
            assert isinstance(asked, JSPromise)
            return str(asked.get(timeout=MOST_SECONDS))
        except (JSTimeoutException, TimeoutError):
            machine.eval("0")  # what was ended is told so before the machine is gone
            raise DrawError(
                f"the picture takes longer than {MOST_SECONDS} seconds to lay out: close boxes with --depth, or write "
                "--format dot"
            ) from None
