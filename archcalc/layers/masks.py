"""What a causal mask, and a window, hide of the pairs of queries and keys."""

from archcalc.layers.working import Line, chain, product, written
from archcalc.sizes.rules import Dim, Shape, dmax, dmin, equal, floor_div, prod


class Mask:
    """Of T queries and S keys, which see which: a query sees keys up to its own place, and ``window`` of them at most.

    ``window`` counts the query's own place. Where the mask is not causal, as many are seen on the other side, too.
    ``twice_hidden`` is twice the number of pairs that it hides, which no formula has to round; ``hidden_from_last`` are
    the keys before its window that it hides from the last query.
    """

    def __init__(self, queries: Dim, keys: Dim, window: Dim | None, causal: bool) -> None:
        ahead = 0 if causal else None if window is None else window - 1
        # Of as many keys as queries no stair reaches the top, which a formula does not see by itself.
        self._square = equal(queries, keys) is True
        self._stairs: list[tuple[Dim, Dim]] = []
        if ahead is not None:
            self._stairs.append((dmax(0, keys - 1 - ahead), queries))
        if window is not None:
            self._stairs.append((dmax(0, queries - window), keys))
        self.twice_hidden: Dim = sum((self._twice(*one) for one in self._stairs), start=0)
        self.hidden_from_last: Dim = 0 if window is None else self._rising(dmax(0, queries - window), keys)

    def line(self, windows: Shape, width: Dim, what: str) -> Line:
        """What can be skipped of the MACs, ``width`` for each pair, in each of some windows; ``what`` hides them."""
        texts = [text for one in self._stairs for text in self._text(*one)] or ["0"]
        added = f"({' + '.join(texts)})" if len(texts) > 1 else texts[0]
        before = f"{product(windows)} × " if windows else ""
        skipped = prod(windows) * floor_div(self.twice_hidden, 2) * width
        return Line("skipped", chain(f"{before}{added} × {written(width)}", skipped), skipped, f"of these {what} hides")

    def _rising(self, steps: Dim, height: Dim) -> Dim:
        return steps if self._square else dmin(steps, height)

    def _twice(self, steps: Dim, height: Dim) -> Dim:
        """Twice the sum 1 + 2 + 3 + … of so many steps, none above a height."""
        rising = self._rising(steps, height)
        return rising * (rising + 1) + 2 * (steps - rising) * height

    def _text(self, steps: Dim, height: Dim) -> list[str]:
        rising = self._rising(steps, height)
        texts = [] if equal(rising, 0) is True else [f"{written(rising + 1)} × {written(rising)} / 2"]
        return [*texts, f"{written(steps - rising)} × {written(height)}"] if equal(steps, rising) is False else texts
