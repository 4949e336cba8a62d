"""Every loss is what torch says it is, its gradient what finite differences say, and the experiments find true minima."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from sklearn.linear_model import QuantileRegressor
from torch import Tensor
from torch.nn import functional as F

from core.concepts.losses import experiments, functions, losses
from core.concepts.losses.experiments import draw_points, fit_lines, fit_quantile_lines, label_noise, noisy_moons
from core.concepts.losses.functions import FAMILIES, LOSSES, bind, gradient, of
from core.concepts.losses.losses import QUESTIONS, Settings, difference, findings, run, score, script
from core.figures import functions as figures

X = torch.linspace(-6, 6, 241, dtype=torch.float64)
quick = limits(max_examples=40, deadline=None)
numbers = st.floats(-50, 50)
ALL = {family: ",".join(of(family)) for family in FAMILIES}


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


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_is_what_finite_differences_say(name: str) -> None:
    loss = bind(name, vars(Settings()))
    x = torch.tensor([0.05, 0.31, 0.52, 0.83, 0.97], dtype=torch.float64, requires_grad=True)  # off every kink
    if LOSSES[name].family in ("regression", "classification"):
        x = torch.tensor([-7.3, -1.4, -0.2, 0.3, 1.7, 5.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, (x,))
    torch.testing.assert_close(gradient(loss, x), torch.autograd.grad(loss(x).sum(), x)[0])


@pytest.mark.parametrize("name", [*of("regression"), *of("classification")])
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
    v = {name: float(value(name, x, delta=d, beta=d, q=0.5)) for name in of("regression")}
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
    v = {n: float(value(n, x, gamma=gamma, target=1.0, epsilon=0.0, classes=2)) for n in of("classification")}
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


def test_kl_and_label_smoothing_are_least_where_the_answer_is_as_sure_as_the_label() -> None:
    m = torch.linspace(-8, 8, 3201, dtype=torch.float64)
    best = float(m[value("KL", m, target=0.9).argmin()])
    assert best == pytest.approx(math.log(9), abs=0.01)
    assert float(value("KL", torch.tensor([math.log(9)], dtype=torch.float64), target=0.9)) == pytest.approx(
        0, abs=1e-12
    )
    smooth = float(m[value("label smoothing", m, epsilon=0.2, classes=2).argmin()])
    assert smooth == pytest.approx(math.log(9), abs=0.01)  # 0.2 over two classes leaves the truth 0.9


# The lines


def points(outliers: int = 3, seeds: int = 3) -> tuple[np.ndarray, np.ndarray]:
    return draw_points(seeds, 0, 30, 1.0, outliers, 20.0, 9.0)[:2]


@pytest.mark.parametrize("name", of("regression"))
@pytest.mark.parametrize("outliers", [0, 6])
def test_no_line_near_the_fitted_one_costs_less(name: str, outliers: int) -> None:
    x, y = points(outliers)
    loss = bind("MSE" if name == "RMSE" else name, vars(Settings()))
    q = {"MAE": 0.5, "quantile": 0.9}.get(name)
    theta = fit_quantile_lines(q, x, y) if q else fit_lines(loss, x, y)
    cost = lambda t: loss(torch.tensor(t[:, :1] * x + t[:, 1:] - y)).sum(1).numpy()  # noqa: E731
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(20):
            assert (cost(theta) <= cost(theta + size * rng.standard_normal(theta.shape)) * (1 + 1e-9)).all()


def test_the_lines_are_those_of_least_squares_and_of_scikit_learn() -> None:
    x, y = points(6)
    mine = fit_lines(functions.mse, x, y)
    assert mine == pytest.approx(np.array([np.polyfit(a, b, 1) for a, b in zip(x, y, strict=True)]), abs=1e-8)
    for q in (0.5, 0.87):
        for a, b, theta in zip(x, y, fit_quantile_lines(q, x, y), strict=True):
            known = QuantileRegressor(quantile=q, alpha=0).fit(a[:, None], b)
            assert [known.coef_[0], known.intercept_] == pytest.approx(theta, abs=1e-6)
            on = np.abs(b - theta[0] * a - theta[1]) < 1e-9
            assert on.sum() == 2  # such a line runs through two of the points


def test_the_outliers_are_the_points_nearest_the_place_and_leave_the_rest_alone() -> None:
    x, y, odd = draw_points(4, 7, 30, 1.0, 5, 20.0, 2.0)
    _, plain, none = draw_points(4, 7, 30, 1.0, 0, 20.0, 2.0)
    assert (odd.sum(1) == 5).all() and not none.any()
    assert y - plain == pytest.approx(20.0 * odd)
    far = np.abs(x - 2)
    assert (np.where(odd, far, 0).max(1) <= np.where(odd, 99, far).min(1)).all()


def test_mae_forgives_outliers_and_mse_does_not() -> None:
    result = run(Settings())
    off = {n: result.by_seed("off", n).mean() for n in ("MSE", "MAE", "Huber")}
    assert off["MSE"] > 3 * off["MAE"] and off["MSE"] > 3 * off["Huber"]
    said = " ".join(findings(result))
    assert "MAE is nearer the true slope than MSE" in said and "Huber is nearer the true slope than MSE" in said
    clean = run(Settings(regression="Huber", outliers=0))  # MSE is fitted though it is not chosen
    assert "No difference from MSE beyond luck" in " ".join(findings(clean))
    assert run(Settings(regression="RMSE")).by_seed("slope", "RMSE") == pytest.approx(result.by_seed("slope", "MSE"))
    assert "the same as MSE in every seed" in " ".join(findings(run(Settings(regression="RMSE,MSE"))))


# The classifiers


def test_a_share_of_the_labels_is_wrong_and_test_points_are_other_points() -> None:
    x, y, wrong = noisy_moons(100, 0.3, 5)
    x0, y0, none = noisy_moons(100, 0.0, 5)
    assert wrong.sum() == 30 and not none.any()
    assert (x == x0).all() and ((y != y0) == wrong).all() and set(y) == {-1.0, 1.0}


HOW: dict[str, Any] = {"examples": 60, "flips": 0.2, "width": 8, "steps": 40, "seeds": 3, "seed": 4}


def test_a_loss_trains_the_same_whoever_is_in_the_stack() -> None:
    every = {n: bind(n, vars(Settings())) for n in of("classification")}
    together = label_noise(every, **HOW)
    alone = label_noise({"hinge": every["hinge"]}, **HOW)
    mine = together[together.name == "hinge"]
    assert mine.accuracy.to_numpy() == pytest.approx(alone.accuracy.to_numpy(), abs=0.006)  # three of 500 points
    bce, ce = (together[together.name == n].accuracy.to_numpy() for n in ("BCE", "cross-entropy"))
    assert (bce == ce).all()
    with torch.no_grad():  # nothing moved the one without a gradient
        torch.manual_seed(4)
        m = experiments.network(8)
        x, y, _ = (torch.tensor(v) for v in noisy_moons(500, 0.0, 50_004))
        at_start = (m(x)[:, 0] * y > 0).float().mean().item()
    assert together[(together.name == "0-1") & (together.seed == 4)].accuracy.item() == pytest.approx(at_start)


def test_the_classifiers_learn_and_the_findings_pair_them_with_cross_entropy() -> None:
    result = run(Settings(family="classification", classification=ALL["classification"], flips=0.3))
    assert result.by_seed("accuracy", "cross-entropy").mean() > 0.75 > result.by_seed("accuracy", "0-1").mean()
    said = " ".join(findings(result))
    assert "0-1 is worse than cross-entropy" in said and "BCE" in said and "the same as cross-entropy" in said
    clean = run(Settings(family="classification", flips=0.0))
    assert np.isnan(clean.by_seed("memorised", "hinge")).all() and "repeat" not in " ".join(findings(clean))


def test_the_axis_and_the_sliders_of_other_losses_cost_no_training() -> None:
    one = run(Settings(family="classification", seed=3, steps=20))
    two = run(Settings(family="classification", seed=3, steps=20, span=100, log=True, delta=9.0, classes=10))
    assert one.scores is two.scores
    assert run(Settings(family="classification", seed=3, steps=20, gamma=0.0)).scores is not one.scores


# The contract


@pytest.mark.parametrize(
    ("field", "bad"),
    [(n, v) for n, (low, high) in losses.LIMITS.items() for v in (low - 1, high + 1, math.nan)]
    + [("family", "x"), ("regression", "hinge"), ("overlap", "Dice,")][:2],
)
def test_bad_settings_are_refused_by_name(field: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=f"^{field}: must"):
        Settings(**{field: bad})


def edges() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for family, names in ALL.items():
        base = {"family": family, family: names, "steps": 2, "seeds": 2}
        found += [base, base | {family: ""}, base | {"log": True}]
        parameters = {p for n in of(family) for p in LOSSES[n].parameters}
        own = {c[0] for c in experiments.EXPERIMENTS.get(family, ("", ()))[1]} - {"seeds", "steps"}
        own |= {"span"} if family in losses.REFERENCE else set()
        found += [
            base | {p: type(getattr(Settings(), p))(v)} for p in sorted(parameters | own) for v in losses.LIMITS[p]
        ]
    return found


@pytest.mark.parametrize("change", edges(), ids=str)
def test_every_control_at_its_edge_gives_a_picture_and_sentences(change: dict[str, Any]) -> None:
    result = run(Settings(**change))
    assert np.isfinite(result.curves[["value", "gradient"]].to_numpy(float)).all()
    said = findings(result)
    assert said and not any(word in " ".join(said) for word in ("nan", "inf ", "None"))
    s = result.settings
    for column in ("value", "gradient"):
        figure = figures.overlaid(result.curves, column, "t", "x", of(s.family), s.log)
        assert len(figure.data) == len(s.chosen)
        assert np.isfinite(figure.layout.yaxis.range).all() and figure.to_json()
    if result.scores is not None:
        assert len(losses.figures(result)) == 2 and score(result)


def test_the_same_settings_give_the_same_result() -> None:
    for family in ("regression", "classification"):
        s = Settings(family=family, seeds=2, steps=5)
        one = run(s)
        losses._trained.cache_clear()
        assert one.scores is not None and one.scores.equals(run(s).scores) and one.curves.equals(run(s).curves)


@pytest.mark.parametrize("i", range(len(QUESTIONS)))
def test_a_question_is_graded_from_its_run(i: int) -> None:
    q = QUESTIONS[i]
    right, said = q.grade(run(Settings(**q.change)))  # type: ignore[arg-type]
    # which outlier loss, efficiency, quantile, 0-1, focal under wrong labels, IoU
    assert right in ((1,), (0, 2), (2,), (2,), (1,), (1,))[i] and said and right < len(q.choices)


def test_difference_pairs_only_what_shares_its_draws() -> None:
    a, b = run(Settings()), run(Settings(outliers=6))
    assert "paired over 12 seeds" in difference(b, a) and "MSE" in difference(b, a)
    assert "not set against" in difference(a, run(Settings(seed=1)))
    assert "same family" in difference(a, run(Settings(family="overlap")))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_script_runs_alone_and_prints_what_is_on_screen(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    s = Settings(family=family, seeds=2, steps=30, **{family: ALL[family]})
    text = script(s)
    assert "core" not in text.replace("score", "")
    exec(compile(text, "script", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    result = run(s)
    assert all(f"\n{n}" in f"\n{printed}" for n in s.chosen)
    for n in s.chosen if result.scores is not None else ():
        line = next(row for row in printed.splitlines() if row.startswith(f"{n}: "))
        shown = float(line.removesuffix(" %").split()[-1])
        if family == "regression":
            assert shown == pytest.approx(result.by_seed("off", n).mean(), abs=6e-4)
        else:
            assert shown == pytest.approx(100 * result.by_seed("accuracy", n).mean(), abs=0.41)  # four of 1000 points


def test_settings_are_flat_and_a_default_run_is_quick() -> None:
    assert {type(f.default) for f in dataclasses.fields(Settings)} <= {str, bool, int, float}
    for family in FAMILIES:
        run(Settings(family=family))
        start = time.perf_counter()
        run(Settings(family=family, seed=123))
        assert time.perf_counter() - start < 3, family  # a fifth of a second on a free machine


# The charts


def test_labels_stand_apart_and_on_the_axis() -> None:
    for values in ([0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1], [0, 5, 5.01, 10], [10, 10, 0]):
        placed = figures._apart(values, -0.5, 10.5, False)
        gaps = np.diff(sorted(placed))
        assert (gaps >= 0.075 * 11 - 1e-9).all()
        assert min(placed) >= -0.5 and max(placed) <= 10.5
    assert figures._apart([], 0, 1, False) == []


def test_hover_tells_exact_values_and_a_zero_leaves_a_gap_on_a_logarithmic_axis() -> None:
    result = run(Settings(family="classification", classification="hinge"))
    figure = figures.overlaid(result.curves, "gradient", "t", "x", of("classification"), log=True)
    (trace,) = figure.data
    drawn, true = np.asarray(trace.y, float), np.asarray(trace.customdata, float)
    assert np.isnan(drawn[true == 0]).all() and (drawn[true != 0] == np.abs(true[true != 0])).all()
    assert "customdata" in trace.hovertemplate and figure.layout.yaxis.type == "log"


def test_pinned_experiments_lie_over_those_of_the_same_kind() -> None:
    def drawn(old: Settings, now: Settings) -> list[dict[str, float]]:
        pinned = {"Pin A": run(old), "Pin B": run(Settings(family="embedding"))}
        pins = [[t for t in f.data if str(t.name).startswith("Pin")] for f in losses.figures(run(now), pinned)]
        assert {t.name for found in pins for t in found} == {"Pin A"}
        return [{y: x for t in found for y, x in zip(t.y, t.x, strict=True)} for found in pins]

    old = Settings(seeds=3)
    lines, errors = drawn(old, Settings(seeds=3, delta=10.0))
    assert not lines and errors == pytest.approx({n: run(old).by_seed("error", n).mean() for n in old.chosen})
    old = Settings(family="classification", steps=5, seeds=3)
    accuracy, gained = drawn(old, Settings(family="classification", steps=5, seeds=3, gamma=0.0))
    mean = {n: 100 * run(old).by_seed("accuracy", n).mean() for n in old.chosen}
    assert accuracy == pytest.approx(mean)
    assert gained == pytest.approx({n: mean[n] - mean["cross-entropy"] for n in ("hinge", "focal")})


def test_each_loss_keeps_its_look_and_no_two_share_it() -> None:
    for family in FAMILIES:
        looks = [tuple(figures.style(i).values()) for i in range(len(of(family)))]
        assert len(set(looks)) == len(looks)


@pytest.mark.parametrize(("x", "y"), [(9.0, 40.0), (0.5, -30.0), (5.0, 0.0)])
def test_outliers_lie_where_the_learner_clicks(x, y):
    moved = losses.lifted_to(x, y)
    points = losses.run(losses.Settings(**moved, outliers=3, noise=0.0, points=100)).points
    assert np.abs(points.x[0][points.odd[0]] - x).max() < 1
    assert np.abs(points.y[0][points.odd[0]] - y).max() < 4  # to whole units, at x that are near, not equal
    assert losses.lifted_to(0, 1e6)["height"] == 100
