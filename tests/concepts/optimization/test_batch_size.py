"""The batch size page's facts, in small."""

import contextlib
import dataclasses
import io
import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from core.concepts.optimization import batch_size as C
from core.concepts.optimization.batch_size import experiment, figures, noise, plain, training
from core.concepts.optimization.batch_size.findings import full_batch, linear_rule, median, scale_change, to_target
from core.concepts.optimization.batch_size.result import Noise
from core.concepts.optimization.batch_size.scaling import Marks, against_size
from core.concepts.optimization.batch_size.settings import BATCHES, LONGEST, RULES
from core.engine.fit import Recipe, evaluate, fit
from core.engine.pieces import Meter, finish
from core.engine.random import generator
from core.engine.stack import stack
from core.progress import finished
from core.settings import SettingsError
from core.stats import mean_interval

SMALL = C.Settings(batches=("4", "full"), n=64, reference=16, epochs=4, least=30, width=8, seeds=3, target=50, lr=0.2)


@pytest.fixture(scope="module")
def result():
    return finished(C.run(SMALL))


@pytest.fixture(scope="module")
def data():
    return experiment.dataset(SMALL)


def net(seed, s=SMALL):
    return experiment.build(s, (1, 8, 8), 10, seed)


def steps_of(models, take, count):
    for number in range(count):
        finish(take(number, Meter(models.device)))


# Noise.


def test_products_of_gradients_are_those_of_autograds_own(data):
    model, x, y = net(0), data.train.x[:20], data.train.y[:20]
    each = []
    for i in range(20):
        loss = nn.functional.cross_entropy(model(x[i : i + 1]), y[i : i + 1])
        each.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))]).double())
    each = torch.stack(each)
    assert noise.gradient_products(model, x, y) == pytest.approx((each @ each.T).numpy(), rel=1e-5, abs=1e-8)


