"""AlexNet and ResNet-50, written and trained by hand, for generated code to be measured beside.

It knows nothing of archcalc. Each set of levers gives one line of JSON, as soon as it is measured:

    python benchmarks/gpu_reference.py alexnet --batch-size 1024 --levers bf16+channels_last+fused+compile+graph

``tf32`` and ``bf16`` are precisions, ``channels_last`` the memory's order, ``fused`` the optimizer's kernel,
``compile`` and ``autotune`` torch.compile, ``graph`` one CUDA graph of the whole step, and ``s2d`` AlexNet's first
convolution as one over 4 × 4 pixels at a time, which is the same sum over 48 channels in place of 3. With ``plans``
cuDNN times every way that it knows, not the first ten; ``profile`` adds the kernels that take longest.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEVERS = ("tf32", "bf16", "channels_last", "fused", "compile", "autotune", "graph", "s2d", "plans", "profile")
LR, MOMENTUM, DECAY = 0.01, 0.9, 5e-4


class FourByFour(nn.Conv2d):
    """A convolution of 11 × 11 by strides of 4, computed as 3 × 3 over squares of 4 × 4 pixels."""

    def forward(self, input: Tensor) -> Tensor:
        squares = F.pixel_unshuffle(F.pad(input, (0, 1, 0, 1)), 4)  # of 227 + 1 = 57 · 4 pixels
        return F.conv2d(squares, F.pixel_unshuffle(F.pad(self.weight, (0, 1, 0, 1)), 4), self.bias)


class AlexNet(nn.Module):
    """One tower, no normalisation; as in specs/alexnet.yaml."""

    def __init__(self, *, s2d: bool) -> None:
        super().__init__()
        first = FourByFour if s2d else nn.Conv2d
        self.features = nn.Sequential(
            first(3, 96, 11, 4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Flatten(),
            nn.Linear(9216, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 1000),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(x))
        return logits


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3 with the stride, 1 × 1 to four times the width; the shortcut is projected where it must be."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != 4 * width:
            project = nn.Conv2d(inputs, 4 * width, 1, stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(4 * width))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x), inplace=True)


class ResNet50(nn.Module):
    """He et al. 2015, with the stride in the 3 × 3."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn = nn.BatchNorm2d(64)
        blocks: list[nn.Module] = []
        inputs = 64
        for stage, count in enumerate((3, 4, 6, 3)):
            for index in range(count):
                blocks.append(Bottleneck(inputs, 64 << stage, 2 if stage and not index else 1))
                inputs = 256 << stage
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn(self.conv(x)), inplace=True), 3, 2, 1)
        logits: Tensor = self.fc(self.blocks(x).mean((2, 3)))
        return logits


SIZES = {"alexnet": 227, "resnet50": 224}


def network(name: str, levers: set[str]) -> nn.Module:
    """The network, before it is moved or compiled."""
    return AlexNet(s2d="s2d" in levers) if name == "alexnet" else ResNet50()


def stepper(name: str, levers: set[str], batch: int, device: torch.device) -> Callable[[], Tensor]:
    """A step over one batch of noise, which gives its loss. As a graph it has been recorded when it is returned."""
    torch.backends.cudnn.benchmark = device.type == "cuda"
    torch.backends.cudnn.benchmark_limit = 0 if "plans" in levers else 10
    torch.backends.cudnn.allow_tf32 = "tf32" in levers
    torch.backends.cuda.matmul.allow_tf32 = "tf32" in levers
    layout = torch.channels_last if "channels_last" in levers else torch.contiguous_format
    torch.manual_seed(0)
    model = network(name, levers).to(device).to(memory_format=layout)  # type: ignore[call-overload]
    dtype = torch.bfloat16 if "bf16" in levers else torch.float32
    images = torch.randn(batch, 3, SIZES[name], SIZES[name], device=device, dtype=dtype).contiguous(
        memory_format=layout
    )
    target = torch.randint(1000, (batch,), device=device)
    # Without `fused` it is torch's own choice: a loop over all tensors at once (foreach) on a GPU.
    fused = True if "fused" in levers else None
    optimizer = torch.optim.SGD(model.parameters(), LR, MOMENTUM, weight_decay=DECAY, fused=fused)

    def objective(images: Tensor, target: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled="bf16" in levers):
            return F.cross_entropy(model(images), target)

    if levers & {"compile", "autotune"}:
        objective = torch.compile(objective, mode="max-autotune-no-cudagraphs" if "autotune" in levers else None)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = objective(images, target)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.detach()

    return captured(step) if "graph" in levers else step


def captured(step: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """The step as one CUDA graph, recorded once it has warmed up on a stream of its own."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(4):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step()

    def replay(_recorded: Callable[[], Tensor] = step) -> Tensor:
        # The graph reads the batch that the step it was recorded from keeps.
        graph.replay()
        return loss

    return replay


def measured(
    step: Callable[[], Tensor], batch: int, most: int, windows: int, device: torch.device
) -> dict[str, object]:
    """Samples a second over windows of 1.5 seconds, of ``most`` steps at most; each ends by reading its losses."""
    for _ in range(3):
        step().item()
    start = time.perf_counter()
    step().item()
    every = max(1, min(most, round(1.5 / (time.perf_counter() - start))))
    losses = torch.zeros(every, device=device)
    rates = []
    for _ in range(windows):
        start = time.perf_counter()
        for place in range(every):
            losses[place] = step()
        read = losses.tolist()
        rates.append(every * batch / (time.perf_counter() - start))
    memory = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else 0.0
    return {
        "samples_per_second": round(statistics.median(rates), 1),
        "windows": [round(rate, 1) for rate in rates],
        "memory_gib": round(memory, 2),
        "loss": round(read[-1], 4),
    }


def kernels(step: Callable[[], Tensor], steps: int = 3) -> list[tuple[float, str]]:
    """The kernels of a step that take longest: milliseconds, and the name."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
    found = [(event.self_device_time_total / steps / 1000, event.key[:120]) for event in profile.key_averages()]
    return [(round(time, 3), name) for time, name in sorted(found, reverse=True)[:30]]


def main() -> None:
    """Measure each set of levers in turn, and print it at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=SIZES)
    parser.add_argument("--levers", nargs="*", default=["bf16+channels_last+fused+compile+graph"], metavar="A+B")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--every", type=int, default=20, help="steps of a window, at most")
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    device = torch.device(options.device)
    for text in options.levers or [""]:
        levers = {*text.split("+")} - {"", "none"}
        if levers - {*LEVERS}:
            parser.error(f"there is no lever {', '.join(sorted(levers - {*LEVERS}))}; there are {', '.join(LEVERS)}")
        start = time.perf_counter()
        step = stepper(options.network, levers, options.batch_size, device)
        found = measured(step, options.batch_size, options.every, options.windows, device)
        if "profile" in levers and device.type == "cuda":
            found["kernels"] = kernels(step)
        seconds = round(time.perf_counter() - start, 1)
        print(json.dumps({"levers": text, "seconds": seconds, **found}), flush=True)
        del step
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
