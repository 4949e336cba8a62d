"""The augmentation page's facts, in small."""

import dataclasses
import io
import re
import threading
import warnings
from collections import defaultdict

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats
from torchvision.transforms.v2 import functional as F

from core.concepts.images import augmentation as A
from core.concepts.images.augmentation import Settings, ViewSettings, figures, pipeline, plain
from core.concepts.images.augmentation.findings import shrink, still_rising
from core.concepts.images.augmentation.result import AUGMENTED, ORIGINAL
from core.concepts.images.augmentation.settings import DATA, GIVEN, PICTURES, SIDES, STEPS
from core.data import loaders
from core.data.checks import stratified_rows
from core.engine import augment as B
from core.engine.seeded import Seeded
from core.progress import finished
from core.settings import declared
from core.stats import mean_interval

SMALL = Settings(steps=("rotate", "shift"), data="digits", n=80, halvings=1, iterations=40, width=16, seeds=3)
ALL = tuple(STEPS)
OWN = np.random.default_rng(1).integers(0, 256, (90, 130, 3), dtype=np.uint8)


def last(settings):
    return finished(A.run(settings))


def found(findings):
    """The numbers of each finding by its key."""
    return {f.key: f.numbers for f in findings}


def described(settings, **look):
    return found(A.describe(A.look_at(settings, ViewSettings(**look))))


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
    [("astronaut", ALL), ("cat", ()), ("coffee", ("colour", "crop", "rotate")), ("flower", ("flip",)), ("digit", ALL),
     ("digit", ("flip",)), ("mnist", ALL), ("own", ALL), ("own", ("blur", "noise"))],
)  # fmt: skip
def test_the_code_shown_gives_the_very_pictures_shown(picture, steps, tmp_path, monkeypatch):
    settings = Settings(steps=steps, flip_p=0.7, rotate=170.0, hue=0.1, crop=0.3, scale_p=0.5, blur=0.03, mix_p=0.6)
    look = ViewSettings(picture=picture, draws=4, draw=11, box="erase" not in steps)
    own = OWN if picture == "own" else None
    shown = A.look_at(settings, look, own)
    Image.fromarray(OWN).save(tmp_path / "picture.png")
    names = executed(shown.code, tmp_path, monkeypatch)
    for d, picture in zip(shown.draws, names["pictures"], strict=True):
        assert np.array_equal(d.picture, picture.numpy())
    assert (tmp_path / "pictures.png").exists()
    if names["boxes"]:
        assert [d.box for d in shown.draws] == [tuple(b.tolist()) for b in names["boxes"]]
    if names["labels"]:
        assert [d.weight for d in shown.draws] == [float(w[0]) for w in names["labels"]]
    assert bool(names["boxes"]) == (shown.box is not None and "erase" not in steps)
    assert bool(names["labels"]) == ("mix-up" in steps)


