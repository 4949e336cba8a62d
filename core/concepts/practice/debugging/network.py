"""The network and the training loop, each with a place for the bugs that live there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.practice.debugging.settings import (
    BATCH,
    DROPOUT,
    INPUTS,
    LR,
    MOMENTUM,
    OUTPUTS,
    TRAIN,
    VALIDATION,
    Settings,
)

BODY_MASS_INDEX = 2  # column of the diabetes table
PICTURES = 8
STEPS = 64  # of training between two places at which a run can be stopped


@lru_cache(maxsize=2)
def table(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, as they come with scikit-learn."""
    x, y = (load_digits if data == "digits" else load_diabetes)(return_X_y=True)
    return x, y


class Rows:
    """The rows of one seed, split and scaled."""

    def __init__(self, s: Settings, bug: str, seed: int) -> None:
        x, y = table(s.data)
        order = np.random.default_rng(seed).permutation(len(y))
        x, y = x[order], y if bug == "shuffled" else y[order]
        n, end = TRAIN[s.data], TRAIN[s.data] + VALIDATION[s.data]
        scaled = torch.tensor(StandardScaler().fit(x if bug == "leak" else x[:n]).transform(x), dtype=torch.float32)
        if s.data == "digits":
            targets, self.shown = torch.tensor(y), (x[:PICTURES].reshape(-1, 8, 8) / 16, y[:PICTURES])
        else:
            y = (y - y[:n].mean()) / y[:n].std()
            targets, self.shown = torch.tensor(y, dtype=torch.float32), (x[:n, BODY_MASS_INDEX], y[:n])
        self.x, self.held_x = scaled[:n], scaled[n:end]
        self.y, self.held_y = targets[:n], targets[n:end]


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU())


class Net(nn.Module):
    """Two hidden blocks and an output layer. noise: what all its random numbers come from, so that nothing is taken from the
    random state that torch shares between threads."""

    def __init__(self, s: Settings, bug: str, noise: torch.Generator) -> None:
        super().__init__()
        blocks = [block(INPUTS[s.data], s.width), block(s.width, s.width)]
        self.hidden: Any = blocks if bug == "list" else nn.ModuleList(blocks)
        self.head = nn.Linear(s.width, OUTPUTS[s.data])
        self.bug, self.noise = bug, noise
        for layer in self.linears:  # as nn.Linear does it
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=noise)
            nn.init.uniform_(layer.bias, -(layer.in_features**-0.5), layer.in_features**-0.5, generator=noise)

    @property
    def linears(self) -> list[nn.Linear]:
        return [self.hidden[0][0], self.hidden[1][0], self.head]

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = layer(x)
            if self.training or self.bug == "dropout":  # F.dropout with these random numbers
                keep = torch.empty_like(x).bernoulli_(1 - DROPOUT, generator=self.noise)
                x = x * keep.div_(1 - DROPOUT)
        x = self.head(x)
        return x.softmax(1) if self.bug == "softmax" else x


class Training:
    """One network on the rows of one seed."""

    def __init__(self, s: Settings, bug: str, seed: int) -> None:
        self.bug, self.rows = bug, Rows(s, bug, seed)
        self.net = Net(s, bug, torch.Generator().manual_seed(seed))
        self.batches = torch.Generator().manual_seed(seed)
        self.batch = 2 if bug == "two" else BATCH
        rate = LR[s.data] * (100 if bug == "lr" else 1)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=rate, momentum=MOMENTUM)
        self.start = [layer.weight.detach().clone() for layer in self.net.linears]
        self.measured: dict[str, list[Any]] = {}

    def loss(self, output: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
        if output.shape[1] > 1:
            return F.cross_entropy(output, y, reduction=reduction)
        squares = ((output if self.bug == "broadcast" else output.squeeze(1)) - y) ** 2
        return squares.mean() if reduction == "mean" else squares

    def score(self, output: Tensor, y: Tensor) -> float:
        """Accuracy of classes, R² of numbers."""
        if output.shape[1] > 1:
            return float((output.argmax(1) == y).float().mean())
        return 1 - float(F.mse_loss(output.squeeze(1), y) / y.var(unbiased=False))

    def evaluate(self) -> Tensor:
        """Raw outputs on the validation rows."""
        if self.bug != "eval":
            self.net.eval()
        with torch.no_grad():
            output: Tensor = self.net(self.rows.held_x)
        return output

    def epoch(self) -> Iterator[None]:
        """Train for an epoch and measure; where it yields, a run can be stopped."""
        self.net.train()
        losses, outputs, norms = [], [], []
        order = torch.randperm(len(self.rows.x), generator=self.batches)
        for i, now in enumerate(order.split(self.batch)):
            output = self.net(self.rows.x[now])
            loss = self.loss(output, self.rows.y[now])
            if self.bug != "zero_grad":
                self.optimizer.zero_grad()
            loss.backward()
            norms.append(torch.stack([_norm(layer.weight.grad) for layer in self.net.linears]))
            self.optimizer.step()
            losses.append(loss.detach())
            outputs.append(output.detach())
            if i % STEPS == STEPS - 1:
                yield
        held = self.evaluate()
        self._note(
            train_loss=float(torch.stack(losses).mean()),
            train_score=self.score(torch.cat(outputs), self.rows.y[order]),
            loss=float(self.loss(held, self.rows.held_y)),
            score=self.score(held, self.rows.held_y),
            gradients=torch.stack(norms).mean(0).numpy(),
            change=[
                float(((layer.weight - start).norm() / start.norm()).detach())
                for layer, start in zip(self.net.linears, self.start, strict=True)
            ],
        )

    def _note(self, **values: Any) -> None:
        for name, value in values.items():
            self.measured.setdefault(name, []).append(value)


def _norm(gradient: Tensor | None) -> Tensor:
    assert gradient is not None
    norm: Tensor = gradient.norm()
    return norm
