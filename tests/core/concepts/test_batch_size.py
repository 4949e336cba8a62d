"""The batch size page's facts, in small."""

import dataclasses
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.concepts.optimization import batch_size as C
from core.concepts.optimization import batch_size_noise as noises
from core.concepts.optimization import batch_size_training as training
from core.concepts.optimization import batch_size_views as views
from core.concepts.optimization import batch_size_words as words
from core.engine.fit import Recipe, evaluate, fit
from core.engine.random import generator, initialise
from core.engine.stack import stack
from core.stats import mean_interval

SMALL = C.Settings(batches="4,full", n=64, reference=16, epochs=4, least=30, width=8, seeds=3, target=50, lr=0.2)


def last(s):
    *_, result = C.run(s)
    return result


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


@pytest.fixture(scope="module")
def data():
    return C.dataset(SMALL)


def net(seed, s=SMALL):
    return initialise(C.build(s, (1, 8, 8), 10), seed)


def test_the_gradient_of_each_example_is_autograds(data):
    model, x, y = net(0), data.train.x[:6], data.train.y[:6]
    each = noises.each_gradient(model, x, y)
    for i in range(6):
        model.zero_grad()
        nn.functional.cross_entropy(model(x[i : i + 1]), y[i : i + 1]).backward()
        own = torch.cat([p.grad.flatten() for p in model.parameters()])
        torch.testing.assert_close(each[i], own, atol=1e-6, rtol=1e-5)


def noise_of(each, sizes):
    total, norm2 = each.var(0, unbiased=False).sum().item(), (each.mean(0) ** 2).sum().item()
    return noises.Noise(len(each), np.array(sizes), np.array([total]), np.array([norm2]), {}, {})


@given(seed=st.integers(0, 1000), n=st.integers(2, 6))
@settings(deadline=None, max_examples=25)
def test_variance_over_all_possible_batches_is_exactly_what_theory_says(seed, n):
    each = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    noise, full = noise_of(each, range(1, n + 1)), each.mean(0)
    for i, B in enumerate(range(1, min(n, 4) + 1)):
        for how, batches in (
            ("with", itertools.product(range(n), repeat=B)),
            ("without", itertools.combinations(range(n), B)),
        ):
            means = each[torch.tensor(list(batches))].mean(1)
            exact = ((means - full) ** 2).sum(1).mean().item()
            assert exact == pytest.approx(noise.total[0] * noise.left(how)[i], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("replace", [True, False])
def test_random_batches_come_to_that_variance(replace):
    each = torch.randn(40, 30, generator=torch.Generator().manual_seed(0)) + 0.3
    sizes = [1, 4, 16, 32]
    squared, angle = noises.batch_noise(each, sizes, 3000, np.random.default_rng(0), replace)
    theory = noise_of(each, sizes)
    assert squared == pytest.approx(theory.total[0] * theory.left("with" if replace else "without"), rel=0.04)
    assert (np.diff(angle) < 0).all()


def test_the_full_batch_without_replacement_has_no_noise(result):
    for noise in result.noise.values():
        assert noise.sizes[-1] == noise.n == SMALL.n
        assert (noise.squared["without"][:, -1] < 1e-9 * noise.total).all()
        assert (noise.angle["without"][:, -1] < 0.1).all()
        assert (noise.squared["with"][:, -1] > 1e-3 * noise.total).all()


def test_the_slope_measured_is_minus_one_within_its_interval(result):
    for noise in result.noise.values():
        for how in ("with", "without"):
            slope = noise.slope(how)
            assert slope.mean == pytest.approx(-1, abs=0.06)
            assert slope.high - slope.low < 0.3


def test_a_variance_that_falls_otherwise_is_said_to(result):
    steep = {
        w: dataclasses.replace(n, squared={h: v / n.sizes for h, v in n.squared.items()})
        for w, n in result.noise.items()
    }
    given = dataclasses.replace(result, noise=steep)
    assert given.noise["trained"].slope("with").mean == pytest.approx(-2, abs=0.06)
    assert words.slopes(given).endswith("where 1/B says −1.")


def test_a_stack_trained_here_is_one_trained_by_fit(data):
    recipe = Recipe("SGD", lr=[0.1, 0.2], batch=16, epochs=5)
    ours, theirs = (
        stack(lambda: C.build(SMALL, (1, 8, 8), 10), [0, 1]),
        stack(lambda: C.build(SMALL, (1, 8, 8), 10), [0, 1]),
    )
    *_, history = fit(theirs, data.train, data.validation, recipe)
    take = training.minibatch(ours, data.train, recipe, history.total_steps)
    *_, (share, curve) = training.train(ours, take, data.validation, history.total_steps, 12, 2)
    assert share == 1 and curve.steps[curve.mark] == 12 and curve.steps[-1] == 20
    torch.testing.assert_close(ours.theta, theirs.theta, atol=1e-6, rtol=0)
    assert curve.accuracy[-1, :, 0] == pytest.approx(evaluate(theirs, data.validation)["accuracy"].numpy())


@pytest.mark.parametrize("batch", [1, 64])
def test_a_batch_of_one_and_the_full_batch_follow_plain_torch(data, batch):
    models = stack(lambda: C.build(SMALL, (1, 8, 8), 10), [5])
    take = training.minibatch(models, data.train, Recipe("SGD", lr=0.05, batch=batch), 70)
    model, rows, g = net(5), [], generator(5, "batches")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(70):
        take(step)
        rows = rows or list(torch.randperm(64, generator=g).split(batch))
        now = rows.pop(0)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.train.x[now]), data.train.y[now]).backward()
        optimizer.step()
    torch.testing.assert_close(models.theta[0], nn.utils.parameters_to_vector(model.parameters()), atol=1e-5, rtol=0)