def test_with_a_box_and_erasing_the_code_still_gives_the_pictures(tmp_path, monkeypatch):
    shown = A.look_at(
        Settings(
            steps=(
                "erase",
                "flip",
            ),
            erase_p=1.0,
        ),
        ViewSettings(draws=3),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision says that erasing leaves boxes as they are
        names = executed(shown.code, tmp_path, monkeypatch)
    assert all(np.array_equal(d.picture, p.numpy()) for d, p in zip(shown.draws, names["pictures"], strict=True))
    assert [d.box for d in shown.draws] == [tuple(b.tolist()) for b in names["boxes"]]


@pytest.mark.parametrize("p", [0.5, 0.2])
@pytest.mark.parametrize("name", ["flip", "flip upside down", "erase", "rotate", "blur", "mix-up"])
def test_a_step_is_taken_as_often_as_its_probability_says(name, p):
    plan = Settings(steps=(name,), **{STEPS[name][0]: p}).plan
    shown, N = pipeline.bundled("digit", 3), 600
    steps = [pipeline.Step(*plan[0], 8)]
    taken = 0
    for seed in range(N):
        with Seeded(seed):
            taken += bool(pipeline.drawn(shown, steps).taken)
    assert abs(taken - N * p) < 4 * (N * p * (1 - p)) ** 0.5


def test_flipping_is_what_it_is_said_to_be():
    shown = A.look_at(Settings(steps=("flip",)), ViewSettings())
    for d in shown.draws:
        flipped = d.said == ("mirrored",)
        assert flipped == ("flip" in d.taken)
        assert np.array_equal(d.picture, shown.picture[..., ::-1] if flipped else shown.picture)
        left, top, right, bottom = shown.box
        assert d.box == ((160 - right, top, 160 - left, bottom) if flipped else (left, top, right, bottom))
        assert d.seen == 1.0
    assert 0 < sum("flip" in d.taken for d in shown.draws) < 11


def one_step(name, seed, box=(0, 0, 160, 160), **amounts):
    """A photograph whose box is all of it, and what one step drew and made of it."""
    subject = dataclasses.replace(pipeline.bundled("astronaut", 0), box=box)
    step = pipeline.Step(*Settings(steps=(name,), **amounts).plan[0], 160)
    with Seeded(seed):
        d = pipeline.drawn(subject, [step])
    return subject, step.drawn, d


def test_what_is_written_under_a_draw_makes_it_again():
    for seed in range(6):
        subject, _, d = one_step("rotate", seed, rotate=90.0)
        way, angle = re.fullmatch(r"([↺↻]) (\d+)°", d.said[0]).groups()
        assert (way == "↺") == (d.angle > 0) and abs(abs(d.angle) - int(angle)) <= 0.5
        again = F.rotate(subject.picture, d.angle, interpolation=F.InterpolationMode.BILINEAR, fill=[0.0])
        assert np.allclose(d.picture, again, atol=1e-6)
        subject, _, d = one_step("shift", seed, shift=0.2)
        across = re.search(r"([←→])(\d+)", d.said[0])
        down = re.search(r"([↑↓])(\d+)", d.said[0])
        x = int(across[2]) * (1 if across[1] == "→" else -1) if across else 0
        y = int(down[2]) * (1 if down[1] == "↓" else -1) if down else 0
        expected = np.zeros((3, 160, 160), np.float32)
        source = subject.picture.numpy()[:, max(0, -y) : 160 - max(0, y), max(0, -x) : 160 - max(0, x)]
        expected[:, max(0, y) : 160 + min(0, y), max(0, x) : 160 + min(0, x)] = source
        assert np.allclose(d.picture, expected, atol=1e-6)
        subject, _, d = one_step("scale", seed, (60, 60, 100, 100), scale=0.5)
        factor = float(re.fullmatch(r"×(\d\.\d\d)", d.said[0])[1])
        left, top, right, bottom = d.box
        assert ((right - left) / 40, (bottom - top) / 40) == pytest.approx((factor, factor), abs=0.006)


def test_a_crop_keeps_at_least_the_share_asked_for():
    for seed in range(6):
        subject, box, d = one_step("crop", seed, crop=0.2)
        top, left, h, w = (box[k] for k in ("top", "left", "height", "width"))
        again = F.resized_crop(subject.picture, top, left, h, w, [160, 160], antialias=True)
        assert np.allclose(d.picture, again.clamp(0, 1), atol=1e-6)
        assert 0.2 - 0.01 <= w * h / 160**2 <= 1 and 0.74 < w / h < 1.35


def test_a_positive_angle_turns_anticlockwise():
    x = torch.zeros(1, 9, 9)
    x[0, 4, 8] = 1  # on the right
    assert F.rotate(x, 90.0)[0, 0, 4] == 1  # now at the top


def test_what_is_in_view_is_what_a_crop_holds():
    """Of a box that is the whole picture, a crop holds its own share of the area."""
    for seed in range(20):
        _, box, d = one_step("crop", seed, crop=0.1)
        assert d.seen == pytest.approx(box["width"] * box["height"] / 160**2, abs=0.06)


def test_what_is_erased_or_once_outside_is_out_of_view():
    _, box, d = one_step("erase", 3, erase_p=1.0, erase=0.6)
    assert d.seen == pytest.approx(1 - box["w"] * box["h"] / 160**2, abs=0.06)
    assert (d.picture == 0).all(0).sum() >= box["w"] * box["h"]
    away = Settings(steps=("shift", "scale"), shift=0.5, scale=0.9)
    seen = [d.seen for d in A.look_at(away, ViewSettings(draws=12)).draws]
    said = described(away, draws=12)["draws_doubtful"]
    assert min(seen) < 0.5 and said["least"] == min(seen) and said["mean"] == pytest.approx(np.mean(seen))
    assert seen[said["draw"] - 1] == min(seen) and said["label"] == "face"


def test_mix_up_comes_last_and_mixes_the_label_too():
    assert [n for n, *_ in Settings(steps=("mix-up", "flip")).plan] == ["flip", "mix-up"]
    look = ViewSettings(picture="mnist", digit=3)
    shown, partner = A.look_at(Settings(steps=("mix-up",)), look), pipeline.subject(look, None).partner.numpy()
    for d in shown.draws:
        assert np.allclose(d.picture, d.weight * shown.picture + (1 - d.weight) * partner, atol=1e-6)
    weights = [d.weight for d in shown.draws]
    said = found(A.describe(shown))["draws_mixed"]
    assert np.std(weights) > 0.1 and (said["low"], said["high"], said["draws"]) == (min(weights), max(weights), 11)
    assert (said["label"], said["other"]) == ("3", "4")


def test_the_order_matters_where_it_does():
    look = {"picture": "mnist", "draws": 3}
    both = Settings(steps=("flip", "flip upside down"), flip_p=1.0, upside_down_p=1.0)
    assert A.look_at(both, ViewSettings(**look)).reordered < 1e-6 and "draws_order" not in described(both, **look)
    apart = Settings(steps=("rotate", "shift"), rotate=90.0, shift=0.3)
    assert described(apart, **look)["draws_order"]["change"] > 0.01
    assert A.look_at(Settings(steps=("rotate",)), ViewSettings(**look)).reordered is None
    orders = (("colour", "rotate"), ("rotate", "colour"))
    a, b = (A.look_at(Settings(steps=s), ViewSettings(**look)) for s in orders)
    assert not np.array_equal(a.draws[0].picture, b.draws[0].picture)


def test_one_seed_gives_one_set_of_pictures_whatever_others_draw():
    settings, look = Settings(steps=ALL, hue=0.1), ViewSettings(draws=2)
    first = A.look_at(settings, look)
    state, stop = torch.get_rng_state(), threading.Event()

    def disturb():
        g = torch.Generator().manual_seed(0)
        while not stop.is_set():
            torch.rand(10, generator=g)
            torch.nn.Linear(3, 3)  # draws from the state that all threads share

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        second = A.look_at(settings, look)
    finally:
        stop.set()
        thread.join()
    torch.set_rng_state(state)
    third = A.look_at(settings, look)
    assert torch.equal(torch.get_rng_state(), state)  # and draws nothing from it
    for other in (second, third):
        for d, e in zip(first.draws, other.draws, strict=True):
            assert np.array_equal(d.picture, e.picture) and d.said == e.said


def test_a_picture_is_not_written_to():
    before = pipeline.bundled("cat", 0).picture.clone()
    A.look_at(Settings(steps=ALL), ViewSettings(picture="cat", draws=3))
    assert torch.equal(pipeline.bundled("cat", 0).picture, before)


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_is_square_with_its_box_inside(picture):
    own = OWN if picture in GIVEN else None
    s = pipeline.subject(ViewSettings(picture=picture), own)
    C, H, W = s.picture.shape
    assert H == W and C in (1, 3) and s.picture.dtype == torch.float32 and 0 <= s.picture.min() < s.picture.max() <= 1
    assert s.partner.shape[-1] == W or picture in GIVEN
    if picture in GIVEN:
        assert s.box is None
    else:
        left, top, right, bottom = s.box
        assert 0 <= left < right <= W and 0 <= top < bottom <= H


def test_a_digits_box_holds_all_its_ink():
    for name in ("digit", "mnist"):
        for d in range(10):
            s = pipeline.bundled(name, d)
            left, top, right, bottom = s.box
            outside = s.picture.clone()
            outside[:, top:bottom, left:right] = 0
            assert outside.sum() == 0 and s.label == str(d)
    raw = loaders.load("digits", n=0)
    assert any(
        torch.equal(pipeline.bundled("digit", 6).picture, x)
        for x in torch.cat([raw.train.x, raw.validation.x, raw.test.x])
    )


def test_a_six_on_its_head_is_pointed_out_and_a_four_is_not():
    turned = Settings(steps=("rotate",), rotate=180.0)
    said = described(turned, picture="mnist", digit=6, draws=24)["draws_turned"]
    angles = [d.angle for d in A.look_at(turned, ViewSettings(picture="mnist", digit=6, draws=24)).draws]
    assert said["draws"] == [str(i) for i, a in enumerate(angles, 1) if abs(a) >= 120] and said["draws"]
    assert (said["digit"], said["reads_as"]) == (6, 9)
    assert "draws_turned" not in described(turned, picture="mnist", digit=4, draws=24)
    flip = Settings(steps=("flip",))
    shown = A.look_at(flip, ViewSettings(picture="digit", digit=3))
    mirrored = [str(i) for i, d in enumerate(shown.draws, 1) if np.array_equal(d.picture, shown.picture[..., ::-1])]
    assert found(A.describe(shown))["draws_mirrored"]["draws"] == mirrored
    assert "draws_mirrored" not in described(flip, picture="digit", digit=8)
    both = Settings(steps=("flip", "flip upside down"), flip_p=1.0, upside_down_p=1.0)
    assert described(both, picture="mnist", digit=9, draws=2)["draws_turned"]["reads_as"] == 6


def test_an_empty_pipeline_is_said_to_be_empty():
    assert list(described(Settings(steps=()))) == ["draws_empty"]


def test_a_caption_says_what_is_in_view_and_fits_two_lines():
    flipped = A.look_at(Settings(steps=("flip", "blur")), ViewSettings(draws=20))
    assert not any("in view" in figures.said(flipped, i) for i in range(20))  # a flip keeps all of it
    far = A.look_at(Settings(steps=("shift",), shift=0.5), ViewSettings(draws=20))
    assert any(d.seen < 0.995 for d in far.draws)
    for i, d in enumerate(far.draws):
        assert figures.said(far, i).endswith(f"{100 * d.seen:.0f}\u00a0% in view") == (d.seen < 0.995)
    every = A.look_at(Settings(steps=ALL), ViewSettings())
    for i, d in enumerate(every.draws):
        caption, whole = figures.caption(every, i), figures.said(every, i)
        assert len(caption) <= figures.LINE and all(part in whole for part in d.said)
        assert caption == whole or ("…" in caption and whole.startswith(caption[: caption.index("…")]))
    nothing = A.look_at(Settings(steps=()), ViewSettings(draws=1))
    assert figures.caption(nothing, 0) == figures.said(nothing, 0) == "1: unchanged"


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
    transform = pipeline.Step(*Settings(steps=(name,), **{name: amount}).plan[0], side).transform
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
    assert (both[ORIGINAL] == both[AUGMENTED]).all()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"steps": ()}, "empty"),
        ({"rotate_p": 0.0, "shift_p": 0.0}, "changes_nothing"),
        ({"rotate": 0.0, "shift": 0.06}, "changes_nothing"),  # less than half of a pixel
    ],
)
def test_a_pipeline_that_changes_nothing_gains_exactly_nothing_and_gets_no_verdict(change, key):
    same = last(dataclasses.replace(SMALL, **change))
    assert (same.gains == 0).all() and (same.recall[ORIGINAL] == same.recall[AUGMENTED]).all()
    assert list(found(A.findings(same))) == [key]
    assert A.QUESTIONS[1].grade(same)[0] == 2


