"""What depth does to networks with and without connections past their layers, and where a network spends its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.convolution.architectures.result import MEASURES, Costs, Result, paired
from core.concepts.convolution.architectures.settings import CONNECTIONS, NETWORKS
from core.findings import Finding
from core.questions import Question
from core.stats import Interval

LEVEL = 1 - 0.05 / len(CONNECTIONS)  # of each connection's change with depth (Bonferroni)
PAIR_LEVEL = 1 - 0.05 / 2  # of residual and dense, each compared with plain


def findings(result: Result) -> list[Finding]:
    """The verdict first: what depth does to the training loss of plain networks."""
    about = [*where_time_goes(result), brought(result.costs), totals(result)]
    if result.right is None:
        return [Finding("unfinished", done=result.fraction, steps=len(result.loss)), *about]
    return [verdict(result), *(advantage(result, name) for name in CONNECTIONS[1:]), *about]


def verdict(result: Result) -> Finding:
    """The training loss of the deepest networks minus that of the shallowest."""
    plain, *others = (result.degradation(name, LEVEL) for name in CONNECTIONS)
    s = result.settings
    depths = [s.depths[result.deepest(name)] for name in CONNECTIONS]
    rows = [
        Finding("change", name=n, depth=d, change=c)
        for n, d, c in zip(CONNECTIONS[1:], depths[1:], others, strict=True)
    ]
    numbers: dict[str, Any] = {"first": s.depths[0], "depth": depths[0], "plain": plain, "rows": rows}
    return Finding(("no_degradation", "degrades", "improves")[plain.sign], **numbers)


def advantage(result: Result, connection: str) -> Finding:
    """Training loss and accuracy compared with the plain network of the same depth."""
    change = result.easier(connection, PAIR_LEVEL)
    depth = result.settings.depths[result.deepest(connection)]
    return Finding(
        ("same", "higher", "lower")[change.sign],
        name=connection,
        depth=depth,
        change=change,
        accuracy=result.advantage(connection, PAIR_LEVEL),
    )


def where_time_goes(result: Result) -> list[Finding]:
    """The share of the time that goes where no operations are counted, and the block that is slow for its operations."""
    costs = result.costs
    if not costs.complete:
        return []
    kinds, blocks = costs.shares("kind"), costs.shares("block")
    flops, time = MEASURES.index("flops"), MEASURES.index("time")
    slow = max(blocks, key=lambda name: blocks[name][time] - blocks[name][flops])
    conv = kinds["convolution"]
    return [
        Finding(
            "time",
            network=result.costs.network,
            milliseconds=1000 * float(costs.seconds.sum()),
            flops=float(conv[flops]),
            time=float(conv[time]),
            uncounted=uncounted(result),
            slow=slow,
            slow_flops=float(blocks[slow][flops]),
            slow_time=float(blocks[slow][time]),
        )
    ]


def uncounted(result: Result) -> float:
    """The share of the time of layers without counted operations."""
    free = np.array([layer.flops == 0 for layer in result.costs.layers])
    return float(result.costs.seconds[free].sum() / result.costs.seconds.sum())


def totals(result: Result) -> Finding:
    """Parameters, operations and memory of the network on show."""
    layers = result.costs.layers
    flops = sum(layer.flops for layer in layers)
    return Finding(
        "totals",
        network=result.costs.network,
        parameters=sum(layer.parameters for layer in layers),
        gigaflops=flops / 1e9,
        macs=flops / 2e9,
        megabytes=4 * sum(layer.values for layer in layers) / 1e6,
        size=result.settings.input[1],
    )


def brought(costs: Costs) -> Finding:
    """What the network brought, in numbers of its own layers."""
    network, layers = costs.network, costs.layers
    at = {layer.name: layer for layer in layers}
    whole = sum(layer.parameters for layer in layers)
    linear = sum(layer.parameters for layer in layers if layer.kind == "linear") / whole
    numbers: dict[str, Any] = {"linear": linear}
    if network == "LeNet-5":
        first = at["0"]
        numbers |= {"shared": first.parameters, "full": (_count(first.inputs) + 1) * _count(first.shape)}
    elif network == "AlexNet":
        conv = sum(layer.flops for layer in layers if layer.kind == "convolution")
        numbers |= {"flops": conv / sum(layer.flops for layer in layers)}
    elif network == "VGG-16":
        channels = at["features.28"].shape[0]
        numbers |= {"channels": channels, "two": 18 * channels**2, "one": 25 * channels**2}
    elif network == "GoogLeNet":
        narrow, wide = at["inception3a.branch2.0.conv"], at["inception3a.branch2.1.conv"]
        numbers |= {"inputs": narrow.inputs[0], "middle": narrow.shape[0], "outputs": wide.shape[0]}
        numbers |= {"with_it": narrow.parameters + wide.parameters, "without": 9 * narrow.inputs[0] * wide.shape[0]}
    elif network == "ResNet-18":
        blocks = {layer.block for layer in layers if layer.block.startswith("layer")}
        projected = [layer for layer in layers if layer.name.endswith("downsample.0")]
        numbers |= {"blocks": len(blocks), "projected": len(projected)}
        numbers |= {"share": sum(layer.parameters for layer in projected) / whole}
    else:
        last = max((layer for layer in layers if layer.name.startswith("features.denseblock3.") and layer.name.endswith("conv1")),
                   key=lambda layer: layer.inputs[0])  # fmt: skip
        new = at[last.name.replace("conv1", "conv2")]
        numbers |= {
            "inputs": last.inputs[0],
            "new": new.shape[0],
            "first": at["features.denseblock3.denselayer1.conv1"].inputs[0],
        }
    keys = NETWORKS.index(network)
    return Finding(
        ("brought_lenet", "brought_alexnet", "brought_vgg", "brought_googlenet", "brought_resnet", "brought_densenet")[
            keys
        ],
        **numbers,
    )


def _count(shape: Sequence[int]) -> int:
    return int(np.prod(shape))


def score(result: Result) -> Finding:
    """Accuracy of the deepest networks, for a table."""
    if result.right is None:
        return Finding("no_score")
    rows = []
    for i, name in enumerate(CONNECTIONS):
        at = result.deepest(name)
        rows.append(
            Finding("scored", name=name, depth=result.settings.depths[at], mean=float(result.right[i, at].mean()))
        )
    return Finding("score", rows=rows)


def difference(a: Result, b: Result) -> Finding:
    """Accuracy of the deepest networks of two runs, connection by connection, paired over the same seeds."""
    if a.right is None or b.right is None or a.settings.range != b.settings.range:
        return Finding("not_comparable")
    rows = []
    for i, name in enumerate(CONNECTIONS):
        change = paired(a.right[i, a.deepest(name)], b.right[i, b.deepest(name)], LEVEL)
        if change.sign:
            rows.append(Finding("changed_row", name=name, change=change))
    return Finding("changed", rows=rows) if rows else Finding("no_difference")


def _linear_share(result: Result) -> float:
    return float(result.costs.shares("kind")["linear"][0])


def _longer(result: Result) -> Interval:
    return result.advantage("residual")


def _deeper(result: Result) -> Interval:
    return result.degradation("plain")


QUESTIONS = (
    Question.sign("deeper", {}, _deeper),
    Question.nearest("time", {"network": "GoogLeNet"}, uncounted, (0.02, 0.1, 0.4)),
    Question.nearest("parameters", {"network": "VGG-16"}, _linear_share, (0.1, 0.5, 0.9)),
    Question.sign("longer", {"deepest": 8, "steps": 100}, _longer),
)
