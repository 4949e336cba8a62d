"""Normalisation layers: torch's own numbers, what a batch of one does, both modes, and what is concluded."""

from __future__ import annotations

import dataclasses
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from core.concepts.convolution import normalization as concept
from core.concepts.convolution.normalization import Result, Settings, ViewSettings, experiment, figures, plain
from core.concepts.convolution.normalization.averaged import averaged
from core.concepts.convolution.normalization.cube import PAINT, cube
from core.concepts.convolution.normalization.findings import LEVEL, described, lag, refusal, trained
from core.concepts.convolution.normalization.network import networks, norm_of
from core.concepts.convolution.normalization.settings import GROUPS, INITIALISATIONS, NORMS, RATES, ROWS, SIZES
from core.concepts.convolution.normalization.start import draw
from core.data.images import digits
from core.engine.pieces import finish
from core.progress import finished

SMALL = Settings(initialisation="PyTorch", steps=40, depth=5, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


# What is averaged


@pytest.mark.parametrize("norm", NORMS)
def test_the_numbers_are_those_of_torchs_layer(norm: str) -> None:
    for mode, groups, pictures in itertools.product(("train", "eval"), GROUPS, (1, 3)):
        settings = Settings(groups=groups)
        view = ViewSettings(norm=norm, mode=mode, pictures=pictures, channel=5, scale=-1.5, shift=0.7)
        numbers, layer = averaged(settings, view), norm_of(norm, int(groups)).double()
        x = torch.from_numpy(numbers.before)
        nn.init.constant_(layer.weight, -1.5)
        nn.init.constant_(layer.bias, 0.7)
        if mode == "eval":
            layer(x)  # training mode once, which moves the running averages
            layer.eval()
        assert numbers.after == pytest.approx(layer(x).detach().numpy(), abs=1e-9)


def test_layer_norm_is_a_group_norm_with_one_group() -> None:
    x = torch.randn(3, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(norm_of("layer", 4)(x), nn.LayerNorm([8, 4, 4])(x), atol=1e-6)


def test_painted_maps_are_those_whose_change_moves_the_mean() -> None:
    """Poke every map: the number looked at moves only where the map shares its mean."""
    for norm, groups in itertools.product(NORMS, ("2", "4")):
        view = ViewSettings(norm=norm, pictures=3, channel=4)
        numbers, layer = averaged(Settings(groups=groups), view), norm_of(norm, int(groups)).double()
        x, (h, w) = torch.from_numpy(numbers.before), numbers.pixel
        before = layer(x)[0, 3, h, w]
        for n, c in np.ndindex(numbers.together.shape):
            poked = x.clone()
            poked[n, c, 0, 0] += 1
            assert bool(layer(poked)[0, 3, h, w] != before) == numbers.together[n, c]
        assert numbers.count == int(numbers.together.sum()) * 64


def test_the_maps_are_those_of_the_first_convolution() -> None:
    numbers = averaged(Settings(), ViewSettings(pictures=2))
    weight, bias = (torch.from_numpy(v) for v in draw(Settings(), 0)[0])
    made = nn.functional.conv2d(digits().train.x[:2], weight, bias, padding=1)
    assert numbers.before == pytest.approx(made.numpy(), abs=1e-6)


def test_the_cube_paints_what_is_averaged() -> None:
    for norm in NORMS:
        numbers = averaged(Settings(), ViewSettings(norm=norm, channel=1))
        front = sum((cube(numbers, dark) == PAINT).all(-1).sum() for dark in (False, True)) / 2
        columns = int(numbers.together[0].sum())
        assert front == pytest.approx(columns * 44 * 240, rel=0.08)


# A batch of one


def test_behind_a_convolution_batch_norm_of_one_picture_is_instance_norm() -> None:
    x = torch.randn(1, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(norm_of("batch", 4)(x), norm_of("instance", 4)(x))
    view = ViewSettings(pictures=1)
    keys = [f.key for f in described(Settings(), view, averaged(Settings(), view))]
    assert keys == ["set_batch", "own", "as_instance"]


def test_where_a_channel_has_one_number_torch_refuses_in_these_words() -> None:
    x = torch.randn(1, 8, 1, 1)
    for norm in ("batch", "instance"):
        with pytest.raises(ValueError, match=refusal(norm)):
            norm_of(norm, 8)(x)
        view = ViewSettings(norm=norm, pictures=1, maps="1 × 1", shift=0.5)
        numbers = averaged(Settings(), view)
        assert numbers.after == pytest.approx(np.full((1, 8, 1, 1), 0.5))
        assert [f.key for f in described(Settings(), view, numbers)][-1] == "refused"
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm1d(8)(torch.randn(1, 8))
    norm_of("batch", 8).eval()(x)  # but not in evaluation mode
    view = ViewSettings(norm="batch", mode="eval", pictures=1, maps="1 × 1")
    assert described(Settings(), view, averaged(Settings(), view))[-1].key == "running"
    view = ViewSettings(norm="group", pictures=2, maps="1 × 1")
    eight = Settings(groups="8")
    assert described(eight, view, averaged(eight, view))[-1].key == "alone"


# Training


def test_networks_start_from_their_seed_alone_and_he_keeps_the_variance() -> None:
    s = Settings(seeds=3, seed=4, depth=10)
    batch, none = finish(networks("batch", s)), finish(networks("none", s))
    first = draw(s, 5)[0][0]
    for models in (batch, none):
        for rate in range(len(RATES)):
            assert torch.equal(models.unstack(rate * 3 + 1)[0].weight.detach(), torch.from_numpy(first))
    assert torch.equal(batch.unstack(1)[1].weight.detach(), torch.ones(8))
    he = np.concatenate([w.ravel() for w, _ in draw(s, 0)[1:-1]])
    assert he.var() == pytest.approx(2 / 72, rel=0.05)
    weight, bias = draw(Settings(initialisation="PyTorch"), 0)[1]
    assert np.abs(weight).max() <= 72**-0.5 and 0 < np.abs(bias).max() <= 72**-0.5


def test_with_torchs_initialisation_only_networks_with_a_norm_learn(result: Result) -> None:
    at = RATES.index(0.1)
    loss = result.loss[-10:, :, at].mean((0, 2))
    assert loss[0] > 2.25 and loss[1:].max() < 1.2
    assert result.accuracy[0].max() < 0.25 and result.accuracy[1, at].min() > 0.7
    assert trained(result)[0].sum() == 0


def test_batches_of_one_digit_train_both_norms_alike() -> None:
    r = finished(concept.run(Settings(batch=1, steps=10, depth=2, seeds=2)))
    batch, instance = ROWS.index("batch"), ROWS.index("instance")
    assert r.loss[:5, batch] == pytest.approx(r.loss[:5, instance], rel=1e-3)


def test_training_mode_predicts_as_plain_torch_does_and_leaves_the_averages_alone() -> None:
    s = Settings(depth=3, seeds=2)
    models = finish(networks("batch", s)).part(slice(2, 4))
    held = digits().validation
    x, y = held.x[:64], held.y[:64]
    for buffer in models.buffers.values():
        buffer.add_(0.3)
    before = {name: buffer.clone() for name, buffer in models.buffers.items()}
    right = finish(experiment.by_size(models, x, y))
    assert all(torch.equal(before[name], buffer) for name, buffer in models.buffers.items())
    order = torch.argsort(y, stable=True)
    for k, (i, size) in itertools.product(range(2), enumerate(SIZES)):
        module = models.unstack(k).train()
        with torch.no_grad():
            mixed = torch.cat([module(part).argmax(1) for part in x.split(size)]) == y
            by_class = torch.cat([module(part).argmax(1) for part in x[order].split(size)]) == y[order]
        assert (right[0, i, k] == mixed.numpy()).mean() > 0.98
        assert (right[1, i, k][order] == by_class.numpy()).mean() > 0.98


def test_the_script_gives_the_scores_of_the_run() -> None:
    s = Settings(steps=10, depth=2, seeds=2, initialisation="PyTorch", groups="2", batch=8)
    printed, r = plain.main(SimpleNamespace(**vars(s))), finished(concept.run(s))
    for (n, norm), (i, rate) in itertools.product(enumerate(ROWS), enumerate(RATES)):
        if rate < 1:  # there the last bit of a sum becomes a different network
            assert printed[norm, rate] == pytest.approx(r.accuracy[n, i], abs=0.01), (norm, rate)


def test_the_scripts_networks_are_those_that_are_stacked() -> None:
    for norm, initialisation in itertools.product(ROWS, INITIALISATIONS):
        s = Settings(initialisation=initialisation, seed=3, seeds=2)
        ours, theirs = finish(networks(norm, s)).unstack(3), plain.network(s, norm, 4)
        assert str(ours.train()) == str(theirs)
        assert all(torch.equal(p, q) for p, q in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_a_stopped_run_shows_its_table_and_no_verdict() -> None:
    steps = concept.run(SMALL)
    early = next(step for step in steps if step.fraction > 0.3 and step.result).result()
    steps.close()
    assert early.right is None and [f.key for f in concept.findings(early)] == ["unfinished"]
    assert concept.difference(early, early).key == "not_comparable" and concept.score(early).key == "no_score"
    view = ViewSettings()
    assert figures.survival(early, view)["title"]["text"].startswith("Accuracy on the last training")
    assert figures.lag(early)["series"] and figures.loss(early, view)["series"]


# What is concluded


def with_right(result: Result, **shares: float) -> Result:
    """The result with 30 % of the validation digits right, but for some norms: another share; a digit more with each seed."""
    right = np.zeros(result.right.shape, bool)
    for (n, norm), seed in itertools.product(enumerate(ROWS), range(2)):
        right[n, :, seed, : round(360 * shares.get(norm, 0.3)) + seed] = True
    return dataclasses.replace(result, right=right)


def test_the_verdict_names_only_what_is_clear(result: Result) -> None:
    verdict = concept.findings(with_right(result, batch=0.9, group=0.31, layer=0.1))[0]
    assert verdict.key == "helped" and [row["norm"] for row in verdict["rows"]] == ["batch norm"]
    assert verdict["rows"][0]["change"].mean == pytest.approx(0.6)
    assert [row["norm"] for row in verdict["worse"]["rows"]] == ["layer norm"]
    assert [name["norm"] for name in verdict["rest"]["norms"]] == ["group norm", "instance norm"]
    assert concept.findings(with_right(result))[0].key == "no_gain"
    low = concept.findings(with_right(result, none=0.9))[0]
    assert low.key == "hurt" and len(low["rows"]) == 4


def test_a_gain_covers_seeds_digits_and_four_comparisons(result: Result) -> None:
    got, d = result.gain("batch", LEVEL), result.right[1].mean(0) * 1.0 - result.right[0].mean(0)
    t = stats.t.ppf((1 + LEVEL) / 2, 1) * max(d.mean(1).std(ddof=1), 1 / 360) / 2**0.5
    rows = d.mean(0)
    z = stats.norm.ppf((1 + LEVEL) / 2) * (rows.var() + 2 / 360) ** 0.5 / 360**0.5
    assert got.mean == pytest.approx(d.mean()) and LEVEL == 0.9875
    assert got.low == pytest.approx(max(-1, d.mean() - np.hypot(t, z)))


def test_the_best_rate_is_chosen_by_the_training_loss(result: Result) -> None:
    loss = np.full(result.loss.shape, 2.0)
    loss[:, 1, 3], loss[:, 0, 2], loss[-1, 1, 4] = 0.5, 1.0, np.nan
    made = dataclasses.replace(with_right(result, batch=0.9), loss=loss)
    assert (made.best("batch"), made.best("none"), made.learnt()) == (3, 2, [3])
    found = {f.key: f for f in concept.findings(made)}
    assert (found["best_better"]["batch"], found["best_better"]["none"]) == (0.3, 0.1)
    assert dataclasses.replace(made, loss=np.full(result.loss.shape, 2.0)).learnt() == [0]


def test_modes_are_compared_digit_by_digit(result: Result) -> None:
    modes = result.modes
    for share, key in ((-0.3, "single_worse"), (0.3, "single_better"), (0.0, "single_even")):
        alone = np.full(modes.alone.shape, 0.5)
        together = np.full(modes.together.shape, 0.5 + share)
        made = dataclasses.replace(result, modes=dataclasses.replace(modes, alone=alone, together=together))
        found = {f.key: f for f in concept.findings(made)}
        assert key in found and key.replace("single", "sorted") in found
        assert found[key]["change"].mean == pytest.approx(share)
    assert (modes.together[0, 0] == modes.together[1, 0]).all()  # a digit alone has no neighbours
    both = np.zeros(result.lag.shape)
    assert lag(dataclasses.replace(result, lag=both)).sign == 0
    both[0, 0] = np.array([0.5, 0.52])
    assert concept.findings(dataclasses.replace(result, lag=both))[-1].key == "lags"


def test_questions_are_graded_from_the_numbers(result: Result) -> None:
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert grade["initialisation"](result)[0] == 2
    assert grade["initialisation"](with_right(result, none=0.9))[0] == 0
    assert grade["rates"](with_right(result, batch=0.9)) == (2, {"none": 0, "batch": 5, "rates": 5})
    assert grade["rates"](with_right(result))[0] == 0
    assert [grade["one"](with_right(result, batch=b))[0] for b in (0.9, 0.1, 0.3)] == [0, 1, 2]
    assert grade["single"](result)[1]["effect"] == result.modes.change(0, 0)


def test_two_runs_are_compared_norm_by_norm(result: Result) -> None:
    better = concept.difference(with_right(result, group=0.9), with_right(result))
    assert better.key == "changed" and [row["norm"] for row in better["rows"]] == ["group norm"]
    assert concept.difference(result, result).key == "no_difference"


def test_the_charts_show_the_numbers(result: Result) -> None:
    spec = figures.survival(result, ViewSettings(norm="group", lr=0.3))
    cells = spec["series"][1]["data"]
    assert [c["name"] for c in cells] == [f"{100 * v:.0f}" for v in result.accuracy.mean(-1).ravel()]
    framed = [i for i, c in enumerate(cells) if c["itemStyle"]["borderWidth"]]
    assert [figures.choice(i) for i in framed] == [{"lr": 0.3, "norm": "group"}]
    assert figures.choice(0) == {"lr": 0.01}
    drawn = {m["name"]: m["value"][0] for m in figures.gains(result)["series"][2]["data"]}
    assert drawn["batch norm"] == pytest.approx(100 * result.gain("batch").mean, rel=1e-3)
    sizes = next(s for s in figures.sizes(result)["series"] if s.get("name", "").startswith("training mode, random"))
    assert [y for _, y in sizes["data"]] == pytest.approx(100 * result.modes.together[0].mean((1, 2)), rel=1e-3)
    frame = result.frame()
    assert len(frame) == 5 * 5 * 2 and frame.accuracy.iloc[-1] == result.accuracy[-1, -1, -1]
