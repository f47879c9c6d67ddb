"""Layer normalisation of maps."""

from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """(N, C, H, W) -> (N, C, H, W): normalised over the channels of each pixel."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
