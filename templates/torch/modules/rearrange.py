"""Axes split, put in another order, and taken together."""

import torch
from torch import Tensor, nn


class Rearrange(nn.Module):
    """(N, *) -> (N, * rearranged), by a pattern of axes as in einops.

    Brackets are around axes that are one; a, b, c and d are the sizes of those axes.
    """

    def __init__(
        self,
        pattern: str,
        a: int | None = None,
        b: int | None = None,
        c: int | None = None,
        d: int | None = None,
    ) -> None:
        super().__init__()
        self.pattern = pattern
        self.a, self.b, self.c, self.d = a, b, c, d
        stated = {"a": a, "b": b, "c": c, "d": d}
        self.sizes = {name: size for name, size in stated.items() if size is not None}
        before, self.after = map(self.axes, pattern.split("->"))
        names = [name for axis in before for name in axis]
        if not self.sizes.keys() <= {*names}:
            raise ValueError(f"{pattern} does not have all of {', '.join(self.sizes)}")
        self.parts = [[self.sizes.get(name, -1) for name in axis] for axis in before]
        self.order = [names.index(name) + 1 for axis in self.after for name in axis]

    def forward(self, x: Tensor) -> Tensor:
        for axis in range(len(self.parts), 0, -1):
            x = torch.unflatten(x, axis, self.parts[axis - 1])
        x = x.permute(0, *self.order)
        for axis, names in enumerate(self.after, 1):
            x = x.flatten(axis, axis + len(names) - 1)
        return x

    def extra_repr(self) -> str:
        sizes = "".join(f", {name}={size}" for name, size in self.sizes.items())
        return f'"{self.pattern}"{sizes}'

    @staticmethod
    def axes(side: str) -> list[list[str]]:
        """The names of each axis: of "(i a) j" these are ["i", "a"] and ["j"]."""
        found = []
        for place, piece in enumerate(side.replace(")", "(").split("(")):
            names = piece.split()
            found += [names] if place % 2 else [[name] for name in names]
        return found
