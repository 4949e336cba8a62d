"""Model complexity: closed forms, the classic U, double descent, scikit-learn's example, and the words said of them."""

import json
import math
import re
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.polynomial import polynomial as power
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from core.concepts.generalization import model_complexity as M
from core.concepts.generalization import model_complexity_fits as families
from core.concepts.generalization import model_complexity_words as words
from core.concepts.generalization.model_complexity import Settings, Swept
from core.decomposition import squared

QUICK = {"members": 2, "epochs": 20, "networks": 4, "resamples": 12, "rows": 50}


def last(**change):
    for result in M.run(Settings(**{**QUICK, **change})):  # noqa: B007
        pass
    return result


@pytest.fixture(scope="module")
def result():
    return last()


def test_training_error_falls_with_every_degree_whatever_the_training_set(result):
    p = np.array(result.families["polynomial"].train)  # (sizes, R)
    assert (np.diff(p, axis=0) < 1e-9).all()
    assert (np.array(result.families["random features"].train)[-1] < 1e-12).all()
    assert (result.families["k-NN"].train[-1] == 0).all()
    assert result.families["tree"].train[-1].mean() < 0.01


def test_training_error_of_least_squares_is_the_noise_less_a_share_for_every_weight():
    s = Settings(data="line", noise=0.5, n=40, resamples=60)
    for degree in (1, 4, 9):
        (own,) = M.by_fits(s, "polynomial", M.one_input(s), degree).train
        expected = 0.25 * (40 - degree - 1) / 40
        assert abs(own.mean() - expected) < 4 * own.std(ddof=1) / math.sqrt(60)


def test_the_terms_add_up_to_the_error_measured_on_new_labels(result):
    gaps = [
        (m - t.values["error"])
        for f in result.families.values()
        for m, t in zip(f.measured, f.terms, strict=True)
        if t.values["error"] < 100
    ]
    assert len(gaps) > 60
    for gap in gaps:
        assert abs(gap.mean()) < 4.5 * gap.std(ddof=1) / math.sqrt(len(gap)) + 1e-12
    assert any("meets the error measured" in s for s in M.findings(result))


def test_the_classic_u(result):
    f = result.families["polynomial"]
    assert 2 < f.sizes[f.best] < 8
    assert f.of("error")[0] > 1.5 * f.of("error")[f.best] and f.of("error")[-1] > 10 * f.of("error")[f.best]
    assert f.of("bias")[0] > 0.9 and abs(f.of("bias")[f.best]) < 0.1
    assert M.QUESTIONS[0].grade(result)[0] == 1
    said = " ".join(M.findings(result))
    assert "The error rises again" in said and re.search(r"beyond luck: polynomial \(lowest", said)


def test_double_descent_of_random_features(result):
    f = result.families["random features"]
    errors = dict(zip(f.sizes, f.of("error"), strict=True))
    assert errors[50] > 5 * errors[20] and errors[50] > 5 * errors[500]
    assert f.sizes[int(f.of("error").argmax())] == 50
    held = result.families["random features + L2"].of("error")
    assert held.max() < 1.5 and held[-1] <= held.min() + 0.01  # the penalty takes the peak away
    assert any("That is double descent" in s for s in M.findings(result))
    assert M.QUESTIONS[1].grade(result)[0] in (1, 2)


def test_l2_at_degree_7_lowers_the_variance():
    s = Settings(n=60)
    swept = {n: replace(M.by_fits(s, n, M.one_input(s), 7), sizes=(7,)) for n in ("polynomial", "polynomial + L2")}
    plain, held = (f.terms[0].values for f in swept.values())
    assert held["variance"] < plain["variance"]
    assert M.QUESTIONS[3].grade(M.Result(s, swept))[0] == 1


def test_with_more_data_variance_goes_and_bias_stays(result):
    one, nine = (result.growing[n] for n in ("degree 1", "degree 9"))
    assert one.of("bias")[-1] > 0.3 and one.of("variance")[-1] < 0.02
    assert nine.of("error")[-1] < 0.25 < nine.of("error")[0]
    assert nine.train[-1].mean() > nine.train[0].mean()  # training error rises towards the noise