def test_a_pipeline_that_changes_a_picture_is_not_said_to_change_nothing():
    x, y = torch.rand(1, 60, 1, 8, 8, generator=torch.Generator().manual_seed(0)), torch.eye(10)[torch.arange(60) % 10]
    for name in ALL:
        for data, side in SIDES.items():
            settings = Settings(steps=(name,), data=data)
            plan = settings.plan
            u, noise = B.draw(plan, (60, 1, 8, 8), torch.Generator().manual_seed(1))
            new, _ = B.augment(x, y[None], plan, u[None], [v[None] for v in noise])
            assert loaders.load(data, n=0).shape[-1] == side
            if data == "digits":
                assert settings.changes_nothing == bool(torch.equal(new, x)), name


def test_a_seed_is_the_same_whoever_is_trained_beside_it(result):
    fewer = last(dataclasses.replace(SMALL, seeds=2, halvings=0))
    for variant in (ORIGINAL, AUGMENTED):
        assert np.allclose(fewer.accuracy[variant][0], result.accuracy[variant][0][:2], atol=0.006)


def test_smaller_training_sets_lie_within_the_larger_and_seeds_have_their_own():
    y = loaders.load("digits", n=0).train.y.numpy()
    large, small = (set(stratified_rows(y, n, 0).tolist()) for n in (80, 40))
    assert small < large
    assert large != set(stratified_rows(y, 80, 1).tolist())


