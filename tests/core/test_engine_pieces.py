"""A divided step is the undivided one: the same numbers, in pieces short enough for Stop to answer."""

import gc
import itertools
import math
import time
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.data.dataset import Split
from core.engine import pieces
from core.engine.cost import cost, flops
from core.engine.fit import (
    Recipe,
    TrainStep,
    cross_entropy,
    evaluate,
    evaluate_steps,
    fit,
    fit_each,
    shared_steps,
)  # fmt: skip
from core.engine.pieces import Division, Meter, divide, finish, groups
from core.engine.schedules import constant, cosine, one_cycle
from core.engine.stack import Stack, stack, stack_steps

LIMIT = 0.3  # seconds of CPU that a piece may take
SEEDS = (3, 1, 4, 15, 92)


def examples(n: int, shape: tuple[int, ...], classes: int = 3, seed: int = 0) -> Split:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, *shape, generator=g, dtype=torch.float32)
    return Split(x, torch.randint(classes, (n,), generator=g))


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3))


def with_dropout() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 8), nn.LayerNorm(8), nn.Dropout(), nn.Linear(8, 3)
    )


def with_batch_norm() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 3))


def cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(), nn.Conv2d(4, 6, 3), nn.GELU(),
        nn.Flatten(), nn.Dropout(), nn.Linear(24, 3),
    )  # fmt: skip


def cnn_with_batch_norm() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))


class Doubled(nn.Identity):
    """A layer that the engine has no rule for; it holds a number a model."""

    def __init__(self) -> None:
        super().__init__()
        self.factors = torch.full((len(SEEDS), 1, 1), 2.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factors


def own_layer() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), Doubled(), nn.Dropout(), nn.Linear(8, 3))


SHAPES = {cnn: (1, 8, 8), cnn_with_batch_norm: (1, 8, 8)}
EVERYTHING = {
    "lr": [0.01, 0.02, 0.005, 0.0, 0.02],
    "weight_decay": [0.0, 0.1, 0.0, 0.01, 0.0],
    "l1": [0.0, 0.0, 0.02, 0.0, 0.01],
    "clip": [math.inf, 0.5, 0.1, math.inf, 1.0],
    "patience": [math.inf, 2, math.inf, 1, math.inf],
    "plateau": [math.inf, math.inf, 1, math.inf, math.inf],
    "schedule": [constant, cosine, constant, one_cycle, cosine],
}


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class Double:
    """Examples in float64, so that 1e-9 tests what is computed and not in which order it is summed."""

    def __init__(self, split: Split) -> None:
        self.x = split.x.double()
        self.y = split.y


def trained(build, recipe: Recipe, data, held):
    """The stack, its history and the step at each yield."""
    models = stack(build, SEEDS)
    steps = []
    for history in fit(models, data, held, recipe):
        steps.append((history.step, history.epoch, len(history.records)))
    return models, history, steps


def alike(a: Stack, b: Stack, tolerance: float) -> bool:
    pairs = [(a.theta.detach(), b.theta.detach()), *((a.buffers[name], b.buffers[name]) for name in a.buffers)]
    return all(torch.allclose(u, v, rtol=tolerance, atol=tolerance) for u, v in pairs)


