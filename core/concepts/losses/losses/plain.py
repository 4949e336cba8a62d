"""The losses as torch has them, and the experiment of their kind."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.linear_model import QuantileRegressor
from torch import nn
from torch.nn import functional as F

from core.data.points import moons


def regression(name, e, s):
    """Loss of each residual e = prediction - target."""
    zero = torch.zeros_like(e)
    losses = {
        "MAE": lambda: F.l1_loss(e, zero, reduction="none"),
        "MSE": lambda: F.mse_loss(e, zero, reduction="none"),
        "RMSE": lambda: F.mse_loss(e, zero, reduction="none"),  # the root of a mean is smallest where the mean is
        "Huber": lambda: F.huber_loss(e, zero, delta=s.delta, reduction="none"),
        "smooth L1": lambda: F.smooth_l1_loss(e, zero, beta=s.beta, reduction="none"),
        "log-cosh": lambda: e + F.softplus(-2 * e) - np.log(2),
        "quantile": lambda: torch.maximum(-s.q * e, (1 - s.q) * e),
    }
    return losses[name]()


def classification(name, m, s):
    """Loss of each margin m = logit of the true class - logit of the other one."""
    logits = torch.stack([m, torch.zeros_like(m)], -1)
    first = torch.zeros(m.shape, dtype=torch.long)
    losses = {
        "0-1": lambda: (m <= 0).to(m.dtype) + 0 * m,
        "BCE": lambda: F.binary_cross_entropy_with_logits(m, torch.ones_like(m), reduction="none"),
        "cross-entropy": lambda: F.cross_entropy(logits, first, reduction="none"),
        "hinge": lambda: F.relu(1 - m),
        "focal": lambda: torch.sigmoid(-m) ** s.gamma * F.softplus(-m),
        "label smoothing": lambda: F.cross_entropy(logits, first, reduction="none", label_smoothing=s.epsilon),
        "squared hinge": lambda: F.relu(1 - m) ** 2,
        "KL": lambda: F.softplus(-m) + (1 - s.target) * m,  # less the entropy of the label, a constant
    }
    return losses[name]()


def embedding(name, d, s):
    """Loss of each distance d between two embeddings of length 1; a cosine similarity is 1 - d**2 / 2."""
    losses = {
        "contrastive same": lambda: d**2 / 2,
        "contrastive other": lambda: F.relu(s.margin - d) ** 2 / 2,
        "triplet": lambda: F.relu(d - s.negative + s.margin),
        "InfoNCE": lambda: F.softplus((d**2 - s.negative**2) / (2 * s.temperature) + np.log(s.negatives)),
    }
    return losses[name]()


def overlap(name, i, s):
    """Loss of each intersection i; the true area is 1, the predicted one s.size."""
    losses = {"Dice": lambda: 1 - 2 * i / (1 + s.size), "IoU": lambda: 1 - i / (1 + s.size - i)}
    return losses[name]()


def fit_line(loss, x, y):
    """Slope and intercept of least summed loss, by iteratively reweighted least squares."""
    A = torch.stack([x, torch.ones_like(x)], 1)
    line = torch.zeros(2, dtype=x.dtype)
    for _ in range(300):
        e = (A @ line - y).abs().clamp(min=1e-7).requires_grad_()
        weight = torch.autograd.grad(loss(e).sum(), e)[0] / e.detach()
        new = torch.linalg.solve(A.T @ (weight[:, None] * A), A.T @ (weight * y))
        moved = (new - line).abs().max()
        line = new
        if moved < 1e-9:
            break
    return line.tolist()


def slope_errors(s):
    """Distance of each loss's slope from the true one, which is 1; a number a seed."""
    off = {name: [] for name in s.regression}
    for seed in range(s.seed, s.seed + s.seeds):
        rng = np.random.default_rng(seed)
        x = rng.uniform(0, 10, s.points)
        y = x + 2 + s.noise * rng.standard_normal(s.points)
        y[np.argsort(np.abs(x - s.where))[: s.outliers]] += s.height
        for name in s.regression:
            if name in ("MAE", "quantile"):  # a kink at 0: a linear programme
                q = 0.5 if name == "MAE" else s.q
                slope = QuantileRegressor(quantile=q, alpha=0).fit(x[:, None], y).coef_[0]
            else:
                slope, _ = fit_line(lambda e, name=name: regression(name, e, s), torch.tensor(x), torch.tensor(y))
            off[name].append(abs(slope - 1))
    return off


def labelled_moons(examples, flips, seed):
    """Two moons as tensors, with labels -1 and 1 of which a share is wrong."""
    x, y = moons(examples, 0.2, seed)
    sign = 2.0 * y - 1
    wrong = np.random.default_rng([seed, 1]).permutation(examples)[: round(flips * examples)]
    sign[wrong] *= -1
    return torch.tensor(x), torch.tensor(sign, dtype=torch.float32)


def accuracies(s):
    """Accuracy on clean test points of a classifier trained with each loss; a number a seed."""
    scores = {name: [] for name in s.classification}
    for seed in range(s.seed, s.seed + s.seeds):
        x, y = labelled_moons(s.examples, s.flips, seed)
        x_test, y_test = labelled_moons(500, 0.0, seed + 50_000)
        for name in s.classification:
            torch.manual_seed(seed)
            hidden = [nn.Linear(2, s.width), nn.ReLU()] if s.width else []
            model = nn.Sequential(*hidden, nn.Linear(s.width or 2, 1))
            optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
            for _ in range(s.steps):
                optimizer.zero_grad()
                classification(name, y * model(x)[:, 0], s).mean().backward()
                optimizer.step()
            with torch.no_grad():
                scores[name].append((model(x_test)[:, 0] * y_test > 0).float().mean().item())
    return scores


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print what the experiment gives, or a table of the curves where there is none."""
    s = settings
    torch.set_num_threads(1)
    if s.family == "regression":
        off = slope_errors(s)
        for name, errors in off.items():
            print(f"{name}: mean slope error {np.mean(errors):.3f}")
        return off
    if s.family == "classification":
        scores = accuracies(s)
        for name, shares in scores.items():
            print(f"{name}: accuracy on clean test points {100 * np.mean(shares):.1f} %")
        return scores
    losses, names, end = (
        (embedding, s.embedding, 2.0) if s.family == "embedding" else (overlap, s.overlap, min(1.0, s.size))
    )
    x = torch.linspace(0, end, 11, dtype=torch.float64).requires_grad_()
    table = {}
    for name in names:
        value = losses(name, x, s)
        gradient = torch.autograd.grad(value.sum(), x)[0]
        table[name] = [*value.tolist(), *gradient.tolist()]
        for place, loss, slope in zip(x.tolist(), value.tolist(), gradient.tolist(), strict=True):
            print(f"{name} at {place:.2f}: loss {loss:.4f}, gradient {slope:+.4f}")
    return table