def test_it_is_measured_on_the_test_only_at_the_end():
    shots = []
    for step in A.run(SMALL):
        got = step.result() if step.result else None
        if got is not None and (not shots or got is not shots[-1]):
            shots.append(got)
    assert [r.split for r in shots][:-1] == ["validation"] * (len(shots) - 1) and len(shots) == 9
    *early, whole = shots
    assert whole.split == "test" and whole.pictures == 360 and whole.fraction == 1
    assert all((r.history.split != "test").all() for r in early)
    assert [r.fraction for r in shots] == sorted(r.fraction for r in shots)
    test = whole.history[whole.history.split == "test"].set_index(["variant", "n", "seed"]).value
    assert test[(AUGMENTED, 40, 2)] == whole.accuracy[AUGMENTED][1, 2]


def test_the_recall_is_the_accuracy_class_by_class(result):
    counts = np.bincount(loaders.load("digits", n=0).test.y.numpy())
    for variant in (ORIGINAL, AUGMENTED):
        assert np.allclose((result.recall[variant] * counts).sum(-1) / counts.sum(), result.accuracy[variant])


def test_turning_digits_by_any_angle_costs_accuracy_and_is_said_to():
    settings = Settings(steps=("rotate",), rotate=180.0, data="digits", n=160, halvings=1, iterations=200, seeds=5)
    turned = last(settings)
    said = A.findings(turned)
    assert said[0].key == "hurt" and said[0].numbers["gain"].high < 0 and turned.gain(0).high < 0
    assert said[1].key == "hurt_elsewhere"
    assert A.QUESTIONS[1].grade(turned)[0] == 1


