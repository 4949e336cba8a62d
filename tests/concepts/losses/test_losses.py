"""Every loss is what torch says it is, its gradient what finite differences say; the experiments find true minima, and what
is said of them is checked by other means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar
from sklearn.linear_model import QuantileRegressor
from torch import Tensor
from torch.nn import functional as F

from core.concepts.losses import losses
from core.concepts.losses.losses import QUESTIONS, Settings, difference, figures, findings, functions, plain, run
from core.concepts.losses.losses.classifiers import network, noisy_moons, train_classifiers
from core.concepts.losses.losses.findings import compared, optimum
from core.concepts.losses.losses.functions import FUNCTIONS, bind, gradient
from core.concepts.losses.losses.lines import draw_points, fit_lines, fit_quantile_lines
from core.concepts.losses.losses.settings import FAMILIES
from core.figures.pins import lay_over

X = torch.linspace(-6, 6, 241, dtype=torch.float64)
quick = limits(max_examples=40, deadline=None)
numbers = st.floats(-50, 50)


def value(name: str, x: Tensor, **change: float) -> Tensor:
    return bind(name, vars(Settings()) | change)(x)


def two(m: Tensor) -> Tensor:
    """The margins as logits of two classes, the first of them the truth: (n, 2)."""
    return torch.stack([m, torch.zeros_like(m)], 1)


ZERO, ONE = torch.zeros_like(X), torch.ones_like(X)
FIRST = torch.zeros(len(X), dtype=torch.long)
TORCH: dict[str, tuple[dict[str, float], Any]] = {
    "MAE": ({}, lambda: F.l1_loss(X, ZERO, reduction="none")),
    "MSE": ({}, lambda: F.mse_loss(X, ZERO, reduction="none")),
    "Huber": ({"delta": 2.5}, lambda: F.huber_loss(X, ZERO, delta=2.5, reduction="none")),
    "smooth L1": ({"beta": 0.7}, lambda: F.smooth_l1_loss(X, ZERO, beta=0.7, reduction="none")),
    "BCE": ({}, lambda: F.binary_cross_entropy_with_logits(X, ONE, reduction="none")),
    "cross-entropy": ({"classes": 2}, lambda: F.cross_entropy(two(X), FIRST, reduction="none")),
    "label smoothing": (
        {"classes": 2, "epsilon": 0.3},
        lambda: F.cross_entropy(two(X), FIRST, label_smoothing=0.3, reduction="none"),
    ),
    "hinge": ({}, lambda: F.multi_margin_loss(two(X), FIRST, reduction="none") * 2),
    "squared hinge": ({}, lambda: F.multi_margin_loss(two(X), FIRST, p=2, reduction="none") * 2),
    "KL": (
        {"target": 0.8},
        lambda: F.kl_div(
            two(X).log_softmax(1), torch.tensor([[0.8, 0.2]], dtype=torch.float64).expand(len(X), 2), reduction="none"
        ).sum(1),
    ),
}


@pytest.mark.parametrize("name", TORCH)
def test_a_loss_is_the_one_of_torch(name: str) -> None:
    change, truth = TORCH[name]
    torch.testing.assert_close(value(name, X, **change), truth(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("epsilon", [0.0, 0.2, 1.0])
def test_many_classes_and_label_smoothing_as_torch_has_them(classes: int, epsilon: float) -> None:
    logits = F.pad(X[:, None], (0, classes - 1))
    mine = value("label smoothing", X, classes=classes, epsilon=epsilon)
    theirs = F.cross_entropy(logits, FIRST, label_smoothing=epsilon, reduction="none")
    torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)


def test_softplus_losses_are_torchs_soft_margin() -> None:
    mine = value("BCE", X).mean()
    torch.testing.assert_close(mine, F.soft_margin_loss(X, ONE))


def test_rmse_is_the_root_of_torchs_mse_of_its_batch() -> None:
    for e in (-3.0, 0.0, 0.5, 7.0):
        batch = torch.tensor([e, *[1.0] * 7], dtype=torch.float64)
        truth = F.mse_loss(batch, torch.zeros_like(batch)).sqrt()
        torch.testing.assert_close(value("RMSE", batch[:1], batch=8)[0], truth)
    torch.testing.assert_close(value("RMSE", X, batch=1), X.abs())


def on_sphere(d: Tensor) -> tuple[Tensor, Tensor]:
    """An anchor and points at distance d from it, all of length 1."""
    angle = 2 * torch.asin(d / 2)
    return torch.tensor([[1.0, 0.0]], dtype=d.dtype), torch.stack([angle.cos(), angle.sin()], 1)


def test_embedding_losses_are_torchs_on_vectors_of_that_distance() -> None:
    d = torch.linspace(0.05, 1.95, 60, dtype=torch.float64)
    anchor, positive = on_sphere(d)
    _, negative = on_sphere(torch.full_like(d, 1.3))
    anchor = anchor.expand_as(positive)
    mine = value("triplet", d, margin=0.4, negative=1.3)
    theirs = F.triplet_margin_loss(anchor, positive, negative, margin=0.4, eps=0, reduction="none")
    torch.testing.assert_close(mine, theirs, rtol=1e-8, atol=1e-8)
    apart = F.hinge_embedding_loss(d, -torch.ones_like(d), margin=1.2, reduction="none")
    torch.testing.assert_close(value("contrastive other", d, margin=1.2), apart**2 / 2)
    near = F.cosine_embedding_loss(anchor, positive, torch.ones(len(d)), reduction="none")  # 1 - cos = d^2/2
    torch.testing.assert_close(value("contrastive same", d), near, rtol=1e-8, atol=1e-8)
    cosines = torch.stack([F.cosine_similarity(anchor, p) for p in (positive, *[negative] * 5)], 1)
    theirs = F.cross_entropy(cosines / 0.2, torch.zeros(len(d), dtype=torch.long), reduction="none")
    mine = value("InfoNCE", d, temperature=0.2, negative=1.3, negatives=5)
    torch.testing.assert_close(mine, theirs, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_gradient_is_what_finite_differences_say(name: str) -> None:
    loss = bind(name, vars(Settings()))
    x = torch.tensor([0.05, 0.31, 0.52, 0.83, 0.97], dtype=torch.float64, requires_grad=True)  # off every kink
    if name in (*FAMILIES["regression"], *FAMILIES["classification"]):
        x = torch.tensor([-7.3, -1.4, -0.2, 0.3, 1.7, 5.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, (x,))
    torch.testing.assert_close(gradient(loss, x), torch.autograd.grad(loss(x).sum(), x)[0])


@pytest.mark.parametrize("name", [*FAMILIES["regression"], *FAMILIES["classification"]])
def test_nothing_overflows_at_ten_thousand_in_float32(name: str) -> None:
    x = torch.tensor([-1e4, -1e3, -88.8, -1.0, 0.0, 1.0, 88.8, 1e3, 1e4])
    for change in (
        {},
        {"gamma": 0.0},
        {"gamma": 10.0},
        {"gamma": 0.5},
        {"batch": 1},
        {"target": 1.0},
        {"epsilon": 1.0},
    ):
        loss = bind(name, vars(Settings()) | change)
        once = loss(x), gradient(loss, x)
        assert all(t.dtype == torch.float32 and t.isfinite().all() for t in once)
        x64 = x.double()  # and what is finite is also right
        torch.testing.assert_close(once[0].double(), loss(x64), rtol=1e-5, atol=1e-3)
        torch.testing.assert_close(once[1].double(), gradient(loss, x64), rtol=1e-5, atol=1e-5)


@given(st.lists(numbers, min_size=1, max_size=20), st.floats(0.02, 0.98))
@quick
def test_the_best_constant_is_the_mean_the_median_or_the_quantile(ys: list[float], q: float) -> None:
    y = torch.tensor(ys, dtype=torch.float64)
    # numpy's inverted_cdf gives one of the minima
    for name, best in (
        ("MSE", np.mean(ys)),
        ("MAE", np.median(ys)),
        ("quantile", np.quantile(ys, q, method="inverted_cdf")),
    ):
        cost = lambda c, name=name: float(value(name, c - y, q=q).sum())  # noqa: E731
        assert all(cost(float(best)) <= cost(c) + 1e-9 for c in (*ys, *np.linspace(min(ys) - 1, max(ys) + 1, 23)))


@given(numbers, st.floats(0.01, 10))
@quick
def test_how_the_losses_of_a_residual_lie_to_each_other(e: float, d: float) -> None:
    x = torch.tensor([e], dtype=torch.float64)
    v = {name: float(value(name, x, delta=d, beta=d, q=0.5)) for name in FAMILIES["regression"]}
    assert v["MAE"] - math.log(2) - 1e-9 <= v["log-cosh"] <= min(v["MAE"], v["MSE"] / 2) + 1e-9
    assert v["Huber"] == pytest.approx(d * v["smooth L1"])
    assert v["Huber"] <= v["MSE"] / 2 + 1e-9 and v["Huber"] <= d * v["MAE"] + 1e-9
    assert v["quantile"] == pytest.approx(v["MAE"] / 2)
    assert abs(float(gradient(bind("Huber", {"delta": d}), x))) <= d + 1e-12
    assert float(gradient(bind("log-cosh", {}), x)) == pytest.approx(math.tanh(e))


@given(numbers, st.floats(0, 10))
@quick
def test_how_the_losses_of_a_margin_lie_to_each_other(m: float, gamma: float) -> None:
    x = torch.tensor([m], dtype=torch.float64)
    v = {n: float(value(n, x, gamma=gamma, target=1.0, epsilon=0.0, classes=2)) for n in FAMILIES["classification"]}
    assert v["BCE"] == v["cross-entropy"] == v["label smoothing"] == v["KL"]
    assert float(value("focal", x, gamma=0.0)) == v["BCE"] and v["focal"] <= v["BCE"] + 1e-12
    p = torch.sigmoid(x)
    assert v["focal"] == pytest.approx(float((1 - p) ** gamma * -F.logsigmoid(x)), rel=1e-6, abs=1e-9)
    assert (
        v["0-1"] <= min(v["hinge"], v["squared hinge"], v["BCE"] / math.log(2)) + 1e-12
    )  # all lie above what is counted
    assert v["squared hinge"] == pytest.approx(v["hinge"] ** 2)
    assert float(gradient(bind("0-1", {}), x)) == 0


@given(st.floats(0, 1), st.floats(0.05, 20))
@quick
def test_dice_and_iou_are_two_scales_of_one_thing(share: float, size: float) -> None:
    i = torch.tensor([share * min(1, size)], dtype=torch.float64)
    dice, iou = (1 - float(value(n, i, size=size)) for n in ("Dice", "IoU"))
    assert dice == pytest.approx(2 * iou / (1 + iou)) and 0 <= iou <= dice <= 1 + 1e-12


def test_dice_and_iou_count_pixels() -> None:
    truth, answer = torch.zeros(2, 10, 10, dtype=torch.bool)
    truth[2:6, 2:7], answer[3:8, 4:9] = True, True  # 20 and 25 pixels
    both, either = (truth & answer).sum().item(), (truth | answer).sum().item()
    i = torch.tensor([both / 20], dtype=torch.float64)
    assert float(value("IoU", i, size=25 / 20)) == pytest.approx(1 - both / either)
    assert float(value("Dice", i, size=25 / 20)) == pytest.approx(1 - 2 * both / 45)


@pytest.mark.parametrize("name", FAMILIES["classification"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"epsilon": 0.3, "classes": 10, "target": 0.6},
        {"epsilon": 0.0, "target": 1.0},
        {"epsilon": 1.0, "target": 0.5},
    ],
)
def test_the_lowest_place_of_a_loss_is_where_a_search_finds_it(name: str, change: dict[str, Any]) -> None:
    s = Settings(family="classification", **change)
    place = optimum(name, s)
    loss = bind(name, vars(s))
    cost = lambda m: float(loss(torch.tensor(m, dtype=torch.float64)))  # noqa: E731
    if place is None:
        assert cost(30.0) <= cost(29.0)  # goes on falling, or has reached 0
    else:
        found = minimize_scalar(cost, bounds=(-20, 20), method="bounded", options={"xatol": 1e-8})
        assert place == pytest.approx(found.x, abs=1e-3)


def test_a_wide_axis_does_not_move_the_lowest_place() -> None:
    s = Settings(family="classification", classification=("label smoothing", "KL"), span=10_000, steps=1, seeds=2)
    told = {row["name"]: row["margin"] for f in findings(run(s)) if f.key == "optima" for row in f["rows"]}
    assert told == {"label smoothing": pytest.approx(math.log(19)), "KL": pytest.approx(math.log(9))}


# The lines


def points(**change: Any) -> tuple[np.ndarray, np.ndarray]:
    drawn = draw_points(Settings(**{"outliers": 3, "seeds": 3, **change}))
    return drawn.x, drawn.y


@pytest.mark.parametrize("name", FAMILIES["regression"])
@pytest.mark.parametrize("outliers", [0, 6])
def test_no_line_near_the_fitted_one_costs_less(name: str, outliers: int) -> None:
    x, y = points(outliers=outliers)
    loss = bind("MSE" if name == "RMSE" else name, vars(Settings()))
    q = {"MAE": 0.5, "quantile": 0.9}.get(name)
    theta = fit_quantile_lines(q, x, y) if q else fit_lines(loss, x, y)
    cost = lambda t: loss(torch.tensor(t[:, :1] * x + t[:, 1:] - y)).sum(1).numpy()  # noqa: E731
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(20):
            assert (cost(theta) <= cost(theta + size * rng.standard_normal(theta.shape)) * (1 + 1e-9)).all()


def test_the_lines_are_those_of_least_squares_and_of_scikit_learn() -> None:
    x, y = points(outliers=6)
    mine = fit_lines(functions.mse, x, y)
    assert mine == pytest.approx(np.array([np.polyfit(a, b, 1) for a, b in zip(x, y, strict=True)]), abs=1e-8)
    for q in (0.5, 0.87):
        for a, b, theta in zip(x, y, fit_quantile_lines(q, x, y), strict=True):
            known = QuantileRegressor(quantile=q, alpha=0).fit(a[:, None], b)
            assert [known.coef_[0], known.intercept_] == pytest.approx(theta, abs=1e-6)
            on = np.abs(b - theta[0] * a - theta[1]) < 1e-9
            assert on.sum() == 2  # such a line runs through two of the points


def test_the_outliers_are_the_points_nearest_the_place_and_leave_the_rest_alone() -> None:
    lifted = draw_points(Settings(seeds=4, seed=7, outliers=5, where=2.0))
    ordinary = draw_points(Settings(seeds=4, seed=7, outliers=0))
    assert (lifted.odd.sum(1) == 5).all() and not ordinary.odd.any()
    assert lifted.y - ordinary.y == pytest.approx(20.0 * lifted.odd)
    far = np.abs(lifted.x - 2)
    assert (np.where(lifted.odd, far, 0).max(1) <= np.where(lifted.odd, 99, far).min(1)).all()


@pytest.mark.parametrize("place", [0, 137, 220, 440])
def test_outliers_lie_where_the_learner_clicks(place: int) -> None:
    at = figures.fits(run(Settings()))["series"][-1]["data"][place]
    moved = figures.outliers_at(run(Settings()), place)
    drawn = draw_points(Settings(**moved, outliers=3, noise=0.0, points=100))
    assert moved["where"] == at[0] and -100 <= moved["height"] <= 100
    assert np.abs(drawn.y[0][drawn.odd[0]] - at[1]).max() < 2  # to whole units, at x that are near, not equal


# The classifiers


def test_a_share_of_the_labels_is_wrong_and_test_points_are_other_points() -> None:
    x, y, wrong = noisy_moons(100, 0.3, 5)
    x0, y0, none = noisy_moons(100, 0.0, 5)
    assert wrong.sum() == 30 and not none.any()
    assert (x == x0).all() and ((y != y0) == wrong).all() and set(y) == {-1.0, 1.0}


HOW: dict[str, Any] = {"examples": 60, "flips": 0.2, "width": 8, "steps": 40, "seeds": 3, "seed": 4}


def test_a_loss_trains_the_same_whatever_else_is_in_the_stack() -> None:
    every = {n: bind(n, vars(Settings())) for n in FAMILIES["classification"]}
    together = train_classifiers(every, **HOW)
    alone = train_classifiers({"hinge": every["hinge"]}, **HOW)
    mine = together[together.name == "hinge"]
    assert mine.accuracy.to_numpy() == pytest.approx(alone.accuracy.to_numpy(), abs=0.006)  # three of 500 points
    bce, ce = (together[together.name == n].accuracy.to_numpy() for n in ("BCE", "cross-entropy"))
    assert (bce == ce).all()
    with torch.no_grad():  # nothing moved the one without a gradient
        torch.manual_seed(4)
        m = network(8)
        x, y, _ = (torch.tensor(v) for v in noisy_moons(500, 0.0, 50_004))
        at_start = (m(x)[:, 0] * y > 0).float().mean().item()
    assert together[(together.name == "0-1") & (together.seed == 4)].accuracy.item() == pytest.approx(at_start)


def test_the_axis_and_the_sliders_of_other_losses_train_nothing() -> None:
    few = {"family": "classification", "seed": 3, "steps": 20}
    one = run(Settings(**few))
    assert one.scores is run(Settings(**few, span=100, log=True, delta=9.0, classes=10)).scores
    assert one.scores is not run(Settings(**few, gamma=0.0)).scores


# What is said


def keys(result: losses.Result) -> list[str]:
    return [f.key for f in findings(result)]


def test_mae_and_huber_resist_outliers_and_mse_does_not() -> None:
    result = run(Settings())
    verdict = findings(result)[0]
    assert verdict.key == "slope_better" and verdict["names"] == ["MAE", "Huber"]
    for row in verdict["changes"]:
        change = result.by_seed("off", row["name"]) - result.by_seed("off", "MSE")
        known = stats.ttest_1samp(change, 0).confidence_interval(0.975)  # two comparisons at 95 % together
        assert (row["change"].low, row["change"].high) == pytest.approx((known.low, known.high))
        assert row["change"].level == 0.975
    clean = findings(run(Settings(regression=("Huber",), outliers=0)))[0]  # MSE is fitted though it is not on view
    assert clean.key == "slope_unclear" and clean["changes"][0]["change"].level == 0.95
    alone = findings(run(Settings(regression=("MSE",))))[0]
    assert alone.key == "slope_alone" and alone["off"].mean == pytest.approx(result.by_seed("off", "MSE").mean())
    same = findings(run(Settings(regression=("RMSE", "MSE"))))[0]
    assert same.key == "same" and same["names"] == ["RMSE"]


def test_a_loss_that_follows_outliers_more_than_mse_is_called_worse() -> None:
    assert findings(run(Settings(regression=("quantile",))))[0].key == "slope_worse"


def test_losses_of_a_classifier_are_compared_at_the_level_of_all_comparisons() -> None:
    s = Settings(family="classification", classification=FAMILIES["classification"], flips=0.3)
    result = run(s)
    change = compared(result)
    assert {i.level for i in change.values()} == {1 - 0.05 / 7}
    effect = result.by_seed("accuracy", "0-1") - result.by_seed("accuracy", "cross-entropy")
    known = stats.ttest_1samp(effect, 0).confidence_interval(1 - 0.05 / 7)
    assert (change["0-1"].low, change["0-1"].high) == pytest.approx((known.low, known.high))
    told = {f.key: f for f in findings(result)}
    assert "0-1" in told["accuracy_worse"]["names"] and told["same"]["names"] == ["BCE"]
    assert told["accuracies"]["wrong"] == 30
    assert "memorised" not in keys(run(Settings(family="classification", flips=0.0, steps=5, seeds=2)))


def test_distances_without_a_pull_are_told() -> None:
    silent, peaks = findings(run(Settings(family="embedding", margin=0.5, negative=1.0)))
    shares = {row["name"]: row["share"] for row in silent["rows"]}
    # contrastive other: from the margin on; triplet: closer than d- minus the margin.
    assert shares == {"contrastive other": pytest.approx(0.75, abs=0.01), "triplet": pytest.approx(0.25, abs=0.01)}
    assert {row["name"]: row.key for row in peaks["rows"]}["triplet"] == "peak_even"
    assert keys(run(Settings(family="embedding", embedding=("contrastive same", "InfoNCE"))))[0] == "never_silent"


@pytest.mark.parametrize("size", [0.5, 1.0, 4.0])
def test_the_pull_of_an_overlap_grows_as_its_formula_says(size: float) -> None:
    told = {f.key: f for f in findings(run(Settings(family="overlap", size=size)))}
    growth = {row["name"]: row["ratio"] for row in told["growth"]["rows"]}
    full = min(1.0, size)
    assert growth == pytest.approx({"Dice": 1, "IoU": ((1 + size) / (1 + size - full)) ** 2})
    if size == 1:
        assert "unreachable" not in told
    else:
        least = {row["name"]: row["value"] for row in told["unreachable"]["rows"]}
        assert least == pytest.approx({"Dice": 1 - 2 * full / (1 + size), "IoU": 1 - full / (1 + size - full)})


@pytest.mark.parametrize(
    ("key", "right"), [("outliers", 1), ("quantile", 2), ("zero_one", 2), ("focal", 1), ("overlap", 1)]
)
def test_questions_have_the_answers_of_the_textbook(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(Settings(**question.change)))[0] == right


def test_difference_pairs_only_what_shares_its_points() -> None:
    a, b = run(Settings()), run(Settings(outliers=6))
    change = difference(b, a)
    rows = {row["name"]: row for row in change["rows"]}
    effect = b.by_seed("off", "MSE") - a.by_seed("off", "MSE")
    known = stats.ttest_1samp(effect, 0).confidence_interval(1 - 0.05 / 3)
    assert change.key == "slopes_moved" and rows["MSE"]["change"].low == pytest.approx(known.low)
    assert difference(a, run(Settings(seed=1))).key == "not_paired"
    assert difference(a, run(Settings(family="overlap"))).key == "not_alike"


# The charts and the script


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("log", [False, True])
def test_every_curve_is_drawn_with_its_name_and_no_two_look_alike(family: str, log: bool) -> None:
    result = run(Settings(family=family, **{family: FAMILIES[family]}, log=log, steps=1, seeds=2))
    for option, column in ((figures.values(result), "value"), (figures.gradients(result), "gradient")):
        *lines, names = option["series"]
        assert [s["name"] for s in lines] == list(FAMILIES[family])
        looks = {(s["lineStyle"]["color"], str(s["lineStyle"]["type"])) for s in lines}
        assert len(looks) == len(lines)
        for s in lines:
            true = result.curve(s["name"])[column].to_numpy()
            drawn = np.array([y for _, y in s["data"]], float)
            assert np.isnan(drawn[true == 0]).all() if log else drawn == pytest.approx(true, rel=1e-4, abs=1e-12)
        heights = sorted(item["value"][1] for item in names["data"])
        assert all(np.diff(heights) > 0)


def test_pinned_lines_lie_over_those_of_this_run() -> None:
    old, now = run(Settings(seeds=3)), run(Settings(seeds=3, outliers=6))
    drawn = lay_over(figures.fits(now), {"Pin A": figures.fits(old)})["series"]
    pinned = [s for s in drawn if s.get("name") == "Pin A"]
    first = [old.by_seed("slope", name)[0] for name in ("MAE", "MSE", "Huber")]
    slopes = [(s["data"][1][1] - s["data"][0][1]) / 10 for s in pinned]
    assert slopes[1:] == pytest.approx(first, abs=1e-3)  # the first is the true line


@pytest.mark.parametrize("family", FAMILIES)
def test_the_script_gives_the_numbers_of_the_run(family: str) -> None:
    s = Settings(family=family, seeds=2, steps=30, size=0.7, **{family: FAMILIES[family]})
    result = run(s)
    for name, numbers in plain.main(s).items():
        if family == "regression":
            assert numbers == pytest.approx(result.by_seed("off", name), abs=1e-6)
        elif family == "classification":
            assert np.mean(numbers) == pytest.approx(result.by_seed("accuracy", name).mean(), abs=0.0041)  # four points
        else:
            rows = result.curve(name).iloc[::40]
            assert numbers == pytest.approx([*rows.value, *rows.gradient], abs=1e-9)
