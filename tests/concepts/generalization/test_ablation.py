"""Ablation: every variant follows plain torch, effects are paired, and findings follow the numbers."""

import dataclasses
import time

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.nn import functional as F

from core.concepts.generalization import ablation as A
from core.concepts.generalization.ablation import figures
from core.concepts.generalization.ablation import network as N
from core.concepts.generalization.ablation import plain as take_home
from core.concepts.generalization.ablation.settings import BARE, FULL, PARTS, only, variants, without
from core.engine.pieces import finish
from core.progress import finished
from core.settings import SettingsError
from core.stats import mean_interval

SMALL = A.Settings(data="digits", n=40, width=12, epochs=8, seeds=3, depth=2)
CPU = torch.device("cpu")


def last(s):
    return finished(A.run(s))


def trained(s, data):
    """The stack at the end of its training."""
    *_, ((models,), _, _) = N.train(s, data, CPU)
    return models


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


# The recipe


def test_every_part_is_taken_out_once_and_added_alone_once():
    rows = {v.name: v.parts for v in variants(SMALL)}
    assert len(rows) == 2 + 2 * len(PARTS)
    assert rows[FULL] == set(PARTS) and rows[BARE] == set()
    for p in PARTS:
        assert rows[FULL] - rows[without(p)] == {p} and rows[only(p)] == {p}


def test_a_shorter_recipe_has_fewer_variants():
    s = dataclasses.replace(SMALL, parts=("dropout", "momentum"))
    assert {v.name for v in variants(s)} == {
        FULL, BARE, "without dropout", "without momentum", "only dropout", "only momentum",
    }  # fmt: skip