def with_gains(result, *gains):
    """result, with these gains over seeds at each size, the largest first."""
    accuracy = {
        ORIGINAL: np.array([[0.9] * 3, [0.8] * 3]),
        AUGMENTED: np.array([0.9 + np.array(gains[0]), 0.8 + np.array(gains[1])]),
    }
    return dataclasses.replace(result, accuracy=accuracy)


def elsewhere(result):
    """Whether it helped, hurt or neither at the larger sizes, by size."""
    said = found(A.findings(result))
    return {r.numbers["n"]: key for key, row in said.items() if key.endswith("_elsewhere") for r in row["rows"]}


def test_findings_call_it_help_or_harm_only_when_the_interval_leaves_zero_out(result):
    grows = with_gains(result, [0.001, -0.001, 0.0], [0.05, 0.051, 0.049])
    said = found(A.findings(grows))
    assert next(iter(said)) == "helped" and said["helped"]["n"] == 40 and said["helped"]["split"] == "test"
    assert said["helped"]["gain"].mean == pytest.approx(0.05) and said["helped"]["original"] == pytest.approx(0.8)
    assert said["helped"]["gain"].level == 0.975 and elsewhere(grows) == {80: "no_difference_elsewhere"}
    assert said["more_with_few"]["more"].mean == pytest.approx(0.05)
    assert said["worth_about"] == {"n": 40, "examples": 57}  # half way, in ratio, from 40 to 80
    assert A.QUESTIONS[0].grade(grows)[0] == 0
    mixed = with_gains(result, [0.05, 0.051, 0.049], [-0.05, -0.051, -0.049])
    said = found(A.findings(mixed))
    assert next(iter(said)) == "hurt" and elsewhere(mixed) == {80: "helped_elsewhere"} and "more_with_many" in said
    assert not {"worth_about", "worth_more_than"} & set(said) and A.QUESTIONS[0].grade(mixed)[0] == 1
    costs = with_gains(result, [-0.1, -0.101, -0.102], [-0.05, -0.051, -0.049])
    assert "less_lost_with_few" in found(A.findings(costs)) and "more_with_few" not in found(A.findings(costs))
    much = with_gains(result, [0.001, -0.001, 0.0], [0.15, 0.151, 0.149])
    assert found(A.findings(much))["worth_more_than"] == {"n": 40, "examples": 80}
    unclear = with_gains(result, [0.05, -0.05, 0.01], [0.04, -0.05, 0.02])
    said = found(A.findings(unclear))
    assert next(iter(said)) == "no_difference" and elsewhere(unclear) == {80: "no_difference_elsewhere"}
    assert "size_unclear" in said and A.QUESTIONS[0].grade(unclear)[0] == 2


