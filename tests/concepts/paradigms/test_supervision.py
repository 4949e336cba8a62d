"""Costs are what decision theory says they are, clusters and components what scikit-learn says, and what is said of them holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.concepts.paradigms.supervision import PRESETS, QUESTIONS, Settings, difference, figures, findings, plain, run
from core.concepts.paradigms.supervision.decisions import answers, cost_matrix, expected, kinds, turning
from core.concepts.paradigms.supervision.experiment import points
from core.concepts.paradigms.supervision.findings import CHEAPEST, CLASS, FAR, LEVEL, NODE, saved, worth
from core.concepts.paradigms.supervision.networks import temperatures
from core.concepts.paradigms.supervision.regions import SIZE
from core.concepts.paradigms.supervision.result import Result
from core.concepts.paradigms.supervision.settings import BUDGETS, GROUPS, KINDS, PRICES
from core.data.hierarchy import centres, cloud_posterior, clouds

GROUP = GROUPS["clouds"]
COST = cost_matrix(GROUP, 10, 1, 0.3, 1.5)


def said(result: Result) -> dict[str, Any]:
    return {f.key: f for f in findings(result)}


# Decisions.


def test_the_cost_matrix_is_the_one_written_out_by_hand() -> None:
    by_hand = [  # a1, a2, b1, b2, A, B, do not know
        [0, 1, 9, 9, 0.3, 9, 2],
        [1, 0, 9, 9, 0.3, 9, 2],
        [9, 9, 0, 1, 9, 0.3, 2],
        [9, 9, 1, 0, 9, 0.3, 2],
    ]
    assert cost_matrix((0, 0, 1, 1), 9, 1, 0.3, 2).tolist() == by_hand
    given = np.array([0, 1, 2, 4, 5, 6])
    assert [KINDS[k] for k in kinds(np.zeros(6, int), given, (0, 0, 1, 1))] == [
        "class",
        "near",
        "far",
        "group",
        "far",
        "root",
    ]


@given(st.integers(0, 10_000), st.floats(1, 20), st.floats(0, 3), st.floats(0, 3), st.floats(0, 5))
@limits(max_examples=30, deadline=None)
def test_any_node_costs_no_more_than_the_cheapest_class_and_that_no_more_than_the_likeliest(
    seed: int, far: float, near: float, inner: float, root: float
) -> None:
    p = np.random.default_rng(seed).dirichlet(np.full(9, 0.5), 40)
    cost = cost_matrix(GROUP, far, near, inner, root)
    dear = expected(p, cost)
    by_hand = [[sum(p[i, y] * cost[y, a] for y in range(9)) for a in range(13)] for i in range(40)]
    assert dear == pytest.approx(np.array(by_hand))
    paid = np.stack([np.take_along_axis(dear, given[:, None], 1)[:, 0] for given in answers(p, cost)])
    assert (paid[NODE] <= paid[CHEAPEST] + 1e-12).all() and (paid[CHEAPEST] <= paid[CLASS] + 1e-12).all()
    zero_one = answers(p, cost_matrix(GROUP, 1, 1, 1, 1))
    assert (zero_one == zero_one[0]).all()  # if every mistake costs the same, the likeliest class is cheapest


def test_a_dear_wrong_group_makes_the_near_mistake_preferred() -> None:
    p = np.array([0.4, 0.0, 0.0, 0.3, 0.3, 0, 0, 0, 0])  # the likeliest class lies outside the likeliest group
    turn = 0.3 / (0.6 - 0.4)  # far * (P_B - P_A) = near * ((P_B - p_b) - (P_A - p_a)) = 0.3, so far is 1.5
    chosen = [int(answers(p, cost_matrix(GROUP, far, 1.0, 9, 9))[CHEAPEST]) for far in (turn - 0.01, turn + 0.01)]
    assert chosen == [0, 3]


@given(st.integers(0, 10_000), st.floats(0.1, 3))
@limits(max_examples=20, deadline=None)
def test_the_turning_point_is_where_a_search_finds_it(seed: int, near: float) -> None:
    p = np.random.default_rng(seed).dirichlet(np.full(9, 0.7), 30)
    turns, own = turning(p, GROUP, near), np.array(GROUP)
    mass = p.reshape(30, 3, 3).sum(2)
    assert (np.isfinite(turns) == (own[p.argmax(1)] != mass.argmax(1))).all()
    for one, turn in zip(p[np.isfinite(turns)], turns[np.isfinite(turns)], strict=True):
        before, after = (answers(one, cost_matrix(GROUP, turn * by, near, 9, 9))[CHEAPEST] for by in (0.999, 1.001))
        assert own[before] == own[one.argmax()] != own[after]


def test_the_true_probabilities_are_those_of_bayes() -> None:
    x, y = clouds(2000, 0.35, 0)
    p = cloud_posterior(x, 0.35)
    density = np.stack([stats.multivariate_normal(m, 0.35**2).pdf(x) for m in centres()], 1)
    assert p == pytest.approx(density / density.sum(1, keepdims=True), abs=1e-6)
    fitted = LinearDiscriminantAnalysis().fit(x, y).predict_proba(x)  # estimates the same from the points
    assert np.abs(p - fitted).mean() < 0.02
    assert np.bincount(y).max() - np.bincount(y).min() <= 1


@pytest.mark.parametrize("seed", [0, 20, 40])
def test_under_the_true_probabilities_any_node_costs_less_than_three_quarters(seed: int) -> None:
    costs = [cost_of(s) for s in range(seed, seed + 20)]
    leaf, cheapest, node = np.mean(costs, 0)
    assert node < 0.75 * leaf and abs(cheapest - leaf) < 0.1 * leaf
    assert 0.73 < leaf < 0.9 and 0.47 < node < 0.57


def cost_of(seed: int) -> list[float]:
    """What the three rules pay for 2,000 points with the true probabilities."""
    x, y = clouds(2000, 0.35, seed)
    return [float(COST[y, given].mean()) for given in answers(cloud_posterior(x, 0.35), COST)]


# The run.


@pytest.mark.parametrize("seed", [0, 100, 200])
def test_networks_save_with_groups_and_hardly_without(seed: int) -> None:
    result = run(Settings(seed=seed))
    leaf, cheapest, node = result.tree.costs.mean(1)
    assert node < 0.8 * leaf and abs(cheapest - leaf) < 0.06 * leaf
    assert (result.tree.shares[NODE, :, FAR] < 0.5 * result.tree.shares[CLASS, :, FAR]).all()
    assert findings(result)[0].key == "node_cheaper" and saved(result).sign == -1
    assert result.tree.changed.mean() <= result.tree.outside.mean() < 0.02 and 1 < result.tree.turn < 10
    assert result.tree.shares.sum(2) == pytest.approx(1)
    assert result.tree.exact is not None and (np.diff(result.tree.exact, axis=0) <= 1e-12).all()
    assert result.tree.exact[NODE].mean() < node and result.tree.exact[CLASS].mean() < leaf
    assert 0.2 < result.error.mean() < 0.35 < result.baseline.mean()


def test_the_verdict_is_a_paired_t_interval_at_the_level_of_three_comparisons() -> None:
    result = run(Settings())
    verdict = findings(result)[0]
    known = stats.ttest_1samp(result.tree.costs[NODE] - result.tree.costs[CLASS], 0).confidence_interval(1 - 0.05 / 3)
    assert (verdict["change"].low, verdict["change"].high) == pytest.approx((known.low, known.high))
    assert verdict["cost"] == pytest.approx(result.tree.costs[NODE].mean()) and LEVEL == 1 - 0.05 / 3


def test_costs_that_are_all_alike_and_rows_that_repeat_show_no_effect() -> None:
    equal = run(Settings(far=1.0, near=1.0, inner=1.0, root=1.0))
    assert findings(equal)[0].key == "node_same" and "class_same" in said(equal)
    iris = run(Settings(data="iris"))
    assert findings(iris)[0].key == "node_unclear"
    change = iris.tree.costs[NODE] - iris.tree.costs[CLASS]
    plain_width = np.ptp(stats.ttest_1samp(change, 0).confidence_interval(LEVEL))
    found = saved(iris)
    assert found.high - found.low == pytest.approx(plain_width * np.sqrt(1 + 8 * 75 / 50))  # Nadeau and Bengio


def test_a_higher_cost_changes_the_answers_and_trains_nothing() -> None:
    low, high = run(Settings(far=2.0)), run(Settings(far=20.0))
    assert np.shares_memory(low.field, high.field) and low.clusters is high.clusters
    assert high.tree.shares[NODE, :, FAR].mean() < low.tree.shares[NODE, :, FAR].mean()
    assert low.tree.sweep[:, PRICES.index(2.0)] == pytest.approx(low.tree.costs.mean(1))
    assert low.tree.sweep == pytest.approx(high.tree.sweep)
    change = difference(high, low)
    known = stats.ttest_rel(high.tree.shares[NODE, :, FAR], low.tree.shares[NODE, :, FAR]).confidence_interval()
    assert change.key == "changed" and change["change"].low == pytest.approx(known.low)
    assert difference(low, run(Settings(seed=1))).key == "not_paired"


def test_calibration_finds_the_temperature_and_mends_overconfident_networks() -> None:
    torch.manual_seed(0)
    logits = 2 * torch.randn(1, 20_000, 5)
    y = torch.multinomial(logits[0].softmax(1), 1).T
    assert temperatures(3 * logits, y).item() == pytest.approx(3, rel=0.15)
    gains = []
    for seed in (0, 100):
        few = {"n": 60, "steps": 200, "seeds": 12, "seed": seed}
        raw, mended = run(Settings(**few, calibrated=False)), run(Settings(**few))
        gains += list(raw.tree.costs[NODE] - mended.tree.costs[NODE])
        assert "overconfident" in said(mended)
    assert stats.ttest_1samp(gains, 0).confidence_interval().low > 0
    assert raw.tree.costs[CLASS] == pytest.approx(mended.tree.costs[CLASS])  # the likeliest class stays


# Without labels.


def test_three_clusters_agree_with_the_groups_and_a_mixture_with_the_species_of_iris() -> None:
    for seed in (0, 1, 2):
        clusters = run(Settings(seed=seed, seeds=2, steps=10)).clusters
        best = clusters.inertia.argmin()
        assert clusters.kmeans[best, 0] > clusters.kmeans[best, 1] + 0.2
        iris = run(Settings(data="iris", seed=seed, seeds=2, steps=10)).clusters
        assert iris.mixture[1] > iris.kmeans[iris.inertia.argmin(), 1] + 0.1


def test_the_error_of_pca_is_the_sum_of_the_eigenvalues_left_out() -> None:
    for data in GROUPS:
        clusters = run(Settings(data=data, seeds=2, steps=10)).clusters
        assert clusters.lost == pytest.approx(clusters.variances[1:].sum())
    flowers = load_iris().data
    known = PCA().fit(flowers)
    assert clusters.variances == pytest.approx(known.explained_variance_ * 149 / 150)
    assert np.abs(known.transform(flowers)[:, :2] / 2.5) == pytest.approx(np.abs(clusters.x), abs=1e-6)


def test_labels_at_cluster_centres_are_worth_more_than_at_random() -> None:
    for seed in (0, 100):
        result = run(Settings(seed=seed, seeds=12, steps=10))
        assert worth(result).sign == 1 and "centres_better" in said(result)
        effect = result.worth[1, BUDGETS.index(9)] - result.worth[0, BUDGETS.index(9)]
        assert worth(result).low == pytest.approx(stats.ttest_1samp(effect, 0).confidence_interval(LEVEL).low)
        assert (np.diff(result.worth.mean(2), axis=1) > 0).all()  # more labels, more accuracy


# The page.


@pytest.mark.parametrize(("key", "right"), [("classes", 0), ("nodes", 2), ("clusters", 0), ("iris", 0), ("worth", 0)])
def test_questions_have_the_answers_of_the_recipe(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(Settings(**question.change)))[0] == right


def test_presets_do_what_they_promise() -> None:
    verdicts = {p.key: findings(run(Settings(**p.change)))[0] for p in PRESETS}
    assert {k: v.key for k, v in verdicts.items()} == {
        "near_free": "node_cheaper", "iris": "node_unclear", "equal": "node_same", "overconfident": "node_cheaper",
    }  # fmt: skip
    cheap = run(Settings(**PRESETS[0].change)).tree.shares[NODE].mean(0)
    assert cheap[KINDS.index("group")] == 0 and cheap[KINDS.index("root")] > 0.05
    usual, sure = findings(run(Settings()))[0], verdicts["overconfident"]
    assert sure["nodes"] < 0.5 * usual["nodes"] and sure["far"] > 2 * usual["far"]


@pytest.mark.parametrize("data", GROUPS)
def test_pictures_show_the_answers(data: str) -> None:
    result = run(Settings(data=data, seeds=2, steps=40))
    pictures = figures.still(result) | {"tree": figures.tree(result), "cheapest": figures.cheapest_class(result)}
    assert {p.shape for p in pictures.values()} == {(SIZE, SIZE, 3)} and all(
        p.dtype == np.uint8 for p in pictures.values()
    )
    careless = run(Settings(data=data, seeds=2, steps=40, root=0.0))
    share = [(np.abs(figures.tree(r).astype(int) - (158, 167, 176)).sum(-1) == 0).mean() for r in (result, careless)]
    assert share[1] > 0.5 > share[0]  # grey: do not know, which costs nothing there
    bars = figures.kinds(result)["series"]
    assert sum(np.array(s["data"]) for s in bars) == pytest.approx(100, abs=0.1)
    assert [s["data"][NODE] for s in bars] == pytest.approx(100 * result.tree.shares[NODE].mean(0), abs=0.01)
    cells = figures.matrix(result)["series"][0]["data"]
    assert len(cells) == len(GROUPS[data]) * (len(GROUPS[data]) + max(GROUPS[data]) + 2)


def test_validation_test_and_training_points_are_other_points() -> None:
    parts = points(("iris", "", 0.0, 0, 2, 3))
    assert [p.x.shape for p in parts] == [(2, 50, 2), (2, 25, 2), (2, 75, 2)]
    together = np.concatenate([p.x[0] for p in parts])
    assert np.unique(together, axis=0).shape[0] == np.unique(run(Settings(data="iris")).clusters.x, axis=0).shape[0]


@pytest.mark.parametrize("data", GROUPS)
def test_the_script_gives_the_numbers_of_the_run(data: str) -> None:
    s = Settings(data=data, seeds=2, steps=20, seed=3)
    result = run(s)
    costs, error, clusters, few = plain.main(s).values()  # type: ignore[arg-type]
    assert costs == pytest.approx(result.tree.costs.mean(1), abs=0.02)  # two points in a wrong group
    assert error[0] == pytest.approx(result.error.mean(), abs=1e-3)
    best = result.clusters.inertia.argmin()
    assert clusters == pytest.approx(
        [result.clusters.kmeans[best, 1], result.clusters.mixture[1], result.clusters.lost], abs=1e-6
    )
    assert few == pytest.approx(result.worth[:, BUDGETS.index(s.labels)].mean(1))
