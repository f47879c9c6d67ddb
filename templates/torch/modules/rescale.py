"""A stated factor."""

from torch import Tensor, nn


class Rescale(nn.Module):
    """(N, *, C) -> the same, times factor * C ** width_power / variance**0.5."""

    def __init__(
        self,
        factor: float = 1.0,
        width_power: float = 0.0,
        variance: float = 1.0,
    ) -> None:
        super().__init__()
        self.factor = factor
        self.width_power = width_power
        self.variance = variance

    def forward(self, x: Tensor) -> Tensor:
        factor: float = self.factor * x.shape[-1] ** self.width_power
        deviation: float = self.variance**0.5
        return x * (factor / deviation)

    def extra_repr(self) -> str:
        given = f"factor={self.factor}, width_power={self.width_power}"
        return f"{given}, variance={self.variance}"