def test_the_gains_are_paired_over_seeds_and_corrected_for_the_sizes(result):
    i, gain = 1, result.gain(1)
    change = result.accuracy[AUGMENTED][i] - result.accuracy[ORIGINAL][i]
    half = stats.t.ppf(1 - 0.025 / 2, 2) * change.std(ddof=1) / 3**0.5
    assert (gain.mean, gain.low, gain.high) == pytest.approx(
        (change.mean(), change.mean() - half, change.mean() + half)
    )
    apart = result.gains[-1] - result.gains[0]
    assert shrink(result) == mean_interval(apart, rows=360) and result.pictures == 360


def test_one_picture_of_difference_on_every_seed_is_no_clear_gain(result):
    """Two seeds that agree by chance: their spread counts as a picture at least."""
    one = with_gains(result, [1 / 360] * 3, [1 / 360] * 3)
    assert A.findings(one)[0].key == "no_difference" and elsewhere(one) == {80: "no_difference_elsewhere"}


def test_pipelines_that_do_nothing_are_seldom_said_to_help_or_hurt(result):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(150):
        same = dataclasses.replace(result, accuracy={v: rng.normal(0.8, 0.02, (2, 8)) for v in (ORIGINAL, AUGMENTED)})
        wrong += A.findings(same)[0].key != "no_difference" or set(elsewhere(same).values()) != {
            "no_difference_elsewhere"
        }
    assert wrong / 150 < 0.1


def test_the_digit_that_gains_most_is_named_only_where_it_is_clear(result):
    recall = {v: np.full((2, 3, 10), 0.7) for v in (ORIGINAL, AUGMENTED)}
    recall[AUGMENTED][:, :, 5] += np.array([0.19, 0.2, 0.21])
    recall[AUGMENTED][:, :, 2] -= np.array([0.05, 0.051, 0.052])
    said = found(A.findings(dataclasses.replace(result, recall=recall)))["digit_gains"]
    assert said["digit"] == "5" and said["gain"].mean == pytest.approx(0.2) and said["gain"].level == 0.995
    swapped = {ORIGINAL: recall[AUGMENTED], AUGMENTED: recall[ORIGINAL]}
    assert found(A.findings(dataclasses.replace(result, recall=swapped)))["digit_loses"]["digit"] == "5"
    same = dict.fromkeys(recall, recall[ORIGINAL])
    assert "no_digit" in found(A.findings(dataclasses.replace(result, recall=same)))


