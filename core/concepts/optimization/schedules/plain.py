"""Networks trained with the schedulers of torch.optim.lr_scheduler, one after the other."""

import math
import warnings
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.data.points import POINTS
from core.engine.random import generator

PICTURES = {"digits": digits, "mnist5k": mnist5k}
OPTIMIZERS = {
    "SGD": lambda parameters, lr: torch.optim.SGD(parameters, lr),
    "Momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "Adam": lambda parameters, lr: torch.optim.Adam(parameters, lr),
}


def load(settings):
    """Training, validation and test examples as tensors: (x, y) each."""
    s = settings
    x, y = POINTS[s.data](5000, s.noise, s.seed) if s.data in POINTS else PICTURES[s.data]()
    train, validation, test = split_indices(y, s.seed if s.data in POINTS else 0)
    if s.n < len(train):
        train = train[stratified_rows(y[train], s.n, s.seed)]
    return [(torch.tensor(x[rows]).float(), torch.tensor(y[rows]).long()) for rows in (train, validation, test)]


def scheduler_of(name, optimizer, lr, steps, settings):
    """The scheduler for so many steps in all. All but ReduceLROnPlateau are stepped after every batch."""
    s = settings
    warm = max(1, int(s.warm_share / 100 * steps))

    def warm_up():
        return lr_scheduler.LinearLR(optimizer, 1 / warm, total_iters=max(1, warm - 1))

    def cosine(length):
        return lr_scheduler.CosineAnnealingLR(optimizer, length, s.cosine_last * lr)

    menu = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, 1.0),
        "StepLR": lambda: lr_scheduler.StepLR(optimizer, math.ceil(steps / s.step_parts), s.step_gamma),
        "ExponentialLR": lambda: lr_scheduler.ExponentialLR(optimizer, s.exponential_last ** (1 / steps)),
        "CosineAnnealing": lambda: cosine(steps),
        "OneCycle": lambda: lr_scheduler.OneCycleLR(
            optimizer, s.cycle_top * lr, total_steps=steps, pct_start=s.cycle_rise / 100, cycle_momentum=False
        ),
        "warm-up": warm_up,
        "warm-up + cosine": lambda: lr_scheduler.SequentialLR(optimizer, [warm_up(), cosine(steps - warm)], [warm]),
        "ReduceLROnPlateau": lambda: lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=s.plateau_factor, patience=s.plateau_patience
        ),
    }
    return menu[name]()


def build(settings, x, classes):
    width = settings.width
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(x[0].numel(), width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, classes),
    )


def measure(model, x, y):
    """Loss and accuracy."""
    with torch.no_grad():
        logits = model(x)
    return nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def fit(name, lr, seed, data, settings):
    """Train one network; its validation and test accuracy."""
    (x, y), validation, test = data
    torch.manual_seed(seed)
    model = build(settings, x, int(y.max()) + 1)
    optimizer = OPTIMIZERS[settings.optimizer](model.parameters(), lr)
    size = min(settings.batch, len(x))
    scheduler = scheduler_of(name, optimizer, lr, settings.epochs * (len(x) // size), settings)
    batches = generator(seed, "batches")
    for _ in range(settings.epochs):
        order = torch.randperm(len(x), generator=batches)
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            if not loss.isfinite():  # diverged: it stops here
                return measure(model, *validation)[1], measure(model, *test)[1]
            loss.backward()
            optimizer.step()
            if name != "ReduceLROnPlateau":
                scheduler.step()
        if name == "ReduceLROnPlateau":
            scheduler.step(measure(model, *validation)[0])
    return measure(model, *validation)[1], measure(model, *test)[1]


def main(settings: SimpleNamespace) -> dict[tuple[str, float], list[tuple[float, float]]]:
    """Train every schedule from every base rate and print mean accuracies; the validation and test accuracy of each seed."""
    s = settings
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="torch.optim.lr_scheduler")
    data, scores = load(s), {}
    others = [name for name in s.schedules if name != "constant"]
    for name in ["constant", *others]:
        for lr in (s.lr / s.spread, s.lr, s.lr * s.spread):
            found = [fit(name, lr, seed, data, s) for seed in range(s.seed, s.seed + s.seeds)]
            validation, test = np.mean(found, 0)
            print(f"{name} from {lr:.4g}: validation {validation:.4f}, test {test:.4f}")
            scores[name, lr] = found
    return scores