def test_scikit_learns_example_single_tree_against_bagging():
    """https://scikit-learn.org/stable/auto_examples/ensemble/plot_bias_variance.html: error 0.0255 = 0.0003 + 0.0152 + 0.0098
    for the tree, 0.0196 = 0.0004 + 0.0092 + 0.0098 for the bag of ten."""

    def f(x):
        return np.exp(-(x**2)) + 1.5 * np.exp(-((x - 2) ** 2))

    rng, s = np.random.default_rng(0), Settings(members=10)
    q = np.sort(rng.uniform(-5, 5, 1000))
    said = {"tree": [], "bag": [], "theirs": []}
    for r in range(50):
        x = rng.uniform(-5, 5, (50, 1))
        y = f(x[:, 0]) + 0.1 * rng.normal(size=50)
        said["tree"].append(families.FITS["tree"](x, y, 60, s, np.random.default_rng(r))(q[:, None]))
        said["bag"].append(families.FITS["bagged trees"](x, y, 60, s, np.random.default_rng(r))(q[:, None]))
        said["theirs"].append(BaggingRegressor(DecisionTreeRegressor(), random_state=r).fit(x, y).predict(q[:, None]))
    tree, bag, theirs = (squared(np.array(rows), f(q), 0.01) for rows in said.values())
    assert tree.values["variance"] == pytest.approx(0.0152, abs=0.003)
    assert bag.values["variance"] == pytest.approx(0.0092, abs=0.002)
    assert abs(tree.values["bias"]) < 0.001 and abs(bag.values["bias"]) < 0.001
    assert tree.values["error"] == pytest.approx(0.0255, abs=0.003)
    assert bag.values["error"] == pytest.approx(0.0196, abs=0.002)
    assert bag.values["error"] == pytest.approx(theirs.values["error"], abs=0.0012)


def test_polynomials_are_those_of_the_power_basis_and_ridge_is_scikit_learns():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-1, 1, (30, 1)), rng.normal(size=30)
    s = Settings(l2=0.02)
    ours = families.FITS["polynomial"](x, y, 6, s, rng)(x)
    assert ours == pytest.approx(power.polyval(x[:, 0], power.polyfit(x[:, 0], y, 6)))
    held = families.FITS["polynomial + L2"](x, y, 6, s, rng)(x)
    features = families.polynomial(6)(x)[:, 1:]
    assert held == pytest.approx(Ridge(alpha=30 * 0.02).fit(features, y).predict(features))


@pytest.mark.parametrize("p", [10, 40, 41, 90])
def test_random_features_have_the_shortest_weights_and_the_penalty_is_the_same_either_way(p):
    rng = np.random.default_rng(2)
    x, y, s = rng.uniform(-1, 1, (40, 10)), rng.normal(size=40), Settings(l2=0.03)
    q = rng.uniform(-1, 1, (20, 10))
    features = families.random_features(p, 10, np.random.default_rng(3))
    ours = families.FITS["random features"](x, y, p, s, np.random.default_rng(3))
    assert ours(q) == pytest.approx(features(q) @ np.linalg.pinv(features(x), rcond=1e-10) @ y, abs=1e-5)
    if p >= 40:
        assert ours(x) == pytest.approx(y, abs=1e-5)
    held = families.FITS["random features + L2"](x, y, p, s, np.random.default_rng(3))(q)
    model = Ridge(alpha=40 * 0.03, fit_intercept=False, solver="svd").fit(features(x), y)
    assert held == pytest.approx(model.predict(features(q)))


def test_more_features_begin_with_the_same_ones():
    few, many = (families.random_features(p, 10, np.random.default_rng(4)) for p in (5, 50))
    x = np.random.default_rng(5).normal(size=(7, 10))
    assert few(x) == pytest.approx(many(x)[:, :5] * math.sqrt(50 / 5))


def test_a_longer_training_set_begins_with_the_shorter_and_another_seed_draws_others():
    task = M.one_input(Settings())
    (x, y), (longer, z) = task.draw(3, 20), task.draw(3, 50)
    assert np.array_equal(longer[:20], x) and np.array_equal(z[:20], y)
    assert not np.array_equal(M.one_input(Settings(seed=1)).draw(3)[0], task.draw(3)[0])


