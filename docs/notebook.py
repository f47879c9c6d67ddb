"""Runs the cells of a notebook, and writes what they give into it, without Jupyter: ``python docs/notebook.py``.

What a cell gives is the value of its last line, as Jupyter shows it: a text, HTML, and a picture of matplotlib's.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
LECTURE = ROOT / "docs" / "alexnet.ipynb"

# Any: a notebook is JSON, whose keys its format says.
Notebook = dict[str, Any]


def read(path: Path = LECTURE) -> Notebook:
    """A notebook as it is stored."""
    notebook: Notebook = json.loads(path.read_text("utf-8"))
    return notebook


def written(notebook: Notebook) -> str:
    """A notebook as Jupyter stores it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def run(notebook: Notebook) -> Notebook:
    """The notebook with what its cells give, run in the working directory, in order. Raises what a cell raises."""
    import matplotlib

    matplotlib.use("agg")
    names: dict[str, object] = {}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            cells.append(cell)
            continue
        count += 1
        cells.append({**cell, "execution_count": count, "outputs": _outputs("".join(cell["source"]), names, count)})
    return {**notebook, "cells": cells}


def _outputs(source: str, names: dict[str, object], count: int) -> list[Notebook]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = None
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    outputs: list[Notebook] = []
    if said.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(said.getvalue())})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = _lines(value._repr_html_())
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    figure = getattr(value, "figure", None)
    if figure is not None:
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=72, metadata={"Software": None})
        image = {"image/png": base64.b64encode(picture.getvalue()).decode("ascii")}
        outputs.append({"data": image, "metadata": {}, "output_type": "display_data"})
    return outputs


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Run the lecture, and store what its cells give."""
    notebook = read()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        done = run(notebook)
        os.chdir(ROOT)
    LECTURE.write_text(written(done), encoding="utf-8")
    print(f"{LECTURE.relative_to(ROOT)}: {len(done['cells'])} cells", file=sys.stderr)


if __name__ == "__main__":
    main()