def test_rprop_over_the_stack_is_torchs_on_each_network(data):
    models = stack(lambda: C.build(SMALL, (1, 8, 8), 10), [0, 7])
    take = training.rprop(models, data.train)
    for step in range(12):
        take(step)
    for k, seed in enumerate((0, 7)):
        model = net(seed)
        optimizer = torch.optim.Rprop(model.parameters())
        for _ in range(12):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(data.train.x), data.train.y).backward()
            optimizer.step()
        torch.testing.assert_close(
            models.theta[k], nn.utils.parameters_to_vector(model.parameters()), atol=1e-5, rtol=0
        )


@pytest.mark.parametrize("batch, width", [(1, 8), (16, 8), (64, 24)])
def test_memory_kept_is_inputs_outputs_probabilities_and_labels(data, batch, width):
    s = dataclasses.replace(SMALL, width=width)
    kept = training.saved_bytes(net(0, s), data.train.x[:batch], data.train.y[:batch])
    floats = 64 + width + width + 10  # the picture, two hidden layers after ReLU, log probabilities
    assert kept == pytest.approx(batch * (4 * floats + 8), abs=8)  # labels are int64; and the total weight of the loss


def test_larger_batches_take_fewer_steps_in_the_same_epochs(result):
    steps = [SMALL.mark(B) for B in SMALL.sizes]
    assert SMALL.sizes == (4, 16, 64) and steps == [64, 16, 4]
    for B, curve in result.curves.items():
        assert curve.steps[curve.mark] == SMALL.mark(B)
        assert curve.steps[-1] == max(SMALL.mark(B), SMALL.least)


def test_the_rules_scale_the_rate_and_meet_at_the_reference(result):
    s = C.Settings(lr=0.1, reference=16)
    assert [s.rate(64, rule) for rule in C.RULES] == pytest.approx([0.1, 0.2, 0.4])
    assert [s.rate(4, rule) for rule in C.RULES] == pytest.approx([0.1, 0.05, 0.025])
    curve = result.curves[16]
    assert np.allclose(curve.loss[:, 0], curve.loss[:, 1], rtol=1e-4) and np.allclose(
        curve.loss[:, 0], curve.loss[:, 2], rtol=1e-4
    )
    assert not np.allclose(result.curves[64].loss[-1, 0], result.curves[64].loss[-1, 2], rtol=1e-2)


