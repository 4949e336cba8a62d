"""The schedules page's facts, in small."""

import dataclasses
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from core.concepts.optimization import schedules as C
from core.concepts.optimization import schedules_views as views
from core.engine.fit import History
from core.engine.stack import stack
from core.stats import mean_interval

SMALL = C.Settings(n=200, width=8, epochs=8, seeds=3, spread=10.0, plateau_patience=0)


def last(settings):
    *_, result = C.run(settings)
    return result


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


def judged(result, test=None, accuracy=None):
    """`result` with other accuracies."""
    curves = dict(result.curves)
    if accuracy is not None:
        curves["validation accuracy"] = np.broadcast_to(accuracy, curves["validation accuracy"].shape)
    return dataclasses.replace(result, curves=curves, test=result.test if test is None else test)


# Torch's own, for other than the default shapes, over 90 steps.
SHAPED = C.Settings(
    step_parts=4, step_gamma=0.5, exponential_last=0.1, cosine_last=0.03, cycle_top=3.0, cycle_rise=45, warm_share=20
)
TORCH = {
    "constant": lambda o: torchs.ConstantLR(o, 1.0),
    "StepLR": lambda o: torchs.StepLR(o, 23, 0.5),
    "ExponentialLR": lambda o: torchs.ExponentialLR(o, 0.1 ** (1 / 90)),
    "CosineAnnealing": lambda o: torchs.CosineAnnealingLR(o, 90, 0.03 * 0.05),
    "OneCycle": lambda o: torchs.OneCycleLR(o, 3 * 0.05, total_steps=90, pct_start=0.45, cycle_momentum=False),
    "warm-up": lambda o: torchs.LinearLR(o, 1 / 18, total_iters=17),
    "warm-up + cosine": lambda o: torchs.SequentialLR(
        o, [torchs.LinearLR(o, 1 / 18, total_iters=17), torchs.CosineAnnealingLR(o, 72, 0.03 * 0.05)], [18]
    ),
}


@pytest.mark.parametrize("name", TORCH)
def test_the_rates_planned_are_torchs(name):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=SHAPED.lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = TORCH[name](opt)
    ours = C.schedule(SHAPED, name)
    for step in range(90):
        assert SHAPED.lr * ours(step, 90) == pytest.approx(opt.param_groups[0]["lr"], abs=1e-9)
        opt.step()
        scheduler.step()


def test_every_schedule_on_the_page_is_held_against_torch():
    assert set(C.NAMES) == {*TORCH, C.PLATEAU}


def test_what_is_drawn_before_training_are_those_rates():
    s = dataclasses.replace(SHAPED, n=320, epochs=9)  # 90 steps
    drawn = {line["name"]: line["data"] for line in views.planned(s)["series"] if "name" in line}
    assert set(drawn) == set(C.NAMES)
    for name, points in drawn.items():
        x, y = np.array(points).T
        assert np.allclose(x, np.arange(90) / 10, atol=1e-3)
        assert y == pytest.approx([s.lr * C.schedule(s, name)(t, 90) for t in range(90)], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("rate", range(3))
def test_the_plateau_fires_when_torch_would(result, rate):
    s, v = result.settings, result.names.index(C.PLATEAU)
    for k in range(s.seeds):
        opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=s.rates[rate])
        scheduler = torchs.ReduceLROnPlateau(opt, factor=s.plateau_factor, patience=s.plateau_patience)
        had, fired = [], []
        for epoch, loss in enumerate(result.curves["validation loss"][1:, v, rate, k], 1):
            had.append(opt.param_groups[0]["lr"])
            scheduler.step(float(loss))
            if opt.param_groups[0]["lr"] < had[-1] and epoch < s.epochs:
                fired.append(epoch)
        assert result.plateau[:, rate, k] == pytest.approx(had, rel=1e-5)
        assert result.fired(rate)[k] == fired