def test_networks_that_are_still_improving_are_said_to(result):
    def ending(rises):
        h = result.history.copy()
        for seed, rise in enumerate(rises):
            rows = (h.seed == seed) & (h.split == "validation") & (h.variant == AUGMENTED)
            h.loc[rows, "value"] = np.where(h[rows].step == 40, 0.5 + rise, 0.5)
        return dataclasses.replace(result, history=h)

    clear, unclear = ending([0.02, 0.021, 0.022]), ending([0.02, -0.02, 0.0])
    assert found(A.findings(clear))["rising"]["rise"].mean == pytest.approx(0.021)
    assert still_rising(unclear).mean == pytest.approx(0) and "rising" not in found(A.findings(unclear))


def test_the_fit_is_the_accuracy_on_the_unchanged_training_pictures(result):
    at_end = result.history[(result.history.split == "train") & (result.history.step == 40)]
    means = at_end.groupby("variant").value.mean()
    said = found(A.findings(result))["fit"]
    assert (said["original"], said["augmented"]) == pytest.approx((means[ORIGINAL], means[AUGMENTED]))


def test_six_and_nine_are_compared_with_the_other_digits(result):
    recall = {v: np.full((2, 3, 10), 0.9) for v in (ORIGINAL, AUGMENTED)}
    recall[AUGMENTED][:, :, [6, 9]] -= np.array([0.3, 0.31, 0.32])[None, :, None]
    grade = A.QUESTIONS[2].grade
    assert grade(dataclasses.replace(result, recall=recall))[0] == 0
    assert grade(dataclasses.replace(result, recall={ORIGINAL: recall[AUGMENTED], AUGMENTED: recall[ORIGINAL]}))[0] == 1
    assert grade(dataclasses.replace(result, recall=dict.fromkeys(recall, recall[ORIGINAL])))[0] == 2


def test_two_runs_are_compared_at_the_sizes_that_both_have(result):
    halved = dataclasses.replace(SMALL, n=40, halvings=0)
    other = dataclasses.replace(result, settings=halved, accuracy={v: a[1:] for v, a in result.accuracy.items()})
    (row,) = A.difference(result, other).numbers["rows"]
    assert row.numbers == {"n": 40, "now": result.gain(1).mean, "then": other.gain(0).mean}
    assert row.numbers["now"] == pytest.approx(row.numbers["then"])
    apart = dataclasses.replace(result, settings=dataclasses.replace(SMALL, n=640, halvings=0))
    assert A.difference(result, apart).key == "not_comparable"
    assert A.score(result).numbers["n"] == 40
    assert A.score(result).numbers["augmented"] == pytest.approx(result.accuracy[AUGMENTED][1].mean())


@pytest.mark.parametrize(
    "change", [{"steps": ALL}, {"steps": ("shift", "noise"), "model": "CNN", "width": 8, "iterations": 20}]
)
def test_the_script_gives_the_accuracies_on_screen(change):
    settings = dataclasses.replace(SMALL, seeds=2, **change)
    scores, whole = plain.main(settings), last(settings)
    for name in (ORIGINAL, AUGMENTED):
        # A seed is the same to rounding, and rounding may turn a picture or two of the 360.
        assert np.allclose(scores[name], whole.accuracy[name], atol=2.5 / 360)


def test_the_script_has_the_steps_of_the_page():
    assert plain.AMOUNTS == STEPS and set(plain.PICTURES) == set(DATA)
    mixed = Settings(steps=("mix-up", "colour", "flip"))
    assert tuple(plain.plan_of(mixed)) == mixed.plan


