"""Learning rates against torch.optim.lr_scheduler: the values, and a stack in which each model has a schedule of its own."""

import warnings
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import lr_scheduler as torchs

from core.data import Split
from core.engine import schedules
from core.engine.fit import Recipe, fit
from core.engine.random import generator
from core.engine.schedules import Plateau
from core.engine.stack import stack


def warm_cosine(o, n, share, last):
    warm = max(1, int(share * n))
    up = torchs.LinearLR(o, 1 / warm, total_iters=max(1, warm - 1))
    down = torchs.CosineAnnealingLR(o, n - warm, last * o.param_groups[0]["initial_lr"])
    return torchs.SequentialLR(o, [up, down], [warm])


def warm(o, n, share):
    steps = max(1, int(share * n))
    return torchs.LinearLR(o, 1 / steps, total_iters=max(1, steps - 1))


# name: what the engine calls it -> torch's own, for an optimiser and n steps
TORCH = {
    "constant": lambda o, n: torchs.ConstantLR(o, 1.0),
    "step_decay": lambda o, n, parts=3, gamma=0.1: torchs.StepLR(o, -(-n // parts), gamma),
    "exponential": lambda o, n, last=0.01: torchs.ExponentialLR(o, last ** (1 / n)),
    "cosine": lambda o, n, last=0.0: torchs.CosineAnnealingLR(o, n, last * o.param_groups[0]["lr"]),
    "warmup": lambda o, n, share=0.1: warm(o, n, share),
    "warmup_cosine": lambda o, n, share=0.1, last=0.0: warm_cosine(o, n, share, last),
    "one_cycle": lambda o, n, top=1.0, rise=0.3: torchs.OneCycleLR(
        o, top * o.param_groups[0]["lr"], total_steps=n, pct_start=rise, cycle_momentum=False
    ),
}
CHANGES = {
    "step_decay": {"parts": 4, "gamma": 0.5},
    "exponential": {"last": 0.2},
    "cosine": {"last": 0.1},
    "warmup": {"share": 0.37},
    "warmup_cosine": {"share": 0.25, "last": 0.05},
    "one_cycle": {"top": 3.0, "rise": 0.45},
}
CASES = [(name, {}) for name in TORCH] + list(CHANGES.items())


def test_every_schedule_is_held_against_torch():
    assert {f.__name__ for f in schedules.SCHEDULES.values()} == set(TORCH)


@pytest.mark.parametrize("total", [10, 99, 200])
@pytest.mark.parametrize("name, change", CASES)
def test_a_schedule_has_torchs_values(name, change, total):
    base = 0.3
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = TORCH[name](opt, total, **change)
    for step in range(total):
        ours = base * getattr(schedules, name)(step, total, **change)
        assert ours == pytest.approx(opt.param_groups[0]["lr"], abs=1e-7)
        opt.step()
        scheduler.step()


@given(
    losses=st.lists(st.sampled_from([1.0, 0.99995, 0.9998, 0.5, 0.3, 2.0, float("nan")]), min_size=1, max_size=60),
    patience=st.integers(0, 5),
    factor=st.sampled_from([0.1, 0.5, 0.9]),
)
@settings(deadline=None)
def test_plateau_fires_when_torch_does(losses, patience, factor):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torchs.ReduceLROnPlateau(opt, factor=factor, patience=patience, eps=0)
    ours = Plateau(np.array([patience, np.inf]), np.array([factor, factor]))
    for loss in losses:
        theirs.step(loss)
        ours.update(np.array([loss, loss], np.float32).astype(float) if loss == loss else np.array([loss, loss]))
        assert ours.scale[0] == pytest.approx(opt.param_groups[0]["lr"], rel=1e-12)
        assert ours.scale[1] == 1


def points(n, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 2, generator=g)
    flip = torch.rand(n, generator=g) < 0.1
    return Split(x, ((x[:, 0] * x[:, 1] > 0) ^ flip).long())


def net():
    return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))


def plain(seed, lr, train, validation, batch, epochs, make, each_step):
    """A plain loop with torch's own scheduler. Returns the model and the learning rate of each epoch's last step."""
    torch.manual_seed(seed)
    model = net()
    opt = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    scheduler, g, rates = make(opt), generator(seed, "batches"), []
    for _ in range(epochs):
        order = torch.randperm(len(train.x), generator=g)
        for rows in order.split(batch):
            opt.zero_grad()
            nn.functional.cross_entropy(model(train.x[rows]), train.y[rows]).backward()
            opt.step()
            rate = opt.param_groups[0]["lr"]
            if each_step:
                scheduler.step()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(validation.x), validation.y)
        rates.append(rate)
        if not each_step:
            scheduler.step(loss)
    return model, rates


def test_each_model_of_a_stack_follows_its_own_schedule_as_plain_torch_does():
    train, validation, epochs, batch = points(160, 0), points(80, 1), 25, 16
    total = epochs * len(train.x) // batch
    rows = [(name, change, lr) for name, change in CASES for lr in (0.02, 0.1)]
    waits = [(0, 0.5, 0.1), (1, 0.1, 0.1), (3, 0.3, 0.3)]  # patience, factor, lr
    K = len(rows) + len(waits)
    variants = {(n, tuple(c.items())): partial(getattr(schedules, n), **c) for n, c in CASES}
    each = [variants[n, tuple(c.items())] for n, c, _ in rows] + [schedules.constant] * len(waits)
    recipe = Recipe(
        "Momentum",
        lr=[lr for *_, lr in rows] + [w[2] for w in waits],
        batch=batch,
        epochs=epochs,
        schedule=each,
        plateau=[np.inf] * len(rows) + [w[0] for w in waits],
        plateau_factor=[0.1] * len(rows) + [w[1] for w in waits],
    )
    models = stack(net, [k % 4 for k in range(K)])
    *_, history = fit(models, train, validation, recipe)
    measured = history.frame().query("metric == 'learning rate'")
    fired = 0
    for k in range(K):
        if k < len(rows):
            name, change, lr = rows[k]
            make, step = lambda o, n=name, c=change: TORCH[n](o, total, **c), True
        else:
            patience, factor, lr = waits[k - len(rows)]
            make, step = lambda o, f=factor, p=patience: torchs.ReduceLROnPlateau(o, factor=f, patience=p), False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            twin, rates = plain(k % 4, lr, train, validation, batch, epochs, make, step)
        ours = nn.utils.parameters_to_vector(models.unstack(k).parameters())
        torch.testing.assert_close(ours, nn.utils.parameters_to_vector(twin.parameters()), atol=1e-5, rtol=1e-5)
        assert measured[measured.model == k].value.to_numpy() == pytest.approx(rates, rel=1e-5, abs=1e-9)
        fired += not step and rates[-1] < rates[0]
    assert fired >= 2  # else nothing was tested


def test_a_known_schedule_adds_no_measurement_of_the_learning_rate():
    train = points(40, 0)
    *_, history = fit(stack(net, [0, 1]), train, train, Recipe(epochs=2, schedule=schedules.cosine))
    assert "learning rate" not in set(history.frame().metric)


def test_a_list_of_schedules_that_does_not_fit_the_stack_is_refused():
    train = points(40, 0)
    with pytest.raises(ValueError, match="schedule"):
        next(fit(stack(net, [0, 1]), train, train, Recipe(schedule=[schedules.cosine] * 3)))


@pytest.mark.parametrize("name", ["plateau", "plateau_factor"])
def test_a_negative_plateau_is_refused(name):
    with pytest.raises(ValueError, match=name):
        Recipe(**{name: -1})
