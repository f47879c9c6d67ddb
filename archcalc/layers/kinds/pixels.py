"""Channels to pixels, pixels to channels, and channels in another order."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.kinds.arrange import Rearranged
from archcalc.layers.need import Need, says
from archcalc.layers.size_fields import Size
from archcalc.layers.working import Line, Window, chain, parted, written
from archcalc.sizes.rules import Shape, divides, floor_div


class ChannelShuffle(Rearranged):
    """(N, C, *) -> (N, C, *); torch.nn.ChannelShuffle.

    The channels, read as groups × C/groups, are written as C/groups × groups.
    Zhang et al. 2018, "ShuffleNet".
    """

    kind = "channel_shuffle"
    also_called = ("shuffle",)
    least_rank: ClassVar[int] = 2
    groups: Annotated[int, Size(drawn_to=4)]

    positional: ClassVar[tuple[str, ...]] = ("groups",)
    foreign: ClassVar[dict[str, str]] = {"group": "groups", "num_groups": "groups"}

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            divides(self.groups, x[0]),
            "A204",
            lambda: f"has {x[0]} channels, which do not divide into {self.groups} groups",
            "groups",
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        yield parted("A204", "channels", x[0], self.groups)


class PixelShuffle(Rearranged):
    """(N, C, H, W) -> (N, C/r², r·H, r·W); torch.nn.PixelShuffle, r being upscale_factor.

    Every r² channels become r × r pixels.
    Shi et al. 2016, "Real-time single image and video super-resolution".
    """

    kind = "pixel_shuffle"
    also_called = ("depth_to_space", "subpixel")
    ranks = (3,)
    upscale_factor: Annotated[int, Size(drawn_to=3)]

    positional: ClassVar[tuple[str, ...]] = ("upscale_factor",)
    foreign: ClassVar[dict[str, str]] = {"scale": "upscale_factor", "r": "upscale_factor", "factor": "upscale_factor"}

    def misread(self, rank: int) -> bool:
        """With three axes or more, all but the last three being batches."""
        return rank >= 2

    def out(self, x: Shape) -> Shape:
        r = self.upscale_factor
        return (floor_div(x[0], r * r), x[1] * r, x[2] * r)

    def needs(self, x: Shape) -> Iterator[Need]:
        r = self.upscale_factor
        yield Need(
            divides(r * r, x[0]),
            "A204",
            lambda: f"makes {r} × {r} pixels of every {r * r} channels, and {x[0]} arrive",
            "upscale_factor",
            help=(f"let a convolution above it give {r * r} channels for each that is to be left",),
        )

    def derivation(self, x: Shape) -> Iterator[Line]:
        r = written(self.upscale_factor)
        given = self.out(x)
        yield Line("C'", chain(f"⌊{written(x[0])}/({r}·{r})⌋", given[0]), given[0])
        yield parted("A204", "channels", x[0], self.upscale_factor * self.upscale_factor)
        for letter, n, size in zip("HW", x[1:], given[1:], strict=True):
            yield Line(f"{letter}'", chain(f"{written(n)}·{r}", size), size)

    def spreads(self, x: Shape) -> tuple[Window, ...]:
        return (Window(self.upscale_factor, self.upscale_factor),) * 2


class PixelUnshuffle(Rearranged):
    """(N, C, H, W) -> (N, r²·C, H/r, W/r); torch.nn.PixelUnshuffle, r being downscale_factor.

    Every r × r pixels become r² channels: the way back from PixelShuffle.
    """

    kind = "pixel_unshuffle"
    also_called = ("space_to_depth", "focus", "reorg")
    ranks = (3,)
    downscale_factor: Annotated[int, Size(drawn_to=3)]

    positional: ClassVar[tuple[str, ...]] = ("downscale_factor",)
    foreign: ClassVar[dict[str, str]] = {"scale": "downscale_factor", "r": "downscale_factor"}

    def misread(self, rank: int) -> bool:
        """With three axes or more, all but the last three being batches."""
        return rank >= 2

    def out(self, x: Shape) -> Shape:
        r = self.downscale_factor
        return (x[0] * (r * r), floor_div(x[1], r), floor_div(x[2], r))

    def needs(self, x: Shape) -> Iterator[Need]:
        r = self.downscale_factor
        for n in x[1:]:
            yield Need(
                divides(r, n),
                "A204",
                says("makes a pixel of every {0} × {0}, and {1} is not a multiple of {0}", r, n),
                "downscale_factor",
            )

    def derivation(self, x: Shape) -> Iterator[Line]:
        r = written(self.downscale_factor)
        given = self.out(x)
        yield Line("C'", chain(f"{written(x[0])}·({r}·{r})", given[0]), given[0])
        for letter, n, size in zip("HW", x[1:], given[1:], strict=True):
            yield Line(f"{letter}'", chain(f"⌊{written(n)}/{r}⌋", size), size)
            yield parted("A204", letter, n, self.downscale_factor)

    def window(self, x: Shape) -> tuple[Window, ...]:
        return (Window(self.downscale_factor, self.downscale_factor),) * 2

    def channels_stay(self, x: Shape) -> bool:
        return self.downscale_factor == 1
