"""The layer that lets each token take some of several experts: what the copies of a repeat with a ``route`` end in."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag
from archcalc.layers.kinds.join import Join, listed
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Trace, Window, written
from archcalc.sizes.axes import letters, shape_text
from archcalc.sizes.rules import Shape, equal


class Routed(Join):
    """(N, *, E), E of (N, *, F) -> (N, *, F): of the E experts each token takes the top with the highest scores.

    A token is all that stands in the last axis at one place. What its experts give is summed up, each weighted by the
    softmax of the token's scores; with renormalize the weights of those that are taken are divided by their sum.
    No entry of a spec makes one: the copies of a repeat that has a route end in it, and only those that a token
    takes are computed.
    Shazeer et al. 2017, "Outrageously large neural networks: the sparsely-gated mixture-of-experts layer"; Jiang et al.
    2024, "Mixtral of experts".
    """

    kind = "route"
    stated: ClassVar[bool] = False
    joins: ClassVar[bool] = False
    own_module: ClassVar[bool] = True
    routes: ClassVar[bool] = True
    uncounted: ClassVar[str] = "the experts' own layers count what is computed; weights and sums are not counted"
    top: Annotated[int, Size()]
    renormalize: Annotated[bool, Flag()] = True

    foreign: ClassVar[dict[str, str]] = {
        "gate": "by",
        "router": "by",
        "scores": "by",
        "from": "by",
        "k": "top",
        "top_k": "top",
        "topk": "top",
        "experts_per_token": "top",
        "num_experts_per_tok": "top",
        "norm_topk_prob": "renormalize",
        "normalize": "renormalize",
    }

    def checks(self, *xs: Shape) -> Iterator[Need]:
        """Every need: that all have as many axes, then those of the scores, and of what the experts give."""
        if len({len(x) for x in xs}) != 1 or not xs[0]:
            why = f"takes scores and what its experts give, with equally many axes, but {listed(xs)} arrive"
            yield Need(False, "A202", lambda: why)
            return
        yield from self.needs(*xs)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        scores, *given = xs
        experts = len(given)
        yield Need(
            self.top <= experts,
            "A114",
            says("lets each token take {:,} of {:,} experts", self.top, experts),
            "top",
            {"top": experts},
        )
        yield Need(
            equal(scores[-1], experts),
            "A230",
            says("has {:,} experts, but {:,} scores for each token arrive", experts, scores[-1]),
        )
        for place, other in zip(given[0][:-1], scores[:-1], strict=True):
            why = says("has scores of {} for experts that give {}", shape_text(scores), shape_text(given[0]))
            yield Need(equal(place, other), "A211", why)
        for number, other_given in enumerate(given[1:], 1):
            for one, other in zip(given[0], other_given, strict=True):
                why = says("has experts that give {}, but number {} gives {}", *_texts(given[0], number, other_given))
                yield Need(equal(one, other), "A211", why, help=("let no field of an expert depend on `index`",))

    def advice(self, *xs: Shape) -> Iterator[Need]:
        yield Need(
            self.top != 1 or not self.renormalize or len(xs) < 3,
            "A325",
            says("weighs the one expert of each token by 1, whatever its score, so that no score is learnt"),
            "top",
            help=("write `renormalize: false`, which weighs it by the softmax of all scores",),
        )

    def nearest_shapes(self, *xs: Shape) -> Iterator[tuple[Shape, ...]]:
        """A score for each expert."""
        yield ((*xs[0][:-1], len(xs) - 1), *xs[1:])

    def out(self, *xs: Shape) -> Shape:
        return xs[1]

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        scores, *given = xs
        for letter, size in zip(letters(len(given[0])), given[0], strict=True):
            yield Line(f"{letter}'", written(size), size, "as each expert gives it")
        holds = equal(scores[-1], len(given))
        sign = "=?" if holds is None else "=" if holds else "≠"
        yield Line("scores", f"{written(scores[-1])} {sign} {len(given)}", code="A230")
        yield Line("experts", f"{written(self.top)} of {len(given)}", None, "are taken by each token")

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """What an expert gives stays in its place; a score counts for all that stands in its token."""
        axes = tuple(range(len(xs[0])))
        scores = Trace((*((Window(),) * (len(xs[0]) - 1)), Window(xs[0][-1], 0)), axes)
        return (scores, *(Trace((Window(),) * len(x), axes) for x in xs[1:]))

    def keeps_input(self) -> bool:
        return True

    def torch(self, *xs: Shape) -> Call:
        """Its arguments; the experts stand before them."""
        return Layer.torch(self, xs[0])


def _texts(first: Shape, number: int, other: Shape) -> tuple[str, int, str]:
    return shape_text(first), number, shape_text(other)
