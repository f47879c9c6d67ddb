"""A convolution whose weights are standardised before they are used."""

from typing import Literal

import torch
from torch import Tensor, nn


class ScaledStdConv2d(nn.Conv2d):
    """(N, C, H, W) -> (N, out_channels, H', W'), as in NFNets.

    The weights of each output have mean 0 and variance 1, times a gain that is learnt,
    and gamma over the root of how many they are.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
        gamma: float = 1.0,
        eps: float = 1e-6,
        gain_init: float = 1.0,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
        )
        self.gamma = gamma
        self.eps = eps
        self.gain = nn.Parameter(torch.full((out_channels, 1, 1, 1), float(gain_init)))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.gamma * self.weight[0].numel() ** -0.5
        weight = nn.functional.batch_norm(
            self.weight.flatten(1).unsqueeze(0),
            None,
            None,
            weight=(self.gain * scale).flatten(),
            training=True,
            momentum=0.0,
            eps=self.eps,
        )
        weight = weight.view_as(self.weight)
        output: Tensor = self._conv_forward(x, weight, self.bias)
        return output
