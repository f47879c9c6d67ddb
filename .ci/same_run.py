"""Whether two runs of a generated folder ended alike, to the last bit: ``same_run.py FOLDER FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch


def main() -> None:
    """Compare the parameters and buffers of both last checkpoints; exits 1 where one differs."""
    first, second = (_network(Path(folder)) for folder in sys.argv[1:3])
    unlike = [name for name in first.keys() | second.keys() if not _is_same(first.get(name), second.get(name))]
    if unlike:
        sys.exit(f"the runs differ in {', '.join(sorted(unlike))}")
    print(f"stopped and resumed, or in one go: all {len(first)} tensors of the network are the same, bit for bit")


def _network(folder: Path) -> dict[str, torch.Tensor]:
    kept: dict[str, Any] = torch.load(folder / "last.pt", map_location="cpu", weights_only=True)
    network: dict[str, torch.Tensor] = kept["model"]
    return network


def _is_same(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    return one is not None and other is not None and torch.equal(one, other)


if __name__ == "__main__":
    main()
