"""End-to-end learning: the facts of the catalogue, features and classifiers against scikit-learn, and the verdict's numbers."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage, stats
from sklearn.linear_model import RidgeClassifier

from core.concepts.paradigms import end_to_end as concept
from core.concepts.paradigms.end_to_end import Result, Settings, figures, plain
from core.concepts.paradigms.end_to_end.experiment import steps
from core.concepts.paradigms.end_to_end.features import describe, halved, hog_picture, moved, predictions
from core.concepts.paradigms.end_to_end.settings import CNN, HOG, LINEAR, PENALTIES, PIXELS, SIZES, SOBEL
from core.progress import finished

SMALL = Settings(steps=40, seeds=2)


@pytest.fixture(scope="module")
def little() -> Result:
    result: Result = finished(concept.run(SMALL))
    return result


# The facts


def test_hand_made_features_win_with_few_steps_and_their_accuracy_grows_with_examples(little: Result) -> None:
    assert little.best(2) == HOG
    for way in LINEAR:
        assert (np.diff(little.accuracy[way].mean(1)) > 0).all()
    assert little.accuracy[HOG][2].mean() > little.accuracy[CNN][2].mean() + 0.1
    assert concept.findings(little)[0].key in ("hand_made", "unclear")


def test_with_enough_steps_a_cnn_beats_every_linear_classifier_with_many_examples_and_hog_wins_with_few() -> None:
    result = finished(concept.run(Settings(seeds=2)))
    assert result.accuracy[CNN][2].mean() > max(result.accuracy[way][2].mean() for way in LINEAR)
    assert result.accuracy[CNN][0].mean() < result.accuracy[HOG][0].mean()
    assert result.maps.shape == (10, 8, 12, 12) and result.maps.min() == 0 < result.maps.max()


def test_cnns_stop_after_twenty_passes() -> None:
    assert [steps(n, 600) for n in SIZES] == [60, 500, 600]


# Features and classifiers


def test_digits_move_whole_and_not_at_all_with_a_shift_of_0() -> None:
    x = np.zeros((50, 28, 28), np.float32)
    x[:, 14, 14] = 1
    assert np.array_equal(moved(x, 0), x)
    places = np.argwhere(moved(x, 3))[:, 1:] - 14
    assert len(places) == 50 and places.min() == -3 and places.max() == 3


def test_sobel_is_scipys_and_hog_has_its_numbers() -> None:
    x = np.random.default_rng(0).random((3, 28, 28)).astype(np.float32)
    found = describe(x, Settings())
    own = [np.hypot(ndimage.sobel(p, 0), ndimage.sobel(p, 1)) / 4 / 2**0.5 for p in x]
    assert np.allclose(found[SOBEL], halved(np.stack(own)).reshape(3, -1), atol=1e-5)
    assert found[HOG].shape == (3, 3 * 3 * 4 * 8)


@pytest.mark.parametrize(("n", "d"), [(40, 90), (200, 30)])
def test_the_linear_classifier_is_scikit_learns(n: int, d: int) -> None:
    rng = np.random.default_rng(1)
    y = np.arange(n) % 10
    x, new = rng.normal(size=(n, d)) + 0.3 * np.eye(10, d)[y], rng.normal(size=(300, d))
    variance = ((x - x.mean(0)) ** 2).sum() / n
    for mine, p in zip(predictions(x, y, new), PENALTIES, strict=True):
        assert (mine == RidgeClassifier(alpha=p * variance).fit(x, y).predict(new)).mean() > 0.98


def test_the_picture_of_hog_shows_the_direction_of_an_edge() -> None:
    bar = np.zeros((28, 28))
    bar[:, 14:] = 1  # a vertical edge: strokes that run from top to bottom
    rows, columns = np.nonzero(hog_picture(bar, Settings()) > 0.9)
    assert np.ptp(rows) > np.ptp(columns)


# The verdict


def made(result: Result, gains: tuple[float, ...]) -> Result:
    """The result with these gains over the best hand-made features, nearly the same in every seed and row."""
    base = np.full((len(SIZES), result.settings.seeds), 0.5)
    jitter = np.linspace(-0.001, 0.001, result.settings.seeds)
    accuracy = dict.fromkeys(LINEAR, base) | {CNN: base + np.array(gains)[:, None] + jitter}
    right = {way: np.repeat(v.mean(1, keepdims=True), 1500, 1) for way, v in accuracy.items()}
    return dataclasses.replace(result, accuracy=accuracy, right=right)


@pytest.mark.parametrize(
    ("gains", "key"),
    [((-0.2, 0, 0.2), "crosses"), ((-0.2, 0.2, 0.2), "crosses"), ((-0.2, -0.2, 0), "hand_made"), ((0, 0.2, 0.2), "network"), ((0, 0, 0), "unclear"), ((0.2, 0, -0.2), "mixed")],
)  # fmt: skip
def test_the_verdict_follows_the_numbers(little: Result, gains: tuple[float, ...], key: str) -> None:
    result = made(little, gains)
    first = concept.findings(result)[0]
    assert first.key == key and concept.findings(result)[2].key.startswith("pixels_")
    if key == "crosses":
        assert (first["low"], first["high"]) == (50, 400 if gains[1] else 3000)
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert grade["far"](result)[0] == {1: 0, -1: 1, 0: 2}[int(np.sign(gains[-1]))]
    assert grade["centred"](result)[0] == {1: 0, -1: 1, 0: 2}[int(np.sign(gains[0]))]


def test_gains_are_paired_and_corrected_for_the_sizes(little: Result) -> None:
    seeds = little.accuracy[CNN][2] - little.accuracy[PIXELS][2]
    rows = little.right[CNN][2] - little.right[PIXELS][2]
    level = 1 - 0.05 / 3
    t = stats.t.ppf((1 + level) / 2, 1) * max(seeds.std(ddof=1), 1 / 1500) / 2**0.5
    z = stats.norm.ppf((1 + level) / 2) * ((rows.var() * 1500 + 2) / 1500) ** 0.5 / 1500**0.5
    got = little.gain(2, PIXELS)
    assert got.mean == pytest.approx(seeds.mean()) == pytest.approx(rows.mean())
    assert got.high == pytest.approx(min(1, got.mean + np.hypot(t, z)))


def test_the_best_features_are_chosen_on_validation_digits(little: Result) -> None:
    validation = little.validation | {SOBEL: little.validation[HOG] + 0.01}
    assert dataclasses.replace(little, validation=validation).best(0) == SOBEL
    assert concept.difference(little, little).key == "gains" and concept.score(little).key == "score"


def test_a_stopped_run_has_no_verdict_and_what_is_there_is_drawn() -> None:
    for step in concept.run(SMALL):
        if step.result and step.fraction > 0.55:
            break
    assert step.result is not None
    stopped = step.result()
    assert [f.key for f in concept.findings(stopped)] == ["unfinished"]
    assert concept.difference(stopped, stopped).key == "not_comparable"
    names = [s["name"] for s in figures.accuracy(stopped)["series"] if "name" in s]
    assert names == [*LINEAR, CNN] and set(figures.seen(stopped, 3)) == {"pixels", "sobel", "canny", "hog"}


def test_the_charts_show_the_numbers(little: Result) -> None:
    lines = {s["name"]: [y for _, y in s["data"]] for s in figures.accuracy(little)["series"] if "name" in s}
    for way, values in little.accuracy.items():
        assert lines[way] == pytest.approx(100 * values.mean(1), abs=0.01)
    assert figures.gains(little)["yAxis"]["data"] == ["50 (HOG)", "400 (HOG)", "3,000 (HOG)"]


def test_the_script_gives_the_scores_of_the_run(little: Result) -> None:
    printed = plain.main(SimpleNamespace(**vars(SMALL)))
    for way, values in little.accuracy.items():
        assert printed[way] == pytest.approx(values.ravel(), abs=0.003), way