@given(seed=st.integers(0, 1000), n=st.integers(2, 6))
@settings(deadline=None, max_examples=25)
def test_variance_over_all_possible_batches_is_exactly_what_theory_says(seed, n):
    each = np.random.default_rng(seed).standard_normal((n, 3))
    total = each.var(0).sum()
    theory = Noise(n, np.arange(1, n + 1), total, total, {}, {}, np.empty(0))
    for i, size in enumerate(range(1, min(n, 4) + 1)):
        every = {
            "with": itertools.product(range(n), repeat=size),
            "without": itertools.combinations(range(n), size),
        }
        for how, batches in every.items():
            means = each[np.array(list(batches))].mean(1)
            exact = ((means - each.mean(0)) ** 2).sum(1).mean()
            assert exact == pytest.approx(total * theory.left(how)[i], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("replace", [True, False])
def test_random_batches_come_to_that_variance_and_parts_along_and_across_to_their_distance(replace):
    each = np.random.default_rng(0).standard_normal((40, 30)) + 0.3
    full, sizes = each.mean(0), [1, 4, 16, 32]
    squared, angle, cloud = noise.batch_noise(each @ each.T, sizes, 3000, np.random.default_rng(0), replace)
    total = each.var(0).sum()
    theory = Noise(40, np.array(sizes), total, total, {}, {}, cloud).left("with" if replace else "without")
    assert squared == pytest.approx(total * theory, rel=0.04)
    assert (np.diff(angle) < 0).all()
    along, across = cloud[..., 0], cloud[..., 1]
    assert (((along - 1) ** 2 + across**2) * (full @ full)).mean(1) == pytest.approx(squared)
    assert np.degrees(np.arctan2(across, along)).mean(1) == pytest.approx(angle)


def test_the_full_batch_without_replacement_has_no_noise(result):
    for measured in result.noise.values():
        assert measured.sizes[-1] == measured.n == SMALL.n
        assert (measured.squared["without"][:, -1] < 1e-12 * measured.total).all()
        assert (measured.angle["without"][:, -1] < 1e-4).all()
        assert (measured.squared["with"][:, -1] > 1e-3 * measured.total).all()


def test_the_measured_slope_is_minus_one_and_one_that_is_not_is_said_to_differ(result):
    for measured, how in itertools.product(result.noise.values(), ("with", "without")):
        assert measured.slope(how).mean == pytest.approx(-1, abs=0.06)
    steep = {
        when: dataclasses.replace(one, squared={how: v / one.sizes for how, v in one.squared.items()})
        for when, one in result.noise.items()
    }
    said = {f.key: f for f in C.findings(dataclasses.replace(result, noise=steep))}
    assert said["slope_differs"]["slope"].mean == pytest.approx(-2, abs=0.06)


def test_the_critical_batch_size_is_variance_over_squared_gradient_and_its_change_is_found(result):
    start = result.noise["at the start"]
    angle = next(f for f in C.findings(result) if f.key == "angle")
    assert angle["scale"] == pytest.approx(float(np.median(start.total / start.norm2)))
    for factor, key in ((3, "scale_rose"), (1 / 3, "scale_fell"), (1, "scale_same")):
        total = start.total * factor * np.array([1, 1.05, 0.95])
        trained = dataclasses.replace(start, total=total)
        then = scale_change(dataclasses.replace(result, noise={"at the start": start, "trained": trained}))
        assert then.key == key
        ratios = stats.t.interval(0.95, 2, *(lambda v: (v.mean(), stats.sem(v)))(np.log(total / start.total)))
        assert (then["ratio"].low, then["ratio"].high) == pytest.approx(tuple(np.exp(ratios)))


# Training.


def test_a_stack_trained_here_is_one_trained_by_fit(data):
    recipe = Recipe("SGD", lr=[0.1, 0.2], batch=16, epochs=5)
    ours, theirs = (stack(lambda: experiment.network(SMALL, (1, 8, 8), 10), [0, 1]) for _ in range(2))
    *_, history = fit(theirs, data.train, data.validation, recipe)
    take = training.minibatch(ours, data.train, recipe, history.total_steps)
    curve = finish(training.train(ours, take, data.validation, history.total_steps, 12, 2, 0.5))
    assert curve.steps[curve.mark] == 12 and curve.steps[-1] == 20
    torch.testing.assert_close(ours.theta, theirs.theta, atol=1e-6, rtol=0)
    assert curve.accuracy[-1, :, 0] == pytest.approx(evaluate(theirs, data.validation)["accuracy"].numpy())


@pytest.mark.parametrize("batch", [1, 64])
def test_a_batch_of_one_and_the_full_batch_follow_plain_torch(data, batch):
    models = stack(lambda: experiment.network(SMALL, (1, 8, 8), 10), [5])
    steps_of(models, training.minibatch(models, data.train, Recipe("SGD", lr=0.05, batch=batch), 70), 70)
    model, rows, g = net(5), [], generator(5, "batches")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(70):
        rows = rows or list(torch.randperm(64, generator=g).split(batch))
        now = rows.pop(0)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.train.x[now]), data.train.y[now]).backward()
        optimizer.step()
    torch.testing.assert_close(models.theta[0], nn.utils.parameters_to_vector(model.parameters()), atol=1e-5, rtol=0)


def test_rprop_over_the_stack_is_torchs_on_each_network(data):
    models = stack(lambda: experiment.network(SMALL, (1, 8, 8), 10), [0, 7])
    steps_of(models, training.rprop(models, data.train), 12)
    for k, seed in enumerate((0, 7)):
        model = net(seed)
        optimizer = torch.optim.Rprop(model.parameters())
        for _ in range(12):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(data.train.x), data.train.y).backward()
            optimizer.step()
        own = nn.utils.parameters_to_vector(model.parameters())
        torch.testing.assert_close(models.theta[k], own, atol=1e-5, rtol=0)


