"""The recurrence of state space models, whose steps depend on what arrives."""

from collections.abc import Iterator
from typing import ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.counters import macs as products
from archcalc.layers.kinds.join import Join, listed
from archcalc.layers.need import Need, says
from archcalc.layers.working import Line, Trace, Window, chain, product, written
from archcalc.sizes.rules import Dim, Shape, equal, prod

_RANKS = (2, 2, 2, 2, 2, 1)


class SelectiveScan(Join):
    """(N, T, C), (N, T, C), (N, T, n), (N, T, n), (N, C, n), (N, C) -> (N, T, C); what Mamba does, place by place.

    x, Δ, B, C, A_log and D, in this order. Each of the C channels has n states, from zeros on:
    hₜ = exp(−exp(A_log)·Δₜ)·hₜ₋₁ + Δₜ·Bₜ·xₜ, and yₜ = Cₜ·hₜ + D·xₜ. No place sees one behind it. A_log and D are
    learnt, as a rule: a `parameter` each. Δ is above 0 behind a `softplus`. MACs: T·C·n, of the products Cₜ·hₜ, as
    torch counts them; the states, as many again, are made value by value, and are not counted.
    Gu and Dao 2023, "Mamba: linear-time sequence modeling with selective state spaces".
    """

    kind = "selective_scan"
    sort: ClassVar[str] = "scans"
    counted = {"fvcore": products}
    also_called = ("ssm", "s6", "mamba_scan", "selective_scan_fn", "state_space")
    arity: ClassVar[tuple[int, int | None]] = (6, 6)
    joins: ClassVar[bool] = False
    told_in_tables: ClassVar[bool] = True
    own_module: ClassVar[bool] = True
    least_rank: ClassVar[int] = 1

    @property
    def channels_first(self) -> bool:
        return False

    @property
    def hides_later(self) -> bool:
        return True

    def checks(self, *xs: Shape) -> Iterator[Need]:
        if tuple(map(len, xs)) != _RANKS:
            why = "takes x, Δ, B and C of T × width each, A_log of channels × states, and D of channels"
            yield Need(False, "A202", lambda: f"{why}, but {listed(xs)} arrive")
            return
        yield from self.needs(*xs)

    def needs(self, *xs: Shape) -> Iterator[Need]:
        (length, channels), steps, enters, leaves, decays, passed = xs
        for name, (places, _) in zip(("Δ", "B", "C"), (steps, enters, leaves), strict=True):
            why = says(f"has {{:,}} places of x, but {{:,}} of {name}", length, places)
            yield Need(equal(places, length), "A211", why)
        for name, width in (("Δ", steps[1]), ("A_log", decays[0]), ("D", passed[0])):
            why = says(f"has {{:,}} channels of x, but {{:,}} of {name}", channels, width)
            yield Need(equal(width, channels), "A211", why)
        for name, states in (("C", leaves[1]), ("A_log", decays[1])):
            why = says(f"has {{:,}} states by B, but {{:,}} by {name}", enters[1], states)
            yield Need(equal(states, enters[1]), "A211", why)

    def nearest_shapes(self, *xs: Shape) -> Iterator[tuple[Shape, ...]]:
        """All as x, and of as many states as B has."""
        if tuple(map(len, xs)) == _RANKS:
            (length, channels), states = xs[0], xs[2][1]
            yield (xs[0], xs[0], (length, states), (length, states), (channels, states), (channels,))

    def out(self, *xs: Shape) -> Shape:
        return xs[0]

    def macs(self, *xs: Shape) -> Dim:
        """What each state has to say, at each place."""
        return prod(xs[0]) * xs[2][1]

    def kept(self, *xs: Shape) -> Dim | None:
        """The states, however many places there were."""
        return xs[0][1] * xs[2][1]

    def spent(self, *xs: Shape) -> Iterator[Line]:
        total, text = self.macs(*xs), product((*xs[0], xs[2][1]))
        yield Line("states", chain(text, total), total, "multiply-adds of h = a·h + b·x, not counted")
        yield Line("MACs", chain(text, total), total, "of y = C·h")

    def derivation(self, *xs: Shape) -> Iterator[Line]:
        for letter, size, note in zip("TC", xs[0], ("places", "channels"), strict=True):
            yield Line(f"{letter}'", written(size), size, note)

    def window(self, *xs: Shape) -> tuple[Window, ...] | None:
        return None

    def traces(self, *xs: Shape) -> tuple[Trace | None, ...]:
        """A place sees the more of x, Δ, B and C the later it is, and of A_log and D its own channel."""
        own, states = Trace((None, Window()), (0, 1)), (Trace((None, Window(x[1], 0)), (0, None)) for x in xs[2:4])
        decays = Trace((Window(), Window(xs[4][1], 0)), (None, 0))
        return (own, own, *states, decays, Trace((Window(),), (None, 0)))

    def channels_stay(self, *xs: Shape) -> bool:
        return True

    def torch(self, *xs: Shape) -> Call:
        return Layer.torch(self, xs[0])
