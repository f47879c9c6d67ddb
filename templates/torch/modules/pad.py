"""Padding."""

from torch import Tensor, nn


class Pad(nn.Module):
    """(N, *) -> (N, *): padding has (before, after) for the last axis first."""

    def __init__(
        self,
        padding: tuple[int, ...],
        mode: str = "constant",
        value: float = 0.0,
    ) -> None:
        super().__init__()
        self.padding = padding
        self.mode = mode
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, mode={self.mode}, value={self.value}"
