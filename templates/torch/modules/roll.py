"""Places moved along axes, around the ends."""

from torch import Tensor, nn


class Roll(nn.Module):
    """(N, *) -> (N, *): rolled along the axes dims, but for those of longer_than places or fewer."""

    def __init__(
        self,
        shifts: int | tuple[int, ...],
        dims: tuple[int, ...],
        longer_than: int = 0,
    ) -> None:
        super().__init__()
        self.shifts = (shifts,) * len(dims) if isinstance(shifts, int) else shifts
        self.dims = dims
        self.longer_than = longer_than

    def forward(self, x: Tensor) -> Tensor:
        sizes = [x.shape[dim] for dim in self.dims]
        shifts = [shift if size > self.longer_than else 0 for shift, size in zip(self.shifts, sizes, strict=True)]
        return x.roll(shifts, self.dims)

    def extra_repr(self) -> str:
        return f"shifts={self.shifts}, dims={self.dims}, longer_than={self.longer_than}"