def test_the_first_step_at_the_target_is_found_between_two_measurements(data):
    """Compared with a check after every single step."""
    s = dataclasses.replace(SMALL, lr=0.5, seeds=5, n=512)
    make = lambda: experiment.network(s, (1, 8, 8), 10)  # noqa: E731
    every, ours = (stack(make, range(5)) for _ in range(2))
    train = experiment.dataset(s).train
    recipe = Recipe("SGD", lr=0.5, batch=64)
    take, accuracy = training.minibatch(every, train, recipe, 200), []
    for number in range(200):
        accuracy.append(evaluate(every, data.validation)["accuracy"].numpy())
        finish(take(number, Meter(every.device)))
    there = np.array(accuracy) >= 0.5
    assert there.any(0).all()
    first = np.sort(there.argmax(0))
    curve = finish(training.train(ours, training.minibatch(ours, train, recipe, 200), data.validation, 200, 12, 1, 0.5))
    assert median(curve.reached[0]) == pytest.approx(first[2], abs=max(1, first[2] // 50))
    assert (np.sort(curve.reached[0]) >= first).all()


def test_a_median_is_infinite_when_half_of_the_values_are():
    assert median(np.array([5, 9, np.inf])) == 9
    assert median(np.array([5, np.inf, np.inf])) == np.inf
    assert median(np.array([3.0, 4.0, np.inf, np.inf])) == np.inf


@pytest.mark.parametrize("batch, width", [(1, 8), (16, 8), (64, 24)])
def test_memory_kept_is_inputs_outputs_probabilities_and_labels(data, batch, width):
    s = dataclasses.replace(SMALL, width=width)
    kept = training.saved_bytes(net(0, s), data.train.x[:batch], data.train.y[:batch])
    floats = 64 + width + width + 10  # the picture, two hidden layers after ReLU, log probabilities
    assert kept == pytest.approx(batch * (4 * floats + 8), abs=8)  # labels are int64; and the total weight of the loss


def test_bytes_per_example_are_counted_with_one_batch_size_too(result):
    bytes_each = 4 * (64 + 8 + 8 + 10) + 8
    assert figures.costs(result)["each"] == pytest.approx(bytes_each, abs=0.1)
    one = dataclasses.replace(result, curves={16: result.curves[16]}, memory={16: result.memory[16]})
    assert figures.costs(one)["each"] == pytest.approx(bytes_each, abs=0.5)


def test_larger_batches_take_fewer_steps_in_the_same_epochs(result):
    assert SMALL.sizes == (4, 16, 64) and [SMALL.budget(size) for size in SMALL.sizes] == [64, 16, 4]
    for size, curve in result.curves.items():
        assert curve.steps[curve.mark] == SMALL.budget(size)
        assert curve.steps[-1] == max(SMALL.budget(size), SMALL.least)


def test_the_rules_scale_the_rate_and_meet_at_the_reference(result):
    s = C.Settings(lr=0.1, reference=16)
    assert [s.rate(64, rule) for rule in RULES] == pytest.approx([0.1, 0.2, 0.4])
    assert [s.rate(4, rule) for rule in RULES] == pytest.approx([0.1, 0.05, 0.025])
    meeting = result.curves[16].loss
    assert np.allclose(meeting, meeting[:, :1], rtol=1e-4)
    assert not np.allclose(result.curves[64].loss[-1, 0], result.curves[64].loss[-1, 2], rtol=1e-2)
    starts = [curve.loss[0] for curve in result.curves.values()]
    assert all(np.allclose(start, starts[0], rtol=1e-5) for start in starts)


# Findings.


def leveled(result, levels):
    """`result` with accuracies levels[size, rule] instead, a little apart over seeds."""
    curves = {}
    for size, curve in result.curves.items():
        values = np.array([[levels.get((size, rule), 0.8) + 0.001 * k for k in range(3)] for rule in RULES])
        curves[size] = dataclasses.replace(curve, accuracy=np.broadcast_to(values, curve.accuracy.shape))
    return dataclasses.replace(result, curves=curves)


def test_comparisons_with_the_reference_are_paired_and_corrected_for_all_of_them(result):
    change = result.accuracy(64, "linear") - result.accuracy(16, "fixed")
    t = stats.t.ppf(1 - 0.05 / 6 / 2, 2)  # two other sizes, three rules
    half = t * max(change.std(ddof=1), 1 / 360) / np.sqrt(3)
    interval = result.change(64, "linear")
    assert (interval.low, interval.high) == pytest.approx((change.mean() - half, change.mean() + half))


@pytest.mark.parametrize(
    "levels, key",
    [
        ({}, "no_size_differs"),
        ({(4, "fixed"): 0.9}, "smaller_best"),
        ({(64, "fixed"): 0.9}, "larger_best"),
        ({(4, "fixed"): 0.9, (64, "fixed"): 0.95}, "larger_best"),
        ({(4, "fixed"): 0.3}, "reference_among_best"),
        ({(4, "fixed"): 0.3, (64, "fixed"): 0.5}, "reference_best"),
    ],
)
def test_the_verdict_is_what_the_accuracies_show(result, levels, key):
    verdict = C.findings(leveled(result, levels))[0]
    assert verdict.key == key
    if key.endswith(("smaller_best", "larger_best")):
        assert verdict["change"].mean == pytest.approx(verdict["score"] - verdict["reference_score"])
        assert verdict["score"] == pytest.approx(0.001 + max(levels.values()))
    if levels:
        assert verdict["worst"] == min((4, 16, 64), key=lambda size: levels.get((size, "fixed"), 0.8))
    if key == "reference_among_best":
        assert (verdict["worse"], verdict["equal"]) == (["B = 4"], ["B = 16", "B = 64"])


def test_where_the_linear_rule_fails_and_why(result):
    assert linear_rule(leveled(result, {})).key == "linear_kept"
    fails = linear_rule(leveled(result, {(64, "linear"): 0.3}))
    assert (fails.key, fails["size"]) == ("linear_fails", 64) and fails["change"].mean == pytest.approx(-0.5)
    (why,) = fails["why"]
    assert why.key == "rate_too_high" and why["scaled"] == pytest.approx(0.301)
    few = linear_rule(leveled(result, {(64, "linear"): 0.3, (64, "fixed"): 0.2}))
    assert few["why"][0].key == "too_few_steps"


def test_what_is_needed_to_the_target_is_one_number_in_three_units(result):
    reached = np.array([[20.0, 30, 40], [10, 12, 50], [np.inf, np.inf, 5]])
    curves = {16: dataclasses.replace(result.curves[16], reached=reached)}
    found = to_target(dataclasses.replace(result, curves=curves))
    assert (found["steps_value"], found["steps_rule"]) == (12, "square root")
    assert found["epochs_value"] == pytest.approx(12 * 16 / 64)
    assert found["seconds_value"] == pytest.approx(12 * result.ms_per_step[16] / 1000)
    never = {16: dataclasses.replace(result.curves[16], reached=np.full((3, 3), np.inf))}
    assert to_target(dataclasses.replace(result, curves=never)).key == "never_at_target"


def test_rprop_is_compared_with_the_full_batch_after_as_many_steps(result):
    found = full_batch(result)
    plain_curve = result.curves[64]
    assert plain_curve.steps[-1] == SMALL.least
    expected = mean_interval(
        result.rprop.accuracy[-1, 0].astype(float) - plain_curve.accuracy[-1, 0], rows=360, bounds=(-1, 1)
    )
    assert found["change"] == expected and found["change"].level == 0.95


def test_questions_are_graded_from_the_run(result):
    best = leveled(result, {(4, "fixed"): 0.9, (64, "linear"): 0.3})
    assert [question.grade(best)[0] for question in C.QUESTIONS[:3]] == [1, 0, 1]
    assert C.QUESTIONS[1].grade(leveled(result, {(64, "fixed"): 0.9}))[0] == 2
    assert C.QUESTIONS[2].grade(leveled(result, {}))[0] == 2
    low = leveled(result, {(4, "fixed"): 0.3})
    one = dataclasses.replace(low, curves=low.curves | {1: low.curves[4]})
    assert C.QUESTIONS[3].grade(one)[0] == 1


def test_the_noise_comes_first_and_a_stopped_run_has_no_verdict():
    seen = []
    for step in C.run(SMALL):
        some = step.result and step.result()
        seen.append(some)
        if some and some.curves:
            break
    first = next(one for one in seen if one and one.noise)
    assert list(first.noise) == ["at the start"] and not first.curves
    assert some.fraction < 1 and some.sizes == (16,)
    stopped, *more = C.findings(some)
    assert stopped.key == "stopped" and stopped["trained"] == ["B = 16"] and more
    specs = [figures.variance(some), figures.learning(some, "fixed", "epochs"), figures.ends(some)]
    assert all(spec["series"] for spec in [*specs, figures.to_target(some, "steps"), figures.directions(some)])


def test_a_difference_of_two_runs_is_paired_and_needs_the_same_data_and_seeds(result):
    other = leveled(result, {(size, "fixed"): 0.2 for size in result.sizes})
    found = C.difference(leveled(result, {}), other)
    assert found.key == "changed" and [row["size"] for row in found["rows"]] == [4, 16, 64]
    assert found["rows"][0]["change"].mean == pytest.approx(0.6)
    assert C.difference(result, result).key == "no_difference"
    moved = dataclasses.replace(result, settings=dataclasses.replace(SMALL, seed=1))
    assert C.difference(result, moved).key == "not_comparable"


# Settings.


def test_batches_no_larger_than_the_training_set_run_and_the_reference_always():
    assert C.Settings(batches=(), reference=16).sizes == (16,)
    assert C.Settings(batches=("1", "256", "full"), n=128).sizes == (1, 32, 128)
    alone = finished(C.run(dataclasses.replace(SMALL, batches=(), seeds=2)))
    assert C.findings(alone)[0].key == "only_one"


def test_what_cannot_run_or_takes_too_long_is_refused():
    with pytest.raises(SettingsError) as refused:
        C.Settings(reference=128, n=64)
    assert refused.value.problem.key == "reference_too_large"
    with pytest.raises(SettingsError) as refused:
        C.Settings(data="mnist5k", batches=BATCHES, n=1024, width=64, epochs=40, seeds=16)
    assert refused.value.problem.key == "too_long" and refused.value.problem.numbers["seconds"] > LONGEST
    assert C.Settings(batches=BATCHES, epochs=40, seeds=16, n=1024).seconds < LONGEST


# Charts.


def test_pictures_draw_what_was_measured(result):
    measured = result.noise["at the start"]
    drawn = next(s for s in figures.variance(result)["series"] if s["name"] == "start, with")["data"]
    assert [x for x, _ in drawn] == measured.sizes.tolist()
    assert [y for _, y in drawn] == pytest.approx(np.exp(np.log(measured.squared["with"]).mean(0)), rel=1e-3)
    ends = next(s for s in figures.ends(result)["series"] if s.get("name") == "rate × B/B₀")["data"]
    means = [100 * result.accuracy(size, "linear").mean() for size in result.sizes]
    assert [y for _, y in ends] == pytest.approx(means, rel=1e-3)
    plan = figures.plan(SMALL)["series"][0]["data"]
    assert plan == [[4, 64], [16, 16], [64, 4]]


def test_arrows_are_turned_by_the_angle_of_their_batch(result):
    spec = figures.directions(result)
    first = next(s for s in spec["series"] if s["id"] == "batches0")["data"]
    turned = [abs(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0]))) for a, b in (arrow["coords"] for arrow in first)]
    along, across = result.noise["at the start"].cloud[0].T
    assert turned == pytest.approx(np.degrees(np.arctan2(across, along)), abs=0.1)


