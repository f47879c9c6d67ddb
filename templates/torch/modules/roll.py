"""Places moved along axes, around the ends."""

from torch import Tensor, nn


class Roll(nn.Module):
    """(N, *) -> (N, *): rolled along dims that have more than longer_than places."""

    def __init__(
        self,
        shifts: int | tuple[int, ...],
        dims: tuple[int, ...],
        longer_than: int | tuple[int, ...] = 0,
    ) -> None:
        super().__init__()
        each = len(dims)
        self.shifts = (shifts,) * each if isinstance(shifts, int) else shifts
        self.dims = dims
        if isinstance(longer_than, int):
            longer_than = (longer_than,) * each
        self.longer_than = longer_than

    def forward(self, x: Tensor) -> Tensor:
        least = zip(self.dims, self.longer_than, strict=True)
        longer = [x.shape[dim] > size for dim, size in least]
        shifts = [one * rolls for one, rolls in zip(self.shifts, longer, strict=True)]
        return x.roll(shifts, self.dims)

    def extra_repr(self) -> str:
        return f"shifts={self.shifts}, dims={self.dims}, longer_than={self.longer_than}"
