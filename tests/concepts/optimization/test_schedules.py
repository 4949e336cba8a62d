"""Schedules: the rates are torch's, rates are chosen on validation data, and gains are judged on test data."""

import dataclasses
import json
import math
import warnings

import numpy as np
import pytest
import torch
from scipy import stats

from core import text
from core.concepts.optimization import schedules
from core.concepts.optimization.schedules import Settings, experiment, figures, plain
from core.concepts.optimization.schedules.findings import at_rate, edges, gain, plateau, tuned_gain
from core.concepts.optimization.schedules.settings import CONSTANT, LONGEST, NAMES, PLATEAU, PRESETS
from core.concepts.optimization.schedules.shapes import schedule
from core.engine.fit import History
from core.progress import finished
from core.settings import SettingsError

WORDS = text.of("optimization/schedules")
SMALL = Settings(n=200, width=8, epochs=8, seeds=3, spread=10.0, plateau_patience=0)
SHAPED = Settings(
    step_parts=4, step_gamma=0.5, exponential_last=0.1, cosine_last=0.03, cycle_top=3.0, cycle_rise=45, warm_share=20
)


def last(settings):
    return finished(schedules.run(settings))


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


def drawn(names=NAMES, accuracy=None, shift=None, seeds=12, examples=360, seed=0, difficulty=2.0, **settings):
    """A made-up complete result. accuracy (V, 3): validation; shift (V, 3): what is added to the chance of a right answer on the test."""
    rng = np.random.default_rng(seed)
    s = Settings(schedules=names, seeds=seeds, **settings)
    V = len(s.compared)
    validation = np.full((V, 3), 0.9) if accuracy is None else np.array(accuracy, float)
    chance = stats.beta.rvs(9 * difficulty, difficulty, size=examples, random_state=rng)
    chance = chance + (np.zeros((V, 3)) if shift is None else np.array(shift, float))[..., None, None]
    right = rng.random((V, 3, seeds, examples)) < chance
    curve = np.broadcast_to(validation[..., None], (2, V, 3, seeds))
    return schedules.Result(
        s,
        1.0,
        {"validation accuracy": curve, "validation loss": 1 - curve, "training loss": 1 - curve},
        np.full((1, 3, seeds), 0.1),
        np.zeros((V, 3, seeds), bool),
        0.1,
        examples,
        right.mean(-1),
        right.mean(2),
    )


def keys(result):
    return [f.key for f in schedules.findings(result)]


# The rates.