def test_what_has_no_place_on_a_logarithmic_axis_is_left_out_and_the_axis_spans_whole_decades():
    x = np.array([1, 2, 4, 8])
    spec = against_size("t", [Marks("a", x, np.array([0.02, 0.0, np.inf, 30.0]), 0)], "size", "value", x_range=(1, 64))
    (line,) = spec["series"]
    assert line["data"] == [[1.0, 0.02], [8.0, 30.0]]
    assert (spec["yAxis"]["min"], spec["yAxis"]["max"]) == (0.01, 100)
    assert (spec["xAxis"]["min"], spec["xAxis"]["max"]) == (1, 64)
    low = np.array([0.5, 1.5, np.nan, 3.5])
    spec = against_size("t", [Marks("a", x, x + 0.5, 0, low=low, high=x + 1)], "size", "value", log_y=False)
    ends = next(s for s in spec["series"] if s["type"] == "lines")["data"]
    assert [e["coords"] for e in ends] == [[[1, 0.5], [1, 2]], [[2, 1.5], [2, 3]], [[8, 3.5], [8, 9]]]
    for marks in ([], [Marks("a", x, np.full(4, np.nan), 1, "", hollow=True)]):
        json.dumps(against_size("t", marks, "size", "value"), allow_nan=False)


def test_a_long_legend_leaves_the_name_of_the_axis_free():
    x, y = np.array([1, 2]), np.array([1.0, 2.0])
    one, four = (
        against_size("t", [Marks("a name of some length", x, y, 0) for _ in range(k)], "size", "value")["grid"]
        for k in (1, 4)
    )
    names = [f"a name of some length {k}" for k in range(4)]
    long = against_size("t", [Marks(name, x, y, 0) for name in names], "size", "value")["grid"]
    assert one == four and long["bottom"] >= one["bottom"] + 20


