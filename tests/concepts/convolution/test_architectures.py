"""Architectures: the counts of the six networks, their layers as torch computes them, and what depth does."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from core.concepts.convolution import architectures as concept
from core.concepts.convolution.architectures import Result, Settings, figures, plain
from core.concepts.convolution.architectures.anatomy import build, costs_of
from core.concepts.convolution.architectures.diagrams import DIAGRAMS, connections, diagram
from core.concepts.convolution.architectures.findings import LEVEL, brought, uncounted, where_time_goes
from core.concepts.convolution.architectures.measuring import filled, measured
from core.concepts.convolution.architectures.network import build as trained
from core.concepts.convolution.architectures.result import MEASURES
from core.concepts.convolution.architectures.settings import CONNECTIONS, NETWORKS, SIZES
from core.engine.networks import Residual
from core.progress import finished

COUNTS = {
    "LeNet-5": 61_706,
    "AlexNet": 61_100_840,
    "VGG-16": 138_357_544,
    "GoogLeNet": 6_624_904,
    "ResNet-18": 11_689_512,
    "DenseNet-121": 7_978_856,
}
SMALL = Settings(network="LeNet-5", deepest=16, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


def size_of(network: str) -> int:
    return Settings(network=network).input[1]


# The six networks


@pytest.mark.parametrize("network", NETWORKS)
def test_every_parameter_is_in_the_table(network: str) -> None:
    costs = costs_of(network, size_of(network))
    assert sum(layer.parameters for layer in costs.layers) == COUNTS[network]
    assert sum(p.numel() for p in build(network).parameters()) == COUNTS[network]
    assert costs.layers[-1].shape == ((10,) if network == "LeNet-5" else (1000,))


@pytest.mark.parametrize("network", NETWORKS)
def test_operations_are_those_that_torch_counts(network: str) -> None:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build(network)(torch.empty(1, *Settings(network=network).input, device="meta"))
    assert sum(layer.flops for layer in costs_of(network, size_of(network)).layers) == counter.get_total_flops()


def test_the_layers_of_a_network_with_memory_are_the_same() -> None:
    costs = costs_of("ResNet-18", 96)
    model, seen = models.resnet18().eval(), {}
    for name, module in model.named_modules():
        module.register_forward_hook(lambda _, x, y, name=name: seen.update({name: (x[0].shape[1:], y.shape[1:])}))
    with torch.no_grad():
        model(torch.rand(1, 3, 96, 96))
    for layer in costs.layers:
        assert (layer.inputs, layer.shape) == seen[layer.name] and layer.values == math.prod(layer.shape)
    leaves = [name for name, module in model.named_modules() if not any(module.children())]
    assert {layer.name for layer in costs.layers} == set(leaves)


def test_twice_the_size_means_four_times_the_operations_of_a_convolution_and_the_same_parameters() -> None:
    for network in NETWORKS[1:]:
        small, large = (costs_of(network, size) for size in (SIZES[0], SIZES[-1]))
        assert [a.parameters for a in small.layers] == [b.parameters for b in large.layers]
    small, large = (costs_of("VGG-16", size).layers for size in (128, 256))
    for a, b in zip(small, large, strict=True):
        if a.kind == "convolution":
            assert b.flops == 4 * a.flops


def test_threads_do_not_see_each_others_hooks() -> None:
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda size: len(costs_of("ResNet-18", size).layers), SIZES))
    assert counts == [60] * len(SIZES)


def test_lenet_takes_one_size_and_the_others_any() -> None:
    assert Settings(network="LeNet-5", size=320).input == (1, 32, 32)
    with pytest.raises(RuntimeError):
        costs_of("LeNet-5", 64)
    assert [layer.parameters for layer in costs_of("LeNet-5", 32).layers if layer.parameters] == [
        156, 2416, 48120, 10164, 850
    ]  # fmt: skip


def test_what_each_network_brought_is_read_from_its_layers() -> None:
    numbers = {name: brought(costs_of(name, size_of(name))) for name in NETWORKS}
    assert numbers["LeNet-5"]["full"] == nn.Linear(1024, 4704, device="meta").weight.numel() + 4704
    assert numbers["AlexNet"]["linear"] == pytest.approx(58_631_144 / COUNTS["AlexNet"])
    assert (numbers["VGG-16"]["two"], numbers["VGG-16"]["one"]) == (2 * 9 * 512**2, 25 * 512**2)
    bottleneck = models.googlenet(aux_logits=False, init_weights=False).inception3a.branch2
    assert numbers["GoogLeNet"]["with_it"] == sum(c.conv.weight.numel() for c in bottleneck) == 129_024
    assert numbers["GoogLeNet"]["without"] == 9 * 192 * 128
    assert (numbers["ResNet-18"]["blocks"], numbers["ResNet-18"]["projected"]) == (8, 3)
    dense = numbers["DenseNet-121"]
    assert dense["inputs"] == dense["first"] + 23 * dense["new"] == 992


def test_a_diagram_shows_layers_that_are_there() -> None:
    for network in NETWORKS:
        costs = costs_of(network, size_of(network))
        arrows, boxes = (series["data"] for series in diagram(costs, "")["series"])
        nodes, edges = DIAGRAMS[network]
        words = [box["name"] for box, (name, *_) in zip(boxes, nodes, strict=True) if "." in name or name.isdigit()]
        assert all(" conv, " in word or " pool" in word or word.startswith("linear") for word in words)
        assert len(arrows) == len(edges) and {b for _, b, _ in edges} == set(range(1, len(nodes)))
    resnet = diagram(costs_of("ResNet-18", 224), "")["series"][1]
    assert [box["name"] for box in resnet["data"]] == ["input", "3×3 conv, 64", "3×3 conv, 64", "add"]


def test_the_connections_drawn_are_those_of_the_trained_networks() -> None:
    spec = connections("")["series"]
    boxes, arrows = spec[1]["data"], spec[0]["data"]
    for i, name in enumerate(CONNECTIONS):
        convolutions = [m for m in trained(name, 4).modules() if isinstance(m, nn.Conv2d)][1:]
        words = [box["name"] for box in boxes[6 * i : 6 * i + 6]]
        assert words == [name, *[f"conv, {m.out_channels}" for m in convolutions], "linear, 10"]
    past = [sum(a["coords"][0][0] == x and a["lineStyle"]["curveness"] != 0 for a in arrows) for x in (-1.1, 0, 1.1)]
    assert past == [0, len([m for m in trained("residual", 4) if isinstance(m, Residual)]), 4 + 3 + 2 + 1]


# Time


def test_every_layer_is_measured_in_short_steps() -> None:
    settings, longest = Settings(network="VGG-16", size=64), 0.0
    begun = time.thread_time()
    torch.empty(25_088 * 4096).fill_(0.01)  # memory for the largest layer, 411 MB: no step can do with less
    memory = time.thread_time() - begun
    begun = time.thread_time()
    for seconds in measured(settings):  # noqa: B007
        longest = max(longest, time.thread_time() - begun)
        begun = time.thread_time()
    costs = dataclasses.replace(costs_of("VGG-16", 64), seconds=seconds)
    assert costs.complete and (seconds > 0).all()
    assert longest < 0.4 + memory, "0.15 s are measured; a machine may be slow to hand out memory"
    large = next(i for i, layer in enumerate(costs.layers) if layer.parameters > 10**8)
    assert seconds[large] == max(s for s, layer in zip(seconds, costs.layers, strict=True) if layer.kind == "linear")


def test_a_layer_is_measured_with_memory_of_its_own() -> None:
    module = build("ResNet-18").bn1
    real = filled(module)
    assert module.weight.is_meta and not real.weight.is_meta and not real.training
    assert real(torch.full((1, 64, 4, 4), 0.5)).isfinite().all()


def test_where_the_time_goes_is_told_from_the_shares(result: Result) -> None:
    costs = costs_of("AlexNet", 224)
    seconds = np.array([3.0 if layer.kind == "pooling" else 1.0 for layer in costs.layers]) / 1000
    made = dataclasses.replace(result, costs=dataclasses.replace(costs, seconds=seconds))
    free = sum(s for s, layer in zip(seconds, costs.layers, strict=True) if not layer.flops)
    (told,) = where_time_goes(made)
    assert told["uncounted"] == uncounted(made) == pytest.approx(free / seconds.sum())
    assert told["milliseconds"] == pytest.approx(1000 * seconds.sum())
    conv = [layer for layer in costs.layers if layer.kind == "convolution"]
    assert told["time"] == pytest.approx(len(conv) / 1000 / seconds.sum())
    assert told["flops"] == pytest.approx(sum(c.flops for c in conv) / sum(layer.flops for layer in costs.layers))
    assert where_time_goes(dataclasses.replace(result, costs=costs)) == []


# Depth


def test_plain_and_residual_networks_have_the_same_parameters(result: Result) -> None:
    for depth in (2, 4, 8, 16, 32):
        plain_one, residual = (trained(name, depth) for name in ("plain", "residual"))
        count = sum(p.numel() for p in plain_one.parameters())
        assert count == sum(p.numel() for p in residual.parameters()) == 80 + depth * (584 + 16) + 16 + 1290
        assert len([m for m in residual.modules() if isinstance(m, nn.Conv2d)]) == depth + 1
    assert result.parameters[0].tolist() == result.parameters[1].tolist() == [2586, 3786, 6186, 10986]
    wide = trained("dense", 8)
    assert [m.in_channels for m in wide.modules() if isinstance(m, nn.Conv2d)] == [1, *range(8, 40, 4)]


def test_deeper_plain_networks_have_a_higher_training_loss_and_residual_ones_do_not(result: Result) -> None:
    loss = result.final
    assert (loss[0, 3] - loss[0, 0]).min() > 0.7 and np.abs(loss[1, 3] - loss[1, 0]).max() < 0.4
    assert (loss[2, 2] < loss[0, 2]).all() and np.isnan(loss[2, 3]).all()
    assert concept.score(result)["rows"][0]["mean"] < 0.7 < concept.score(result)["rows"][1]["mean"]


def test_the_script_gives_the_numbers_of_the_run() -> None:
    s = Settings(network="LeNet-5", deepest=4, seeds=2, steps=20)
    printed, r = plain.main(SimpleNamespace(**vars(s))), finished(concept.run(s))
    assert printed["parameters"] == COUNTS["LeNet-5"]
    assert printed["flops"] == sum(layer.flops for layer in r.costs.layers)
    assert len(printed["scores"]) == 6
    for (connection, depth), scores in printed["scores"].items():
        place = CONNECTIONS.index(connection), s.depths.index(depth)
        assert [loss for loss, _ in scores] == pytest.approx(r.final[place], abs=1e-3)
        assert [right for _, right in scores] == pytest.approx(r.right[place].mean(-1), abs=0.006)


def test_a_stopped_run_shows_its_layers_and_no_verdict() -> None:
    steps, seen = concept.run(SMALL), []
    for step in steps:
        if step.result is not None and step.fraction > 0.2:
            break
        seen += [step.doing]
    early = step.result()
    steps.close()
    assert early.costs.complete and 0 < len(early.loss) < 40 and "measuring" in seen
    found = [f.key for f in concept.findings(early)]
    assert found[0] == "unfinished" and {"time", "brought_lenet", "totals"} < set(found)
    assert concept.difference(early, early).key == "not_comparable" and concept.score(early).key == "no_score"
    assert figures.by_depth(early)["series"]


# What is concluded


def with_loss(result: Result, **rise: float) -> Result:
    """The result with a training loss of 0.3, but for the deepest networks of a connection: so much more, a little apart."""
    loss = np.full(result.loss.shape, 0.3) + 0.01 * np.arange(2)
    for name, value in rise.items():
        at = CONNECTIONS.index(name), result.deepest(name)
        loss[:, *at] += value + 0.001 * np.arange(2)
    return dataclasses.replace(result, loss=loss)


@pytest.mark.parametrize("rise, key", [(1.0, "degrades"), (-0.2, "improves"), (0.0, "no_degradation")])
def test_the_verdict_says_what_depth_does_to_plain_networks(result: Result, rise: float, key: str) -> None:
    verdict = concept.findings(with_loss(result, plain=rise, residual=0.02))[0]
    assert verdict.key == key and (verdict["first"], verdict["depth"]) == (2, 16)
    assert verdict["plain"].mean == pytest.approx(rise + 0.0005)
    assert [row["depth"] for row in verdict["rows"]] == [16, 8]


def test_an_interval_is_wide_enough_for_three_connections(result: Result) -> None:
    change = result.final[0, 3] - result.final[0, 0]
    half = stats.t.ppf((1 + LEVEL) / 2, 1) * change.std(ddof=1) / 2**0.5
    got = result.degradation("plain", LEVEL)
    assert (got.mean, got.high - got.mean) == pytest.approx((change.mean(), half))
    assert pytest.approx(1 - 0.05 / 3) == LEVEL


def test_connections_are_compared_at_the_same_depth(result: Result) -> None:
    made = with_loss(result, plain=1.0)
    found = concept.findings(made)
    assert [(f.key, f["name"], f["depth"]) for f in found[1:3]] == [("lower", "residual", 16), ("same", "dense", 8)]
    assert found[1]["change"].mean == pytest.approx(-1.0005)
    assert found[1]["accuracy"] == result.advantage("residual", 0.975)
    assert concept.findings(with_loss(result, residual=1.0))[1].key == "higher"
    change = result.right[1, 3].mean() - result.right[0, 3].mean()
    assert result.advantage("residual").mean == pytest.approx(change)


def test_two_runs_are_compared_by_their_deepest_networks(result: Result) -> None:
    low, high = result.right.copy(), result.right.copy()
    low[0, 3], high[0, 3] = False, True
    changed = concept.difference(*(dataclasses.replace(result, right=right) for right in (high, low)))
    assert [row["name"] for row in changed["rows"]] == ["plain"]
    assert concept.difference(result, result).key == "no_difference"


def test_questions_are_graded_from_the_numbers(result: Result) -> None:
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert [grade["deeper"](with_loss(result, plain=rise))[0] for rise in (1.0, -0.2, 0.0)] == [0, 1, 2]
    costs = costs_of("VGG-16", 224)
    vgg = dataclasses.replace(result, costs=dataclasses.replace(costs, seconds=np.ones(len(costs.layers))))
    assert grade["parameters"](vgg)[0] == 2
    assert grade["parameters"](vgg)[1]["value"] == pytest.approx(123_642_856 / COUNTS["VGG-16"])
    assert grade["time"](vgg) == (2, {"value": pytest.approx(23 / 39)})
    assert grade["longer"](result)[1]["effect"] == result.advantage("residual")


def test_the_charts_show_the_numbers(result: Result) -> None:
    costs = dataclasses.replace(costs_of("DenseNet-121", 224), seconds=np.ones(366))
    spec = figures.anatomy(costs, "")
    for i, _ in enumerate(MEASURES):
        assert sum(bar["value"] for bar in spec["series"][i]["data"]) == pytest.approx(100, abs=0.1)
    assert spec["yAxis"][0]["data"][1] == "dense1  256×56×56"
    assert figures.anatomy(costs_of("VGG-16", 224), "")["yAxis"][0]["data"][:2] == [
        "conv 0  64×224×224",
        "conv 2  64×112×112",
    ]
    assert figures.anatomy(costs_of("LeNet-5", 32), "")["yAxis"][0]["data"][-1] == "linear 11  10"
    kinds = figures.kinds(costs)
    assert np.sum([s["data"] for s in kinds["series"]], 0) == pytest.approx(np.full(4, 100), abs=0.1)
    unmeasured = costs_of("DenseNet-121", 224)
    assert set(figures.anatomy(unmeasured, "")["series"][3]["data"]) == {"-"}
    assert len(figures.kinds(unmeasured)["yAxis"]["data"]) == 3
    drawn = {s["name"]: s["data"] for s in figures.by_depth(result)["series"] if "name" in s}
    assert [x for x, _ in drawn["dense"]] == [2, 4, 8] and [x for x, _ in drawn["plain"]] == [2, 4, 8, 16]
    assert [y for _, y in drawn["plain"]] == pytest.approx(result.final[0].mean(-1), rel=1e-4)
    shown = {s["name"]: s["data"] for s in figures.accuracy(result)["series"] if "name" in s}
    assert [y for _, y in shown["residual"]] == pytest.approx(100 * result.right[1].mean((-1, -2)), rel=1e-3)
    json.dumps(spec, allow_nan=False)
    assert len(result.frame()) == 11 * 2 and result.costs.table().parameters.sum() == COUNTS["LeNet-5"]
