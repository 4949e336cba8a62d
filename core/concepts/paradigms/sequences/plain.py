"""Learn to predict the next value of a series, then go on from the predictions: AR, MLP, RNN and LSTM against "same as now"."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.series import REAL, load
from core.engine.random import generator

CONTEXT = 40  # values that a recurrent network reads


class Recurrent(nn.Module):
    def __init__(self, kind, width):
        super().__init__()
        self.cell = {"RNN": nn.RNN, "LSTM": nn.LSTM}[kind](1, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, x):  # (B, T, 1) -> the next value after each
        return self.head(self.cell(x)[0])[..., 0]

    def run_free(self, known, steps):
        made = []
        out, state = self.cell(known[:, -CONTEXT:, None])
        for _ in range(steps):
            made.append(self.head(out[:, -1]))
            out, state = self.cell(made[-1][:, None], state)
        return torch.cat(made, 1)


class MLP(nn.Module):
    def __init__(self, lags, width):
        super().__init__()
        self.lags = lags
        self.layers = nn.Sequential(
            nn.Linear(lags, width), nn.ReLU(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def forward(self, x):
        return self.layers(x)

    def run_free(self, known, steps):
        for _ in range(steps):
            known = torch.cat([known, self(known[:, -self.lags :])], 1)
        return known[:, -steps:]


def train(name, x, settings, seed):
    """One network that predicts the next value of x."""
    s = settings
    torch.manual_seed(seed)
    model = MLP(s.lags, 2 * s.width) if name == "MLP" else Recurrent(name, s.width)
    length = s.lags if name == "MLP" else CONTEXT
    stretches = torch.tensor(x, dtype=torch.float32).unfold(0, length + 1, 1)
    batches, size = generator(seed, "batches"), 128 if name == "MLP" else 32
    optimizer = torch.optim.Adam(model.parameters(), s.lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: (1 + np.cos(np.pi * i / s.steps)) / 2)
    for _ in range(s.steps):
        rows = stretches[torch.randint(len(stretches), (size,), generator=batches)]
        if name == "MLP":
            errors = model(rows[:, :-1]) - rows[:, -1:]
        else:
            errors = (model(rows[:, :-1, None]) - rows[:, 1:])[:, 10:]  # the first predictions know too little
        optimizer.zero_grad()
        errors.square().mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model


def linear(x, lags, known, steps):
    """Linear autoregression by least squares, and its own predictions after the known values."""
    stretches = np.lib.stride_tricks.sliding_window_view(x, lags + 1)
    w = np.linalg.lstsq(np.column_stack([stretches[:, :-1], np.ones(len(stretches))]), stretches[:, -1], rcond=None)[0]
    for _ in range(steps):
        known = np.column_stack([known, np.clip(known[:, -lags:] @ w[:-1] + w[-1], -1e3, 1e3)])
    return known[:, -steps:]


def main(settings: SimpleNamespace) -> dict[str, np.ndarray]:
    """Print the root mean squared error of each method, in standard deviations, at several horizons."""
    s = settings
    torch.set_num_threads(1)
    raw = load(s.data, s.n + 2400, s.noise, s.seed)
    n = int(2 / 3 * len(raw)) if s.data in REAL else s.n
    level = (raw - raw[:n].mean()) / raw[:n].std()
    steps = min(100, (len(raw) - n) // 5)
    starts = np.unique(np.linspace(n, len(raw) - steps, 240).round().astype(int))
    truth = level[starts[:, None] + np.arange(steps)]
    x, shift, scale = level, 0.0, 1.0
    if s.changes:
        x = np.diff(level)
        shift, scale = x[: n - 1].mean(), x[: n - 1].std()
        x = (x - shift) / scale
    known = x[(starts - s.changes)[:, None] + np.arange(-CONTEXT, 0)]
    training, last = x[: n - s.changes], level[starts - 1][:, None]

    guesses = {"same as now": [last], "mean": [np.zeros_like(last)]}
    for name in s.methods:
        if name == "AR":
            made = [linear(training, s.lags, known, steps)]
        else:
            made = []
            for i in range(s.seeds):
                model = train(name, training, s, s.seed + i)
                with torch.no_grad():
                    made.append(model.run_free(torch.tensor(known, dtype=torch.float32), steps).double().numpy())
        guesses[name] = [last + (shift + scale * m).cumsum(1) if s.changes else m for m in made]
    errors = {name: (np.square(np.stack(made) - truth).mean((0, 1))) ** 0.5 for name, made in guesses.items()}
    for name, error in errors.items():
        shown = ", ".join(f"{h} ahead {error[h - 1]:.4g}" for h in (1, 5, 10, 20, 50, 100) if h <= steps)
        print(f"{name}: {shown}")
    return errors
