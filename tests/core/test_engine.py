"""The engine against plain torch: every row of a stack goes where its own nn.Module and torch.optim would take it."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.engine.fit import Recipe, Sampler, TrainStep, cross_entropy, evaluate, fit, fit_each
from core.engine.optimizers import OPTIMIZERS, shrink
from core.engine.random import generator, initialise
from core.engine.schedules import SCHEDULES
from core.engine.stack import stack

SEEDS = (3, 1, 4, 15, 92, 65, 35, 8)
LRS = tuple(np.geomspace(1e-3, 3e-2, 8))
DECAYS = (0.0, 1e-4, 1e-3, 1e-2, 0.0, 3e-2, 1e-3, 1e-1)


@dataclasses.dataclass
class Examples:
    x: torch.Tensor
    y: torch.Tensor


def examples(n=160, shape=(2,), classes=2, seed=0):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, *shape, generator=g)
    y = (
        (x.flatten(1)[:, 0] * x.flatten(1)[:, 1] > 0).long()
        if classes == 2
        else torch.randint(classes, (n,), generator=g)
    )
    return Examples(x, y)


def mlp():
    return nn.Sequential(
        nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2)
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.0), nn.Linear(32, 3),
    )  # fmt: skip


TORCH = {
    "SGD": lambda p, lr, wd: torch.optim.SGD(p, lr, weight_decay=wd),
    "Momentum": lambda p, lr, wd: torch.optim.SGD(p, lr, momentum=0.9, weight_decay=wd),
    "Nesterov": lambda p, lr, wd: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True, weight_decay=wd),
    "RMSprop": lambda p, lr, wd: torch.optim.RMSprop(p, lr, weight_decay=wd),
    "Adam": lambda p, lr, wd: torch.optim.Adam(p, lr, weight_decay=wd),
    "AdamW": lambda p, lr, wd: torch.optim.AdamW(p, lr, weight_decay=wd),
}


def plain(build, data, seed, optimizer, lr, wd, batch, epochs, clip=None, dtype=torch.float32):
    """What the engine claims to do, written as everybody writes it."""
    torch.manual_seed(seed)
    model = build().to(dtype)
    opt = TORCH[optimizer](model.parameters(), lr, wd)
    g = generator(seed, "batches")
    x = data.x.to(dtype)
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=g)
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            opt.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), data.y[rows]).backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            opt.step()
    return model.eval()


def run(s, train, recipe):
    *_, history = fit(s, train, train, recipe)
    return history


def difference(a, b):
    """Largest difference between any parameter or running statistic of two modules, relative to its size."""
    pairs = zip(a.state_dict().items(), b.state_dict().values(), strict=True)
    return max(
        float(((u.double() - v.double()).abs() / (1 + v.double().abs())).max())
        for (name, u), v in pairs
        if "num_batches" not in name
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("build, shape, classes, small", [(mlp, (2,), 2, 1.0), (cnn, (1, 8, 8), 3, 0.3)])
def test_each_row_follows_its_plain_twin_for_100_steps(optimizer, build, shape, classes, small):
    # Adam and RMSprop divide by a root: float32 rounding is amplified without bound where a gradient is about 0, in
    # torch's own two summation orders too. So that 1e-5 tests the formulas and not the last bit, all is float64.
    torch.set_default_dtype(torch.float64)
    try:
        data = examples(160, shape, classes)
        data.x = data.x.double()
        s = stack(build, SEEDS)
        lrs = tuple(small * lr for lr in LRS)
        run(s, data, Recipe(optimizer, lr=lrs, weight_decay=DECAYS, batch=16, epochs=10))
        for k, seed in enumerate(SEEDS):
            twin = plain(build, data, seed, optimizer, lrs[k], DECAYS[k], 16, 10, dtype=torch.float64)
            assert difference(s.unstack(k), twin) < 1e-5
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("optimizer", ["SGD", "Momentum", "Nesterov"])
def test_in_float32_too_where_rounding_is_not_amplified(optimizer):
    data = examples(160)
    s = stack(mlp, SEEDS)
    run(s, data, Recipe(optimizer, lr=1e-2, weight_decay=DECAYS, batch=16, epochs=10))
    for k, seed in enumerate(SEEDS):
        assert difference(s.unstack(k), plain(mlp, data, seed, optimizer, 1e-2, DECAYS[k], 16, 10)) < 1e-5


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_starts_as_plain_torch_would(seed):
    s = stack(cnn, [seed, 7])
    torch.manual_seed(seed)
    assert difference(s.unstack(0), cnn()) == 0


def test_initialise_refuses_a_layer_it_does_not_know():
    with pytest.raises(TypeError, match="Bilinear"):
        initialise(nn.Sequential(nn.Bilinear(2, 2, 2)), 0)


def test_clipping_follows_torch():
    data = examples(64)
    s = stack(mlp, SEEDS[:3])
    run(s, data, Recipe("SGD", lr=0.5, clip=(0.05, 0.5, np.inf), batch=16, epochs=5))
    for k, limit in enumerate((0.05, 0.5, 1e9)):
        assert difference(s.unstack(k), plain(mlp, data, SEEDS[k], "SGD", 0.5, 0, 16, 5, clip=limit)) < 1e-5


def test_stopping_one_model_does_not_move_another():
    data = examples(96)
    recipe = Recipe("Adam", lr=0.01, dropout=0.3, batch=16, epochs=6)

    def build():
        return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2))

    whole, cut = stack(build, [0, 1, 2]), stack(build, [0, 1, 2])
    run(whole, data, recipe)
    held = None
    for history in fit(cut, data, data, recipe):
        if history.step == 12:
            cut.alive[1] = 0
            held = cut.unstack(1)
    assert difference(cut.unstack(0), whole.unstack(0)) == 0
    assert difference(cut.unstack(2), whole.unstack(2)) == 0
    assert difference(cut.unstack(1), held) == 0
    assert difference(cut.unstack(1), whole.unstack(1)) > 1e-3


def test_a_model_does_not_depend_on_who_else_is_in_the_stack():
    data = examples(96)
    recipe = Recipe("AdamW", lr=0.01, dropout=0.5, batch=16, epochs=4)

    def build():
        return nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout(), nn.Linear(8, 2))

    alone, among = stack(build, [5]), stack(build, [1, 2, 5, 9])
    run(alone, data, recipe)
    run(among, data, recipe)
    assert difference(alone.unstack(0), among.unstack(2)) < 1e-5


def test_divergence_is_named_and_stays_in_its_row():
    data = examples(96)

    def build():
        return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))

    s, calm = stack(build, [0, 1]), stack(build, [0, 1])
    history = run(s, data, Recipe("SGD", lr=(1e30, 0.01), batch=16, epochs=5))
    run(calm, data, Recipe("SGD", lr=0.01, batch=16, epochs=5))
    assert history.stopped == {0: "diverged"}
    assert difference(s.unstack(1), calm.unstack(1)) < 1e-6
    assert history.frame().query("model == 1").value.notna().all()


def test_early_stopping_keeps_the_best_weights():
    train, validation = examples(40, seed=1), examples(200, seed=2)
    train.y = torch.randint(2, (40,), generator=torch.Generator().manual_seed(0))  # nothing to learn: it overfits
    s = stack(mlp, [0, 1])
    *_, history = fit(s, train, validation, Recipe("Adam", lr=0.02, batch=20, epochs=60, patience=(5, np.inf)))
    assert history.stopped == {0: "early stopping"}
    seen = history.frame().query("metric == 'loss' and split == 'validation' and model == 0")
    assert len(seen) < 61
    assert evaluate(s, validation)["loss"][0].item() == pytest.approx(seen.value[seen.epoch > 0].min(), rel=1e-5)


def test_l1_gives_exact_zeros_and_l2_does_not():
    data = examples(96)
    s = stack(mlp, [0, 0])
    run(s, data, Recipe("SGD", lr=0.05, l1=(0.05, 0), weight_decay=(0, 0.05), batch=16, epochs=30))
    zeros = ((s.theta == 0) & s.weight_mask).sum(1)
    assert zeros[0] > 50
    assert zeros[1] == 0


@given(st.floats(-3, 3), st.floats(0, 2))
def test_shrink_minimises_its_penalised_distance(w, t):
    theta = torch.tensor([[w, w]], dtype=torch.float64)
    shrink(theta, torch.tensor([True, False]), torch.tensor([[t]], dtype=torch.float64))
    grid = torch.linspace(-3, 3, 6001, dtype=torch.float64)
    best = grid[(0.5 * (grid - w) ** 2 + t * grid.abs()).argmin()]
    assert theta[0, 0].item() == pytest.approx(best.item(), abs=1e-3)
    assert theta[0, 1] == w


def test_dropout_drops_with_its_rate_keeps_the_mean_and_is_off_in_eval():
    s = stack(lambda: nn.Sequential(nn.Dropout(), nn.Linear(100, 100, bias=False)), [0, 1])
    s.theta.copy_(torch.eye(100).flatten())
    s.dropout = (0.25, 0.0)
    s.training = True
    y = s(torch.ones(2, 200, 100)).detach()  # (K, B, F)
    assert (y[0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert y[0].mean().item() == pytest.approx(1, abs=0.02)
    assert (y[1] == 1).all()
    s.training = False
    assert (s(torch.ones(2, 5, 100)) == 1).all()


def test_same_seed_same_history_and_another_seed_another():
    data = examples(96)
    frames = []
    for seeds in ([0, 1], [0, 1], [2, 3]):
        frames.append(run(stack(mlp, seeds), data, Recipe(batch=16, epochs=3)).frame())
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])
    assert list(frames[0].columns) == ["model", "step", "epoch", "split", "metric", "value"]


def test_shared_batches_are_the_first_models():
    data = examples(96)
    s = stack(mlp, [0, 1])
    run(s, data, Recipe("SGD", lr=0.01, batch=16, epochs=3, shared_batches=True))
    twin = plain(mlp, data, 0, "SGD", 0.01, 0, 16, 3)
    assert difference(s.unstack(0), twin) < 1e-5
    assert difference(s.unstack(1), plain(mlp, data, 1, "SGD", 0.01, 0, 16, 3)) > 1e-4


@given(sizes=st.lists(st.integers(1, 200), min_size=1, max_size=4), batch=st.integers(1, 64))
@settings(deadline=None)
def test_no_row_comes_twice_before_every_whole_batch_has_come(sizes, batch):
    sampler = Sampler([generator(k, "batches") for k in range(len(sizes))], sizes, batch)
    B = min(batch, min(sizes))
    epochs = [sampler.epoch() for _ in range(3)]
    assert all(e.shape == (min(sizes) // B, len(sizes), B) for e in epochs)
    for k, n in enumerate(sizes):
        seen = torch.cat([e[:, k].flatten() for e in epochs]).tolist()
        cycle = n // B * B
        for start in range(0, len(seen), cycle):
            part = seen[start : start + cycle]
            assert len(set(part)) == len(part)
            assert set(part) <= set(range(n))


def test_a_model_with_fewer_examples_trains_as_if_there_were_no_more():
    data = examples(192)
    s = stack(mlp, [0, 1])
    run(s, data, Recipe("SGD", lr=0.01, batch=16, epochs=4, examples=(96, 192)))
    half = Examples(data.x[:96], data.y[:96])
    assert difference(s.unstack(0), plain(mlp, half, 0, "SGD", 0.01, 0, 16, 4)) < 1e-5
    assert difference(s.unstack(1), plain(mlp, data, 1, "SGD", 0.01, 0, 16, 2)) < 1e-5


def test_a_model_may_pass_batch_norm_by():
    data = examples(96)
    s = stack(mlp, [0, 0])
    s.normalised = torch.tensor([0])
    run(s, data, Recipe("SGD", lr=0.01, batch=16, epochs=3))

    def without():
        return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))

    twin = plain(without, data, 0, "SGD", 0.01, 0, 16, 3)
    assert difference(s.unstack(0), plain(mlp, data, 0, "SGD", 0.01, 0, 16, 3)) < 1e-5
    x = data.x[:5]
    assert (s.shared(x)[1] - twin(x)).abs().max() < 1e-5


def test_batch_norms_that_no_model_has_stay_as_they_were():
    s = stack(mlp, [0, 1])
    s.normalised = torch.tensor([], dtype=torch.long)
    before = s.unstack(0)
    run(s, examples(96), Recipe("SGD", lr=0.01, batch=16, epochs=1))
    after = s.unstack(0)
    for m, n in zip(before, after, strict=True):
        same = [torch.equal(a, b) for a, b in zip(m.state_dict().values(), n.state_dict().values(), strict=True)]
        assert all(same) if isinstance(m, nn.BatchNorm1d) else not any(same)


def test_a_narrower_model_is_a_wider_one_padded_with_zeros():
    data = examples(96)

    def net(width):
        return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))

    s = stack(lambda: net(16), [0, 5])
    s.embed(1, initialise(net(4), 5))
    run(s, data, Recipe("Adam", lr=0.01, batch=16, epochs=5))
    twin = plain(lambda: net(4), data, 5, "Adam", 0.01, 0, 16, 5)
    assert (s.shared(data.x)[1] - twin(data.x)).abs().max() < 1e-4
    assert int((s.theta[1] != 0).sum()) == sum(p.numel() for p in twin.parameters())


def test_a_transform_changes_what_is_trained_on():
    data = examples(96)
    flipped = Examples(-data.x, data.y)
    a, b = stack(mlp, [0]), stack(mlp, [0])
    for s, given_data, transform in ((a, data, torch.neg), (b, flipped, None)):
        *_, _ = fit(s, given_data, data, Recipe("SGD", lr=0.01, batch=16, epochs=2), transform=transform)
    assert difference(a.unstack(0), b.unstack(0)) == 0


@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    K=st.integers(1, 3),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    batch=st.integers(2, 50),
    dropout=st.sampled_from([0.0, 0.4]),
)
@settings(max_examples=25, deadline=None)
def test_any_setting_trains_and_fills_its_history(widths, K, optimizer, batch, dropout):
    data = examples(60)

    def build():
        layers, last = [], 2
        for w in widths:
            layers += [nn.Linear(last, w), nn.ReLU(), nn.Dropout()]
            last = w
        return nn.Sequential(*layers, nn.Linear(last, 2))

    history = run(stack(build, range(K)), data, Recipe(optimizer, lr=1e-3, batch=batch, epochs=2, dropout=dropout))
    assert history.fraction == 1
    frame = history.frame()
    assert set(frame.model) == set(range(K))
    assert np.isfinite(frame.value).all()
    assert set(frame.epoch) == {0, 1, 2}


@pytest.mark.parametrize("bad", [{"batch": 0}, {"epochs": 0}, {"lr": -1}, {"lr": float("nan")}, {"dropout": 1.0}])
def test_a_bad_recipe_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        Recipe(**bad)


@pytest.mark.parametrize("name, torch_schedule", [
    ("cosine", lambda o, n: torch.optim.lr_scheduler.CosineAnnealingLR(o, n)),
    ("exponential", lambda o, n: torch.optim.lr_scheduler.ExponentialLR(o, 0.01 ** (1 / n))),
    ("step", lambda o, n: torch.optim.lr_scheduler.StepLR(o, n // 3, 0.1)),
])  # fmt: skip
def test_schedules_follow_torch(name, torch_schedule):
    total = 99
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch_schedule(opt, total)
    for step in range(total):
        assert SCHEDULES[name](step, total) == pytest.approx(opt.param_groups[0]["lr"], abs=1e-9)
        opt.step()
        scheduler.step()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda_graph_follows_the_cpu():
    data = examples(160)
    on = stack(mlp, SEEDS, "cuda")
    run(on, Examples(data.x.cuda(), data.y.cuda()), Recipe("SGD", lr=0.01, batch=16, epochs=10))
    for k, seed in enumerate(SEEDS):
        assert difference(on.unstack(k), plain(mlp, data, seed, "SGD", 0.01, 0, 16, 10)) < 1e-4


def test_models_on_rows_of_their_own_follow_plain_torch() -> None:
    g = torch.Generator().manual_seed(5)
    x, y = torch.randn(3, 20, 2, generator=g), torch.randint(0, 2, (3, 20), generator=g)
    build = lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))  # noqa: E731
    models = stack(build, (4, 5, 6))
    fractions = list(fit_each(models, x, y, Recipe("SGD", lr=0.1, batch=5, epochs=3)))
    assert fractions[-1] == 1 and len(fractions) == 12
    for k, seed in enumerate((4, 5, 6)):
        torch.manual_seed(seed)
        plain, batches = build(), generator(seed, "batches")
        optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
        for _ in range(3):
            for rows in torch.randperm(20, generator=batches).split(5):
                optimizer.zero_grad()
                nn.functional.cross_entropy(plain(x[k, rows]), y[k, rows]).backward()
                optimizer.step()
        ours = nn.utils.parameters_to_vector(models.unstack(k).parameters())
        torch.testing.assert_close(ours, nn.utils.parameters_to_vector(plain.parameters()), atol=1e-5, rtol=0)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_a_rate_of_its_own_for_each_parameter_follows_parameter_groups_and_0_freezes(optimizer: str) -> None:
    build = lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))  # noqa: E731
    models = stack(build, [0, 1])
    models_factors = torch.ones_like(models.theta)
    models_factors[0, :16], models_factors[1, :16] = 0.1, 0.0  # the first layer
    recipe = Recipe(optimizer, lr=0.01)
    step = TrainStep(models, recipe, cross_entropy, 20, factors=models_factors)
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(20, 2, 8, 3, generator=g), torch.randint(0, 2, (20, 2, 8), generator=g)
    start = models.theta.detach().clone()
    for t in range(20):
        step(x[t], y[t], t)
    assert torch.equal(models.theta[1, :16], start[1, :16]) and not torch.equal(models.theta[1], start[1])
    made = {"SGD": torch.optim.SGD, "Momentum": torch.optim.SGD, "Nesterov": torch.optim.SGD}
    more = {"Momentum": {"momentum": 0.9}, "Nesterov": {"momentum": 0.9, "nesterov": True}}.get(optimizer, {})
    more |= {"AdamW": {"weight_decay": 0.0}}.get(optimizer, {})
    for k, factor in enumerate((0.1, 0.0)):
        torch.manual_seed(k)
        net = build()
        groups = [{"params": net[0].parameters(), "lr": 0.01 * factor}, {"params": net[2].parameters(), "lr": 0.01}]
        twin = made.get(optimizer, getattr(torch.optim, optimizer, None))(groups, **more)
        for t in range(20):
            twin.zero_grad()
            nn.functional.cross_entropy(net(x[t, k]), y[t, k]).backward()
            twin.step()
        assert torch.allclose(models.theta[k], nn.utils.parameters_to_vector(net.parameters()), atol=1e-5)
