"""The augmentation page's facts, in small."""

import dataclasses
import io
import re
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats
from torchvision.transforms.v2 import functional as F

from core import data as datasets
from core.concepts.images import augmentation as A
from core.concepts.images import augmentation_batch as B
from core.concepts.images import augmentation_pipeline as P
from core.concepts.images.augmentation_result import AUGMENTED, LIMITS, PLAIN
from core.engine.seeded import Seeded
from core.figures import sizes

SMALL = A.Settings(steps="rotate,shift", data="digits", n=80, halvings=1, iterations=40, width=16, seeds=3)
ALL = ",".join(P.STEPS)
OWN = np.random.default_rng(1).integers(0, 256, (90, 130, 3), dtype=np.uint8)


def last(settings):
    *_, result = A.run(settings)
    return result


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


# The pipeline and its pictures


def executed(code, folder, monkeypatch):
    """What the code on screen gives, run as a learner would run it."""
    monkeypatch.chdir(folder)
    names = {}
    with torch.random.fork_rng():
        exec(code, names)
    return names


@pytest.mark.parametrize(
    ("picture", "steps"),
    [("astronaut", ALL), ("cat", ""), ("coffee", "colour,crop,rotate"), ("flower", "flip"), ("digit", ALL), ("digit", "flip"),
     ("mnist", ALL), ("own", ALL), ("own", "blur,noise")],
)  # fmt: skip
def test_the_code_shown_gives_the_very_pictures_shown(picture, steps, tmp_path, monkeypatch):
    settings = A.Settings(steps=steps, flip_p=0.7, rotate=170.0, hue=0.1, crop=0.3, scale_p=0.5, blur=0.03, mix_p=0.6)
    look = A.Look(picture=picture, draws=4, draw=11, box="erase" not in steps)
    own = OWN if picture == "own" else None
    shown = A.preview(settings, look, own)
    Image.fromarray(OWN).save(tmp_path / "picture.png")
    names = executed(A.code(shown), tmp_path, monkeypatch)
    for d, picture in zip(shown.draws, names["pictures"], strict=True):
        assert np.array_equal(d.picture, picture.numpy())
    assert (tmp_path / "pictures.png").exists()
    if names["boxes"]:
        assert [d.box for d in shown.draws] == [tuple(b.tolist()) for b in names["boxes"]]
    if names["labels"]:
        assert [d.weight for d in shown.draws] == [float(w[0]) for w in names["labels"]]
    assert bool(names["boxes"]) == (shown.subject.box is not None and "erase" not in steps)
    assert bool(names["labels"]) == ("mix-up" in steps)


