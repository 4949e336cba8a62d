"""The training with the bug, then its healthy twin from the same seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial

import numpy as np
import torch

from core.concepts.practice.debugging.network import Training
from core.concepts.practice.debugging.result import PLANTED, TWIN, Evidence, History, Result
from core.concepts.practice.debugging.settings import NONE, Settings
from core.progress import Step


def run(s: Settings) -> Iterator[Step[Result]]:
    """A Step after every epoch of each network, or after a part of one."""
    yield Step(0.0, doing="data")
    bugs = {PLANTED: s.bug, TWIN: NONE}
    trained: dict[str, list[Training]] = {PLANTED: [], TWIN: []}
    # A batch of two takes many small steps, so that training takes most of the run.
    share = 0.9 if s.bug == "two" else 0.5
    for name, bug in bugs.items():
        for seed in range(s.first_seed, s.first_seed + s.seeds):
            trained[name].append(Training(s, bug, seed))
            yield Step(0.0 if name == PLANTED else share, doing="models")
        for epoch in range(s.epochs):
            for k, training in enumerate(trained[name]):
                part = (epoch + k / s.seeds) / s.epochs
                done = share * part if name == PLANTED else share + (0.99 - share) * part
                for _ in training.epoch():
                    yield Step(done, partial(snapshot, s, trained, done) if epoch else None)
                yield Step(done, partial(snapshot, s, trained, done) if epoch else None)
    found = examine(trained[PLANTED][0])
    yield Step(1.0, lambda: snapshot(s, trained, 1.0, found))


def snapshot(
    s: Settings, trained: dict[str, list[Training]], fraction: float, evidence: Evidence | None = None
) -> Result:
    epoch = min(len(training.measured.get("loss", [])) for training in trained[PLANTED])
    return Result(s, fraction, epoch, {name: _history(s, those) for name, those in trained.items()}, evidence)


def _history(s: Settings, trained: list[Training]) -> History:
    measured = {}
    for field in fields(History):
        layers = (3,) if field.name in ("gradients", "change") else ()
        values = np.full((s.seeds, s.epochs, *layers), np.nan)
        for k, training in enumerate(trained):
            for epoch, value in enumerate(training.measured.get(field.name, [])):
                values[k, epoch] = value
        measured[field.name] = values
    return History(**measured)


def examine(t: Training) -> Evidence:
    """What the instruments show of a trained network; it is evaluated as its own loop does it."""
    net, rows = t.net, t.rows
    modules = {"net": net, "hidden[0] batch norm": net.hidden[0][1], "hidden[1] batch norm": net.hidden[1][1]}
    net.train()
    training = {name: module.training for name, module in modules.items()}
    first, second = t.evaluate(), t.evaluate()
    evaluating = {name: module.training for name, module in modules.items()}
    net.train()
    x, y = rows.x[: t.batch], rows.y[: t.batch]
    with torch.no_grad():
        output = net(x)
        sums = net.hidden[0][0](x)
        normalised = (sums - sums.mean(0)) / (sums.var(0, unbiased=False) + net.hidden[0][1].eps).sqrt()
    shapes = {"x": x, "net(x)": output, "y": y, "loss of each": t.loss(output, y, "none")}
    group = t.optimizer.param_groups[0]
    ours = {id(p) for p in group["params"]}
    parts = {f"hidden[{i}][{j}]": net.hidden[i][j] for i in range(2) for j in range(2)} | {"head": net.head}
    held = [
        (f"{part}.{name}", tuple(p.shape), id(p) in ours)
        for part, module in parts.items()
        for name, p in module.named_parameters()
    ]
    inputs, labels = rows.shown
    return Evidence(
        tuple(held),
        group["lr"],
        {name: tuple(tensor.shape) for name, tensor in shapes.items()},
        {name: (training[name], evaluating[name]) for name in modules},
        first.numpy(),
        second.numpy(),
        rows.held_y.numpy(),
        normalised.numpy().ravel(),
        rows.x.double().mean(0).numpy(),
        inputs,
        labels,
    )
