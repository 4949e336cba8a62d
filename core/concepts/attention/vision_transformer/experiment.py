"""The run: vision transformers and CNNs trained side by side in three conditions, and the maps of the former tested."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.attention.vision_transformer.deletion import answered, scores_of
from core.concepts.attention.vision_transformer.network import MEAN, SPREAD, cnn, cut, joined, order, vit
from core.concepts.attention.vision_transformer.result import MANY, SHUFFLED, VIT, Maps, Result
from core.concepts.attention.vision_transformer.settings import BATCH, CONDITIONS, NETWORKS, ORDERS, TESTED, Settings
from core.concepts.attention.vision_transformer.settings import MANY as EXAMPLES
from core.data.dataset import Split
from core.data.images import mnist5k
from core.engine import device
from core.engine.cost import parameters
from core.engine.fit import Recipe, Sampler, shared_steps
from core.engine.pieces import relay
from core.engine.random import generator
from core.engine.schedules import warmup_cosine
from core.engine.stack import Stack, stack_steps
from core.engine.trainer import Trainer
from core.progress import Step

TRAINED = 0.85  # share of the run when training has ended


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train both networks in all conditions side by side; a Step after every training step of each."""
    yield Step(0.0, doing="data")
    data, where, way = mnist5k(), device.pick(), order(s.seed)
    yield Step(0.0, doing="data")
    train, held = (both_orders(part.x, way) for part in (data.train, data.validation))
    labels = data.train.y.repeat(2)  # first the digits as they are, then shuffled
    splits = [Split(x.to(where), labels.to(where)) for x in train]
    yield Step(0.0, doing="models")
    seeds = [*s.range] * len(CONDITIONS)
    recipe = Recipe("Adam", lr=s.lr, batch=BATCH, schedule=warmup_cosine)
    trainers = []
    for build in (vit, cnn):
        models = yield from relay(stack_steps(partial(build, s), seeds, where), Step(0.0, doing="models"))
        trainers.append(Trainer(models, recipe, s.steps))
    models = trainers[VIT].models
    start = alike(models, s)
    shown = data.validation.x[:TESTED, 0]
    sizes = parameters(models.template), parameters(trainers[1].models.template)
    empty = np.empty((0, len(NETWORKS), len(CONDITIONS), s.seeds))
    pictures = (255 * shown).round().byte().numpy()
    result = Result(s, 0.0, sizes, way.numpy(), pictures, data.validation.y[:TESTED].numpy(), empty)
    examples = [n for n in s.sizes for _ in s.range]
    batches = Sampler([generator(seed, "batches") for seed in seeds], examples, BATCH)
    beyond = EXAMPLES * (torch.arange(len(seeds)) // s.seeds == SHUFFLED)[:, None]
    rows: list[Tensor] = []
    for count in range(s.steps):
        rows = rows or list(batches.epoch())
        mine = (rows.pop(0) + beyond).to(where)
        here = Step(TRAINED * count / s.steps, partial(so_far, result, trainers))
        for trainer, split in zip(trainers, splits, strict=True):
            yield from relay(trainer.train(split, mine), here)
            yield here
    result = so_far(result, trainers)
    ending = Step(TRAINED, lambda: result, doing="scores")
    right = np.empty((len(NETWORKS), len(CONDITIONS), s.seeds, len(data.validation)), bool)
    y = data.validation.y.numpy()
    for (n, c), x in ((place, held[place[0]]) for place in np.ndindex(right.shape[:2])):
        part = trainers[n].models.part(slice(c * s.seeds, (c + 1) * s.seeds))
        asked = x[len(y) :] if c == SHUFFLED else x[: len(y)]
        answers = yield from relay(shared_steps(part, asked.to(where), lambda out: out.argmax(2)), ending)
        right[n, c] = answers.cpu().numpy() == y
        yield ending
    many = models.part(slice(MANY * s.seeds, (MANY + 1) * s.seeds))
    maps = yield from relay(tested(many, held[VIT][:TESTED].to(where), s), Step(0.93, lambda: result, doing="maps"))
    end = alike(many, s)
    positions = None if start is None or end is None else np.stack([start, end])
    complete = replace(result, fraction=1.0, right=right, maps=maps, alike=positions)
    yield Step(1.0, lambda: complete)


def both_orders(x: Tensor, way: Tensor) -> tuple[Tensor, Tensor]:
    """Digits (n, 1, 28, 28) as both networks are given them, first as they are and then with the patches in another order: as
    patches (2n, 16, 49), and as pictures (2n, 1, 28, 28)."""
    patches = cut((x - MEAN) / SPREAD)
    both = torch.cat([patches, patches[:, way]])
    return both, joined(both)


def so_far(result: Result, trainers: list[Trainer]) -> Result:
    """The result with the steps that both kinds of networks have done."""
    s, done = result.settings, min(len(trainer.accuracies) for trainer in trainers)
    history = np.array([trainer.accuracies[:done] for trainer in trainers], float)  # (networks, steps, K)
    history = history.reshape(len(trainers), done, len(CONDITIONS), s.seeds).swapaxes(0, 1)
    return replace(result, fraction=TRAINED * done / s.steps, history=history)


def alike(models: Stack, s: Settings) -> np.ndarray | None:
    """The cosine of every two patches' positions, of the first model of each seed (S, 16, 16); None without positions."""
    if s.positions == "none":
        return None
    found = []
    for k in range(s.seeds):
        weight = models.unstack(k).get_parameter("positions.weight").detach()[1:]
        found.append(F.cosine_similarity(weight[:, None], weight[None], dim=2).numpy())
    return np.stack(found)


def tested(models: Stack, patches: Tensor, s: Settings) -> Generator[None, None, Any]:
    """The maps of these models for digits' patches (n, 16, 49), and what they answer as patches are deleted."""
    scores = yield from scores_of(models, patches, s.range)
    ranks = {name: score.argsort(dim=2, descending=True, stable=True) for name, score in scores.items()}
    probabilities = yield from answered(models, patches, ranks)
    each = (np.stack([values[name].numpy() for name in ORDERS]) for values in (scores, ranks))
    found, places = each
    return Maps(found.astype(np.float32), places.astype(np.uint8), probabilities)
