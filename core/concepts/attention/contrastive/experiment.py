"""Training the encoders of all seeds side by side, and measuring where digits lie and what a linear probe makes of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.attention.contrastive import network as parts
from core.concepts.attention.contrastive.network import network, nt_xent, on_sphere, views
from core.concepts.attention.contrastive.result import Result
from core.concepts.attention.contrastive.settings import CIRCLE, LABELS, WAYS, Settings
from core.data.checks import stratified_rows
from core.data.images import mnist5k
from core.engine.measure import cross_entropy, shared_steps
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep
from core.progress import Step

WATCHED = 240  # validation digits that are measured while training goes on
LOOKS = 12  # times that they are measured
SHOWN = 6  # digits whose pairs are shown
HE = 6**0.5
BATCH = 64  # pictures a step of a supervised network, as many as 32 pairs
LONGER = 2  # times as many steps for the supervised networks, which learn more slowly at many labels
CHUNK = 500  # digits whose features are computed at once

Steps = Generator[Step[Result], None, None]


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train the encoders; a Step after every training step."""
    yield Step(0.0, doing="data")
    mnist5k()  # read once a process
    yield Step(0.0, doing="data")
    train, validation, test = parts.digits(s.classes)
    models = yield from relay(built(s.outputs, list(s.range)), Step(0.0, doing="models"))
    before = models.theta.detach().clone()
    result = start(s, validation)
    result = yield from relay(watched(result, models, validation), Step(0.0, doing="models"))
    share = 0.9 if s.experiment == CIRCLE else 0.3
    step = TrainStep(
        models, Recipe("Adam", lr=s.lr, schedule=cosine), lambda z, y: nt_xent(on_sphere(z), s.tau), s.steps
    )
    generators = [generator(seed, "batches") for seed in s.range]
    for t in range(s.steps):
        here: Step[Result] = Step(share * t / s.steps, partial(same, result), doing="training")
        yield here
        rows = torch.stack([torch.randint(len(train[0]), (s.pairs,), generator=g) for g in generators])
        x = views(train[0][torch.cat([rows, rows], 1)], s.views, generators)
        yield from relay(trained(step, x, torch.zeros(x.shape[:2]), t), here)
        if (t + 1) * LOOKS // s.steps > t * LOOKS // s.steps:
            yield here
            looked = replace(result, step=t + 1, fraction=share * (t + 1) / s.steps)
            result = yield from relay(watched(looked, models, validation), here)
    ending: Step[Result] = Step(share, partial(same, result), doing="scores")
    yield ending
    result = yield from relay(scored(result, models, before, test), ending)
    if s.experiment != CIRCLE:
        result = yield from probed(result, models, before, train, test)
    result = replace(result, fraction=1.0)
    yield Step(1.0, partial(same, result))


def same(result: Result) -> Result:
    return result


def built(width: int, seeds: list[int]) -> Generator[None, None, Stack]:
    """The models, with weights as large as He et al. (2015) give them: torch's own are smaller by the root of 6."""
    models = yield from stack_steps(partial(network, width), seeds)
    with torch.no_grad():
        models.theta[:, models.weight_mask] *= HE
    return models


def trained(step: TrainStep, x: Tensor, y: Tensor, t: int) -> Generator[None, None, None]:
    """One step on the batches x (K, B, ...), of some models after the other where all at once takes long."""
    yield from step.pieces(
        lambda models, rows: (x[models, rows], y[models, rows]), x.shape[1], tuple(x.shape[2:]), t, Meter(x.device)
    )