def test_with_a_box_and_erasing_the_code_still_gives_the_pictures(tmp_path, monkeypatch):
    shown = A.preview(A.Settings(steps="erase,flip", erase_p=1.0), A.Look(draws=3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision says that erasing leaves boxes as they are
        names = executed(A.code(shown), tmp_path, monkeypatch)
    assert all(np.array_equal(d.picture, p.numpy()) for d, p in zip(shown.draws, names["pictures"], strict=True))
    assert [d.box for d in shown.draws] == [tuple(b.tolist()) for b in names["boxes"]]


@pytest.mark.parametrize("p", [0.5, 0.2])
@pytest.mark.parametrize("name", ["flip", "flip upside down", "erase", "rotate", "blur", "mix-up"])
def test_a_step_is_taken_as_often_as_its_probability_says(name, p):
    plan = P.planned(A.Settings(steps=name, **{P.STEPS[name][0]: p}))
    shown, N = P.bundled("digit", 3), 600
    steps = [P.Step(*plan[0], 8)]
    taken = 0
    for seed in range(N):
        with Seeded(seed):
            taken += bool(P.drawn(shown, steps).taken)
    assert abs(taken - N * p) < 4 * (N * p * (1 - p)) ** 0.5


def test_flipping_is_what_it_is_said_to_be():
    shown = A.preview(A.Settings(steps="flip"), A.Look())
    original = shown.subject.picture.numpy()
    for d in shown.draws:
        flipped = d.said == ("flipped",)
        assert np.array_equal(d.picture, original[..., ::-1] if flipped else original)
        left, top, right, bottom = shown.subject.box
        assert d.box == ((160 - right, top, 160 - left, bottom) if flipped else (left, top, right, bottom))
        assert d.seen == 1.0
    assert 0 < sum("flip" in d.taken for d in shown.draws) < 11


def test_what_is_written_under_a_draw_makes_it_again():
    shown = A.preview(A.Settings(steps="crop", crop=0.2), A.Look(draws=6))
    for d in shown.draws:
        w, h, x, y = map(int, re.fullmatch(r"crop (\d+)×(\d+) at (\d+), (\d+)", d.said[0]).groups())
        again = F.resized_crop(shown.subject.picture, y, x, h, w, [160, 160], antialias=True)
        assert np.allclose(d.picture, again.clamp(0, 1), atol=1e-6)
        assert 0.2 - 0.01 <= w * h / 160**2 <= 1 and 0.74 < w / h < 1.35
    turned = A.preview(A.Settings(steps="rotate", rotate=90.0), A.Look(draws=6))
    for d in turned.draws:
        way, angle = re.fullmatch(r"([↺↻]) (\d+)°", d.said[0]).groups()
        assert (way == "↺") == (d.angle > 0) and abs(abs(d.angle) - int(angle)) <= 0.5
        again = F.rotate(turned.subject.picture, d.angle, interpolation=F.InterpolationMode.BILINEAR, fill=[0.0])
        assert np.allclose(d.picture, again, atol=1e-6)


def test_a_positive_angle_turns_anticlockwise():
    x = torch.zeros(1, 9, 9)
    x[0, 4, 8] = 1  # on the right
    assert F.rotate(x, 90.0)[0, 0, 4] == 1  # now at the top


def test_what_is_in_view_is_what_a_crop_holds():
    """Of a box that is the whole picture, a crop holds its own share of the area."""
    subject = dataclasses.replace(P.bundled("astronaut", 0), box=(0, 0, 160, 160))
    steps = [P.Step(*P.planned(A.Settings(steps="crop", crop=0.1))[0], 160)]
    for seed in range(20):
        with Seeded(seed):
            d = P.drawn(subject, steps)
        w, h = map(int, re.match(r"crop (\d+)×(\d+)", d.said[0]).groups())
        assert d.seen == pytest.approx(w * h / 160**2, abs=0.06)


def test_what_is_erased_or_once_outside_is_out_of_view():
    subject = dataclasses.replace(P.bundled("astronaut", 0), box=(0, 0, 160, 160))
    erase = [P.Step(*P.planned(A.Settings(steps="erase", erase_p=1.0, erase=0.6))[0], 160)]
    with Seeded(3):
        d = P.drawn(subject, erase)
    w, h = map(int, re.match(r"erased (\d+)×(\d+)", d.said[0]).groups())
    assert d.seen == pytest.approx(1 - w * h / 160**2, abs=0.06)
    assert (d.picture == 0).all(0).sum() >= w * h
    away = A.preview(A.Settings(steps="shift,scale", shift=0.5, scale=0.9), A.Look(draws=12))
    assert min(d.seen for d in away.draws) < 0.5
    assert any("is the label “face” still true there?" in line for line in A.described(away))


def test_mix_up_comes_last_and_mixes_the_label_too():
    assert [n for n, *_ in P.planned(A.Settings(steps="mix-up,flip"))] == ["flip", "mix-up"]
    shown = A.preview(A.Settings(steps="mix-up"), A.Look(picture="mnist", digit=3))
    for d in shown.draws:
        mixture = d.weight * shown.subject.picture + (1 - d.weight) * shown.subject.partner
        assert np.allclose(d.picture, mixture, atol=1e-6)
    assert np.std([d.weight for d in shown.draws]) > 0.1


def test_the_order_matters_where_it_does():
    look = A.Look(picture="mnist", draws=3)
    assert A.preview(A.Settings(steps="flip,flip upside down", flip_p=1.0, upside_down_p=1.0), look).order < 1e-6
    assert A.preview(A.Settings(steps="rotate,shift", rotate=90.0, shift=0.3), look).order > 0.01
    assert A.preview(A.Settings(steps="rotate"), look).order is None
    same = A.preview(A.Settings(steps="flip,flip upside down", flip_p=1.0, upside_down_p=1.0), look)
    assert "The order of the steps changes nothing here." in A.described(same)
    a, b = (A.preview(A.Settings(steps=s, colour_p=1.0), look) for s in ("colour,rotate", "rotate,colour"))
    assert not np.array_equal(a.draws[0].picture, b.draws[0].picture)


def test_one_seed_gives_one_set_of_pictures_whatever_others_draw():
    settings, look = A.Settings(steps=ALL, hue=0.1), A.Look(draws=2)
    first = A.preview(settings, look)
    state, stop = torch.get_rng_state(), threading.Event()

    def disturb():
        g = torch.Generator().manual_seed(0)
        while not stop.is_set():
            torch.rand(10, generator=g)
            torch.nn.Linear(3, 3)  # draws from the state that all threads share

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        second = A.preview(settings, look)
    finally:
        stop.set()
        thread.join()
    torch.set_rng_state(state)
    third = A.preview(settings, look)
    assert torch.equal(torch.get_rng_state(), state)  # and draws nothing from it
    for other in (second, third):
        for d, e in zip(first.draws, other.draws, strict=True):
            assert np.array_equal(d.picture, e.picture) and d.said == e.said


def test_a_picture_is_not_written_to():
    before = P.bundled("cat", 0).picture.clone()
    A.preview(A.Settings(steps=ALL), A.Look(picture="cat", draws=3))
    assert torch.equal(P.bundled("cat", 0).picture, before)


@pytest.mark.parametrize("picture", P.PICTURES)
def test_every_picture_is_square_with_its_box_inside(picture):
    own = OWN if picture in P.GIVEN else None
    s = P.subject(A.Look(picture=picture), own)
    C, H, W = s.picture.shape
    assert H == W and C in (1, 3) and s.picture.dtype == torch.float32 and 0 <= s.picture.min() < s.picture.max() <= 1
    assert s.partner.shape[-1] == W or picture in P.GIVEN
    if picture in P.GIVEN:
        assert s.box is None
    else:
        left, top, right, bottom = s.box
        assert 0 <= left < right <= W and 0 <= top < bottom <= H


def test_a_digits_box_holds_all_its_ink():
    for name in ("digit", "mnist"):
        for d in range(10):
            s = P.bundled(name, d)
            left, top, right, bottom = s.box
            outside = s.picture.clone()
            outside[:, top:bottom, left:right] = 0
            assert outside.sum() == 0 and s.label == str(d)
    raw = datasets.load("digits", n=0)
    assert any(
        torch.equal(P.bundled("digit", 6).picture, x) for x in torch.cat([raw.train.x, raw.validation.x, raw.test.x])
    )


def test_a_six_on_its_head_is_pointed_out_and_a_four_is_not():
    turned = A.Settings(steps="rotate", rotate=180.0)
    said = " ".join(A.described(A.preview(turned, A.Look(picture="mnist", digit=6, draws=24))))
    assert "reads as a 9 and is still labelled 6" in said
    assert "reads as" not in " ".join(A.described(A.preview(turned, A.Look(picture="mnist", digit=4, draws=24))))
    mirrored = " ".join(A.described(A.preview(A.Settings(steps="flip"), A.Look(picture="digit", digit=3))))
    assert "mirrored" in mirrored
    assert "mirrored" not in " ".join(
        A.described(A.preview(A.Settings(steps="flip"), A.Look(picture="digit", digit=8)))
    )
    both = A.Settings(steps="flip,flip upside down", flip_p=1.0, upside_down_p=1.0)
    assert "reads as a 6" in " ".join(A.described(A.preview(both, A.Look(picture="mnist", digit=9, draws=2))))


def test_the_counts_told_are_the_draws_counts():
    shown = A.preview(A.Settings(steps="flip,blur"), A.Look(draws=20))
    n = sum("blur" in d.taken for d in shown.draws)
    assert f"blur {n} (expected 10.0)" in A.described(shown)[0]
    assert "The pipeline is empty" in A.described(A.preview(A.Settings(steps=""), A.Look()))[0]
    captions = A.captions(shown)
    assert len(captions) == 20 and not any("in view" in c for c in captions)  # a flip keeps all of it
    far = A.preview(A.Settings(steps="shift", shift=0.5), A.Look(draws=20))
    assert [c.endswith(f" {100 * d.seen:.0f} % in view") for c, d in zip(A.captions(far), far.draws, strict=True)] == [
        d.seen < 0.995 for d in far.draws
    ]
    assert any(d.seen < 0.995 for d in far.draws)


# The batch: the same maps as torchvision's


def drawn(N=60, side=28, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(N, 1, side, side, generator=g), torch.rand(N, 22, generator=g)


BILINEAR = {"interpolation": F.InterpolationMode.BILINEAR, "fill": [0.0]}
MAPS = {
    "flip": ((), lambda x, u, a: F.horizontal_flip(x)),
    "flip upside down": ((), lambda x, u, a: F.vertical_flip(x)),
    "rotate": ((180.0,), lambda x, u, a: F.rotate(x, float(B.between(u[0], -a, a)), **BILINEAR)),
    "shift": ((0.3,), lambda x, u, a: F.affine(x, 0.0, [round(float(B.between(u[k], -a * x.shape[-1], a * x.shape[-1]))) for k in (0, 1)], 1.0, [0.0, 0.0], fill=[0.0])),
    "scale": ((0.5,), lambda x, u, a: F.affine(x, 0.0, [0, 0], float(B.between(u[0], 1 - a, 1 + a)), [0.0, 0.0], **BILINEAR)),
    "crop": ((0.1,), lambda x, u, a: F.resized_crop(x, *[int(v) for v in B.boxes(u[None], (a, 1), (3 / 4, 4 / 3), *x.shape[-2:], False)], list(x.shape[-2:]), antialias=True)),
    "blur": ((0.06,), lambda x, u, a: F.gaussian_blur(x, [2 * B.blur_reach(a, x.shape[-1]) + 1] * 2, [float(B.between(u[0], 0.1, max(0.1, a * x.shape[-1])))] * 2)),
    "erase": ((0.4,), lambda x, u, a: (lambda i, j, h, w: x if h == x.shape[-2] else F.erase(x, i, j, h, w, torch.zeros(1)))(*[int(v) for v in B.boxes(u[None], (0.02, a), (0.3, 3.3), *x.shape[-2:], True)])),
}  # fmt: skip


@pytest.mark.parametrize("side", [8, 28])
@pytest.mark.parametrize("name", MAPS)
def test_a_step_on_the_batch_is_torchvisions_on_each_picture(name, side):
    x, u = drawn(side=side)
    amounts, map_ = MAPS[name]
    batch = B.STEPS[name](x, u, *amounts)
    for n in range(len(x)):
        assert torch.allclose(batch[n], map_(x[n], u[n], *(amounts or (0,))), atol=2e-5)
    assert not torch.allclose(batch, x)


def test_colours_on_the_batch_are_torchvisions_in_either_order():
    x, u = drawn()
    batch = B.colour(x, u, 0.6, 0.7, 0.5, 0.2)
    firsts = set()
    for n in range(len(x)):
        b, c, first = float(B.between(u[n, 0], 0.4, 1.6)), float(B.between(u[n, 1], 0.3, 1.7)), bool(u[n, 2] < 0.5)
        firsts.add(first)
        one = lambda x, b=b: F.adjust_brightness(x, b)  # noqa: E731
        two = lambda x, c=c: F.adjust_contrast(x, c)  # noqa: E731
        assert torch.allclose(batch[n], two(one(x[n])) if first else one(two(x[n])), atol=1e-5)
    assert firsts == {True, False}


@pytest.mark.parametrize("name", ["crop", "erase"])
def test_boxes_are_distributed_as_torchvisions(name):
    amount, side, N = 0.3, 28, 1500
    transform = P.Step(*P.planned(A.Settings(steps=name, **{name: amount}))[0], side).transform
    strict, scale, ratio = (
        (True, (0.02, amount), (0.3, 3.3)) if name == "erase" else (False, (amount, 1), (3 / 4, 4 / 3))
    )
    ours = B.boxes(drawn(N, side)[1], scale, ratio, side, side, strict)
    with Seeded(5):
        made = [transform.make_params([torch.zeros(1, side, side)]) for _ in range(N)]
    keys = ("i", "j", "h", "w") if strict else ("top", "left", "height", "width")
    for mine, key in zip(ours, keys, strict=True):
        theirs = np.array([m[key] for m in made])
        assert stats.ks_2samp(mine.numpy(), theirs).pvalue > 1e-3


def test_a_batch_takes_the_steps_in_order_each_with_its_probability():
    x, y = (
        torch.rand(3, 50, 1, 8, 8, generator=torch.Generator().manual_seed(0)),
        torch.eye(10)[torch.arange(50) % 10].expand(3, -1, -1),
    )
    plan = (("flip", 1.0, ()), ("rotate", 0.0, (90.0,)), ("flip upside down", 1.0, ()))
    u, noise = B.draw(plan, (50, 1, 8, 8), torch.Generator().manual_seed(1))
    new, labels = B.augment(x, y, plan, u.expand(3, -1, -1), noise)
    assert torch.equal(new, x.flip(-1, -2)) and torch.equal(labels, y)
    half = (("flip", 0.5, ()),)
    u, noise = B.draw(half, (50, 1, 8, 8), torch.Generator().manual_seed(2))
    new, _ = B.augment(x, y, half, u.expand(3, -1, -1), noise)
    flipped = (new == x.flip(-1)).flatten(2).all(2)
    assert torch.equal(flipped, (u[:, 0] < 0.5).expand(3, -1)) and 10 < int(flipped[0].sum()) < 40


def test_noise_and_mix_up_on_the_batch():
    x, y = torch.full((2, 400, 1, 8, 8), 0.5), torch.eye(10)[torch.arange(400) % 10].expand(2, -1, -1)
    plan = (("noise", 1.0, (0.1,)),)
    u, noise = B.draw(plan, (400, 1, 8, 8), torch.Generator().manual_seed(0))
    new, _ = B.augment(x, y, plan, u.expand(2, -1, -1), [v.expand(2, *v.shape) for v in noise])
    assert float((new - 0.5).std()) == pytest.approx(0.1, rel=0.02) and new.min() >= 0 and new.max() <= 1
    weights = []
    plan = (("mix-up", 1.0, (0.4,)),)
    x = torch.rand(1, 5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    for seed in range(400):
        u, _ = B.draw(plan, (5, 1, 8, 8), torch.Generator().manual_seed(seed))
        new, labels = B.augment(x, y[:1, :5], plan, u[None], [])
        a = float(labels[0, 0, 0])
        assert torch.allclose(new, a * x + (1 - a) * x.roll(1, 1), atol=1e-5)
        assert torch.allclose(labels.sum(-1), torch.ones(1, 5), atol=1e-6)
        weights.append(a)
    assert stats.kstest(weights, "beta", (0.4, 0.4)).pvalue > 1e-3


# The experiment


def test_both_variants_start_alike_and_on_the_same_examples(result):
    first = result.history[(result.history.step == 0) & (result.history.split != "test")]
    both = first.pivot(index=["n", "seed", "split"], columns="variant", values="value")
    assert (both[PLAIN] == both[AUGMENTED]).all()


@pytest.mark.parametrize("change", [{"steps": ""}, {"rotate_p": 0.0, "shift_p": 0.0}])
def test_a_pipeline_that_changes_nothing_gains_exactly_nothing(change):
    same = last(dataclasses.replace(SMALL, **change))
    assert (same.gains == 0).all() and (same.recall[PLAIN] == same.recall[AUGMENTED]).all()
    said = A.findings(same)
    assert any("No difference beyond luck" in s or "empty" in s for s in said)
    assert not any("helped" in s or "hurt" in s for s in said)
    assert A.QUESTIONS[1].grade(same)[0] == 2


def test_the_same_settings_give_the_same_result(result):
    again = last(SMALL)
    assert again.history.equals(result.history)
    assert np.array_equal(again.gains, result.gains)
    other = last(dataclasses.replace(SMALL, seed=50))
    assert not np.array_equal(other.gains, result.gains)


def test_a_seed_is_the_same_whoever_is_trained_beside_it(result):
    fewer = last(dataclasses.replace(SMALL, seeds=2, halvings=0))
    for variant in (PLAIN, AUGMENTED):
        assert np.allclose(fewer.accuracy[variant][0], result.accuracy[variant][0][:2], atol=0.006)


def test_smaller_training_sets_lie_within_the_larger_and_seeds_have_their_own():
    y = datasets.load("digits", n=0).train.y.numpy()
    large, small = (set(datasets.stratified_rows(y, n, 0).tolist()) for n in (80, 40))
    assert small < large
    assert large != set(datasets.stratified_rows(y, 80, 1).tolist())


def test_it_is_measured_on_the_test_only_at_the_end():
    shots = {id(r): r for r in A.run(SMALL)}.values()
    assert [r.split for r in shots][:-1] == ["validation"] * (len(shots) - 1) and len(shots) == 9
    *early, whole = shots
    assert whole.split == "test" and whole.pictures == 360 and whole.fraction == 1
    assert all((r.history.split != "test").all() for r in early)
    assert "Stopped at" in A.findings(early[3])[0]
    assert [r.fraction for r in shots] == sorted(r.fraction for r in shots)
    test = whole.history[whole.history.split == "test"].set_index(["variant", "n", "seed"]).value
    assert test[(AUGMENTED, 40, 2)] == whole.accuracy[AUGMENTED][1, 2]


def test_the_recall_is_the_accuracy_class_by_class(result):
    counts = np.bincount(datasets.load("digits", n=0).test.y.numpy())
    for variant in (PLAIN, AUGMENTED):
        assert np.allclose((result.recall[variant] * counts).sum(-1) / counts.sum(), result.accuracy[variant])


def test_turning_digits_by_any_angle_costs_accuracy_and_is_said_to():
    turned = last(A.Settings(steps="rotate", rotate=180.0, data="digits", n=160, halvings=1, iterations=200, seeds=5))
    assert turned.gain(0).high < 0
    said = A.findings(turned)
    assert any(s.startswith("Augmentation hurt") for s in said) and not any("helped" in s for s in said)
    assert A.QUESTIONS[1].grade(turned)[0] == 1


def with_gains(result, *gains):
    """result, with these gains over seeds at each size, the largest first."""
    accuracy = {
        PLAIN: np.array([[0.9] * 3, [0.8] * 3]),
        AUGMENTED: np.array([0.9 + np.array(gains[0]), 0.8 + np.array(gains[1])]),
    }
    return dataclasses.replace(result, accuracy=accuracy)


def test_findings_call_it_help_or_harm_only_when_the_interval_leaves_zero_out(result):
    grows = with_gains(result, [0.001, -0.001, 0.0], [0.05, 0.051, 0.049])
    said = " ".join(A.findings(grows))
    assert "Augmentation helped: +5.0 points" in said and "with 40 examples" in said
    assert "No difference beyond luck: -0.0 points" in said or "No difference beyond luck: +0.0 points" in said
    assert "The fewer examples, the better" in said
    assert "40 examples augmented do as well as about 57 as they are" in said  # half way, in ratio, from 40 to 80
    assert A.QUESTIONS[0].grade(grows)[0] == 0
    mixed = with_gains(result, [0.05, 0.051, 0.049], [-0.05, -0.051, -0.049])
    said = " ".join(A.findings(mixed))
    assert (
        "helped" in said and "hurt" in said and "The more examples, the better" in said and "do as well as" not in said
    )
    assert A.QUESTIONS[0].grade(mixed)[0] == 1
    costs = with_gains(result, [-0.1, -0.11, -0.12], [-0.05, -0.051, -0.049])
    assert "The fewer examples, the less it costs" in " ".join(A.findings(costs))
    luck = with_gains(result, [0.05, -0.05, 0.01], [0.04, -0.05, 0.02])
    said = " ".join(A.findings(luck))
    assert "helped" not in said and "hurt" not in said and "cannot be told from luck" in said
    assert A.QUESTIONS[0].grade(luck)[0] == 2


def test_pipelines_that_do_nothing_are_seldom_said_to_help_or_hurt(result):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(150):
        a = {v: rng.normal(0.8, 0.02, (2, 8)) for v in (PLAIN, AUGMENTED)}
        said = " ".join(A.findings(dataclasses.replace(result, accuracy=a)))
        wrong += "helped" in said or "hurt" in said
    assert wrong / 150 < 0.1


def test_six_and_nine_are_set_against_the_rest(result):
    recall = {v: np.full((2, 3, 10), 0.9) for v in (PLAIN, AUGMENTED)}
    recall[AUGMENTED][:, :, [6, 9]] -= np.array([0.3, 0.31, 0.32])[None, :, None]
    grade = A.QUESTIONS[2].grade
    assert grade(dataclasses.replace(result, recall=recall))[0] == 0
    assert grade(dataclasses.replace(result, recall={PLAIN: recall[AUGMENTED], AUGMENTED: recall[PLAIN]}))[0] == 1
    assert grade(dataclasses.replace(result, recall=dict.fromkeys(recall, recall[PLAIN])))[0] == 2


def test_every_question_is_graded_from_the_run(result):
    for q in A.QUESTIONS:
        choice, said = q.grade(result)
        assert 0 <= choice < len(q.choices) and re.search(r"\d", said)
    assert "points" in A.difference(result, result).lower() and "%" in A.score(result)
    apart = dataclasses.replace(result, settings=dataclasses.replace(SMALL, n=640, halvings=0))
    assert "in common" in A.difference(result, apart)


def compared(printed, settings):
    found = re.findall(r"^(\d+) examples: (\S+) as they are, (\S+) augmented", printed, re.M)
    whole = last(settings)
    assert [int(n) for n, *_ in found] == list(settings.sizes)
    for i, (_, plain, augmented) in enumerate(found):
        assert float(plain) == pytest.approx(whole.accuracy[PLAIN][i].mean(), abs=0.005)
        assert float(augmented) == pytest.approx(whole.accuracy[AUGMENTED][i].mean(), abs=0.005)


def test_the_script_gives_the_scores_on_screen(tmp_path):
    settings = dataclasses.replace(SMALL, seeds=2, steps=ALL)
    (tmp_path / "script.py").write_text(A.script(settings))
    run = [sys.executable, "-W", "error", "script.py"]
    compared(
        subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout, settings
    )


def test_the_script_of_a_cnn_does_too(tmp_path, monkeypatch, capsys):
    settings = dataclasses.replace(SMALL, seeds=2, steps="shift,noise", model="CNN", width=8, iterations=20)
    executed(A.script(settings), tmp_path, monkeypatch)
    compared(capsys.readouterr().out, settings)


@pytest.mark.parametrize("name", LIMITS)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name):
    low, high = LIMITS[name]
    for bad in (low - 1, high * 2 + 1, float("nan")):
        with pytest.raises(ValueError, match=f"^{name}"):
            A.Settings(**{name: bad})


@pytest.mark.parametrize("change", [{"steps": "turn"}, {"steps": "flip,flip"}, {"steps": ","}, {"data": "cifar10"}, {"model": "RNN"}, {"n": 40, "halvings": 2}])  # fmt: skip
def test_a_setting_that_does_not_exist_is_refused_by_name(change):
    with pytest.raises(ValueError, match=f"^{list(change)[-1]}"):
        A.Settings(**change)


@pytest.mark.parametrize("change", [{"picture": "dog"}, {"digit": 10}, {"draws": 0}, {"draws": 25}, {"draw": -1}])
def test_a_look_that_does_not_exist_is_refused_by_name(change):
    with pytest.raises(ValueError, match=f"^{next(iter(change))}"):
        A.Look(**change)


def test_minus_zero_is_zero():
    assert str(A.Settings(rotate=-0.0).rotate) == "0.0"


def test_the_lowest_and_highest_amounts_make_pictures():
    for end in (0, 1):
        amounts = {a: P.LIMITS[a][end] for _, names in P.STEPS.values() for a in names}
        for picture in ("astronaut", "digit"):
            settings = A.Settings(steps=ALL, **amounts, **{p: 1.0 for p, _ in P.STEPS.values()})
            shown = A.preview(settings, A.Look(picture=picture, draws=2))
            assert all(
                np.isfinite(d.picture).all() and d.picture.shape == tuple(shown.subject.picture.shape)
                for d in shown.draws
            )
        tiny = dataclasses.replace(settings, data="digits", n=40, halvings=0, iterations=20, width=4, seeds=2)
        assert np.isfinite(last(tiny).gains).all()


def test_the_sliders_stay_within_what_the_settings_take():
    fields = {f.name: f.default for f in dataclasses.fields(A.Settings)}
    for step, knobs in A.KNOBS.items():
        if step in P.STEPS:
            assert {k[0] for k in knobs} == {P.STEPS[step][0], *P.STEPS[step][1]}
        for name, _, low, high, _, help in knobs:
            if name in fields:
                assert LIMITS[name][0] <= low <= fields[name] <= high <= LIMITS[name][1] and help


# Figures


def test_a_box_is_framed_and_the_rest_left_as_it_is():
    grey = np.full((1, 10, 10), 0.5)
    plain = sizes.boxed(grey, None, 100)
    assert plain.shape == (100, 100, 3) and (plain == 128).all()
    framed = sizes.boxed(grey, (2, 3, 7, 8), 100)
    changed = (framed != 128).any(-1)
    assert changed[30, 20:70].all() and changed[30:80, 20].all() and not changed[45:65, 35:55].any()
    assert not changed[:25].any() and not changed[:, 80:].any()
    for box in ((0, 0, 10, 10), (-5, -5, 20, 20), (3, 3, 3, 9), (9.9, 9.9, 10, 10)):
        assert sizes.boxed(grey, box, 100).shape == (100, 100, 3)


def test_accuracy_is_drawn_at_every_size(result):
    option = A.accuracy(result)
    assert option["xAxis"]["data"] == ["40", "80"]
    lines = {s["name"]: s["data"] for s in option["series"] if "name" in s}
    assert set(lines) == {PLAIN, AUGMENTED}
    assert lines[PLAIN][1] == ["80", pytest.approx(100 * result.accuracy[PLAIN][0].mean(), abs=0.01)]
    halved = dataclasses.replace(
        result,
        settings=dataclasses.replace(result.settings, n=40, halvings=0),
        accuracy={n: v[1:] for n, v in result.accuracy.items()},
    )
    pinned = A.accuracy(result, {"Pin A": halved})["series"]
    (pin,) = [s["data"] for s in pinned if s.get("name") == f"Pin A {AUGMENTED}"]
    assert pin == [lines[AUGMENTED][0]]
    assert A.accuracy(halved, {"Pin A": result}) == A.accuracy(halved, {"Pin A": halved})
    assert len(A.gains(result)) == 2 and len(A.class_gains(result)) == 10 and A.learning(result, 40)["series"]


def test_the_pictures_are_small_enough_to_send():
    shown = A.preview(A.Settings(), A.Look())
    size = 0
    for d in shown.draws:
        file = io.BytesIO()
        Image.fromarray(sizes.boxed(d.picture, d.box, 160)).save(file, "PNG")
        size += len(file.getvalue())
    assert size < 1_000_000