def plain(s, data, v, seed):
    """What a learner of torch would write: one network, one seed. Returns its logits on the test rows."""
    i, has = s.all_seeds.index(seed), v.parts.__contains__
    torch.manual_seed(seed)
    first = nn.Linear(data.x[0, 0].numel(), s.width)
    blocks = [nn.Linear(s.width, s.width) for _ in range(s.depth)]
    out = nn.Linear(s.width, data.classes)
    norms = [nn.BatchNorm1d(s.width) for _ in range(s.depth + 1)] if has("batch norm") else []
    layers = [first, *blocks, out, *norms]
    noise, moves, batches = (N.generator(seed, name) for name in ("dropout", "augmentation", "batches"))

    def forward(x, training):
        for m in norms:
            m.train(training)
        x = x.flatten(1)
        for j, layer in enumerate([first, *blocks]):
            h = layer(x)
            h = (norms[j](h) if norms else h).relu()
            if has("dropout") and training:
                h = h * (torch.rand(h.shape, generator=noise) >= s.dropout) / (1 - s.dropout)
            x = x + h if has("residual") and j else h
        return out(x)

    momentum = s.momentum if has("momentum") else 0.0
    lr = s.lr / (1 - s.momentum) if s.fair and not momentum else s.lr
    optimizer = torch.optim.SGD(
        [p for m in layers for p in m.parameters()], lr, momentum=momentum, weight_decay=s.decay * has("weight decay")
    )
    size = min(s.batch, s.n)
    total = s.epochs * (s.n // size)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total) if has("schedule") else None
    for _ in range(s.epochs):
        order = torch.randperm(s.n, generator=batches)
        for k in range(s.n // size):
            rows = order[k * size : (k + 1) * size]
            x = data.x[i, rows]
            x = N.augmented(x, s, moves) if has("augmentation") else x
            optimizer.zero_grad()
            F.cross_entropy(forward(x, True), data.y[i, rows]).backward()
            optimizer.step()
            if cosine:
                cosine.step()
    test = data.test[0] if s.pictures else data.test[0][i]
    with torch.no_grad():
        return forward(test, False)


@pytest.mark.parametrize("change", [{}, {"data": "moons", "fair": True, "lr": 0.05}])
def test_every_variant_goes_where_plain_torch_goes(change):
    s = dataclasses.replace(SMALL, epochs=5, seeds=3, seed=2, **change)
    data = finish(N.load(s))
    models = trained(s, data)
    x = data.test[0].flatten(1) if s.pictures else data.test[0]
    with torch.no_grad():
        logits = models.shared(x) if s.pictures else models(x.repeat(models.K // 3, 1, 1))
    for v, mine in zip(variants(s), logits.view(-1, 3, *logits.shape[1:]), strict=True):
        assert torch.allclose(mine[1], plain(s, data, v, 3), atol=2e-4), v.name


def test_the_connection_adds_the_input_of_the_block_where_there_is_one():
    start = N.Keep()
    block = nn.Sequential(start, nn.ReLU(), N.Add(start, torch.tensor([1.0, 0.0]).view(-1, 1, 1)))
    x = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(x)[0], x[0] + x[0].relu()) and torch.equal(block(x)[1], x[1].relu())


def test_variants_of_a_seed_share_start_examples_and_batches(result):
    first = result.history[(result.history.epoch == 0)]
    start = first.pivot(index="seed", columns="variant", values="value")
    for part in ("dropout", "augmentation", "momentum", "schedule", "weight decay"):
        assert (start[only(part)] == start[BARE]).all() and (start[without(part)] == start[FULL]).all()
    assert start[BARE].nunique() > 1


def test_a_part_that_changes_nothing_is_worth_exactly_nothing():
    """One step: momentum has no past, and the schedule has not begun to fall."""
    s = dataclasses.replace(SMALL, n=32, batch=32, epochs=5, parts=("momentum", "schedule"))
    data = finish(N.load(s))
    runs = (run for run in N.train(s, data, CPU) if run[0])
    next(runs)
    (models,), *_ = next(runs)
    theta = models.theta.view(-1, s.seeds, models.theta.shape[1])
    assert torch.equal(theta[1:], theta[:1].expand_as(theta[1:]))
    next(runs)
    assert not torch.equal(theta[0], theta[1])


@pytest.mark.parametrize("name", ["digits", "mnist5k", "moons"])
def test_each_seed_has_its_own_examples_and_none_of_the_test(name):
    s = dataclasses.replace(SMALL, data=name)
    data = finish(N.load(s))
    assert not torch.equal(data.x[0], data.x[1])
    assert data.x.shape[:2] == (3, 40) and (data.x.shape[-1] == {"digits": 8, "mnist5k": 14, "moons": 2}[name])
    held = torch.cat([p.reshape(-1, data.x[0, 0].numel()) for p in (data.validation[0], data.test[0])])
    every = torch.cat([data.x.reshape(-1, held.shape[1]), held])
    if name == "moons":
        assert len(torch.unique(every, dim=0)) == len(every)
    else:
        assert not (torch.cdist(data.x.reshape(-1, held.shape[1]), held) == 0).any()
        assert all(len(labels.unique()) == 10 for labels in data.y)  # each class is there


def test_training_in_several_stacks_gives_the_same_networks(monkeypatch):
    s = dataclasses.replace(SMALL, parts=("batch norm", "dropout", "augmentation"), epochs=5)
    data = finish(N.load(s))
    whole = trained(s, data).theta
    monkeypatch.setattr(N, "PIECE", 3 * s.seeds * s.step_seconds)  # three variants a stack
    runs = list(N.train(s, data, CPU))
    stacks, _, total = runs[-1]
    assert [models.K for models in stacks] == [9, 9, 6]
    assert torch.allclose(torch.cat([models.theta for models in stacks]), whole, atol=1e-6)
    assert sum(not stacks for stacks, done, _ in runs[1:]) >= 2 * total  # a pause between two stacks of a step


def test_points_are_jittered_by_what_is_said():
    s = dataclasses.replace(SMALL, data="moons")
    x = torch.zeros(5000, 2)
    moved = N.augmented(x, s, torch.Generator().manual_seed(0))
    assert moved.std().item() == pytest.approx(N.JITTER, rel=0.03)


# The numbers


def test_the_effects_are_paired_differences_with_intervals_for_all_at_once(result):
    t, m = result.test, len(PARTS)
    r = dataclasses.replace(result, right={})  # as with points, which each seed has of its own
    for p in PARTS:
        assert r.within(p) == mean_interval(t[FULL] - t[without(p)], 1 - 0.05 / (2 * m), rows=r.rows)
        assert r.alone(p) == mean_interval(t[only(p)] - t[BARE], 1 - 0.05 / (2 * m), rows=r.rows)
        more = (t[FULL] - t[without(p)]) - (t[only(p)] - t[BARE])
        assert r.interaction(p).mean == pytest.approx(more.mean())
        assert r.interaction(p).high == pytest.approx(mean_interval(more, 1 - 0.05 / m, rows=r.rows).high)
    sums = sum(t[only(p)] - t[BARE] for p in PARTS) - (t[FULL] - t[BARE])
    assert result.excess_of_sum().mean == pytest.approx(sums.mean(), abs=1e-6)


def test_with_pictures_the_intervals_also_cover_other_test_pictures(result):
    """Against the formula: the variance over seeds and that over pictures, of the differences on each."""
    level, n = 1 - 0.05 / (2 * len(PARTS)), result.rows
    for p in PARTS:
        assert result.right[without(p)].mean() == pytest.approx(result.test[without(p)].mean(), abs=1e-6)
        seeds = mean_interval(result.test[FULL] - result.test[without(p)], level, rows=n)
        pictures = np.var(result.right[FULL] - result.right[without(p)]) + 2 / n
        half = np.hypot(seeds.high - seeds.mean, stats.norm.ppf((1 + level) / 2) * (pictures / n) ** 0.5)
        assert result.within(p).high - result.within(p).mean == pytest.approx(half, rel=1e-6)
    points = last(dataclasses.replace(SMALL, data="moons", parts=("momentum",)))
    assert points.right == {} and points.rows == 2 * N.HELD_OUT


def test_it_is_measured_before_training_and_on_the_way():
    shown = [step.result() for step in A.run(SMALL) if step.result is not None]
    assert len({id(r) for r in shown}) == 9  # before the first of its eight steps, and after each
    assert shown[0].fraction == 0 and shown[-1].fraction == 1 and shown[-1].ms and not shown[0].ms


def test_costs_are_counted_as_torch_counts_them(result):
    bare = nn.Sequential(nn.Linear(64, 12), nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 10))
    n = sum(p.numel() for p in bare.parameters())
    assert result.parameters == (n, n + 3 * 2 * 12)
    assert result.flops == 2 * (64 * 12 + 12 * 12 * 2 + 12 * 10)
    assert set(result.ms) == {FULL, BARE, *(only(p) for p in PARTS)}
    assert result.slower(FULL).low > 0  # all seven at once take longer


def test_what_is_timed_is_what_is_trained():
    """The plain network of a variant has the very layers; the gate is left out where there is no connection."""
    s = dataclasses.replace(SMALL, depth=2)
    kinds = lambda *a: [type(m).__name__ for m in N.build(s, 64, 10, *a)]  # noqa: E731
    assert kinds(0.0, False, False) == ["Linear", "ReLU"] * 3 + ["Linear"]
    block = ["Keep", "Linear", "BatchNorm1d", "ReLU", "Dropout", "Add"]
    assert kinds(1.0, True, True) == ["Linear", "BatchNorm1d", "ReLU", "Dropout", *block, *block, "Linear"]


# The words


def made(result, **worth):
    """The result with these effects: part -> (within, alone), each of the seeds."""
    flat = np.zeros(3)
    test = dict.fromkeys(result.test, flat + 0.5)
    for part, (within, alone) in worth.items():
        test[without(part)] = 0.5 - np.asarray(within)
        test[only(part)] = 0.5 + np.asarray(alone)
    return dataclasses.replace(result, test=test, right={})


UP, LUCK = np.array([0.100, 0.101, 0.102]), np.array([0.1, -0.1, 0.03])


def names(finding):
    return [part["name"] for part in finding["parts"]]


def test_findings_name_what_matters_and_what_hurts(result):
    r = made(result, dropout=(UP, LUCK), residual=(-UP, UP), momentum=(LUCK, -UP))
    found = {f.key: f for f in A.findings(r)}
    verdict = A.findings(r)[0]
    assert verdict.key == "one_matters" and names(verdict) == ["dropout"]
    assert verdict["parts"][0]["effect"].mean == pytest.approx(0.101)
    assert names(found["harmful_within"]) == ["residual"]
    alone = found["both_alone"]
    assert [[p["name"] for p in alone[key]] for key in ("helpful", "harmful")] == [["residual"], ["momentum"]]
    two = A.findings(made(result, dropout=(UP, UP), schedule=(2 * UP, UP)))
    assert two[0].key == "matter" and names(two[0]) == ["schedule", "dropout"] and len(two) <= 7
    assert "residual" in names(found["interactions"]) and "schedule" not in names(found["interactions"])


def test_findings_say_so_when_nothing_does_anything(result):
    keys = [f.key for f in A.findings(made(result))]
    assert keys[0] == "none_matter"
    assert {"recipe_unclear", "nothing_alone", "no_interaction", "sum_same"} <= set(keys)


def test_parts_that_do_nothing_are_seldom_said_to_do_something(result):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        test = {name: rng.normal(0.8, 0.02, 8) for name in result.test}
        r = dataclasses.replace(result, test=test, right={})
        wrong += any(i.sign for p in PARTS for i in (r.within(p), r.alone(p)))
    assert wrong / 300 < 0.09


@pytest.mark.parametrize("sign", [1, -1, 0])
def test_questions_are_graded_from_the_numbers(result, sign):
    e = UP * sign if sign else LUCK
    r = made(result, schedule=(e, e), momentum=(e, e), residual=(e, e))
    expected = {1: 0, -1: 1, 0: 2}[sign]
    assert [A.QUESTIONS[i].grade(r)[0] for i in (1, 2, 4)] == [expected] * 3
    assert A.QUESTIONS[0].grade(r)[0] == A.QUESTIONS[3].grade(r)[0] == (2 if sign == 1 else 0)
    assert A.QUESTIONS[0].grade(made(result, dropout=(UP, UP)))[0] == 1


def test_unfinished_training_is_told_only_when_it_is_so(result):
    curve = result.history.copy()
    for name, value in (("flat", 0.5), ("rising", curve.epoch / 100 * (1 + curve.seed / 10))):
        keys = [f.key for f in A.findings(dataclasses.replace(result, history=curve.assign(value=value)))]
        assert ("unfinished" in keys) == (name == "rising")


def test_the_pictures_show_the_numbers(result):
    drawn = figures.within_recipe(result)
    means = drawn["series"][2]["data"]
    assert [m["value"][0] for m in means] == sorted((m["value"][0] for m in means), reverse=True)
    assert {m["name"]: m["value"][0] for m in means} == pytest.approx({p: 100 * result.within(p).mean for p in PARTS}, rel=1e-3, abs=1e-3)  # fmt: skip
    pairs = figures.interactions(result)["series"]
    for dots, effect in ((pairs[1], result.alone), (pairs[2], result.within)):
        assert {d["name"]: d["value"][0] for d in dots["data"]} == pytest.approx({p: 100 * effect(p).mean for p in PARTS}, rel=1e-3, abs=1e-3)  # fmt: skip
    assert len(figures.alone(result)["series"][0]["data"]) == len(PARTS) * SMALL.seeds


def test_two_runs_are_compared_component_by_component(result):
    other = made(result, dropout=(UP, UP))
    stopped = dataclasses.replace(other, fraction=0.5)
    assert A.findings(stopped)[0].key == A.score(stopped).key == "stopped"
    assert A.difference(stopped, other).key == "incomplete"
    rows = {row["name"]: row for row in A.difference(other, result)["rows"]}
    assert rows["dropout"]["now"] == pytest.approx(0.101) and rows["dropout"]["then"] == result.within("dropout").mean
    assert A.score(other)["bare"] == 0.5


@pytest.mark.parametrize(
    "change",
    [
        {"data": "digits", "parts": ("dropout", "augmentation", "residual")},
        {
            "data": "spiral",
            "fair": True,
            "parts": ("batch norm", "augmentation", "momentum", "schedule", "weight decay"),
        },
    ],
)
def test_the_script_gives_the_numbers_of_the_run(change):
    s = dataclasses.replace(SMALL, epochs=5, **change)
    printed, r = take_home.main(s), last(s)
    assert set(printed) == set(r.test)
    for name, values in r.test.items():
        assert np.mean(printed[name]) == pytest.approx(values.mean(), abs=0.002)


def test_the_plan_shows_which_components_each_variant_has():
    s = dataclasses.replace(SMALL, parts=("dropout", "momentum"))
    drawn = {series["name"]: {tuple(at) for at in series["data"]} for series in figures.plan(s)["series"]}
    assert drawn["full"] == {(part, v.name) for v in variants(s) for part in v.parts}
    assert len(drawn["full"]) + len(drawn["empty"]) == 2 * len(variants(s))


def test_a_run_that_would_take_too_long_is_refused():
    with pytest.raises(SettingsError, match="minutes"):
        A.Settings(n=400, batch=8, depth=10, width=64, epochs=200, seeds=16)
    kept = A.Settings(data="digits", n=400, parts=("batch norm", "schedule", "weight decay"), depth=10, width=64, batch=64, epochs=200, seeds=16)  # fmt: skip
    assert kept.seconds < 300  # a link of the first edition


def test_no_step_of_a_costly_run_takes_long():
    s = A.Settings(data="moons", n=400, depth=10, width=64, batch=64, epochs=90, seeds=16)
    first, second = steps_of(s), steps_of(s)  # what is long only once was the machine's
    longest = max(min(pair) for pair in zip(first, second, strict=True))
    assert longest < 0.4  # 0.3, and room for a machine that does other things


def steps_of(s: A.Settings) -> list[float]:
    """CPU seconds of each step of a five-hundredth of a run, without the first, which imports."""
    seconds, begun = [], time.thread_time()
    for step in A.run(s):
        seconds.append(time.thread_time() - begun)
        if step.fraction > 1 / 500:
            break
        begun = time.thread_time()
    return seconds[1:]