def start(s: Settings, validation: tuple[Tensor, Tensor]) -> Result:
    """The result before anything is measured: with two views of a few digits, of all classes in turn."""
    x, y = validation
    rows = [int((y == s.classes[i % len(s.classes)]).nonzero()[i // len(s.classes)]) for i in range(SHOWN)]
    pairs = views(torch.cat([x[rows], x[rows]])[None], s.views, [generator(s.seed, "shown")])
    empty = pd.DataFrame({name: [] for name in ("seed", "step", "metric", "value")})
    pictures = pairs.view(2, SHOWN, *x.shape[2:]).numpy()
    return Result(s, 0.0, 0, empty, y[:WATCHED].numpy(), {}, {}, pictures, {})


def watched(result: Result, models: Stack, validation: tuple[Tensor, Tensor]) -> Generator[None, None, Result]:
    """The result with what all models make of the first validation digits."""
    s = result.settings
    x, y = (part[:WATCHED] for part in validation)
    z, gap = yield from looked_at(s, models, x, "validation views")
    shown = yield from shared_steps(models, torch.from_numpy(result.pictures.reshape(-1, 1, *x.shape[2:])))
    one, two = on_sphere(shown).chunk(2, 1)
    measured = {
        "purity": parts.purity(z, y).mean(1),
        "alignment": gap.mean(1),
        "uniformity": parts.uniformity(z),
    }
    rows = [
        pd.DataFrame({"seed": list(s.range), "step": result.step, "metric": metric, "value": values.numpy()})
        for metric, values in measured.items()
    ]
    history = rows if result.history.empty else [result.history, *rows]
    states = ("trained",) if result.step else ("untrained", "trained")
    return replace(
        result,
        history=pd.concat(history, ignore_index=True),
        points=result.points | dict.fromkeys(states, z.numpy()),
        apart=result.apart | dict.fromkeys(states, gap.numpy()),
        cosines=result.cosines | dict.fromkeys(states, (one @ two.transpose(1, 2)).numpy()),
    )


def looked_at(s: Settings, models: Stack, x: Tensor, purpose: str) -> Generator[None, None, tuple[Tensor, Tensor]]:
    """Where each model puts the pictures x (n, ...): (K, n, d); and how far apart it puts two views of each: (K, n)."""
    pairs = views(torch.cat([x, x])[None], s.views, [generator(s.seed, purpose)])[0]
    z = yield from shared_steps(models, x)
    both = yield from shared_steps(models, pairs)
    return on_sphere(z), parts.apart(on_sphere(both))


def scored(result: Result, models: Stack, before: Tensor, test: tuple[Tensor, Tensor]) -> Generator[None, None, Result]:
    """The result with the three measures on test digits, of the untrained and the trained encoders."""
    s, (x, y) = result.settings, test
    scores: dict[str, dict[str, np.ndarray]] = {"purity": {}, "alignment": {}, "uniformity": {}}
    neighbours = {"pixels": parts.purity(x.flatten(1)[None], y).numpy()}
    after = models.theta.detach().clone()
    for state, theta in (("untrained", before), ("trained", after)):
        with torch.no_grad():
            models.theta.copy_(theta)
        z, gap = yield from looked_at(s, models, x, "test views")
        yield
        pure = []
        for one in z:
            pure.append(parts.purity(one[None], y)[0].numpy())
            yield
        neighbours[state] = np.stack(pure)
        scores["purity"][state] = neighbours[state].mean(1)
        scores["alignment"][state] = gap.mean(1).numpy()
        scores["uniformity"][state] = np.concatenate([parts.uniformity(one[None]).numpy() for one in z])
        yield
    return replace(result, scores=scores, neighbours=neighbours)


def probed(
    result: Result, models: Stack, before: Tensor, train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]
) -> Generator[Step[Result], None, Result]:
    """The result with the accuracy of a linear probe on three kinds of features, and of supervised networks."""
    s, y = result.settings, train[1].numpy()
    here: Step[Result] = Step(0.32, partial(same, result), doing="probe")
    rows = [[stratified_rows(y, n, seed) for seed in s.range] for n in LABELS]
    hits = {way: np.zeros((len(LABELS), s.seeds, len(test[1]))) for way in WAYS}
    after = models.theta.detach().clone()
    for way, theta in (("untrained", before), ("contrastive", after), ("pixels", None)):
        if theta is None:
            described = [part[0].flatten(1).expand(s.seeds, -1, -1).numpy() for part in (train, test)]
        else:
            with torch.no_grad():
                models.theta.copy_(theta)
            described = []
            for x, _ in (train, test):
                found = yield from relay(features(models, x), here)
                described.append(found.numpy())
        for i in range(len(LABELS)):
            for k, own in enumerate(rows[i]):
                known, new = described[0][k], described[1][k]
                hits[way][i, k] = predict(known[own], y[own], new) == test[1].numpy()
                yield here
    hits["supervised"] = yield from supervised(result, rows, train, test)
    accuracy, right = ({way: h.mean(axis) for way, h in hits.items()} for axis in (2, 1))
    return replace(result, accuracy=accuracy, right=right)


def features(models: Stack, x: Tensor) -> Generator[None, None, Tensor]:
    """What the convolutions of each model make of the pictures x (n, ...): (K, n, 128)."""
    found = []
    with torch.no_grad():
        for some in x.split(CHUNK):
            found.append(models.hidden(some.expand(models.K, *some.shape)))
            yield
    return torch.cat(found, 1)


def predict(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The linear probe: classes of `new` by ridge regression on 1 and -1 a class, of standardised features."""
    mean, spread = x.mean(0), x.std(0) + 1e-3
    a, b = ((part.astype(float) - mean) / spread for part in (x, new))
    targets = 2 * np.eye(10)[y] - 1
    penalty = len(x) * (0.1 if len(x) <= 100 else 0.01)
    weights = np.linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T @ (targets - targets.mean(0)))
    return np.asarray((b @ weights + targets.mean(0)).argmax(1))


def supervised(
    result: Result, rows: list[list[np.ndarray]], train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]
) -> Generator[Step[Result], None, np.ndarray]:
    """Which test digits networks get right that learn from the same labelled digits, in as many views: (counts, seeds, rows)."""
    s = result.settings
    here: Step[Result] = Step(0.35, partial(same, result), doing="supervised")
    own = [torch.from_numpy(each) for at in rows for each in at]
    models = yield from relay(built(10, list(s.range) * len(LABELS)), here)
    steps = LONGER * s.steps
    step = TrainStep(models, Recipe("Adam", lr=s.lr, schedule=cosine), cross_entropy, steps)
    generators = [generator(seed, f"labelled {n}") for n in LABELS for seed in s.range]
    for t in range(steps):
        here = Step(0.35 + 0.6 * t / steps, partial(same, result), doing="supervised")
        yield here
        drawn = [each[torch.randint(len(each), (BATCH,), generator=g)] for each, g in zip(own, generators, strict=True)]
        batch = torch.stack(drawn)
        yield here
        x = views(train[0][batch], s.views, generators)
        yield here
        yield from relay(trained(step, x, train[1][batch], t), here)
    guessed = yield from relay(shared_steps(models, test[0], lambda logits: logits.argmax(2)), here)
    return np.asarray((guessed == test[1]).view(len(LABELS), s.seeds, -1).numpy(), float)