def test_settings_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="20"):
        Settings(n=40, halvings=2)
    for steps in (("flip", "flip"), ("turn",)):
        with pytest.raises(ValueError, match="Steps"):
            Settings(steps=steps)


def test_the_controls_of_a_step_are_there_while_it_is_in_the_pipeline():
    specs = declared(Settings)
    shown = defaultdict(set)
    for step in ALL:
        values = vars(Settings(steps=(step,)))
        for name, spec in specs.items():
            if spec.when is not None and spec.when(values):
                shown[step].add(name)
    assert shown == {step: {p, *amounts} for step, (p, amounts) in STEPS.items()}


def test_the_lowest_and_highest_amounts_make_pictures():
    specs = declared(Settings)
    for end in ("low", "high"):
        amounts = {name: float(getattr(specs[name], end)) for _, names in STEPS.values() for name in names}
        settings = Settings(steps=ALL, **amounts, **{p: 1.0 for p, _ in STEPS.values()})
        for picture in ("astronaut", "digit"):
            shown = A.look_at(settings, ViewSettings(picture=picture, draws=2))
            assert all(np.isfinite(d.picture).all() and d.picture.shape == shown.picture.shape for d in shown.draws)
        tiny = dataclasses.replace(settings, data="digits", n=40, halvings=0, iterations=20, width=4, seeds=2)
        assert np.isfinite(last(tiny).gains).all()


# Figures


def test_a_box_is_framed_and_the_rest_left_as_it_is():
    grey = np.full((1, 10, 10), 0.5)
    unframed = figures.boxed(grey, None, 100)
    assert unframed.shape == (100, 100, 3) and (unframed == 128).all()
    framed = figures.boxed(grey, (2, 3, 7, 8), 100)
    changed = (framed != 128).any(-1)
    assert changed[30, 20:70].all() and changed[30:80, 20].all() and not changed[45:65, 35:55].any()
    assert not changed[:25].any() and not changed[:, 80:].any()
    for box in ((0, 0, 10, 10), (-5, -5, 20, 20), (3, 3, 3, 9), (9.9, 9.9, 10, 10)):
        assert figures.boxed(grey, box, 100).shape == (100, 100, 3)


def test_accuracy_is_drawn_at_every_size(result):
    option = figures.accuracy(result)
    assert option["xAxis"]["data"] == ["40", "80"]
    lines = {s["name"]: s["data"] for s in option["series"] if "name" in s}
    assert set(lines) == {ORIGINAL, AUGMENTED}
    assert lines[ORIGINAL][1] == ["80", pytest.approx(100 * result.accuracy[ORIGINAL][0].mean(), abs=0.01)]
    halved = dataclasses.replace(
        result,
        settings=dataclasses.replace(result.settings, n=40, halvings=0),
        accuracy={n: v[1:] for n, v in result.accuracy.items()},
    )
    pinned = figures.accuracy(result, {"Pin A": halved})["series"]
    (pin,) = [s["data"] for s in pinned if s.get("name") == f"Pin A {AUGMENTED}"]
    assert pin == [lines[AUGMENTED][0]]
    assert figures.accuracy(halved, {"Pin A": result}) == figures.accuracy(halved, {"Pin A": halved})
    for chart, names in (
        (figures.gains(result), ["40 examples", "80 examples"]),
        (figures.class_gains(result), [f"digit {c}" for c in result.classes]),
    ):
        assert chart["yAxis"]["data"] == names
    dots = figures.gains(result)["series"][-1]["data"]
    assert [d["value"][0] for d in dots] == pytest.approx([100 * result.gain(i).mean for i in (1, 0)], abs=0.01)
    assert figures.learning(result, 40)["series"]


def test_the_pictures_are_small_enough_to_send():
    shown = A.look_at(Settings(), ViewSettings())
    size = 0
    for d in shown.draws:
        file = io.BytesIO()
        Image.fromarray(figures.boxed(d.picture, d.box, 160)).save(file, "PNG")
        size += len(file.getvalue())
    assert size < 1_000_000