@pytest.mark.parametrize("share", [0.5, 0.05, 1e-6])  # of a step in a piece: some models, some rows of one, one row
@pytest.mark.parametrize("optimizer", ["Nesterov", "AdamW"])
@pytest.mark.parametrize("build", [mlp, with_dropout, with_batch_norm, cnn, cnn_with_batch_norm, own_layer])
def test_divided_training_gives_the_same_numbers(build, optimizer, share, double, monkeypatch):
    shape = SHAPES.get(build, (4,))
    data, held = Double(examples(48, shape)), Double(examples(30, shape, seed=1))
    recipe = Recipe(optimizer, dropout=[0.5, 0.0, 0.2, 0.5, 0.3], batch=12, epochs=4, **EVERYTHING)
    whole, history, steps = trained(build, recipe, data, held)
    assert len(steps) == len(set(steps)) == history.total_steps + 1
    seconds = TrainStep(whole, recipe, cross_entropy, 1).seconds(12, shape)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", share * seconds)
    divided, same, more = trained(build, recipe, data, held)
    assert len(more) > len(steps)
    # Between two steps the history stays as it was; before the first measurement it is empty.
    assert [seen for seen in dict.fromkeys(more) if seen != (0, 0, 0)] == steps
    assert alike(whole, divided, 1e-9)
    assert history.stopped == same.stopped and "early stopping" in history.stopped.values()
    assert history.total_steps == same.total_steps
    a, b = history.frame(), same.frame()
    assert a.drop(columns="value").equals(b.drop(columns="value"))
    assert np.allclose(a.value, b.value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("build", [with_dropout, with_batch_norm, cnn])
def test_in_float32_too(build, monkeypatch):
    shape = SHAPES.get(build, (4,))
    data, held = examples(48, shape), examples(30, shape, seed=1)
    recipe = Recipe("Momentum", lr=0.01, dropout=0.4, batch=12, epochs=3)
    whole, *_ = trained(build, recipe, data, held)
    seconds = TrainStep(whole, recipe, cross_entropy, 1).seconds(12, shape)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 0.5 * seconds)
    by_models, *_ = trained(build, recipe, data, held)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 1e-9)
    by_rows, *_ = trained(build, recipe, data, held)
    assert alike(whole, by_models, 1e-6)
    assert alike(whole, by_rows, 1e-5)


def test_a_model_that_diverges_in_a_divided_step_stops_alone(monkeypatch):
    data = examples(48, (4,))
    recipe = Recipe("SGD", lr=[1e30, 0.01, 0.01, 0.01, 0.01], batch=12, epochs=4)
    build = lambda: nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))  # noqa: E731
    whole, history, _ = trained(build, recipe, data, data)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 1e-9)
    divided, same, _ = trained(build, recipe, data, data)
    assert history.stopped == same.stopped == {0: "diverged"}
    assert torch.allclose(whole.theta[1:], divided.theta[1:], atol=1e-5)


def test_models_on_rows_of_their_own_and_weights_of_the_examples(double, monkeypatch):
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 24, 4, generator=g), torch.randint(3, (5, 24), generator=g)
    weights = torch.rand(5, 24, generator=g)
    results = []
    for bound in (1.0, 1e-9):
        monkeypatch.setattr(pieces, "PIECE_SECONDS", bound)
        each = stack(mlp, SEEDS)
        shares = list(fit_each(each, x, y, Recipe("Adam", batch=8, epochs=2)))
        weighed = stack(mlp, SEEDS)
        step, meter = TrainStep(weighed, Recipe("SGD", lr=0.1), cross_entropy, 1, weights), Meter(weighed.device)
        paused = sum(1 for _ in step.pieces(lambda m, r: (x[m, r], y[m, r]), 24, (4,), 0, meter))
        results.append((each, shares, weighed, paused))
    (each, shares, weighed, _), (same_each, more, same_weighed, paused) = results
    assert alike(each, same_each, 1e-9) and alike(weighed, same_weighed, 1e-9)
    assert len(shares) == 6 and list(dict.fromkeys(more)) == [0.0, *shares] and paused > 5
    plain = weighed.template  # the last model, before its step: initialised with the last seed
    loss = nn.functional.cross_entropy(plain(x[4]), y[4], reduction="none") @ weights[4] / 24
    gradients = torch.autograd.grad(loss, list(plain.parameters()))
    theta = nn.utils.parameters_to_vector(p - 0.1 * d for p, d in zip(plain.parameters(), gradients, strict=True))
    assert torch.allclose(weighed.theta[4], theta)


def test_measurements_and_predictions_in_pieces_are_those_at_once(monkeypatch):
    for build, shape in ((mlp, (4,)), (cnn, (1, 8, 8))):
        models, held = stack(build, SEEDS), examples(50, shape)
        scores = evaluate(models, held)
        with torch.no_grad():
            logits = models.shared(held.x)
        assert torch.equal(finish(shared_steps(models, held.x)), logits)
        with monkeypatch.context() as m:
            m.setattr(pieces, "PIECE_SECONDS", 1e-9)
            steps = evaluate_steps(models, held)
            assert next(steps) is None and torch.is_grad_enabled()
            divided = finish(steps)
            classes = finish(shared_steps(models, held.x, lambda out: out.argmax(2)))
        few_at_a_time = evaluate(models, held, chunk=5 * 64 * 3)
        for name in scores:
            assert torch.allclose(scores[name], divided[name], atol=1e-5)
            assert torch.allclose(scores[name], few_at_a_time[name], atol=1e-5)
        assert torch.equal(classes, logits.argmax(2))


