"""Every variant and seed trained one after the other."""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.data.points import POINTS
from core.data.shift import shifted
from core.engine.networks import Dropout
from core.engine.random import generator

PICTURES = {"digits": digits, "mnist5k": mnist5k}


def load(settings):
    """Training, validation and test examples as three pairs of tensors; the first n training examples are everybody's."""
    s = settings
    if s.data in POINTS:
        x, y = POINTS[s.data](min(5000, max(2000, 5 * s.n * s.more // 2)), s.noise, s.seed)
        train, validation, _ = split_indices(y, s.seed)
        test_split = POINTS[s.data](10_000, s.noise, s.seed + 200_000)
    else:
        x, y = PICTURES[s.data]()
        train, validation, test = split_indices(y, 0)
        test_split = x[test], y[test]
    first = stratified_rows(y[train], s.n, s.seed)
    rest = stratified_rows(y[train], min(len(train), s.n * s.more), s.seed)
    train = train[np.concatenate([first, rest[~np.isin(rest, first)]])]
    parts = (x[train], y[train]), (x[validation], y[validation]), test_split
    return [(torch.tensor(a).float(), torch.tensor(b).long()) for a, b in parts]


def variants(settings):
    """What each variant changes, by its name."""
    s = settings
    rows = {
        "none": {},
        "L1": {"l1": s.l1},
        "L2": {"l2": s.l2},
        "dropout": {"dropout": s.dropout},
        "early stopping": {"patience": s.patience},
        "batch norm": {"norm": True},
        "augmentation": {"augment": True},
        "smaller model": {"width": max(1, s.width // s.fewer)},
        "more data": {"examples": s.n * s.more},
    }
    pictures = s.data not in POINTS
    if not pictures:
        del rows["augmentation"]
    if any((s.mix_l1, s.mix_l2, s.mix_dropout, s.mix_early, s.mix_norm, s.mix_augment)):
        rows["mix"] = {
            "l1": s.l1 * s.mix_l1,
            "l2": s.l2 * s.mix_l2,
            "dropout": s.dropout * s.mix_dropout,
            "patience": s.patience if s.mix_early else math.inf,
            "norm": s.mix_norm,
            "augment": s.mix_augment and pictures,
        }
    return rows


def build(seed, features, classes, width, dropout, norm):
    torch.manual_seed(seed)
    noise = generator(seed, "dropout")
    layers = [nn.Flatten()]
    for _ in range(2):
        layers += [nn.Linear(features, width), nn.ReLU()]
        if norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(Dropout(dropout, noise))
        features = width
    return nn.Sequential(*layers, nn.Linear(width, classes))


def measure(model, x, y):
    """Mean loss and accuracy."""
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def shrink(model, amount):
    """The proximal step of L1: every weight towards zero by `amount`, and exactly to zero if it is closer."""
    with torch.no_grad():
        for w in model.parameters():
            if w.dim() > 1:  # a weight matrix, not a bias
                w.copy_(w.sign() * (w.abs() - amount).clamp(min=0))


def fit(
    settings,
    splits,
    seed,
    l1=0.0,
    l2=0.0,
    dropout=0.0,
    patience=math.inf,
    norm=False,
    augment=False,
    width=None,
    examples=None,
):
    """Train one network and return its test accuracy."""
    s = settings
    (x, y), validation, test = splits
    model = build(seed, x[0].numel(), 10 if s.data in PICTURES else 2, width or s.width, dropout, norm)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr, weight_decay=l2)
    batches, moves = generator(seed, "batches"), generator(seed, "augmentation")
    size = min(32, s.n)
    pool = min(examples or s.n, len(x))
    order = torch.empty(0, dtype=torch.long)
    best, waited, kept = math.inf, 0, None
    for _ in range(s.epochs):
        model.train()
        for _ in range(s.n // size):
            if len(order) == 0:
                order = torch.randperm(pool, generator=batches)[: pool // size * size]
            rows, order = order[:size], order[size:]
            inputs = shifted(x[rows], max(1, x.shape[-1] // 8), moves) if augment else x[rows]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), y[rows]).backward()
            optimizer.step()
            if l1:
                shrink(model, s.lr * l1)
        if patience < math.inf:
            loss, _ = measure(model, *validation)
            if loss < best:
                best, waited = loss, 0
                kept = {name: value.clone() for name, value in model.state_dict().items()}
            else:
                waited += 1
                if waited >= patience:
                    break
    if kept:
        model.load_state_dict(kept)
    return measure(model, *test)[1]


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train every variant with every seed and print its mean test accuracy."""
    s = settings
    torch.set_num_threads(1)
    splits = load(s)
    scores = {}
    for name, changes in variants(s).items():
        scores[name] = [fit(s, splits, s.seed + i, **changes) for i in range(s.seeds)]
        print(f"{name}: test accuracy {np.mean(scores[name]):.4f}")
    return scores
