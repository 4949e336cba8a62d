"""Model complexity: closed forms, the classic U, double descent, scikit-learn's example, and verdicts that are rarely wrong."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import polynomial as power
from scipy import stats
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from core.concepts.generalization import model_complexity
from core.concepts.generalization.model_complexity import Result, Settings, figures, fits, plain, shape
from core.concepts.generalization.model_complexity.experiment import fit_steps
from core.concepts.generalization.model_complexity.result import Sweep
from core.concepts.generalization.model_complexity.tasks import FEATURES, FEATURES_L2, NETWORK_TEN, ONE_INPUT, one_input
from core.decomposition import Terms, squared
from core.engine.pieces import finish
from core.progress import finished

QUICK = {"members": 2, "epochs": 20, "networks": 4, "resamples": 12, "rows": 50}


@pytest.fixture(scope="module")
def result():
    return finished(model_complexity.run(Settings(**QUICK)))


def fitted(settings, family, size, n=None):
    return finish(fit_steps(settings, family, one_input(settings), size, n))


def sweep_of(errors):
    """A family with these errors on new data, (sizes, R)."""
    terms = tuple(Terms({"error": float(e.mean())}, {"error": e}, resamples=len(e)) for e in errors)
    return Sweep(tuple(range(len(errors))), (), terms, (), ())


def keys(result):
    return [finding.key for finding in model_complexity.findings(result)]


# The truth of the numbers.


def test_training_error_falls_with_every_degree_whatever_the_training_set(result):
    errors = np.array(result.families["polynomial"].train)  # (sizes, R)
    assert (np.diff(errors, axis=0) < 1e-9).all()
    assert (np.array(result.families[FEATURES].train)[-1] < 1e-12).all()
    assert (result.families["k-NN"].train[-1] == 0).all()
    assert result.families["tree"].train[-1].mean() < 0.01


def test_training_error_of_least_squares_is_the_noise_less_a_share_for_every_weight():
    s = Settings(data="line", noise=0.5, n=40, resamples=60)
    for degree in (1, 4, 9):
        (own,) = fitted(s, "polynomial", degree).train
        expected = 0.25 * (40 - degree - 1) / 40
        assert abs(own.mean() - expected) < 4 * own.std(ddof=1) / math.sqrt(60)


def test_the_terms_add_up_to_the_error_measured_on_new_labels(result):
    gaps = [
        measured - sweep.errors(i)
        for sweep in result.families.values()
        for i, measured in enumerate(sweep.measured)
        if sweep.values("error")[i] < 100
    ]
    assert len(gaps) > 60
    for gap in gaps:
        assert abs(gap.mean()) < 4.5 * gap.std(ddof=1) / math.sqrt(len(gap)) + 1e-12
    assert "sum_right" in keys(result)


def test_with_more_data_variance_goes_and_bias_stays(result):
    one, nine = (result.learning[name] for name in ("degree 1", "degree 9"))
    assert one.values("bias")[-1] > 0.3 and one.values("variance")[-1] < 0.02
    assert nine.values("error")[-1] < 0.25 < nine.values("error")[0]
    assert nine.train[-1].mean() > nine.train[0].mean()  # training error rises towards the noise


def test_scikit_learns_example_single_tree_against_bagging():
    """https://scikit-learn.org/stable/auto_examples/ensemble/plot_bias_variance.html: error 0.0255 = 0.0003 + 0.0152 + 0.0098
    for the tree, 0.0196 = 0.0004 + 0.0092 + 0.0098 for the bag of ten."""

    def f(x):
        return np.exp(-(x**2)) + 1.5 * np.exp(-((x - 2) ** 2))

    rng, s = np.random.default_rng(0), Settings(members=10)
    q = np.sort(rng.uniform(-5, 5, 1000))
    predicted = {"tree": [], "bagged trees": [], "scikit-learn": []}
    for r in range(50):
        x = rng.uniform(-5, 5, (50, 1))
        y = f(x[:, 0]) + 0.1 * rng.normal(size=50)
        for family in ("tree", "bagged trees"):
            predicted[family].append(fits.fit(family, x, y, 60, s, np.random.default_rng(r))(q[:, None]))
        reference = BaggingRegressor(DecisionTreeRegressor(), random_state=r).fit(x, y)
        predicted["scikit-learn"].append(reference.predict(q[:, None]))
    tree, bag, reference = (squared(np.array(rows), f(q), 0.01) for rows in predicted.values())
    assert tree.values["variance"] == pytest.approx(0.0152, abs=0.003)
    assert bag.values["variance"] == pytest.approx(0.0092, abs=0.002)
    assert abs(tree.values["bias"]) < 0.001 and abs(bag.values["bias"]) < 0.001
    assert tree.values["error"] == pytest.approx(0.0255, abs=0.003)
    assert bag.values["error"] == pytest.approx(0.0196, abs=0.002)
    assert bag.values["error"] == pytest.approx(reference.values["error"], abs=0.0012)


def test_polynomials_are_those_of_the_power_basis_and_ridge_is_scikit_learns():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-1, 1, (30, 1)), rng.normal(size=30)
    s = Settings(l2=0.02)
    ours = fits.fit("polynomial", x, y, 6, s, rng)(x)
    assert ours == pytest.approx(power.polyval(x[:, 0], power.polyfit(x[:, 0], y, 6)))
    penalised = fits.fit("polynomial + L2", x, y, 6, s, rng)(x)
    features = fits.polynomial(6)(x)[:, 1:]
    assert penalised == pytest.approx(Ridge(alpha=30 * 0.02).fit(features, y).predict(features))


@pytest.mark.parametrize("p", [10, 40, 41, 90])
def test_random_features_have_the_shortest_weights_and_the_penalty_is_the_same_either_way(p):
    rng = np.random.default_rng(2)
    x, y, s = rng.uniform(-1, 1, (40, 10)), rng.normal(size=40), Settings(l2=0.03)
    q = rng.uniform(-1, 1, (20, 10))
    features = fits.random_features(p, 10, np.random.default_rng(3))
    ours = fits.fit(FEATURES, x, y, p, s, np.random.default_rng(3))
    assert ours(q) == pytest.approx(features(q) @ np.linalg.pinv(features(x), rcond=1e-10) @ y, abs=1e-5)
    if p >= 40:
        assert ours(x) == pytest.approx(y, abs=1e-5)
    penalised = fits.fit(FEATURES_L2, x, y, p, s, np.random.default_rng(3))(q)
    model = Ridge(alpha=40 * 0.03, fit_intercept=False, solver="svd").fit(features(x), y)
    assert penalised == pytest.approx(model.predict(features(q)))


def test_more_features_begin_with_the_same_ones_and_a_longer_training_set_with_the_shorter():
    few, many = (fits.random_features(p, 10, np.random.default_rng(4)) for p in (5, 50))
    x = np.random.default_rng(5).normal(size=(7, 10))
    assert few(x) == pytest.approx(many(x)[:, :5] * math.sqrt(50 / 5))
    task = one_input(Settings())
    (x, y), (longer, z) = task.draw(3, 20), task.draw(3, 50)
    assert np.array_equal(longer[:20], x) and np.array_equal(z[:20], y)
    assert not np.array_equal(one_input(Settings(seed=1)).draw(3)[0], task.draw(3)[0])


# Verdicts.


def test_the_classic_u(result):
    sweep = result.families["polynomial"]
    errors = sweep.values("error")
    assert 2 < sweep.sizes[sweep.best] < 8
    assert errors[0] > 1.5 * errors.min() and errors[-1] > 10 * errors.min()
    assert sweep.values("bias")[0] > 0.9 and abs(sweep.values("bias")[sweep.best]) < 0.1
    verdict = model_complexity.findings(result)[0]
    assert verdict.key == "falls_rises" and verdict["best"] == sweep.sizes[sweep.best]
    assert verdict["last_error"].key == "over"  # more than 1,000 is not written out
    assert model_complexity.QUESTIONS[0].grade(result)[0] == 1


def test_double_descent_of_random_features(result):
    sweep = result.families[FEATURES]
    errors = dict(zip(sweep.sizes, sweep.values("error"), strict=True))
    assert errors[50] > 5 * errors[20] and errors[50] > 5 * errors[500]
    assert sweep.sizes[int(sweep.values("error").argmax())] == 50
    penalised = result.families[FEATURES_L2].values("error")
    assert penalised.max() < 1.5 and penalised[-1] <= penalised.min() + 0.01  # the penalty takes the peak away
    found = shape.peak_at(sweep, sweep.sizes.index(50))
    assert found.double and "double_descent" in keys(result)
    assert model_complexity.QUESTIONS[1].grade(result)[0] in (1, 2)


@pytest.mark.parametrize("R", [4, 12, 30])
def test_a_flat_family_is_called_rising_as_rarely_as_the_level_says(R):
    """Within one run six families are asked, so each may be wrong in 5 % / 6 = 0.8 % of the cases. When the lowest of 16 sizes
    is picked and tested on the same training sets without correction, the rate is 2 to 18 %."""
    rng, runs = np.random.default_rng(6), 1500
    flat = 0.3 + 0.1 * rng.chisquare(8, size=(runs, 16, R)) / 8
    wrong = sum(shape.rises(sweep_of(errors)) for errors in flat)
    assert wrong / runs < 0.0083 + 3 * math.sqrt(0.0083 / runs)
    uncorrected = [e[-1] - e[e.mean(1).argmin()] for e in flat]
    naive = [d.mean() / (d.std(ddof=1) / math.sqrt(R)) > stats.t.ppf(1 - 0.0083, R - 1) for d in uncorrected if d.any()]
    assert sum(naive) / runs > 0.018  # so the correction is needed
    if R > 4:
        rising = flat + np.linspace(0, 0.3, 16)[:, None]
        assert sum(shape.rises(sweep_of(errors)) for errors in rising[:300]) > 250


def test_wild_training_sets_do_not_hide_a_rise_and_a_single_one_does_not_make_it():
    rng = np.random.default_rng(7)
    calm = np.abs(0.2 + 0.02 * rng.normal(size=(4, 12)))
    wild = calm + np.array([0, 0, 0, 1])[:, None] * np.exp(4 * rng.normal(size=12))
    assert shape.rises(sweep_of(wild))
    single = calm.copy()
    single[3, 5] = 1e6
    assert not shape.rises(sweep_of(single))


def test_a_rise_is_that_of_a_paired_t_test(result):
    sweep = result.families["k-NN"]
    last = len(sweep.sizes) - 1
    excess = np.minimum(sweep.errors(last) - sweep.errors(sweep.best), 1)
    p = stats.ttest_1samp(excess, 0, alternative="greater").pvalue
    assert shape.rises(sweep) == (p < 0.05 / (len(ONE_INPUT) * last))


def test_a_noiseless_line_does_not_rise():
    s = Settings(data="line", noise=0.0, resamples=10)
    sweep = Sweep()
    for degree in range(1, 7):
        sweep += fitted(s, "polynomial", degree)
    assert sweep.values("error").max() < 1e-20 and not shape.rises(sweep)
    assert keys(Result(s, {"polynomial": sweep}))[0] == "flat"


def test_a_rise_from_the_first_size_is_no_double_descent():
    rng = np.random.default_rng(8)
    around = 0.01 * rng.normal(size=(6, 12))
    hump = sweep_of(np.array([0.4, 0.5, 0.6, 0.8, 0.6, 0.5])[:, None] + around)
    twice = sweep_of(np.array([0.9, 0.5, 0.4, 0.8, 0.6, 0.5])[:, None] + around)
    flat = sweep_of(0.5 + around)
    found = [shape.highest_peak(sweep) for sweep in (hump, twice, flat)]
    assert [(f.up and f.down, f.double) for f in found] == [(True, False), (True, True), (False, False)]
    assert (found[0].before, found[0].peak) == (0, 3) and (found[1].before, found[1].peak) == (2, 3)
    expected = ("network_hump", "network_double", "network_no_peak")
    for sweep, key in zip((hump, twice, flat), expected, strict=True):
        sweep = replace(sweep, measured=tuple(t.parts["error"] for t in sweep.terms))
        assert key in keys(Result(Settings(), {NETWORK_TEN: sweep}))


def test_a_flat_run_is_called_flat(result):
    flat = {name: replace(f, terms=(f.terms[0],) * len(f.sizes)) for name, f in result.families.items()}
    still = replace(result, families=flat)
    assert {"flat", "others_stay", "no_double_descent", "network_no_peak", "l2_same"} <= set(keys(still))
    assert model_complexity.QUESTIONS[2].grade(still)[0] == 2
    assert model_complexity.difference(result, result).key == "no_difference"
    assert model_complexity.difference(result, replace(result, settings=Settings(n=100))).key == "not_comparable"


def test_a_penalty_at_degree_7_lowers_the_variance():
    change = {q.key: q.change for q in model_complexity.QUESTIONS}["which_term"]
    s = Settings(**change)
    pair = {name: fitted(s, name, 7) for name in ("polynomial", "polynomial + L2")}
    graded, numbers = model_complexity.QUESTIONS[3].grade(Result(s, pair))
    plain_terms, held = (f.terms[0].values for f in pair.values())
    assert graded == 1 and numbers["variance"].mean == pytest.approx(held["variance"] - plain_terms["variance"])
    finding = next(f for f in model_complexity.findings(Result(s, pair)) if f.key.startswith("l2"))
    assert finding["error_l2"] == held["error"]


def test_better_and_worse_need_every_clear_change_on_one_side(result):
    other = dict(result.families)
    higher = Sweep() + other["tree"]
    raised = tuple(
        squared(np.full((12, 2), 3.0) + np.arange(12)[:, None] / 100, np.zeros(2), 0.16) for _ in higher.sizes
    )
    other["tree"] = replace(higher, terms=raised)
    changed = replace(result, families=other)
    assert model_complexity.difference(changed, result).key == "worse"
    assert model_complexity.difference(result, changed).key == "better"


# Pictures, edges, script.


def test_areas_add_up_to_the_error(result):
    for family in (*ONE_INPUT, FEATURES, NETWORK_TEN):
        spec = figures.error(result, family)
        lines = {s["name"]: [v for _, v in s["data"]] for s in spec["series"] if s["name"]}
        total = np.sum([lines[part] for part in ("noise", "bias²", "variance")], axis=0)
        assert total == pytest.approx(lines["error on new data"], rel=1e-3)
        assert min(lines["bias²"]) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"data": "step", "n": 20, "noise": 0.0, "resamples": 10, "l2": 0.0001, "rows": 200},
        {"data": "chirp", "n": 200, "noise": 0.8, "l2": 1.0, "resamples": 10, "seed": 9999},
    ],
)
def test_settings_at_their_edges_can_be_drawn(change):
    r = finished(model_complexity.run(Settings(**{**QUICK, **change})))
    for finding in (*model_complexity.findings(r), model_complexity.score(r)):
        assert all(math.isfinite(v) for v in finding.numbers.values() if isinstance(v, float)), finding
    specs = [figures.learning_curves(r), figures.start(r.settings)]
    specs += [figures.error(r, name) for name in (FEATURES, NETWORK_TEN)]
    for name in ONE_INPUT:
        specs += [figures.error(r, name, 1), figures.three(r, name), figures.fits(r, name, -1)]
    json.dumps(specs, allow_nan=False)


def test_the_script_gives_the_numbers_of_the_run():
    change = {"resamples": 10, "data": "chirp", "n": 25, "seed": 3}
    settings = Settings(**{**QUICK, **change})
    printed, r = plain.main(settings), finished(model_complexity.run(settings))
    ours = {
        (name, size): (train.mean(), *(terms.values[term] for term in ("bias", "variance", "error")))
        for name, sweep in {**r.families, **r.learning}.items()
        for size, train, terms in zip(sweep.sizes, sweep.train, sweep.terms, strict=True)
    }
    assert set(printed) == set(ours)
    for key, numbers in ours.items():
        close = 5e-3 if "network" in key[0] else 1e-4  # networks: float32, summed in another order
        assert printed[key] == pytest.approx(numbers, rel=close, abs=close), key
