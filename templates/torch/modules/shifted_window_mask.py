"""Which places of a shifted window are no neighbours."""

import torch
from torch import Tensor, nn


class ShiftedWindowMask(nn.Module):
    """A bias (N, *, T, T) of each window of a map that was rolled by -shift.

    Places that stand in a window together only because the map was rolled get -100.
    """

    def __init__(
        self,
        window_size: tuple[int, ...],
        shift: int | tuple[int, ...],
    ) -> None:
        super().__init__()
        axes = len(window_size)
        self.window_size = window_size
        self.shift = (shift,) * axes if isinstance(shift, int) else shift
        if len(self.shift) != axes:
            raise ValueError(f"{shift} is not a shift for each of {axes} axes")

    def forward(self, bias: Tensor, rolled: Tensor) -> Tensor:
        axes = len(self.window_size)
        sides = torch.zeros([1] * axes, dtype=torch.long, device=rolled.device)
        shifts = zip(self.window_size, self.shift, strict=True)
        for axis, (window, shift) in enumerate(shifts):
            size = rolled.shape[axis + 1]
            # What came in from the other end; where one window is all, nothing did.
            seam = size - shift if size > window else size
            side = (torch.arange(size, device=rolled.device) >= seam).long()
            sides = 2 * sides + side.view(-1, *[1] * (axes - axis - 1))
        for axis in reversed(range(axes)):
            sides = torch.unflatten(sides, axis, (-1, self.window_size[axis]))
        # Windows first, then the places of each.
        order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2)]
        sides = sides.permute(order).flatten(axes)
        apart = sides.unsqueeze(-1) != sides.unsqueeze(-2)
        mask = torch.where(apart, -100.0, 0.0).to(bias.dtype)
        windows = mask.shape[:axes]
        mask = mask.view(*windows, *[1] * (bias.dim() - 3), *mask.shape[axes:])
        return bias.view(len(bias), *[1] * axes, *bias.shape[1:]) + mask

    def extra_repr(self) -> str:
        return f"window_size={self.window_size}, shift={self.shift}"
