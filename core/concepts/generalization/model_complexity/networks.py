"""Networks of all widths on all training sets, trained as one stack."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.generalization.model_complexity.settings import Settings
from core.concepts.generalization.model_complexity.tasks import WIDTHS, Task
from core.engine import device
from core.engine.fit import Recipe, fit_each
from core.engine.measure import shared_steps
from core.engine.random import initialise
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps

BATCH = {1: 10, 10: 25}  # by number of inputs
LR = 0.02


class Networks:
    """A stack with a network of each width for each of the first `networks` training sets of a task: model
    i * networks + r has width WIDTHS[i] and learns training set r."""

    def __init__(self, settings: Settings, task: Task) -> None:
        self.settings = settings
        self.task = task
        self.device = device.pick()
        sets = [task.draw(r) for r in range(settings.networks)]
        x, y = (torch.tensor(np.stack(part), dtype=torch.float32) for part in zip(*sets, strict=True))
        self.x = x.to(self.device).repeat(len(WIDTHS), 1, 1)
        self.y = y.to(self.device).repeat(len(WIDTHS), 1)
        points = np.concatenate([task.test, task.line])
        self.points = torch.tensor(points, dtype=torch.float32, device=self.device)
        self.models: Stack | None = None

    def train(self) -> Iterator[float]:
        """Build and train them. Yields the share that is done, after every step or part of one."""
        s = self.settings
        seeds = [s.seed + r for _ in WIDTHS for r in range(s.networks)]
        building = stack_steps(lambda: network(self.task.inputs, WIDTHS[-1]), seeds, self.device)
        while self.models is None:
            try:
                next(building)
                yield 0.0
            except StopIteration as end:
                self.models = end.value
        # A narrower network is the widest one padded with zeros, and stays so while it trains.
        for k, width in enumerate(np.repeat(WIDTHS[:-1], s.networks)):
            narrow = network(self.task.inputs, int(width))
            initialise(narrow, seeds[k])
            self.models.embed(k, narrow)
        yield 0.0
        recipe = Recipe("Adam", lr=LR, batch=BATCH[self.task.inputs], epochs=s.epochs, schedule=cosine)
        yield from fit_each(self.models, self.x, self.y, recipe, squared_error)

    def predict(self) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
        """Mean squared error of each model on its training set, (K,), and its predictions at the test points and along the
        drawn curve, (K, T + LINE); yields where this takes long."""
        assert self.models is not None
        predictions = yield from shared_steps(self.models, self.points)
        with torch.no_grad():
            own = squared_error(self.models(self.x), self.y).mean(1)
        return own.double().cpu().numpy(), predictions.squeeze(2).double().cpu().numpy()


def network(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, 1))


def squared_error(output: Tensor, y: Tensor) -> Tensor:
    """Squared error of each example: output (K, B, 1), y (K, B)."""
    return (output.squeeze(2) - y) ** 2