@pytest.mark.parametrize("name", [name for name in NAMES if name != PLATEAU])
def test_the_planned_rates_are_those_of_torch(name):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=SHAPED.lr)
    ours = schedule(SHAPED, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = plain.scheduler_of(name, optimizer, SHAPED.lr, 90, SHAPED)
    for step in range(90):
        assert SHAPED.lr * ours(step, 90) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        scheduler.step()


def test_what_is_drawn_before_training_are_those_rates():
    s = dataclasses.replace(SHAPED, n=320, epochs=9)  # 90 steps
    lines = {line["name"]: np.array(line["data"]) for line in figures.planned(s, 2, False)["series"]}
    assert set(lines) == set(NAMES)
    for name, points in lines.items():
        assert np.allclose(points[:, 0], np.arange(90) / 10, atol=1e-3)
        expected = [s.rates[2] * schedule(s, name)(t, 90) for t in range(90)]
        assert points[:, 1] == pytest.approx(expected, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("rate", range(3))
def test_the_plateau_lowers_the_rate_when_torch_would(result, rate):
    s, v = result.settings, result.names.index(PLATEAU)
    for k in range(s.seeds):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=s.rates[rate])
        scheduler = plain.scheduler_of(PLATEAU, optimizer, s.rates[rate], 90, s)
        had, lowered = [], []
        for epoch, loss in enumerate(result.curves["validation loss"][1:, v, rate, k], 1):
            had.append(optimizer.param_groups[0]["lr"])
            scheduler.step(float(loss))
            if optimizer.param_groups[0]["lr"] < had[-1] and epoch < s.epochs:
                lowered.append(epoch)
        assert result.plateau[:, rate, k] == pytest.approx(had, rel=1e-5)
        assert result.lowered(rate)[k] == lowered


def test_the_plateau_is_the_constant_rate_until_it_lowers_it(result):
    loss, v = result.curves["validation loss"], result.names.index(PLATEAU)
    first = [(r, k, row[0]) for r in range(3) for k, row in enumerate(result.lowered(r)) if row]
    assert len(first) >= 3
    for r, k, epoch in first:
        assert loss[: epoch + 1, v, r, k] == pytest.approx(loss[: epoch + 1, 0, r, k], rel=1e-5)
        assert loss[epoch + 1, v, r, k] != pytest.approx(loss[epoch + 1, 0, r, k], rel=1e-5)
    dots = next(line for line in figures.lowered_when(result, 2, False)["series"] if line["id"] == "lowered")["data"]
    assert sorted(e for e, _ in dots) == sorted(e for row in result.lowered(2) for e in row)
    parts = plateau(result)["parts"]
    assert [f.key for f in parts] == ["lowered" if any(result.lowered(r)) else "never_lowered" for r in range(3)]


# The training.


def test_all_schedules_share_their_starts_and_two_runs_are_equal(result):
    first = result.curves["validation loss"][0]
    assert np.allclose(first, first[:1, :1], rtol=1e-5)
    assert result.test == pytest.approx(result.right.mean(2)[..., None].repeat(3, 2), abs=0.2)
    assert result.test.mean(2) == pytest.approx(result.right.mean(2), abs=1e-6)


def test_decay_leaves_every_seed_worse_off_where_the_rate_is_too_low(result):
    loss = result.curves["validation loss"][-1]
    for name in ("StepLR", "ExponentialLR", "CosineAnnealing"):
        assert (loss[result.names.index(name), 0] > loss[0, 0]).all()


def test_decay_settles_the_training_loss_where_the_rate_is_too_high():
    s = Settings(
        n=200, width=16, epochs=15, seeds=3, optimizer="SGD", lr=1.0, spread=1.5, schedules=("CosineAnnealing",)
    )
    loss = last(s).curves["training loss"][-1]
    assert (loss[1].mean(1) < loss[0].mean(1)).all()


def test_a_network_that_diverges_is_counted_with_what_it_last_showed():
    s = dataclasses.replace(SMALL, schedules=(), epochs=5)
    history = History(9, total_steps=30, step=30, stopped={4: "diverged"})
    for epoch in range(6):
        history.epoch = epoch
        going = np.array([k for k in range(9) if k != 4 or epoch <= 2])
        for metric in ("loss", "accuracy"):
            for split in ("train", "validation"):
                history.add(split, metric, torch.full((9,), epoch / 10), going)
    right = torch.ones(9, 20, dtype=torch.bool)
    given = experiment.snapshot(s, history, right, guess=0.1, held_out=20)
    assert given.diverged.sum() == 1 and given.diverged[0, 1, 1]
    assert given.validation.flatten() == pytest.approx([0.5] * 4 + [0.2] + [0.5] * 4)
    lost = next(f for f in schedules.findings(given) if f.key == "lost")
    assert lost["all"] == 9 and [(f.key, f["n"]) for f in lost["parts"]] == [("diverged", 1)]


def test_a_run_of_many_networks_is_stopped_between_short_steps_and_judges_nothing_then():
    steps = schedules.run(SMALL)
    first = next(step for step in steps if step.result is not None).result()
    steps.close()
    assert first.fraction < 1 and np.isnan(first.test).all() and first.right.shape[2] == 0
    assert keys(first) == ["stopped"] and schedules.score(first).key == "no_score"
    assert schedules.difference(first, first).key == "not_comparable"
    for option in (figures.learning(first, what, 0, True) for what in figures.CURVES):
        json.dumps(option, allow_nan=False)
    for chart in (figures.lowered_when, figures.lowered_to):
        json.dumps(chart(first, 0, False), allow_nan=False)


def test_what_takes_too_long_is_refused_with_a_sentence_that_says_how_long():
    assert Settings().estimated_seconds < 15 < LONGEST
    with pytest.raises(SettingsError, match=r"about \d+ minutes"):
        Settings(data="mnist5k", width=64, epochs=60, n=2000)
    # In proportion to the networks and to the epochs.
    twice = (
        Settings(seeds=6).estimated_seconds,
        Settings(seeds=12).estimated_seconds,
        Settings(seeds=12, epochs=40).estimated_seconds,
    )
    assert twice[1] / twice[0] == pytest.approx(2, rel=0.15) and twice[2] / twice[1] == pytest.approx(2)


# The findings.


def test_an_interval_is_paired_corrected_and_covers_other_test_examples(result):
    V, name = len(result.names), result.names[3]
    change = result.test[3, 1] - result.test[0, 1]
    level = 1 - 0.05 / (3 * (V - 1))
    spread = max(change.std(ddof=1), 1 / result.held_out) / math.sqrt(len(change))
    seeds = stats.t.ppf((1 + level) / 2, len(change) - 1) * spread
    by_example = result.right[3, 1] - result.right[0, 1]
    examples = stats.norm.ppf((1 + level) / 2) * by_example.std(ddof=1) / math.sqrt(len(by_example))
    i = gain(result, name, 1)
    assert (i.mean, i.level, i.n) == (pytest.approx(change.mean()), level, 3)
    half = math.hypot(seeds, examples)
    assert (i.low, i.high) == pytest.approx((max(-1, i.mean - half), min(1, i.mean + half)))
    many = drawn(("OneCycle",), difficulty=20)
    assert -0.2 < gain(many, "OneCycle", 0).low < gain(many, "OneCycle", 0).high < 0.2  # nothing cut off here


def test_schedules_that_do_nothing_are_seldom_said_to_differ():
    wrong = 0
    for seed in range(100):
        given = drawn(seed=seed, seeds=6, examples=200)
        wrong += any(gain(given, n, r).sign for n in given.names[1:] for r in range(3))
    assert wrong <= 10  # 5 are expected at the most; more than 10 would be one in 80


def test_equal_results_are_no_difference():
    same = last(
        Settings(n=100, epochs=5, width=8, seeds=3, warm_share=1, schedules=("warm-up",))
    )  # one step of warm-up
    assert np.array_equal(same.test[1], same.test[0])
    assert gain(same, "warm-up", 1).sign == 0
    assert keys(same)[0] == "no_difference" and keys(same)[2] == "same_at_rates"


def test_rates_are_chosen_by_validation_and_judged_on_the_test():
    accuracy = [[0.9, 0.95, 0.9], [0.9, 0.9, 0.96]]
    shift = [[0.05, 0.0, 0.0], [0.05, 0.0, -0.1]]  # whatever the test says
    given = drawn(("StepLR",), accuracy, shift)
    assert (given.best(CONSTANT), given.best("StepLR")) == (1, 2)
    tuned = tuned_gain(given, "StepLR")
    assert tuned.mean == pytest.approx((given.test[1, 2] - given.test[0, 1]).mean()) and tuned.level == 0.95
    verdict, *more = schedules.findings(given)
    assert verdict.key == "only_worse" and verdict["names"][0]["gain"] == tuned
    choice = next(f for f in more if f.key == "choice")
    assert (choice["name"], choice["rate"], choice["gain"]) == ("StepLR", given.settings.rates[2], tuned)


@pytest.mark.parametrize(
    ("accuracy", "shift", "verdict", "choice"),
    [
        ([[0.8, 0.9, 0.8]] * 2, [[0, 0, 0], [0, 0.05, 0]], "better", "choice"),
        ([[0.9, 0.8, 0.8]] * 2, [[0, 0, 0], [0.05, 0, 0]], "better_beside_edge", "choice"),
        ([[0.8, 0.9, 0.8]] * 2, [[0, 0, 0], [0, -0.1, 0]], "only_worse", "choice"),
        ([[0.8, 0.95, 0.8], [0.8, 0.9, 0.8]], [[0, 0, 0]] * 2, "no_difference", "choice_constant"),
    ],
)
def test_every_outcome_has_its_verdict(accuracy, shift, verdict, choice):
    if verdict != "no_difference" and choice == "choice":
        accuracy = [accuracy[0], [a + 0.01 for a in accuracy[1]]]
    found = keys(drawn(("OneCycle",), accuracy, shift, difficulty=20))
    assert found[0] == verdict and choice in found and len(found) <= 7


def test_what_differs_at_a_base_rate_is_named_and_what_does_not_is_not():
    shift = np.zeros((4, 3))
    shift[1, 0], shift[2, 0] = 0.05, -0.1
    given = drawn(("StepLR", "ExponentialLR", "OneCycle"), shift=shift, difficulty=20)
    mixed = at_rate(given, 0)
    assert mixed.key == "mixed_at" and mixed["rate"] == given.settings.rates[0]
    assert [f["name"] for f in mixed["up"]] == ["StepLR"] and [f["name"] for f in mixed["down"]] == ["ExponentialLR"]
    same = next(f for f in schedules.findings(given) if f.key == "same_at_rates")
    assert same["rates"] == ["0.05", "0.15"]
    shift[2, 0] = 0
    assert at_rate(drawn(given.names, shift=shift, difficulty=20), 0).key == "better_at"


def test_the_edges_of_the_rates_are_said():
    given = drawn(("OneCycle",), [[0.8, 0.9, 0.8], [0.8, 0.9, 0.95]])
    assert edges(given)["names"] == ["OneCycle"]
    assert edges(drawn(("OneCycle",), [[0.8, 0.9, 0.8]] * 2)) is None


def test_networks_that_only_guess_are_counted():
    accuracy = np.full((8, 3), 0.9)
    accuracy[0, 2] = accuracy[4, 2] = 0.1
    lost = next(f for f in schedules.findings(drawn(accuracy=accuracy)) if f.key == "lost")
    assert [(f.key, f["n"]) for f in lost["parts"]] == [("stuck", 24)] and lost["all"] == 8 * 3 * 12
    assert "lost" not in keys(drawn())


def test_the_constant_rate_alone_is_not_compared():
    alone = drawn(())
    assert alone.names == (CONSTANT,) and keys(alone) == ["alone", "rates"]


def test_questions_are_answered_by_the_intervals():
    up = np.zeros((8, 3))
    up[1:] = 0.08
    for shift, expected in ((up, [0, 0, 0]), (0 * up, [2, 2, 2]), (-2 * up, [1, 2, 1])):
        given = drawn(shift=shift, difficulty=20)
        assert [q.grade(given)[0] for q in schedules.QUESTIONS[:3]] == expected
        assert schedules.QUESTIONS[3].grade(given)[0] == {0.08: 0, 0.0: 2, -0.16: 1}[shift[1, 0]]


def test_decay_to_a_ten_thousandth_fails_as_its_preset_says():
    preset = next(p for p in PRESETS if p.key == "too_fast")
    given = last(Settings(**preset.change, seeds=4))
    assert at_rate(given, 0).key == "worse_at" and gain(given, "ExponentialLR", 0).mean < -0.2


# The figures.


def test_each_schedule_has_a_look_of_its_own():
    for dark in (False, True):
        series = figures.planned(Settings(), 1, dark)["series"]
        assert len({line["lineStyle"]["color"] for line in series}) == len(NAMES)
    assert {s["icon"] for s in figures.planned(Settings(), 1, False)["legend"]["data"]} == set(figures.ICONS.values())


def test_pictures_and_table_hold_the_numbers(result):
    table = figures.table(result)
    assert table["schedule"].tolist() == list(NAMES)
    assert table["test, 0.05"].to_numpy() == pytest.approx(100 * result.test[:, 1].mean(1), abs=0.051)
    means = next(t for t in figures.gains(result).data if t.name == "base rate 0.05").x
    assert means == pytest.approx(100 * (result.test[1:, 1] - result.test[0, 1]).mean(1))
    assert len(figures.tuned(result).data[0].x) == len(NAMES) - 1
    frame = result.frame()
    assert len(frame) == 9 * result.test.size and frame["epoch"].max() == 8


# The script.


def test_the_script_gives_the_numbers_of_the_run(capsys):
    """At rates at which training is not chaotic, network by network."""
    s = Settings(n=100, epochs=6, seeds=2, width=8, plateau_patience=0, lr=0.03)
    given, scores = last(s), plain.main(s)
    for v, name in enumerate(given.names):
        for r, rate in enumerate(s.rates):
            found = np.array(scores[name, rate])
            assert found[:, 0] == pytest.approx(given.validation[v, r], abs=0.006), (name, rate)
            assert found[:, 1] == pytest.approx(given.test[v, r], abs=0.006), (name, rate)
    assert len(capsys.readouterr().out.splitlines()) == 3 * len(NAMES)


def test_with_adam_at_a_high_rate_the_script_gives_the_same_averages(capsys):
    """Rounding, which differs, grows there: single networks end elsewhere, their averages do not."""
    change = {"data": "spiral", "optimizer": "Adam", "lr": 0.1, "cosine_last": 0.1, "schedules": ("warm-up + cosine",)}
    s = Settings(n=100, epochs=10, seeds=12, width=8, spread=1.5, **change)
    given, scores = last(s), plain.main(s)
    single = 0
    for v, name in enumerate(given.names):
        for r, rate in enumerate(s.rates):
            ours, theirs = given.test[v, r], np.array(scores[name, rate])[:, 1]
            single += (np.abs(ours - theirs) > 0.006).sum()
            error = math.hypot(ours.std(ddof=1), theirs.std(ddof=1)) / math.sqrt(len(ours))
            assert abs(ours.mean() - theirs.mean()) < 3.5 * error, (name, rate)
    assert "mean" in WORDS.raw("script") or "average" in WORDS.raw("script")
    assert len(capsys.readouterr().out.splitlines()) == 6