def test_the_plateau_did_fire_and_is_the_constant_one_until_then(result):
    loss, v = result.curves["validation loss"], result.names.index(C.PLATEAU)
    fires = [(r, k, row[0]) for r in range(3) for k, row in enumerate(result.fired(r)) if row]
    assert len(fires) >= 3
    for r, k, epoch in fires:
        assert loss[: epoch + 1, v, r, k] == pytest.approx(loss[: epoch + 1, 0, r, k], rel=1e-5)
        assert loss[epoch + 1, v, r, k] != pytest.approx(loss[epoch + 1, 0, r, k], rel=1e-5)
    dots = next(line for line in views.waited(result, 2)["series"] if line["id"] == "fired")["data"]
    assert sorted(e for e, _ in dots) == sorted(e for row in result.fired(2) for e in row)


def test_all_schedules_share_their_starts(result):
    first = result.curves["validation loss"][0]
    assert np.allclose(first, first[:1, :1], rtol=1e-5)


def test_from_a_rate_that_is_too_low_decay_leaves_every_seed_worse_off(result):
    loss = result.curves["validation loss"][-1]
    for name in ("StepLR", "ExponentialLR", "CosineAnnealing"):
        assert (loss[result.names.index(name), 0] > loss[0, 0]).all()


def test_from_a_rate_that_is_too_high_decay_settles_the_training_loss():
    s = C.Settings(
        n=200, width=16, epochs=15, seeds=3, optimizer="SGD", lr=1.0, spread=1.5, schedules="CosineAnnealing"
    )
    loss = last(s).curves["training loss"][-1]
    assert (loss[1].mean(1) < loss[0].mean(1)).all()


def test_same_seed_same_result_another_seed_another(result):
    again = last(SMALL)
    assert np.array_equal(again.test, result.test)
    assert again.frame().equals(result.frame())
    other = last(dataclasses.replace(SMALL, seed=1, epochs=5))
    assert not np.array_equal(other.curves["validation loss"][0], result.curves["validation loss"][0])


def test_a_schedule_that_changes_nothing_gains_nothing_and_is_said_to():
    same = last(C.Settings(n=100, epochs=5, width=8, seeds=3, warm_share=1, schedules="warm-up"))  # one step of warm-up
    assert np.array_equal(same.test[1], same.test[0])
    said = C.findings(same)
    assert sum("no schedule differs from it beyond luck" in f for f in said) == 4


def test_gains_are_paired_and_hold_together(result):
    V = len(result.names)
    change = result.test[3, 1] - result.test[0, 1]
    assert result.gain(result.names[3], 1) == mean_interval(change, 1 - 0.05 / (3 * (V - 1)))


def test_rates_are_chosen_by_validation_and_judged_on_the_test(result):
    V, S = len(result.names), result.settings.seeds
    accuracy, test = np.zeros((V, 3, S)), np.random.default_rng(0).random((V, 3, S))
    accuracy[0, 1] = accuracy[1, 2] = 1  # whatever the test says
    given = judged(result, test, accuracy)
    assert (given.best("constant"), given.best(given.names[1])) == (1, 2)
    assert given.tuned(given.names[1]) == mean_interval(test[1, 2] - test[0, 1], 1 - 0.05 / (V - 1))


def test_findings_call_better_and_worse_only_what_is_clear_of_zero(result):
    test = np.full(result.test.shape, 0.9)
    jitter = np.array([0.0, 0.001, 0.002])
    test[1, 0], test[2, 0], test[3, 0] = 0.95 + jitter, 0.8 + jitter, 0.9 + np.array([0.1, -0.1, 0.0])
    said = next(f for f in C.findings(judged(result, test)) if f.startswith("At base rate 0.005"))
    better, worse, rest = said.split("; ")
    assert "better: StepLR by 5.1 points" in better
    assert "worse: ExponentialLR by 9.9 points" in worse
    assert rest.startswith("no difference beyond luck: CosineAnnealing, OneCycle")


def test_schedules_that_do_nothing_are_seldom_said_to_differ(result):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(200):
        given = judged(result, rng.normal(0.9, 0.01, (len(result.names), 3, 12)))
        rows = [given.gain(n, r) for n in given.names[1:] for r in range(3)]
        wrong += any(i.clear_of_zero for i in rows)
    assert wrong / 200 < 0.1


