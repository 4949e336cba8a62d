"""Families of models from their simplest to their most complex member, each fitted to the same training sets."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from core.concepts.generalization.model_complexity.fits import fit
from core.concepts.generalization.model_complexity.networks import Networks
from core.concepts.generalization.model_complexity.result import Result, Sweep
from core.concepts.generalization.model_complexity.settings import Settings
from core.concepts.generalization.model_complexity.tasks import (
    FEATURES,
    FEATURES_L2,
    LEARNING_CURVES,
    NETWORK,
    NETWORK_TEN,
    ROWS,
    WIDTHS,
    Task,
    one_input,
    sizes,
    ten_inputs,
)
from core.decomposition import squared
from core.engine.pieces import finish, relay
from core.progress import Step

QUICK = ("polynomial", "polynomial + L2", "k-NN", "tree")
SLOW = (FEATURES, FEATURES_L2, "bagged trees")
NETWORK_SHARE = 0.27  # of the run, for each of the two tasks with networks

T = TypeVar("T")
Steps = Generator[Step[Result], None, T]  # Steps, and what is returned after the last of them


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Fit every size of every family; a Step after every training set, and after every step of the networks."""
    planned = sizes(settings)
    share = (1 - 2 * NETWORK_SHARE) / (sum(len(planned[name]) for name in (*QUICK, *SLOW)) + len(ROWS))
    result = yield from _families(Result(settings), QUICK, share)
    result = yield from _learning_curves(result, share)
    result = yield from _families(result, SLOW, share)
    result = yield from _networks(result, NETWORK, one_input(settings))
    result = yield from _networks(result, NETWORK_TEN, ten_inputs(settings))
    yield Step(1.0, partial(replace, result, fraction=1.0))


def _families(result: Result, names: tuple[str, ...], share: float) -> Steps[Result]:
    """Adds the sizes of the families `names` to the result; share: of the run, for each size."""
    s = result.settings
    for name in names:
        task = ten_inputs(s) if name in (FEATURES, FEATURES_L2) else one_input(s)
        for size in sizes(s)[name]:
            one = yield from _steps(fit_steps(s, name, task, size), result)
            sweep = result.families.get(name, Sweep()) + one
            families = {**result.families, name: sweep}
            result = replace(result, families=families, fraction=result.fraction + share)
    return result


def _learning_curves(result: Result, share: float) -> Steps[Result]:
    """Adds the learning curves to the result; share: of the run, for each number of rows."""
    s = result.settings
    for n in ROWS:
        for name, degree in LEARNING_CURVES.items():
            one = yield from _steps(fit_steps(s, "polynomial", one_input(s), degree, n), result)
            curve = result.learning.get(name, Sweep()) + replace(one, sizes=(n,))
            result = replace(result, learning={**result.learning, name: curve})
        result = replace(result, fraction=result.fraction + share)
    return result


def _networks(result: Result, name: str, task: Task) -> Steps[Result]:
    """Adds the networks of all widths to the result."""
    networks = Networks(result.settings, task)
    for share in networks.train():
        yield Step(result.fraction + 0.99 * NETWORK_SHARE * share, partial(_so_far, result, name, networks, share))
    own, predictions = yield from _steps(networks.predict(), result)
    families = {**result.families, name: by_width(networks, own, predictions)}
    return replace(result, families=families, fraction=result.fraction + NETWORK_SHARE)


def _so_far(result: Result, name: str, networks: Networks, share: float) -> Result:
    """The result with the networks as they are now."""
    if networks.models is None:
        return result
    sweep = by_width(networks, *finish(networks.predict()))
    fraction = result.fraction + 0.99 * NETWORK_SHARE * share
    return replace(result, families={**result.families, name: sweep}, fraction=fraction)


def _steps(work: Generator[None, None, T], result: Result) -> Steps[T]:
    """A Step that shows `result` wherever `work` yields; returns what it returns."""
    step = Step(min(result.fraction, 0.999), (lambda: result) if result.families else None)
    returned: T = yield from relay(work, step)
    return returned


def fit_steps(
    settings: Settings, family: str, task: Task, size: int, n: int | None = None
) -> Generator[None, None, Sweep]:
    """Fits one size of a family to every training set, of n rows if not of the usual number; yields after each."""
    own, predictions, drawn = [], [], []
    test, line = task.test, task.line
    for r in range(settings.resamples):
        x, y = task.draw(r, n)
        predict = fit(family, x, y, size, settings, np.random.default_rng([settings.seed, 3, r]))
        own.append(((predict(x) - y) ** 2).mean())
        predictions.append(predict(test))
        drawn.append(predict(line) if len(line) else line[:, 0])
        yield
    return replace(taken_apart(task, np.array(own), np.array(predictions), np.array(drawn)), sizes=(size,))


def taken_apart(task: Task, own: np.ndarray, predictions: np.ndarray, drawn: np.ndarray) -> Sweep:
    """What `predictions` (R, T) at the test points say, compared with the truth and with newly drawn labels."""
    truth = task.truth(task.test)
    fresh = truth + task.noise * np.random.default_rng([task.seed, 4]).standard_normal(predictions.shape)
    measured = ((predictions - fresh) ** 2).mean(1)
    return Sweep((), (own,), (squared(predictions, truth, task.noise**2),), (measured,), (drawn.astype(np.float32),))


def by_width(networks: Networks, own: np.ndarray, predictions: np.ndarray) -> Sweep:
    """The networks as they are now, width by width."""
    sweep = Sweep()
    points = len(networks.task.test)
    R = networks.settings.networks
    for i, width in enumerate(WIDTHS):
        rows = slice(i * R, (i + 1) * R)
        one = taken_apart(networks.task, own[rows], predictions[rows, :points], predictions[rows, points:])
        sweep += replace(one, sizes=(width,))
    return sweep