def test_a_stack_made_in_steps_is_the_stack(monkeypatch):
    whole = stack(cnn, SEEDS)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 1e-9)
    steps = stack_steps(cnn, SEEDS)
    assert sum(1 for _ in itertools.takewhile(lambda _: True, steps)) == len(SEEDS) - 1
    assert torch.equal(finish(stack_steps(cnn, SEEDS)).theta, whole.theta)


def test_a_step_left_in_its_middle_leaves_no_noise_behind(monkeypatch):
    data = examples(48, (4,))
    models = stack(with_dropout, SEEDS)
    with monkeypatch.context() as m:
        m.setattr(pieces, "PIECE_SECONDS", 1e-9)
        training = fit(models, data, data, Recipe(dropout=0.5, batch=12))
        for history in training:
            if history.records and any(models.part(slice(k, k + 1)).drawn for k in range(5)):
                break
        training.close()
    assert all(models.part(slice(k, k + 1)).drawn is None for k in range(5))
    *_, history = fit(models, data, data, Recipe(batch=12, epochs=1))
    assert history.fraction == 1


def test_a_stack_nobody_needs_is_freed_at_once():
    gc.disable()
    try:
        for build in (with_dropout, with_batch_norm, cnn):
            models = stack(build, SEEDS)
            data = examples(48, SHAPES.get(build, (4,)))
            *_, _ = fit(models, data, data, Recipe(dropout=0.5, batch=12, epochs=1))
            models.part(slice(0, 2))
            gone = weakref.ref(models)
            del models
            assert gone() is None
    finally:
        gc.enable()


def test_noise_drawn_in_parts_is_noise_drawn_at_once(monkeypatch):
    ours, theirs = stack(with_dropout, (7,)), stack(with_dropout, (7,))
    monkeypatch.setattr(pieces, "PIECE_SECONDS", 100 * pieces.DRAW)
    paused = sum(1 for _ in ours.draw([(16,), (8,)], 50, Meter(ours.device)))
    assert paused > 5 and ours.drawn is not None
    for shape, (mask,) in zip([(16,), (8,)], ours.drawn[0], strict=True):
        assert torch.equal(mask, torch.rand((50, *shape), generator=theirs.noise[0]) >= 0.5)


@given(
    K=st.integers(1, 40),
    B=st.integers(1, 300),
    each=st.floats(1e-7, 0.2),
    fixed=st.floats(0, 0.1),
    values=st.integers(1, 10**8),
    by_models=st.booleans(),
    by_rows=st.booleans(),
)
@settings(deadline=None)
def test_a_division_covers_every_model_and_row_once_within_its_bounds(K, B, each, fixed, values, by_models, by_rows):
    seconds = lambda rows: fixed + rows * each  # noqa: E731
    d = divide(K, B, seconds, values, torch.device("cpu"), by_models, by_rows)
    assert [k for m in d.models for k in range(m.start, m.stop)] == list(range(K))
    assert [b for r in d.rows for b in range(r.start, r.stop)] == list(range(B))
    most_models, most_rows = (max(s.stop - s.start for s in part) for part in (d.models, d.rows))
    assert by_models or most_models == K
    assert by_rows or most_rows == B
    if most_rows > 1 and by_rows and by_models:  # else nothing is left to divide
        assert most_models * seconds(most_rows) <= pieces.PIECE_SECONDS * (1 + 1e-9)
        assert 8 * most_models * most_rows * values <= pieces.PIECE_BYTES["cpu"]
    if most_rows < B and by_models:
        assert most_models == 1