def test_the_same_settings_give_the_same_and_what_is_yielded_stays_valid(result):
    assert last().frame().equals(result.frame())
    fractions, kept = [], None
    for r in M.run(Settings(**QUICK), every=0.0):
        fractions.append(r.fraction)
        if kept is None and "tree" in r.families:
            kept, said = r, M.findings(r)
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) > 100
    assert M.findings(kept) == said and "network" not in kept.families


def test_every_snapshot_on_the_way_has_something_to_say():
    for i, r in enumerate(M.run(Settings(**{**QUICK, "epochs": 20}), every=0.0)):
        if i % 25 == 0:
            M.findings(r)
            M.score(r)


@pytest.mark.parametrize(
    "change",
    [
        {"data": "step", "n": 20, "noise": 0.0, "resamples": 10, "l2": 0.0001, "rows": 200},
        {"data": "chirp", "n": 200, "noise": 0.8, "l2": 1.0, "members": 2, "seed": 9999},
        {"data": "line", "noise": -0.0},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    r = last(**{**change, "epochs": 20})
    text = " ".join([*M.findings(r), M.score(r), M.difference(r, r)])
    assert "nan" not in text and "inf " not in text
    for q in M.QUESTIONS:
        assert 0 <= q.grade(r)[0] < len(q.choices)
    specs = [M.learning(r), M.start(r.settings), *(M.ten_inputs(r, n) for n in ("random features", M.TEN))]
    for name in M.ONE_INPUT:
        specs += [M.errors(r, name), M.bias_and_variance(r, name), M.fits(r, name, 0), M.fits(r, name, -1)]
    json.dumps(specs, allow_nan=False)


def test_no_rise_and_no_descent_are_called_so(result):
    flat = {}
    for name, f in result.families.items():
        flat[name] = replace(f, terms=(f.terms[0],) * len(f.sizes))
    said = " ".join(M.findings(replace(result, families=flat)))
    assert "No rise beyond luck: polynomial" in said and "The error rises again" not in said
    assert "That is no double descent" in said and "no peak between the ends beyond luck" in said
    assert "no difference beyond luck" in said
    assert M.QUESTIONS[2].grade(replace(result, families=flat))[0] == 2
    assert "none beyond luck" in M.difference(result, result)
    assert "Not the same training sets" in M.difference(result, replace(result, settings=Settings(n=100)))


def test_a_hump_that_is_there_is_found():
    rng = np.random.default_rng(6)
    terms = tuple(squared(spread * rng.normal(size=(12, 30)), np.zeros(30), 0.0) for spread in (1, 1, 3, 1))
    f = Swept((1, 2, 4, 8), (), terms, (), ())
    peak, before, up, down = words.hump(f)
    assert (peak, before in (0, 1)) == (2, True) and up.low > 0 and down.low > 0


@pytest.mark.parametrize("name", M.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = M.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


def test_a_name_off_the_menu_is_refused_and_zero_has_no_sign():
    with pytest.raises(ValueError, match="data: must be one of"):
        Settings(data="nonsense")
    assert set(M.LIMITS) | {"data"} == {f.name for f in fields(Settings)}
    assert math.copysign(1, Settings(noise=-0.0).noise) == 1


def test_the_script_prints_the_terms_on_screen():
    change = {
        "resamples": 10,
        "networks": 4,
        "epochs": 20,
        "members": 2,
        "rows": 50,
        "data": "chirp",
        "n": 25,
        "seed": 3,
    }
    command = [sys.executable, "-W", "error", "-c", M.script(Settings(**change))]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    printed = {
        (m[0], int(m[1])): [float(v) for v in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", m[2])]
        for m in re.findall(r"^(.+) (\d+): (.+)$", out, re.M)
    }
    r = last(**change)
    ours = {
        (name, size): [train.mean(), *(t.values[k] for k in ("bias", "variance", "error"))]
        for name, f in {**r.families, **r.growing}.items()
        for size, train, t in zip(f.sizes, f.train, f.terms, strict=True)
    }
    assert set(printed) == set(ours)
    for key, numbers in ours.items():
        close = 5e-3 if "network" in key[0] else 1e-4  # networks: float32, summed in another order
        assert printed[key] == pytest.approx(numbers, rel=close, abs=close), key
