"""Training with an activation and with another one at every learning rate, without any, and on a curve."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.concepts.foundations.activations.network import LAYERS, build, dead_share, multiplied_out, weights
from core.concepts.foundations.activations.result import Collapse, Fit, Result
from core.concepts.foundations.activations.settings import RATES, TEST, TRAIN, UNITS, VALIDATION, Settings
from core.data.dataset import Split
from core.data.drawn import drawn_points
from core.data.functions import FUNCTIONS
from core.data.points import plot_axes
from core.engine.fit import Recipe, evaluate_steps, fit, fit_each, shared_steps
from core.engine.pieces import relay
from core.engine.stack import Stack, stack_steps
from core.progress import Step

BATCH = 32
FIELD = 60  # cells along each side of a decision field
SHARES = (0.0, 0.35, 0.7, 0.93)  # of the run, where its parts begin: activation, control, no activation, curve
CURVE_POINTS, CURVE_EPOCHS, CURVE_RATE = 64, 400, 0.02

Steps = Generator[Step[Result], None, Any]


def run(s: Settings) -> Steps:
    """A Step after every step of every part."""
    yield Step(0.0, doing="data")
    train, validation, test = splits(s)
    dead = np.full((2, len(RATES), s.seeds, s.epochs + 1), np.nan)
    so_far = partial(_so_far, s, train, dead)
    measured: list[dict[str, np.ndarray]] = []
    best_models = None
    for part, name in enumerate((s.activation, s.control)):
        start = stack_steps(partial(build, name, 2, s.width, s.depth, 2), _seeds(s))
        models = yield from relay(start, Step(SHARES[part]))
        epoch, history = -1, None
        for history in fit(models, train, validation, _recipe(s)):
            if history.epoch > epoch and history.records:
                epoch = history.epoch
                dead[part, :, :, epoch] = _by_rate(s, dead_share(models, name, train.x))
            fraction = SHARES[part] + history.fraction * (SHARES[part + 1] - SHARES[part])
            yield Step(fraction, partial(so_far, fraction) if epoch >= 0 else None)
        assert history is not None
        dead[part, :, :, history.epoch :] = dead[part, :, :, history.epoch, None]  # all stopped early
        scores = yield from relay(_scores(s, models, validation, test), Step(SHARES[part + 1]))
        measured.append(scores | {"diverged": np.array(len(history.stopped))})
        best_models = best_models or models
    assert best_models is not None
    validated, tested, right = (np.stack([m[key] for m in measured]) for key in ("validation", "test", "right"))
    ended = (int(measured[0]["diverged"]), int(measured[1]["diverged"]))
    result = Result(s, 1.0, train.x.numpy(), train.y.numpy(), dead, validated, tested, right, ended)
    own = best_models.part(slice(result.best * s.seeds, result.best * s.seeds + 1))
    collapse = yield from _collapse(s, own, train, validation, test, so_far)
    curve = yield from _curve(s, partial(so_far, SHARES[3]))
    complete = replace(result, collapse=collapse, fit=curve)
    yield Step(1.0, lambda: complete)


def splits(s: Settings) -> tuple[Split, Split, Split]:
    """Points to train on, to validate on and to test on."""
    made = ((TRAIN, s.seed), (VALIDATION, s.seed + 100_000), (TEST, s.seed + 200_000))
    parts = (drawn_points(s.data, s.strokes)(n, s.noise, seed) for n, seed in made)
    train, validation, test = (Split(torch.from_numpy(x), torch.from_numpy(y)) for x, y in parts)
    return train, validation, test


def _so_far(s: Settings, train: Split, dead: np.ndarray, fraction: float) -> Result:
    return Result(s, fraction, train.x.numpy(), train.y.numpy(), dead.copy())


def _seeds(s: Settings) -> list[int]:
    """The seed of each model, rate by rate."""
    return [s.seed + k for _ in RATES for k in range(s.seeds)]


def _recipe(s: Settings) -> Recipe:
    return Recipe(s.optimizer, lr=np.repeat(RATES, s.seeds).tolist(), batch=BATCH, epochs=s.epochs)


def _by_rate(s: Settings, values: Tensor) -> np.ndarray:
    """values (K, ...) of all models, as (R, S, ...)."""
    shaped: np.ndarray = values.view(len(RATES), s.seeds, *values.shape[1:]).numpy()
    return shaped


def _scores(s: Settings, models: Stack, validation: Split, test: Split) -> Generator[None, None, dict[str, np.ndarray]]:
    """Accuracies of all models."""
    scores = yield from evaluate_steps(models, validation)
    answers = yield from shared_steps(models, test.x, lambda logits: logits.argmax(2))
    right = _by_rate(s, (answers == test.y).float())
    return {"validation": _by_rate(s, scores["accuracy"]), "test": right.mean(2), "right": right.mean(1)}


def _collapse(s: Settings, own: Stack, train: Split, validation: Split, test: Split, so_far: partial[Result]) -> Steps:
    """The same networks without an activation, and single linear layers, at every rate, each at the rate that suits it best.
    own: the network with the activation whose field is shown beside."""
    rights, shown = [], None
    for part, depth in enumerate((0, s.depth)):
        models = yield from relay(stack_steps(partial(build, "none", 2, s.width, depth, 2), _seeds(s)), Step(SHARES[2]))
        for history in fit(models, train, validation, _recipe(s)):
            fraction = SHARES[2] + (part + history.fraction) / 2 * (SHARES[3] - SHARES[2])
            yield Step(fraction, partial(so_far, fraction))
        scores = yield from relay(_scores(s, models, validation, test), Step(SHARES[3]))
        best = int(scores["validation"].mean(1).argmax())
        rights.append((scores["test"][best], scores["right"][best]))
        shown = models.part(slice(best * s.seeds, (best + 1) * s.seeds))
    assert shown is not None
    w, b = multiplied_out(shown)
    with torch.no_grad():
        outputs = shown.shared(train.x)
        gap = (outputs - (train.x @ w.transpose(1, 2) + b[:, None])).abs().max() / outputs.abs().max().clamp(min=1e-12)
        axes = plot_axes(train.x.numpy(), FIELD)
        grid = torch.tensor(np.stack(np.meshgrid(*axes), -1).reshape(-1, 2), dtype=torch.float32)
        without, with_it = (
            m.shared(grid)[0].softmax(1).view(FIELD, FIELD, 2).numpy() for m in (shown.part(slice(0, 1)), own)
        )
    (single, single_right), (deep, deep_right) = rights
    return Collapse(
        float(gap), deep, single, deep_right, single_right, w[0].numpy(), b[0].numpy(), (without, with_it), axes
    )


def _curve(s: Settings, so_far: partial[Result]) -> Steps:
    """One hidden layer that fits a curve, and what each of its units adds."""
    seeds = range(s.seed, s.seed + s.seeds)
    models = yield from relay(stack_steps(partial(build, s.activation, 1, UNITS, 1, 1), seeds), Step(SHARES[3]))
    x = np.linspace(-1, 1, CURVE_POINTS, dtype=np.float32)
    y = FUNCTIONS[s.curve](x[:, None]).astype(np.float32)
    scaled = torch.from_numpy(3 * x)[:, None]  # units begin with kinks all over that reach
    inputs, targets = (t.expand(s.seeds, *t.shape) for t in (scaled, torch.from_numpy(y)))
    recipe = Recipe("Adam", lr=CURVE_RATE, batch=CURVE_POINTS, epochs=CURVE_EPOCHS)
    for _ in fit_each(models, inputs, targets, recipe, lambda out, target: (out[..., 0] - target) ** 2):
        yield Step(SHARES[3], so_far)
    grid = np.linspace(-1, 1, 201)
    places = torch.from_numpy(3 * grid).float()[:, None]
    (w, b), (v, c) = weights(models)
    with torch.no_grad():
        outputs = models.shared(places)[..., 0].numpy()
        h = LAYERS[s.activation]()(places @ w[0].T + b[0])  # (g, U)
        parts = (h * v[0]).T.numpy()
    order = np.argsort(-parts.std(1), kind="stable")
    error = np.sqrt(((outputs - FUNCTIONS[s.curve](grid[:, None])) ** 2).mean(1))
    return Fit(x, y, grid, parts[order], float(c[0, 0]), error)
