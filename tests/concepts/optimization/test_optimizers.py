"""Optimisers: the minima are minima, the paths are those of torch.optim, and the double well does what is said of it."""

import json
import math

import numpy as np
import pytest
import torch

from core import text
from core.concepts.optimization import optimizers
from core.concepts.optimization.optimizers import Settings, experiment, figures, plain
from core.concepts.optimization.optimizers.race import COLUMNS, ROWS, race, start_at
from core.concepts.optimization.optimizers.result import GRID, NEAR, NEAR_MINIMUM
from core.concepts.optimization.optimizers.settings import OPTIMIZERS, PRESETS
from core.concepts.optimization.optimizers.surfaces import BARRIER, SURFACES

WORDS = text.of("optimization/optimizers")
CROSS = {"surface": "double well", "optimizers": ("SGD", "Momentum"), "across": 95, "up": 83, "steps": 200}


def keys(result):
    return [f.key for f in optimizers.findings(result)]


def finding(result, *names):
    return next(f for f in optimizers.findings(result) if f.key in names)


# Surfaces.


@pytest.mark.parametrize("name", SURFACES)
def test_the_gradient_is_that_of_autograd(name):
    g = torch.Generator().manual_seed(0)
    surface = SURFACES[name]
    ends = torch.tensor([surface.x, surface.y], dtype=torch.float64)
    at = (
        ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * torch.rand(2, 200, generator=g, dtype=torch.float64)
    ).requires_grad_()
    surface.f(at[0], at[1]).sum().backward()
    with torch.no_grad():
        slope = torch.stack(surface.slope(at[0], at[1]))
    torch.testing.assert_close(slope, at.grad, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_are_where_the_gradient_is_zero_and_nothing_in_the_window_is_lower(name):
    surface = SURFACES[name]
    values = np.array([surface.f(x, y) for x, y in surface.minima])
    angle = np.linspace(0, 2 * math.pi, 16)
    for (x, y), value in zip(surface.minima, values, strict=True):
        assert np.abs(surface.slope(x, y)).max() < 1e-4
        assert (surface.f(x + 0.01 * np.cos(angle), y + 0.01 * np.sin(angle)) > value).all()
        assert surface.x[0] < x < surface.x[1] and surface.y[0] < y < surface.y[1]
    assert np.allclose(values[: surface.best], surface.lowest, atol=1e-8) and (values[surface.best :] > values[0]).all()
    window = surface.f(*np.meshgrid(np.linspace(*surface.x, 201), np.linspace(*surface.y, 201)))
    assert window.min() >= surface.lowest - 1e-9


def test_the_barrier_of_the_double_well_is_a_maximum_along_x():
    surface = SURFACES["double well"]
    assert abs(surface.slope(BARRIER, 0.0)[0]) < 1e-5
    assert surface.f(BARRIER, 0.0) > max(surface.f(BARRIER - 0.01, 0.0), surface.f(BARRIER + 0.01, 0.0))


# Paths.


def alone(settings, name):
    """The path that torch.optim takes from the start, with the gradients of autograd."""
    w = torch.tensor(settings.start, dtype=torch.float64, requires_grad=True)
    optimizer = plain.OPTIMIZERS[name](w, settings)
    at = [w.detach().clone()]
    for _ in range(settings.steps):
        optimizer.zero_grad()
        plain.SURFACES[settings.surface][0](w[0], w[1]).backward()
        optimizer.step()
        at.append(w.detach().clone())
    return torch.stack(at).numpy()


@pytest.mark.parametrize("surface", ["ravine", "double well", "Beale"])
def test_a_path_is_that_of_torch_optim_alone(surface):
    settings = Settings(surface=surface, optimizers=OPTIMIZERS, steps=40)
    result = optimizers.run(settings)
    for name in OPTIMIZERS:
        path = alone(settings, name)
        path[~(np.abs(path) < 1e9)] = np.nan  # a path that diverges is cut
        np.testing.assert_allclose(result.paths[name].at, path, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=name)


def test_what_is_drawn_of_an_optimisers_memory_is_its_memory():
    settings = Settings(optimizers=OPTIMIZERS, steps=30)
    paths = optimizers.run(settings).paths
    assert paths["SGD"].direction is None and paths["SGD"].scale is None and paths["RMSprop"].direction is None
    m, v = np.zeros(2), np.zeros(2)
    for step, (x, y) in enumerate(paths["Adam"].at[:-1], 1):
        g = np.array(settings.map.slope(x, y))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        np.testing.assert_allclose(paths["Adam"].direction[step], m, atol=1e-12)
        np.testing.assert_allclose(paths["Adam"].scale[step], v, atol=1e-12)
    momentum = paths["Momentum"]
    np.testing.assert_allclose(np.diff(momentum.at, axis=0), -settings.lr_Momentum * momentum.direction[1:], atol=1e-12)


def test_each_start_of_the_grid_goes_where_a_race_from_there_goes():
    settings = Settings(surface="Himmelblau", optimizers=("Adam", "Momentum", "SGD"), across=100, up=0, lr_SGD=0.1)
    result = optimizers.run(settings)
    assert result.paths["SGD"].lost and result.paths["Adam"].ends[0, -1] == 3
    for path in result.paths.values():
        away = np.flatnonzero(~(path.distance <= NEAR_MINIMUM))
        stays = bool(path.distance[-1] <= NEAR_MINIMUM)
        assert path.taken[0, -1] == (away[-1] + 1 if stays else -1)
        assert path.ends[0, -1] == result.surface.nearest(*path.at[-1], NEAR_MINIMUM)
        assert ((path.ends >= 0) == (path.taken >= 0)).all()
        assert path.ends.shape == path.taken.shape == (GRID, GRID)


def test_on_the_double_well_sgd_stays_where_momentum_crosses():
    result = optimizers.run(Settings(**CROSS))
    assert result.paths["SGD"].at[-1, 0] == pytest.approx(0.96, abs=0.01)
    assert result.paths["Momentum"].at[-1, 0] == pytest.approx(-1.0356, abs=0.01)
    assert (result.minimum("SGD"), result.minimum("Momentum")) == (1, 0)


@pytest.mark.parametrize(("lr", "smallest"), [(0.02, 0.78), (0.05, None)])
def test_the_smallest_momentum_that_crosses_is_the_smallest(lr, smallest):
    """Against torch.optim, run until every ball lies at the bottom of a valley. 200 steps would say 0.82 at 0.02."""
    settings = Settings(**CROSS, lr_Momentum=lr)
    tried = [0, 50, 58, 59, 60, 77, 78, 79, 80, 82, 86, 87, 90, 95, 96, 98, 99]
    w = torch.tensor([settings.start] * len(tried), dtype=torch.float64)
    balls = [row.clone().requires_grad_() for row in w]
    groups = [{"params": [ball], "momentum": i / 100} for ball, i in zip(balls, tried, strict=True)]
    optimizer = torch.optim.SGD(groups, lr=lr, foreach=False)
    for _ in range(3000):
        x, y = torch.stack([ball.detach() for ball in balls]).T
        slopes = torch.stack(settings.map.slope(x, y), 1)
        for ball, slope in zip(balls, slopes, strict=True):
            ball.grad = slope
        optimizer.step()
    x, y = torch.stack([ball.detach() for ball in balls]).T.numpy()
    result = optimizers.run(settings)
    assert (settings.map.nearest(x, y, NEAR) == result.crossing[tried]).all()
    said = finding(result, "crosses_from", "crosses_some")
    first = round(100 * said["first"])
    assert result.crossing[first] == 0 and (result.crossing[:first] != 0).all()
    assert smallest is None or said["first"] == smallest
    assert said["back"] == (result.crossing[first + 1 :] != 0).sum() and said["larger"] == 99 - first


def test_where_there_is_no_barrier_to_cross_nothing_is_said_of_one():
    assert optimizers.run(Settings(**{**CROSS, "across": 10})).crossing is None
    assert optimizers.run(Settings()).crossing is None
    slow = optimizers.run(Settings(**CROSS, lr_Momentum=0.0001))
    assert (slow.crossing == 0).tolist() == [False] * 99 + [True] and "crosses_last" in keys(slow)
    restless = optimizers.run(Settings(**CROSS, lr_Momentum=0.3))
    assert not (restless.crossing == 0).any() and "crosses_never" in keys(restless)


def test_sgd_on_the_ravine_is_stable_exactly_below_two_over_the_curvature():
    paths = {}
    for lr in (0.09, 0.11):
        paths[lr] = optimizers.run(Settings(optimizers=("SGD",), lr_SGD=lr, steps=500)).paths["SGD"]
    assert paths[0.09].distance[-1] < 1e-3 and paths[0.11].lost
    # In closed form: each coordinate is multiplied by 1 - lr * curvature.
    steps = np.arange(501)[:, None]
    expected = Settings().start * (1 - 0.09 * np.array([1, 20])) ** steps
    np.testing.assert_allclose(paths[0.09].at, expected, atol=1e-9)


def test_no_optimiser_leaves_the_ridge_of_the_saddle_without_a_push():
    paths = optimizers.run(Settings(surface="saddle", optimizers=OPTIMIZERS, up=50)).paths
    assert {n: float(np.abs(p.at[:, 1]).max()) for n, p in paths.items()} == dict.fromkeys(OPTIMIZERS, 0.0)
    pushed = optimizers.run(Settings(surface="saddle", optimizers=("SGD",), up=51, lr_SGD=0.1)).paths["SGD"]
    assert abs(pushed.at[-1, 1] - 1) < 0.01


# Findings.


def test_the_verdict_names_whoever_arrives_first():
    result = optimizers.run(Settings())
    verdict = optimizers.findings(result)[0]
    arrivals = {}
    for name in result.paths:
        near = np.linalg.norm(alone(result.settings, name), axis=1) <= NEAR
        arrivals[name] = next((t for t in range(len(near)) if near[t:].all()), None)
    assert arrivals["SGD"] is None and arrivals == {n: p.arrived for n, p in result.paths.items()}
    assert (verdict.key, verdict["names"], verdict["step"]) == ("first", ["Momentum"], arrivals["Momentum"])
    others = finding(result, "others")["parts"]
    assert [(f.key, f["name"]) for f in others] == [("comes", "Adam"), ("ends_away", "SGD")]


@pytest.mark.parametrize(
    ("change", "verdict", "others"),
    [
        ({"optimizers": ("Momentum",)}, "arrives", []),
        ({"optimizers": ("SGD",)}, "nobody", []),
        ({"optimizers": ("SGD", "Adam"), "lr_SGD": 0.11, "steps": 40}, "nobody", ["diverges"]),
        ({"optimizers": ("SGD",), "lr_SGD": 0.2}, "all_diverge", []),
        (CROSS, "first", ["stays_local"]),
        ({**CROSS, "momentum": 0.0}, "only_local", []),
        ({**CROSS, "optimizers": ("SGD", "Adam"), "lr_Adam": 0.0001}, "only_local", ["ends_away"]),
    ],
)
def test_every_outcome_has_its_verdict(change, verdict, others):
    result = optimizers.run(Settings(**change))
    found = optimizers.findings(result)
    assert found[0].key == verdict
    assert [f.key for f in found[1]["parts"]] == others if others else found[1].key != "others"


def test_the_shares_of_the_grid_are_counted_at_the_global_minimum():
    result = optimizers.run(Settings(**CROSS))
    parts = {f["name"]: f for f in finding(result, "starts")["parts"]}
    # SGD on the double well ends in the valley on whose side it starts.
    xs = np.linspace(-2, 2, GRID)
    assert parts["SGD"]["share"] == (xs < BARRIER).mean() == 0.5
    momentum = result.paths["Momentum"]
    assert parts["Momentum"]["share"] == (momentum.ends == 0).mean()
    assert parts["Momentum"]["steps"] == int(np.median(momentum.taken[momentum.ends == 0]))
    none = optimizers.run(Settings(optimizers=("SGD",), lr_SGD=0.11))
    assert [f.key for f in finding(none, "starts")["parts"]] == ["share_none"]


@pytest.mark.parametrize(
    "change", [{"lr_SGD": 1.0}, {"surface": "Rosenbrock"}, {"surface": "Beale", "across": 0, "up": 100}]
)
def test_what_diverges_is_said_and_drawn_without_complaint(change):
    result = optimizers.run(Settings(optimizers=OPTIMIZERS, **change))
    assert any(path.lost for path in result.paths.values())
    said = [WORDS.say(f) for f in [*optimizers.findings(result), optimizers.score(result)]]
    assert any("diverge" in sentence for sentence in said)
    for option in (race(result, "", ""), figures.distance(result), figures.height(result), figures.scale(result)):
        assert len(json.dumps(option, allow_nan=False)) < 1_000_000
    for name in OPTIMIZERS:
        figures.starts(result, name)


def test_two_runs_are_compared_by_where_they_end():
    a, b = optimizers.run(Settings()), optimizers.run(Settings(lr_Adam=0.01, lr_SGD=0.11))
    parts = {f["name"]: f for f in optimizers.difference(a, b)["parts"]}
    assert parts["Adam"]["now"]["distance"] == a.paths["Adam"].distance[-1]
    assert parts["Adam"]["then"]["distance"] == b.paths["Adam"].distance[-1] and parts["SGD"]["then"].key == "gone"
    assert optimizers.difference(a, optimizers.run(Settings(surface="bowl"))).key == "not_comparable"


@pytest.mark.parametrize("question", optimizers.QUESTIONS, ids=lambda q: q.key)
def test_a_question_is_answered_from_its_run(question):
    right, numbers = question.grade(optimizers.run(Settings(**question.change)))
    assert right == {"zigzag": 2, "crosses": 0, "ridge": 2, "valley": 1}[question.key]
    assert "nan" not in WORDS(f"questions.{question.key}.answer", **numbers)


def test_presets_work_and_fail_as_they_say():
    results = {p.key: optimizers.run(Settings(**p.change)) for p in PRESETS}
    assert keys(results["escape"])[0] == "first" and results["escape"].minimum("SGD") == 1
    four = results["four_minima"]
    assert four.minimum("SGD") == four.minimum("Adam") != four.minimum("Momentum") >= 0
    assert keys(results["rate_too_high"])[0] == "all_diverge"
    assert keys(results["ridge"])[0] == "nobody"
    decay = results["decay"]
    assert decay.minimum("Adam") == 0 and decay.paths["AdamW"].distance[-1] > 1


# Figures.


def test_the_map_plays_every_path_on_one_scale():
    result = optimizers.run(Settings())
    option = race(result, "", "")
    frames, base = option["options"], option["baseOption"]
    assert len(frames) == 60 and [int(t) for t in base["timeline"]["data"]] == sorted(
        {*map(int, base["timeline"]["data"])}
    )
    for label, frame in zip(base["timeline"]["data"], frames, strict=True):
        dots = {s["name"]: s["data"][0] for s in frame["series"] if s["id"].startswith("dot")}
        for name, path in result.paths.items():
            assert dots[name] == pytest.approx(path.at[int(label)], abs=1e-4)
    for size in (base, *(m["option"] for m in option["media"])):
        grid = size["grid"]
        assert grid["width"] / 6 == pytest.approx(grid["height"] / 4, rel=0.02)
        assert size["timeline"]["top"] + 44 <= figures.HEIGHT


def test_a_click_is_a_start():
    option = race(optimizers.run(Settings(surface="double well")), "", "")
    places = next(s for s in option["baseOption"]["series"] if s["id"] == "places")["data"]
    assert len(places) == COLUMNS * ROWS
    for i in (0, 25, 700, len(places) - 1):
        assert Settings(surface="double well", **start_at(i)).start == pytest.approx(places[i][:2], abs=1e-3)


def test_a_picture_of_starts_is_darker_where_the_minimum_is_sooner_reached():
    result = optimizers.run(Settings(optimizers=("SGD",), steps=90))
    image, taken = figures.starts(result, "SGD", width=240), result.paths["SGD"].taken
    assert image.shape == (160, 240, 3)
    row = image[5, 5::10].astype(int).sum(1)  # the uppermost cells, without marks
    arrives = taken[-1] >= 0
    assert 0 < arrives.sum() < GRID and (row[~arrives] == sum(figures.NEVER)).all()
    order = np.argsort(taken[-1][arrives], kind="stable")
    assert (np.diff(row[arrives][order]) >= 0).all()


# The script.


@pytest.mark.parametrize("surface", SURFACES)
def test_the_script_ends_where_the_paths_end(surface, capsys):
    settings = Settings(
        surface=surface, optimizers=OPTIMIZERS, steps=30, lr_SGD=0.001, lr_Momentum=0.001, lr_Nesterov=0.001
    )
    result, ends = optimizers.run(settings), plain.main(settings)
    for name, path in result.paths.items():
        if not path.lost:
            assert ends[name] == pytest.approx(tuple(path.at[-1]), abs=1e-9)
    assert len(capsys.readouterr().out.splitlines()) == len(OPTIMIZERS)


def test_the_script_knows_the_surfaces_and_the_windows():
    x, y = np.array([0.3, -1.2]), np.array([0.7, 0.4])
    for name, (f, across, up) in plain.SURFACES.items():
        assert (across, up) == (SURFACES[name].x, SURFACES[name].y)
        np.testing.assert_allclose(f(x, y), SURFACES[name].f(x, y), rtol=1e-12)
    assert set(plain.SURFACES) == set(SURFACES) and set(plain.OPTIMIZERS) == set(experiment.MENU) == set(OPTIMIZERS)
