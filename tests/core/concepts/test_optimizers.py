"""Optimisers: the minima are minima, the paths are torch.optim's own, and the double well does what is said of it."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from core.concepts.optimization import optimizers, optimizers_views
from core.concepts.optimization.optimizers import OPTIMIZERS, SURFACES, Settings
from core.concepts.optimization.surfaces import gradient

ALL = ",".join(OPTIMIZERS)
QUICK = {"steps": 40, "optimizers": ALL}


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_are_where_the_gradient_is_zero_and_everything_near_is_higher(name):
    surface = SURFACES[name]
    value, slope = gradient(name, torch.tensor(surface.minima, dtype=torch.float64))
    assert slope.abs().max() < 1e-4
    ring = torch.tensor([[math.cos(a), math.sin(a)] for a in np.linspace(0, 2 * math.pi, 16)], dtype=torch.float64)
    for (x, y), lowest in zip(surface.minima, value, strict=True):
        around, _ = gradient(name, torch.tensor([x, y]) + 0.01 * ring)
        assert (around > lowest).all()
        assert surface.x[0] < x < surface.x[1] and surface.y[0] < y < surface.y[1]
    assert torch.allclose(value[: surface.best], value[0], atol=1e-8) and (value[surface.best :] > value[0]).all()


@pytest.mark.parametrize("name", SURFACES)
def test_nowhere_in_the_window_is_lower_than_the_global_minima(name):
    axes, height = optimizers_views.window(SURFACES[name], 101)
    x, y = np.meshgrid(*axes)
    value, _ = gradient(name, torch.tensor(np.stack([x.ravel(), y.ravel()], 1)))
    lowest = gradient(name, torch.tensor(SURFACES[name].minima[:1], dtype=torch.float64))[0]
    assert value.min() >= lowest - 1e-9
    assert height.shape == (101, 101) and height.min() >= 0


@pytest.mark.parametrize("surface", ["ravine", "double well", "Beale"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_path_is_that_of_torch_optim_alone(surface, name):
    """The path on view is computed beside hundreds of other starts; alone it is the same."""
    s = Settings(surface, ALL, steps=40)
    result = optimizers.run(s)
    w = torch.tensor(s.start, dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name]([w], getattr(s, f"lr_{name}"), s.momentum, s.decay)
    at = [w.detach().clone()]
    for _ in range(40):
        optimizer.zero_grad()
        SURFACES[surface].f(w[0], w[1]).backward()
        optimizer.step()
        at.append(w.detach().clone())
    alone = torch.stack(at)
    alone[~(alone.abs() < 1e9)] = torch.nan  # a path that diverges is cut
    np.testing.assert_allclose(result.paths[name].at, alone.numpy(), atol=1e-12, equal_nan=True)


def test_what_is_drawn_of_an_optimisers_memory_is_its_memory():
    s = Settings(optimizers=ALL, steps=30)
    paths = optimizers.run(s).paths
    assert paths["SGD"].direction is None and paths["SGD"].scale is None and paths["RMSprop"].direction is None
    g = gradient(s.surface, torch.tensor(paths["Adam"].at[:-1]))[1].numpy()
    m, v = np.zeros(2), np.zeros(2)
    for step, row in enumerate(g, 1):
        m, v = 0.9 * m + 0.1 * row, 0.999 * v + 0.001 * row**2
        np.testing.assert_allclose(paths["Adam"].direction[step], m, atol=1e-12)
        np.testing.assert_allclose(paths["Adam"].scale[step], v, atol=1e-12)
    at = paths["Momentum"].at
    np.testing.assert_allclose(np.diff(at, axis=0), -s.lr_Momentum * paths["Momentum"].direction[1:], atol=1e-12)


CROSS = {"surface": "double well", "optimizers": "SGD,Momentum", "across": 95, "up": 83, "steps": 200}


def test_on_the_double_well_sgd_stays_where_momentum_crosses():
    result = optimizers.run(Settings(**CROSS))
    assert result.paths["SGD"].at[-1, 0] == pytest.approx(0.96, abs=0.01)
    assert result.paths["Momentum"].at[-1, 0] == pytest.approx(-1.0356, abs=0.01)


@pytest.mark.parametrize("lr", [0.02, 0.05])
def test_the_smallest_momentum_that_crosses_is_the_smallest(lr):
    result = optimizers.run(Settings(**CROSS, lr_Momentum=lr))
    first = int(result.crossing.argmax())
    for i, crosses in ((first, True), (first - 1, False), (99, result.crossing[99])):
        alone = optimizers.run(Settings(**CROSS, lr_Momentum=lr, momentum=optimizers.MOMENTA[i]))
        end = alone.paths["Momentum"].at[-1]
        assert (np.linalg.norm(end - SURFACES["double well"].minima[0]) <= 0.25) == crosses
    assert f"is {optimizers.MOMENTA[first]:.2f}" in " ".join(optimizers.findings(result))


def test_where_there_is_no_barrier_to_cross_nothing_is_said_of_one():
    assert optimizers.run(Settings(**{**CROSS, "across": 10})).crossing is None
    assert optimizers.run(Settings()).crossing is None
    stays = optimizers.run(Settings(**CROSS, lr_Momentum=0.0001))
    assert not stays.crossing.any() and "no momentum" in " ".join(optimizers.findings(stays))


def test_sgd_on_the_ravine_is_stable_exactly_below_two_over_the_curvature():
    ends = {lr: optimizers.run(Settings(optimizers="SGD", lr_SGD=lr, steps=500)).paths["SGD"] for lr in (0.09, 0.11)}
    assert ends[0.09].distance[-1] < 1e-3 and ends[0.11].lost
    assert "diverges" in " ".join(optimizers.findings(optimizers.run(Settings(optimizers="SGD", lr_SGD=0.11))))


def test_nobody_leaves_the_ridge_of_the_saddle_without_a_push():
    paths = optimizers.run(Settings("saddle", ALL, up=50)).paths
    assert {n: float(np.abs(p.at[:, 1]).max()) for n, p in paths.items()} == dict.fromkeys(OPTIMIZERS, 0.0)
    pushed = optimizers.run(Settings("saddle", "SGD", up=51, lr_SGD=0.1)).paths["SGD"]
    assert abs(pushed.at[-1, 1] - 1) < 0.01


def test_a_path_arrives_when_it_stays():
    p = optimizers.run(Settings(optimizers="Momentum", steps=200)).paths["Momentum"]
    assert (
        p.arrived and (p.distance[p.arrived :] <= optimizers.NEAR).all() and p.distance[p.arrived - 1] > optimizers.NEAR
    )
    assert optimizers.run(Settings(optimizers="SGD", lr_SGD=0.0001)).paths["SGD"].arrived is None


def test_each_start_of_the_grid_ends_where_a_race_from_there_ends():
    s = Settings("Himmelblau", "Adam", across=100, up=0, lr_Adam=0.1)
    path = optimizers.run(s).paths["Adam"]
    corner = optimizers.nearest(SURFACES["Himmelblau"], path.at[-1:])[0]
    assert path.ends[0, -1] == corner == 3
    assert optimizers_views.basin(optimizers.run(s), "Adam").shape == (optimizers.GRID, optimizers.GRID, 3)


def test_the_same_settings_give_the_same_and_the_frame_holds_every_step():
    a, b = (optimizers.run(Settings(**QUICK)) for _ in range(2))
    assert a.frame.equals(b.frame) and len(a.frame) == 41 * len(OPTIMIZERS)


def test_no_optimiser_at_all_is_said():
    empty = optimizers.run(Settings(optimizers=""))
    assert "No optimiser" in optimizers.findings(empty)[0] and empty.frame.empty


@pytest.mark.parametrize(
    "change", [{"lr_SGD": 1.0}, {"surface": "Rosenbrock"}, {"surface": "Beale", "across": 0, "up": 100}]
)
def test_what_diverges_is_said_and_drawn_without_complaint(change):
    result = optimizers.run(Settings(optimizers=ALL, **change))
    text = " ".join(optimizers.findings(result)) + optimizers.score(result)
    assert "nan" not in text and "inf" not in text and "diverge" in text
    figure = optimizers_views.played(result)
    assert len(figure.frames) > 30 and len(figure.to_json()) < 2_000_000
    option = optimizers_views.against(result, "distance", "Distance")
    assert option["yAxis"]["type"] == "log"


def test_a_click_is_the_nearest_start():
    surface = SURFACES["double well"]
    assert optimizers_views.start_at(surface, 1.8, 0.99) == {"across": 95, "up": 83}
    assert optimizers_views.start_at(surface, -9, 9) == {"across": 0, "up": 100}
    s = Settings("double well", **optimizers_views.start_at(surface, -1.0, 0.3))
    assert s.start == pytest.approx((-1.0, 0.3), abs=0.02)


@pytest.mark.parametrize("question", optimizers.QUESTIONS, ids=lambda q: q.text[:15])
def test_a_question_is_graded_from_its_run(question):
    right, said = question.grade(optimizers.run(Settings(**question.change)))
    assert re.search(r"\d", said)
    assert right == {"The ravi": 2, "The doub": 0, "Exactly ": 2}.get(question.text[:8], right)


@pytest.mark.parametrize("name", SURFACES)
def test_the_script_has_the_surface_that_is_raced_on(name):
    space: dict = {}
    formula = re.search(r"return (.+)", optimizers.script(Settings(name)))[1]
    x, y = torch.tensor([0.3, -1.2]), torch.tensor([0.7, 0.4])
    assert torch.equal(eval(formula, space, {"x": x, "y": y}), SURFACES[name].f(x, y))


def test_two_runs_are_set_against_each_other():
    a, b = optimizers.run(Settings()), optimizers.run(Settings(lr_Adam=0.01))
    assert "Adam ends" in optimizers.difference(a, b)
    assert "in common" in optimizers.difference(a, optimizers.run(Settings("bowl")))


@pytest.mark.parametrize(
    ("name", "bad"),
    [("across", 101), ("up", -1), ("steps", 5), ("momentum", 1.0), ("decay", math.nan), ("lr_Adam", 2.0)],
)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name, bad):
    with pytest.raises(ValueError, match=f"{name}: must lie between"):
        Settings(**{name: bad})


@pytest.mark.parametrize("name", ["surface", "optimizers"])
def test_a_name_off_the_menu_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: must be"):
        Settings(**{name: "nonsense"})


@pytest.mark.parametrize("surface", ["double well", "Beale"])
def test_the_script_ends_where_the_paths_end(surface):
    s = Settings(surface, ALL, steps=30, lr_SGD=0.001, lr_Momentum=0.001, lr_Nesterov=0.001)
    result = optimizers.run(s)
    out = subprocess.run(
        [sys.executable, "-c", optimizers.script(s)], capture_output=True, text=True, check=True
    ).stdout
    for line in out.splitlines():
        name, x, y, f = re.fullmatch(r"(\w+): x = (\S+), y = (\S+), f = (\S+)", line).groups()
        path = result.paths[name]
        if path.lost:
            assert not abs(float(x)) < 1e3 or not abs(float(y)) < 1e3
            continue
        assert (float(x), float(y)) == pytest.approx(tuple(path.at[-1]), abs=2e-6)
        assert float(f) == pytest.approx(path.value[-1], rel=1e-4, abs=1e-9)
    assert len(out.splitlines()) == len(OPTIMIZERS)
