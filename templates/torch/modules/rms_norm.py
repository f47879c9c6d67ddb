"""RMS normalisation whose factors are learnt as their distance from 1."""

from torch import Tensor, nn


class RMSNorm(nn.RMSNorm):
    """(N, *, normalized_shape) -> the same: torch's, or times 1 + weight."""

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
        add_unit_offset: bool = False,
    ) -> None:
        self.add_unit_offset = add_unit_offset
        super().__init__(normalized_shape, eps, elementwise_affine)

    def reset_parameters(self) -> None:
        super().reset_parameters()
        if self.elementwise_affine and self.add_unit_offset:
            nn.init.zeros_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        if not (self.elementwise_affine and self.add_unit_offset):
            return super().forward(x)
        factor = 1 + self.weight
        return nn.functional.rms_norm(x, self.normalized_shape, factor, self.eps)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, add_unit_offset={self.add_unit_offset}"
