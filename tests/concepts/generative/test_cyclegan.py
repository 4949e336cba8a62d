"""CycleGAN: the eight pictures, the step against plain PyTorch, checkerboards, the true partner, and the hidden message."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch import nn
from torch.nn import functional as F

from core.concepts.generative import cyclegan as concept
from core.concepts.generative.cyclegan import Result, Settings, figures, plain
from core.concepts.generative.cyclegan.experiment import measure, pixels, spectrum
from core.concepts.generative.cyclegan.network import CycleGANs, checkerboard
from core.concepts.generative.cyclegan.settings import ARMS, LEVELS, LOSSES, NAMES, TRANSPOSED, UPSAMPLE
from core.data.domains import INKS, PAPERS, SIDE, domains
from core.progress import finished

SMALL = Settings(steps=40, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


def uniform(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


# The domains.


def test_no_digit_is_in_both_domains_and_partners_are_styled_by_scipy() -> None:
    thick, blocks = domains("thick", "dark", 300), domains("blocks", "dark", 300)
    assert thick.a.shape == thick.b.shape == (300, 3, SIDE, SIDE) and thick.paired
    grey = (thick.test_a[:, 0].numpy() + 1) / 2
    ink = ndimage.grey_dilation(grey, (1, 3, 3), mode="nearest")[..., None]
    colours = [np.array(c["dark"]) / 255 for c in (INKS, PAPERS)]
    expected = ink * colours[0] + (1 - ink) * colours[1]
    assert np.allclose((thick.test_b.permute(0, 2, 3, 1).numpy() + 1) / 2, expected, atol=1e-6)
    means = grey.reshape(-1, 4, 4, 4, 4).mean((2, 4))
    blue = (blocks.test_b[:, 2, ::4, ::4].numpy() + 1) / 2
    assert np.allclose(blue, means * 60 / 255 + (1 - means) * 120 / 255, atol=1e-6)
    own = {p.numpy().tobytes() for p in blocks.b}
    digits = torch.nn.functional.avg_pool2d((blocks.a[:, :1] + 1) / 2, 4)
    fore, back = (torch.tensor(c["dark"])[:, None, None] / 255 for c in (INKS, PAPERS))
    styled = 2 * (digits.repeat_interleave(4, 2).repeat_interleave(4, 3) * (fore - back) + back) - 1
    nearest = torch.cdist(styled.flatten(1), blocks.b.flatten(1)).min(1).values
    assert len(own) > 290 and (nearest > 1e-3).all()  # no picture of A comes back in B


def test_bright_and_dark_change_places_on_light_paper_and_textures_have_no_partners() -> None:
    for paper, sign in (("dark", 1), ("light", -1)):
        d = domains("thick", paper, 50)
        assert sign * np.corrcoef(d.test_a.mean(1).flatten(), d.test_b.mean(1).flatten())[0, 1] > 0.5
    d = domains("textures", "dark", 50)
    assert not d.paired and torch.equal(d.a[:, 0], d.a[:, 2]) and d.test_a.shape == (100, 3, SIDE, SIDE)


# The networks and the step.


@pytest.mark.parametrize("arm", ARMS)
def test_a_step_is_that_of_plain_pytorch(arm: str) -> None:
    s = Settings(seeds=2, seed=3, width=4)
    gans, d = CycleGANs(s, arm), domains("thick", "dark", 50)
    rows = [torch.randint(50, (2, 4), generator=plain.generator(seed, "batches")) for seed in (3, 4)]
    a, b = (torch.stack([x[r[i]] for r in rows]) for i, x in enumerate((d.a, d.b)))
    before = [gans.generators.unstack(k) for k in range(4)]
    judges = [gans.discriminators.unstack(k) for k in range(4)]
    losses, made = gans.step(a, b)
    for k in range(2):
        G_A, G_B, D_A, D_B = before[k], before[2 + k], judges[k], judges[2 + k]
        with torch.no_grad():
            fake_B, fake_A = G_A(a[k]), G_B(b[k])
            expected = {
                "G_A": ((D_A(fake_B) - 1) ** 2).mean(), "G_B": ((D_B(fake_A) - 1) ** 2).mean(),
                "cycle_A": F.l1_loss(G_B(fake_B), a[k]), "cycle_B": F.l1_loss(G_A(fake_A), b[k]),
                "idt_A": F.l1_loss(G_A(b[k]), b[k]), "idt_B": F.l1_loss(G_B(a[k]), a[k]),
                "D_A": 0.5 * ((D_A(b[k]) - 1) ** 2).mean() + 0.5 * (D_A(fake_B) ** 2).mean(),
                "D_B": 0.5 * ((D_B(a[k]) - 1) ** 2).mean() + 0.5 * (D_B(fake_A) ** 2).mean(),
            }  # fmt: skip
        assert dict(zip(LOSSES, losses[:, k].tolist(), strict=True)) == pytest.approx(
            {name: float(v) for name, v in expected.items()}, abs=1e-5
        )
        assert torch.allclose(made[k], fake_B, atol=1e-5) and torch.allclose(made[2 + k], fake_A, atol=1e-5)
    one = SimpleNamespace(**vars(s) | {"steps": 1, "n": 50})
    for k, seed in enumerate((3, 4)):
        for network, row in zip(plain.train(one, d.a, d.b, arm, seed), (k, 2 + k), strict=True):
            theta = nn.utils.parameters_to_vector(network.parameters())
            assert torch.allclose(theta, gans.generators.theta[row], atol=1e-4)


def test_the_eight_pictures_are_what_their_names_say() -> None:
    gans, a, b = CycleGANs(Settings(seeds=2, width=4), UPSAMPLE), uniform(3, 3, 16, 16), uniform(3, 3, 16, 16).flip(3)
    made = gans.pictures(a, b)
    assert tuple(made) == NAMES
    for k in range(2):
        G_A, G_B = gans.generators.unstack(k), gans.generators.unstack(2 + k)
        with torch.no_grad():
            expected = (a, G_A(a), G_B(G_A(a)), G_A(b), b, G_B(b), G_A(G_B(b)), G_B(a))
            assert torch.allclose(gans.back(made["fake_B"])[k], expected[2], atol=1e-5)
        for name, picture in zip(NAMES, expected, strict=True):
            assert torch.allclose(made[name][k], picture, atol=1e-5), name


def test_all_weights_of_a_start_have_the_variance_of_he() -> None:
    module = CycleGANs(Settings(seeds=2, width=16), UPSAMPLE).generators.unstack(1)
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d)]
    for m in layers:
        assert m.weight.var().item() == pytest.approx(2 / m.weight[0].numel(), rel=0.25)
        assert m.bias is None or not m.bias.any()


# What is measured.


def test_a_checkerboard_has_all_its_power_in_one_pixel_stripes_and_a_slow_wave_none() -> None:
    i, j = np.mgrid[:16, :16]
    board, stripes, wave = (-1.0) ** (i + j), (-1.0) ** i * np.cos(np.pi * j / 8), np.sin(np.pi * i / 4)
    x = torch.from_numpy(np.stack([board, stripes, wave, board + wave]))[:, None, None].repeat(1, 2, 3, 1, 1) + 5
    assert checkerboard(x).tolist() == pytest.approx([1, 1, 0, 2 / 3], abs=1e-6)
    noise = torch.randn(1, 200, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert checkerboard(noise).item() == pytest.approx(31 / 255, rel=0.05)  # 31 of the 255 frequencies


def test_distances_are_shares_of_the_range_and_a_perfect_map_has_none() -> None:
    a, b = uniform(4, 3, 16, 16), uniform(4, 3, 16, 16).flip(0)
    real = {name: a.expand(2, -1, -1, -1, -1) for name in NAMES} | {"fake_B": b.expand(2, -1, -1, -1, -1)}
    found = measure(real, b, a, True)
    assert not found["error"].any() and np.allclose(found["likeness"], 1) and found["moved"].shape == (2, 4)
    assert found["moved"][0] == pytest.approx((a - b).abs().mean((1, 2, 3)) / 2, abs=1e-6)
    swapped = measure(real | {"fake_B": -b.expand(2, -1, -1, -1, -1)}, b, a, True)
    assert np.allclose(swapped["likeness"], -1)
    assert set(measure(real, b, a, False)) == {"moved", "cycle", "same"}
    assert pixels(torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1)).tolist() == [[[0, 128, 255]]]


# The facts.


def test_training_finds_the_map_and_an_untrained_transposed_convolution_prints_a_checkerboard(result: Result) -> None:
    start = result.measured[result.measured.step == 0].error.mean()
    assert start > 0.25 and result.mean("error").max() < 0.6 * result.needed
    assert result.board(TRANSPOSED, False).min() > 3 * result.board(UPSAMPLE, False).max()
    assert result.board(TRANSPOSED, True).max() < 0.5 * result.board(TRANSPOSED, False).min()
    found = {f.key: f for f in concept.findings(result)}
    assert concept.findings(result)[0].key == "closer" and "moves" in found and "damped" in found


def test_what_is_measured_at_the_end_is_what_plain_networks_give(result: Result) -> None:
    found = plain.main(SimpleNamespace(**vars(SMALL)))
    for arm, rows in found.items():
        for name in ("moved", "cycle", "error"):
            assert [row[name] for row in rows] == pytest.approx(result.final(arm, name).tolist(), abs=0.02), (arm, name)


def test_light_paper_misleads_while_the_cycle_closes() -> None:
    run = finished(concept.run(Settings(paper="light", seeds=2, steps=60)))
    assert run.wrong() >= 1 and run.mean("cycle").max() < 0.5 * run.mean("error").max()
    assert concept.findings(run)[1].key == "wrong" and concept.findings(run)[1]["wrong"] == run.wrong()


def test_textures_have_a_spectrum_and_no_error() -> None:
    run = finished(concept.run(Settings(style="textures", seeds=2, steps=10, n=50)))
    assert not run.paired and "error" not in run.measured and figures.distances(run)["series"]
    assert concept.findings(run)[0].key.startswith("spectrum") and concept.score(run).key == "score_textures"
    assert concept.difference(run, run).key == "not_comparable"


def test_a_spectrum_is_that_of_numpy() -> None:
    x = uniform(5, 3, 16, 16)
    power = (np.abs(np.fft.rfft2(x.mean(1).numpy())) ** 2).mean(0).ravel()[1:]
    assert np.allclose(spectrum(x), np.log(power + 1e-6), atol=1e-4)


# The findings.


def changed(result: Result, **columns: list[float]) -> Result:
    """The result of three seeds whose latest measurements, or response to a step of noise, are these."""
    s = dataclasses.replace(result.settings, seeds=3)
    base = {"moved": 0.3, "cycle": 0.05, "same": 0.05, "error": 0.07, "back": 0.07, "likeness": 0.9}
    table = [
        {"arm": arm, "seed": k, "step": 40} | {n: columns.get(f"{n}_{arm}", columns.get(n, [v] * 3))[k] for n, v in base.items()}
        for arm in ARMS for k in range(3)
    ]  # fmt: skip
    noise = np.array(columns.get("noise", [0.5, 0.6, 0.55]))[:, None] * np.array(LEVELS)
    history = result.history[result.history.seed == 0]
    copies = [history.assign(seed=k, board=history.board * (1 + 0.1 * k)) for k in range(3)]
    return dataclasses.replace(
        result, settings=s, measured=type(history)(table), response=dict.fromkeys(ARMS, noise),
        history=type(history)(np.concatenate([c.to_numpy() for c in copies]), columns=history.columns).infer_objects(),
    )  # fmt: skip


def test_a_hidden_message_is_claimed_only_where_the_interval_says_so(result: Result) -> None:
    for noise, key in (([1.4, 1.5, 1.6], "amplified"), ([0.4, 0.3, 0.5], "damped"), ([0.7, 1.5, 1.1], "passed_on")):
        made = changed(result, noise=noise)
        assert key in [f.key for f in concept.findings(made)]
        theirs = stats.ttest_1samp(noise, 0).confidence_interval(0.95)
        assert (made.amplified().low, made.amplified().high) == pytest.approx((theirs.low, theirs.high))


def test_the_verdict_follows_the_distance_to_the_truth(result: Result) -> None:
    for error, key in (([0.05, 0.06, 0.07], "closer"), ([0.5, 0.51, 0.52], "farther"), ([0.1, 0.6, 0.3], "no_gain")):
        assert concept.findings(changed(result, error=error))[0].key == key
    found = concept.findings(changed(result, likeness=[0.9, 0.6, -0.9]))
    assert found[1].key == "wrong" and (found[1]["wrong"], found[1]["runs"]) == (4, 6)
    some = concept.findings(changed(result, likeness=[0.9, 0.6, -0.9], error=[0.05, 0.06, 0.07]))[0]
    assert some.key == "closer_some" and (some["right"], some["runs"]) == (2, 6)


def test_equal_generators_show_no_difference_and_still_ones_do_nothing(result: Result) -> None:
    keys = [f.key for f in concept.findings(changed(result, moved=[0.01, 0.02, 0.015]))]
    assert "as_close" in keys and "does_nothing" in keys
    worse = concept.findings(changed(result, error_transposed=[0.17, 0.18, 0.19], error_upsample=[0.07, 0.07, 0.08]))
    assert "upsample_closer" in [f.key for f in worse]
    history = result.history.copy()
    history["board"] = np.where(history.seed == 0, 0.1, 0.2)
    equal = dataclasses.replace(result, history=history)
    assert [f.key for f in concept.findings(equal)].count("board_equal") == 2
    assert concept.QUESTIONS[0].grade(equal)[0] == 2


def test_the_ratio_of_checkerboards_is_that_of_geometric_means(result: Result) -> None:
    late = np.log(result.board(TRANSPOSED, True)).mean() - np.log(result.board(UPSAMPLE, True)).mean()
    finding = [f for f in concept.findings(result) if f.key.startswith("board")][1]
    assert finding["when"].key == "trained" and finding["times"] == pytest.approx(math.exp(abs(late)))


def test_a_run_that_is_stopped_shows_pictures_and_no_verdict() -> None:
    for step in concept.run(SMALL):
        if step.result is not None:
            partial = step.result()
            break
    assert partial.step == 0 and [f.key for f in concept.findings(partial)] == ["unfinished"]
    assert len(figures.eight(partial, UPSAMPLE, 0)) == 8 and figures.board(partial)["series"]
    assert figures.losses(partial)["series"] and 0 <= partial.fraction < 1
    assert concept.difference(partial, partial).key == "not_comparable"


# The figures.


def test_pictures_are_enlarged_and_the_change_is_eightfold(result: Result) -> None:
    shown = figures.eight(result, TRANSPOSED, 1)
    assert list(shown) == list(NAMES)
    for name, picture in shown.items():
        assert picture.shape == (96, 2 * 96 + figures.GAP, 4), name
        assert np.array_equal(picture[::6, :96:6, :3], result.pictures[TRANSPOSED][1, NAMES.index(name), 0])
        assert (picture[:, 96 : 96 + figures.GAP, 3] == 0).all()
    assert list(figures.stages(result, UPSAMPLE, 0)) == [0, 5, 15, 40]
    clean, noisy = (figures.disturbed(result, UPSAMPLE, 0, level) for level in (0, 32))
    assert not clean[2][..., :3].any() and noisy[2][..., :3].any()
    fake = result.disturbed[UPSAMPLE][0]
    moved = np.abs(fake[LEVELS.index(4), 0].astype(int) - fake[0, 0])
    assert set(np.unique(moved)) <= {0, 1, 2, 3, 4, 5} and np.median(moved) == 4


def test_the_charts_show_the_numbers(result: Result) -> None:
    lines = {s["name"]: s["data"] for s in figures.distances(result)["series"] if "name" in s}
    assert lines["transposed"][-1][1] == pytest.approx(100 * result.final(TRANSPOSED, "error").mean(), rel=1e-3)
    assert lines["doing nothing"][0][1] == pytest.approx(100 * result.needed, rel=1e-3)
    drawn = {s["name"]: s["data"] for s in figures.response(result)["series"]}
    assert drawn["upsample"][1][1] == pytest.approx(result.response[UPSAMPLE][:, 1].mean(), rel=1e-2)
    assert {s["name"] for s in figures.losses(result)["series"]} == set(LOSSES)
