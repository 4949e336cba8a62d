"""Networks that learn digits in the middle of a canvas and are tested on shifted ones and on other canvases."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.convolution.receptive_field.network import build, pictures_at_once
from core.concepts.convolution.receptive_field.result import SIZES
from core.concepts.convolution.receptive_field.settings import BATCH, BORDER, DIGIT, SHIFTS, Settings
from core.data.dataset import Dataset
from core.engine.fit import Sampler
from core.engine.measure import cross_entropy, shared_steps
from core.engine.pieces import Meter
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep

RATE = 0.02
TESTED, WATCHED = 200, 60  # held-out digits at the end, and while training goes on
DIRECTIONS = ((0, 1), (1, 0))  # right and down; a shift of 0 has one direction


def canvas(x: Tensor, border: int = BORDER) -> Tensor:
    """Digits with a black border."""
    return nn.functional.pad(x, (border,) * 4)


def shifted(x: Tensor, shift: int, direction: tuple[int, int]) -> Tensor:
    """Pictures (n, 1, side, side) moved by whole pixels; the border is wide enough that nothing is cut off."""
    down, right = direction
    return torch.roll(x, (shift * down, shift * right), (2, 3))


class Learner:
    """The networks of one variant, one a seed, and their training."""

    def __init__(self, s: Settings, variant: str, data: Dataset) -> None:
        self.s, self.variant, self.data = s, variant, data
        self.x = canvas(data.train.x)
        self.models: Stack

    def begin(self) -> Generator[None, None, None]:
        """Draws the initial weights, yielding where that takes long."""
        s = self.s
        seeds = range(s.seed, s.seed + s.seeds)
        self.models = yield from stack_steps(lambda: build(s, self.variant), seeds)
        self.step = TrainStep(self.models, Recipe("Adam", lr=RATE, schedule=cosine), cross_entropy, s.steps)
        batches = [generator(k, "batches") for k in seeds]
        self.sampler = Sampler(batches, [len(self.x)] * s.seeds, BATCH)
        self.waiting: list[Tensor] = []

    def train(self, step: int) -> Generator[None, None, None]:
        """Takes one step, yielding where it takes long."""
        self.waiting = self.waiting or list(self.sampler.epoch())
        rows = self.waiting.pop(0)
        x, y = self.x[rows.T].transpose(0, 1), self.data.train.y[rows]
        pieces = self.step.pieces(
            lambda some, part: (x[some, part], y[some, part]), BATCH, tuple(x.shape[2:]), step, Meter(x.device)
        )
        yield from pieces

    def test(self, digits: int) -> Generator[None, None, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Accuracy (seeds, shifts), share of seeds and directions that are right about a digit (shifts, digits), and total
        variation between the answers to a digit as it is and shifted (seeds, shifts)."""
        x, y = canvas(self.data.validation.x[:digits]), self.data.validation.y[:digits]
        right, drift, base = [], [], None
        for shift in SHIFTS:
            answers = []
            for direction in DIRECTIONS[: 1 if shift == 0 else None]:
                answers.append(
                    (yield from shared_steps(self.models, shifted(x, shift, direction), lambda z: z.softmax(2)))
                )
            p = torch.stack(answers)  # (directions, K, digits, classes)
            base = p if base is None else base
            right.append((p.argmax(3) == y).float().mean(0).numpy())
            drift.append((p - base).abs().sum(3).div(2).mean((0, 2)).numpy())
        hits = np.stack(right, 1)  # (K, shifts, digits)
        return hits.mean(2), hits.mean(0), np.stack(drift, 1)

    def sizes(self, digits: int = 100) -> Generator[None, None, tuple[str | float, ...]]:
        """On each canvas of SIZES the accuracy, mean over seeds, or what PyTorch says where the network does not fit."""
        s, found = self.s, list[str | float]()
        y = self.data.validation.y[:digits]
        nets = [self.models.unstack(k) for k in range(self.models.K)]
        for side in SIZES:
            x = canvas(self.data.validation.x[:digits], (side - DIGIT) // 2)
            some = pictures_at_once(s.kept(self.variant), s.padding, side, s.channels)
            right = 0
            try:
                for net in nets:
                    for part, truth in zip(x.split(some), y.split(some), strict=True):
                        yield
                        with torch.no_grad():
                            right += int((net(part).argmax(1) == truth).sum())
            except RuntimeError as error:
                found.append(str(error).splitlines()[0])
            else:
                found.append(right / (len(nets) * digits))
        return tuple(found)