# The script.


@pytest.mark.parametrize(
    "change",
    [
        {"batches": ("1", "full")},
        {"data": "moons", "optimizer": "Momentum", "batches": ("full",), "lr": 0.05, "n": 128, "target": 80},
    ],
)
def test_the_script_gives_the_numbers_of_the_run_to_the_last_digit(change):
    s = dataclasses.replace(SMALL, seeds=2, **change)
    with contextlib.redirect_stdout(io.StringIO()):
        printed = plain.main(s)
    result = finished(C.run(s))
    assert np.mean(printed["slopes"]) == pytest.approx(result.noise["at the start"].slope("with").mean, abs=1e-5)
    assert printed["rprop"] == pytest.approx(result.rprop.accuracy[-1, 0], abs=1e-6)
    assert set(printed["accuracy"]) == set(itertools.product(s.sizes, RULES))
    for (size, rule), scores in printed["accuracy"].items():
        assert scores == pytest.approx(result.accuracy(size, rule), abs=1e-6)
        assert printed["steps"][size, rule] == median(result.steps(size, rule))


def test_where_training_is_chaotic_the_script_agrees_with_the_run_as_a_distribution():
    """Adam adds in another order in torch, so single networks may end elsewhere; their means must not."""
    s = dataclasses.replace(SMALL, seeds=4, optimizer="Adam", lr=0.01, batches=(), epochs=8)
    with contextlib.redirect_stdout(io.StringIO()):
        printed = plain.main(s)["accuracy"]
    result = finished(C.run(s))
    for (size, rule), scores in printed.items():
        other = result.accuracy(size, rule)
        assert abs(np.mean(scores) - other.mean()) <= 0.01 + 2 * max(np.std(scores), other.std()) / np.sqrt(4)
