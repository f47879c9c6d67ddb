"""Experts, of which each token takes some."""

import torch
from torch import Tensor, nn


class Routed(nn.ModuleList):
    """Tokens (N, *, C), a score for each expert (N, *, E) -> (N, *, F).

    Each token takes the top of the experts with the highest scores, and sums up what
    they give, weighted by the softmax of its scores. It is all that one place has.
    """

    def __init__(self, *experts: nn.Module, top: int, renormalize: bool = True) -> None:
        super().__init__(experts)
        self.top = top
        self.renormalize = renormalize

    def forward(self, x: Tensor, scores: Tensor) -> Tensor:
        weights, chosen = scores.flatten(0, -2).softmax(-1).topk(self.top)
        if self.renormalize:
            weights = weights / weights.sum(-1, keepdim=True)
        # Each token is a sample of one place.
        sizes = [1] * (x.dim() - 2)
        tokens = x.reshape(-1, *sizes, x.shape[-1])
        weights = weights.view(-1, self.top, *sizes, 1)
        if x.is_meta:
            # There are no scores to choose by: the shapes are those of any experts.
            rows = [torch.arange(tokens.shape[0], device=x.device)] * self.top
            given = [expert(tokens) for expert in list(self)[: self.top]]
        else:
            rows, given = [], []
            for number, expert in enumerate(self):
                row, rank = torch.where(chosen == number)
                rows.append(row)
                given.append(expert(tokens[row]) * weights[row, rank])
        every = torch.cat(given)
        out = every.new_zeros(tokens.shape[0], *every.shape[1:])
        out = out.index_add(0, torch.cat(rows), every)
        return out.view(*x.shape[:-1], out.shape[-1])