def test_all_batch_sizes_share_their_starts(result):
    first = [curve.loss[0] for curve in result.curves.values()]
    assert all(np.allclose(f, first[0], rtol=1e-5) for f in first)


def test_the_first_step_at_the_target_is_found():
    accuracy = np.array([[[0.1, 0.1, 0.1]], [[0.6, 0.4, 0.1]], [[0.5, 0.7, 0.2]]])
    curve = training.Curve(np.array([0, 5, 9]), accuracy, accuracy, 1, np.zeros((1, 3), bool))
    assert curve.reached(0.6).tolist() == [[5, 9, np.inf]]
    assert words.median(curve.reached(0.6)[0]) == 9
    assert words.median(curve.reached(0.65)[0]) == np.inf  # one of three is luck
    assert words.median(np.array([3.0, 4.0, np.inf, np.inf])) == np.inf


def test_what_is_needed_to_the_target_is_one_number_in_three_units(result):
    curve = result.curves[16]
    rising = np.broadcast_to(np.linspace(0, 1, len(curve.steps))[:, None, None], curve.accuracy.shape)
    result = dataclasses.replace(result, curves={16: dataclasses.replace(curve, accuracy=rising)})
    steps = result.steps(16, "fixed")
    assert (steps > 0).all() and np.isfinite(steps).all()
    assert words.needed(result, 16, "fixed", "epochs") == pytest.approx(steps * 16 / 64)
    assert words.needed(result, 16, "fixed", "seconds") == pytest.approx(steps * result.ms[16] / 1000)


def test_accuracies_are_set_against_the_reference_paired_and_hold_together(result):
    change = result.accuracy(64, "linear") - result.accuracy(16, "fixed")
    assert result.change(64, "linear") == mean_interval(change, 1 - 0.05 / 6)


def leveled(result, levels):
    """`result` with accuracies levels[B, rule] instead, a little apart over seeds."""
    curves = {}
    for B, curve in result.curves.items():
        values = np.array([[levels[B, rule] + 0.001 * k for k in range(3)] for rule in C.RULES])
        curves[B] = dataclasses.replace(curve, accuracy=np.broadcast_to(values, curve.accuracy.shape))
    return dataclasses.replace(result, curves=curves)


def test_findings_say_where_the_linear_rule_fails_and_where_nothing_differs(result):
    flat = {(B, rule): 0.8 for B in result.sizes for rule in C.RULES}
    said = C.findings(leveled(result, flat))
    assert sum("no difference beyond luck: B = 4 and B = 64." in f for f in said) == 3
    assert any("keeps the accuracy up to B = 64" in f for f in said)
    said = C.findings(leveled(result, flat | {(64, "linear"): 0.3}))
    assert any("worse: B = 64 by 50.0 points" in f for f in said)
    assert any(f.startswith("The linear rule fails here from B = 64 on") for f in said)
    many = next(f for f in said if f.startswith("4 epochs at a fixed rate"))
    assert "B = 4 takes 64 steps" in many and "B = 64 takes 4 steps" in many and "no difference beyond luck" in many


def test_every_question_is_graded_from_its_run(result):
    flat = {(B, rule): 0.8 for B in result.sizes for rule in C.RULES}
    best = leveled(result, flat | {(4, "fixed"): 0.9, (64, "linear"): 0.3})
    assert [q.grade(best)[0] for q in C.QUESTIONS[:3]] == [1, 0, 1]
    assert C.QUESTIONS[1].grade(leveled(result, flat | {(64, "fixed"): 0.9}))[0] == 2
    assert C.QUESTIONS[2].grade(leveled(result, flat))[0] == 2
    one = dataclasses.replace(leveled(result, flat | {(4, "fixed"): 0.3}))
    one.curves[1] = one.curves[4]
    assert C.QUESTIONS[3].grade(one)[0] == 1
    for q in C.QUESTIONS[:3]:
        assert re.search(r"\d", q.grade(result)[1])