def test_a_network_that_diverges_is_counted_with_what_it_last_showed(result):
    s = dataclasses.replace(SMALL, schedules="", epochs=5)
    models = stack(lambda: C.build(s, (1, 8, 8), 10), [s.seed + k for _ in range(3) for k in range(3)])
    history = History(9, total_steps=30, step=30, stopped={4: "diverged"})
    for epoch in range(6):
        history.epoch = epoch
        going = np.array([k for k in range(9) if k != 4 or epoch <= 2])
        for metric in ("loss", "accuracy"):
            for split in ("train", "validation"):
                history.add(split, metric, torch.full((9,), epoch / 10), going)
    given = C.snapshot(s, history, models, C.dataset(s))
    assert given.diverged.sum() == 1 and given.diverged[0, 1, 1]
    assert given.validation.flatten() == pytest.approx([0.5] * 4 + [0.2] + [0.5] * 4)
    assert any(f.startswith("Diverged: 1 of 9 networks") for f in C.findings(given))


def test_networks_that_only_guess_are_counted(result):
    accuracy = np.ones(result.test.shape)
    accuracy[0, 2, 1] = accuracy[4, 2, 0] = result.guess
    said = [f for f in C.findings(judged(result, accuracy=accuracy)) if f.startswith("Stuck")]
    assert len(said) == 1 and "Stuck: 2 of 72 networks" in said[0] and "2 from 0.5" in said[0]
    assert not [f for f in C.findings(judged(result, accuracy=np.ones(result.test.shape))) if f.startswith("Stuck")]


def test_a_stopped_run_judges_nothing():
    steps = C.run(SMALL)
    first = next(steps)
    assert first.fraction < 1 and np.isnan(first.test).all()
    assert len(C.findings(first)) == 1 and C.score(first) == "stopped"
    assert "no finished schedule" in C.difference(first, first)


def test_only_the_constant_one_is_fine_too():
    alone = last(C.Settings(schedules="", n=100, epochs=5, width=8, seeds=2))
    assert alone.names == ("constant",)
    assert "nothing to set against it" in C.findings(alone)[-1]


@pytest.mark.parametrize("name", C.LIMITS)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name):
    low, high = C.LIMITS[name]
    for bad in (low - 1, high * 2 + 1, float("nan")):
        with pytest.raises(ValueError, match=name):
            C.Settings(**{name: bad})


@pytest.mark.parametrize("field", ["data", "optimizer", "schedules"])
def test_a_name_that_is_not_on_the_menu_is_refused(field):
    with pytest.raises(ValueError, match=field):
        C.Settings(**{field: "x"})


def test_every_question_is_graded_from_its_run(result):
    for q in C.QUESTIONS:
        choice, said = q.grade(result)
        assert 0 <= choice < len(q.choices)
        assert re.search(r"\d", said)
    up = np.full(result.test.shape, 0.5)
    up[1:] = 0.9
    flat = np.full(result.test.shape, 0.5)
    grades = [[q.grade(judged(result, t, t))[0] for q in C.QUESTIONS] for t in (up, flat, 1 - up)]
    assert grades == [[0, 0, 0, 0], [2, 2, 2, 2], [1, 2, 1, 1]]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, marks=pytest.mark.full),
        {"data": "spiral", "optimizer": "Adam", "lr": 0.01, "cosine_last": 0.1, "schedules": "warm-up + cosine"},
    ],
)
def test_the_script_gives_the_scores_on_screen(tmp_path, change):
    s = C.Settings(**{"n": 100, "epochs": 6, "seeds": 2, "width": 8, "plateau_patience": 0, **change})
    (tmp_path / "script.py").write_text(C.script(s))
    run = [sys.executable, "-W", "error", "script.py"]
    out = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout
    rows = re.findall(r"^(.+) from (\S+): validation (\S+), test (\S+)$", out, re.M)
    result = last(s)
    assert [row[0] for row in rows] == [n for n in s.chosen for _ in range(3)]
    for i, (_, rate, validation, test) in enumerate(rows):
        v, r = divmod(i, 3)
        assert float(rate) == pytest.approx(s.rates[r], rel=1e-3)
        assert float(validation) == pytest.approx(result.validation[v, r].mean(), abs=0.004)
        assert float(test) == pytest.approx(result.test[v, r].mean(), abs=0.004)