def test_groups_are_even():
    assert groups(10, 4) == [slice(0, 3), slice(3, 6), slice(6, 10)]
    assert groups(3, 100) == [slice(0, 3)]
    assert isinstance(divide(1, 1, lambda rows: 0.0, 1, torch.device("cpu")), Division)


@pytest.mark.parametrize("build", [mlp, with_dropout, with_batch_norm, cnn, cnn_with_batch_norm])
def test_operations_are_counted_as_torch_counts_them(build):
    shape, module = SHAPES.get(build, (4,)), build()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(torch.zeros(1, *shape))
    module.train()
    assert flops(module, shape) == counter.get_total_flops()
    assert module.training and not any(m._forward_hooks for m in module.modules())


def test_what_one_example_costs():
    found = cost(cnn(), (1, 8, 8))
    assert found.masks == ((4, 4, 4), (24,))
    assert found.slow == 2 * 256 + 2 * 64 + 2 * 24 + 24  # convolutions, pooling and activations; both dropouts
    assert found.values == 64 + found.slow + 24 + 3


# The cheap settings, most of all the defaults of the pages, go as they always went: a yield a step.


def network(features: int, width: int, depth: int = 2, classes: int = 10) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    for a in (features, *[width] * (depth - 1)):
        layers += [nn.Linear(a, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, classes))


def regularized(features: int, width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(features, width), nn.ReLU(), nn.BatchNorm1d(width), nn.Dropout(),
        nn.Linear(width, width), nn.ReLU(), nn.BatchNorm1d(width), nn.Dropout(), nn.Linear(width, classes),
    )  # fmt: skip


@pytest.mark.parametrize(
    "build, K, shape, n",
    [
        (lambda: network(2, 16, classes=2), 8, (2,), 240),  # training
        (lambda: regularized(2, 64, 2), 72, (2,), 40),  # regularisation
        (lambda: network(64, 32), 24, (1, 8, 8), 512),  # batch size
    ],
)
def test_cheap_training_yields_once_a_step(build, K, shape, n):
    data, held = examples(n, shape, 2), examples(200, shape, 2, seed=1)
    steps = [history.step for history in fit(stack(build, range(K)), data, held, Recipe(batch=32, epochs=3))]
    assert steps == list(range(3 * (n // 32) + 1))


# The costliest settings of the pages.


def picture_network(width: int, depth: int) -> nn.Sequential:
    layers, channels, side = list[nn.Module](), 1, 28
    for _ in range(depth):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        channels = width
        if side >= 6:
            layers.append(nn.MaxPool2d(2))
            side //= 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.5), nn.Linear(channels * side * side, 10))


COSTLY = {
    "training, wide CNN": (lambda: picture_network(256, 6), 32, Recipe("Adam", dropout=0.5, batch=1024)),
    "training, narrow CNN": (lambda: picture_network(1, 6), 32, Recipe("Adam", dropout=0.5, batch=1024)),
    "training, MLP": (lambda: network(784, 256, 6), 32, Recipe("AdamW", weight_decay=0.1, batch=1024)),
    "regularisation": (
        lambda: regularized(784, 256, 10), 160,
        Recipe("Adam", l1=0.1, weight_decay=0.1, dropout=0.5, patience=10, batch=32),
    ),
    "schedules": (lambda: network(784, 256), 384, Recipe("Momentum", batch=32)),
    "batch size": (lambda: network(784, 64), 48, Recipe("Adam", batch=1024)),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_no_piece_is_long_at_the_costliest_settings(name):
    build, K, recipe = COSTLY[name]
    # Few rows to measure, so that training comes soon; the cost of a piece does not depend on how many there are.
    data, held = examples(1024, (1, 28, 28), 10), examples(5, (1, 28, 28), 10, seed=1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def preparation_and_training():
        models = yield from stack_steps(build, range(K))
        yield "stack"
        for history in fit(models, data, held, recipe, seen=held):
            yield "trained" if history.records else "measuring"

    try:
        steps = preparation_and_training()
        training = 0
        for piece in itertools.count():
            begun = time.process_time()
            now = next(steps)
            assert time.process_time() - begun < LIMIT, (piece, now)
            training += now == "trained"
            if training == 20:
                break
        steps.close()
    finally:
        torch.set_num_threads(threads)