def test_same_seed_same_result_but_for_the_clock(result):
    again = last(SMALL)
    assert again.frame().equals(result.frame())
    assert np.array_equal(again.noise["trained"].squared["with"], result.noise["trained"].squared["with"])
    assert np.array_equal(again.rprop.loss, result.rprop.loss) and again.memory == result.memory
    assert not last(dataclasses.replace(SMALL, seed=1)).frame().equals(result.frame())


def test_the_noise_comes_first_and_a_stopped_run_says_so():
    steps = C.run(SMALL)
    first = next(steps)
    assert list(first.noise) == ["at the start"] and not first.curves
    for some in steps:
        if some.curves:
            break
    assert some.fraction < 1 and some.sizes == (16,)
    said = C.findings(some)
    assert "stopped" in said[-1] and C.score(some) == "stopped"
    for spec in (
        views.variance(some),
        views.learning(some, "fixed", "epochs"),
        views.ends(some),
        views.to_target(some, "steps"),
    ):
        assert spec["series"]
    assert views.missing(SMALL.sizes, some) == "Still to come: B = 4, B = 64."


def test_pictures_draw_what_was_measured(result):
    noise = result.noise["at the start"]
    drawn = next(s for s in views.variance(result)["series"] if s["name"] == "start, with")["data"]
    assert [x for x, _ in drawn] == noise.sizes.tolist()
    assert [y for _, y in drawn] == pytest.approx(np.exp(np.log(noise.squared["with"]).mean(0)), rel=1e-3)
    ends = next(s for s in views.ends(result)["series"] if s.get("name") == "rate linear")["data"]
    assert [y for _, y in ends] == pytest.approx(
        [100 * result.accuracy(B, "linear").mean() for B in result.sizes], rel=1e-3
    )


@pytest.mark.parametrize("name", C.LIMITS)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name):
    low, high = C.LIMITS[name]
    for bad in (low - 1, high * 2 + 1, float("nan")):
        with pytest.raises(ValueError, match=name):
            C.Settings(**{name: bad})


@pytest.mark.parametrize("change", [{"data": "x"}, {"optimizer": "x"}, {"batches": "3"}, {"reference": 128, "n": 64}])
def test_what_cannot_run_is_refused_by_name(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        C.Settings(**change)


def test_batches_no_larger_than_the_training_set_run_and_the_reference_always():
    assert C.Settings(batches="", reference=16).sizes == (16,)
    assert C.Settings(batches="1,256,full", n=128).sizes == (1, 32, 128)
    alone = last(dataclasses.replace(SMALL, batches=""))
    assert any("Only B = 16" in f for f in C.findings(alone))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, marks=pytest.mark.full),
        {"data": "moons", "optimizer": "Momentum", "batches": "full", "lr": 0.05, "n": 128},
    ],
)
def test_the_script_gives_the_numbers_on_screen(tmp_path, change):
    s = dataclasses.replace(SMALL, seeds=2, **change)
    (tmp_path / "script.py").write_text(C.script(s))
    run = [sys.executable, "-W", "error", "script.py"]
    out = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout
    result = last(s)
    slope = float(re.search(r"^slope .*: (\S+)$", out, re.M)[1])
    assert slope == pytest.approx(result.noise["at the start"].slope("with").mean, abs=2e-3)
    assert float(re.search(r"^Rprop: (\S+)$", out, re.M)[1]) == pytest.approx(
        result.rprop.accuracy[-1].mean(), abs=0.01
    )
    rows = re.findall(r"^B = (\d+), (.+): (\S+), target after (\S+) steps$", out, re.M)
    assert [(int(B), rule) for B, rule, *_ in rows] == [(B, rule) for B in s.sizes for rule in C.RULES]
    for B, rule, ends, steps in rows:
        assert float(ends) == pytest.approx(result.accuracy(int(B), rule).mean(), abs=0.004)
        assert float(steps) == pytest.approx(words.median(result.steps(int(B), rule)), rel=0.2)
