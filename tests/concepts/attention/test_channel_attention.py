"""Channel attention: the network in NumPy against torch, what gates do with a lamp and without, and gates set by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from core.concepts.attention import channel_attention as concept
from core.concepts.attention.channel_attention import Result, Settings, ViewSettings, figures, plain
from core.concepts.attention.channel_attention.experiment import draw, source
from core.concepts.attention.channel_attention.gates import compute, losses
from core.concepts.attention.channel_attention.network import network
from core.concepts.attention.channel_attention.pictures import switched
from core.concepts.attention.channel_attention.settings import DATA, KINDS, TEST, gates_text
from core.data.images import digits
from core.engine.cost import parameters
from core.engine.random import generator, initialise
from core.progress import finished

LAMP = Settings(seeds=3)
SMALL = Settings(seeds=2, steps=20, channels=8)


@pytest.fixture(scope="module")
def result() -> Result:
    """The default experiment with one seed less."""
    return finished(concept.run(LAMP))


@pytest.fixture(scope="module")
def plain_digits() -> Result:
    return finished(concept.run(Settings(data="digits", seeds=3, steps=80, channels=16)))


def pictures(s: Settings, n: int = 40):
    return draw(s, generator(5, "test"), source(s).test, n)


@pytest.mark.parametrize("kind", [*KINDS, "none"])
@pytest.mark.parametrize("data", DATA)
def test_numpy_computes_what_torch_computes(kind: str, data: str) -> None:
    s = Settings(data=data, channels=8)
    model = initialise(network(kind, s.shape, 8, 4, s.classes), 3)
    p = pictures(s, 20)
    model.train()(torch.from_numpy(p.x))  # so that the running statistics are not those of the start
    model.eval()
    arrays = {name: v.detach().numpy() for name, v in model.state_dict().items()}
    with torch.no_grad():
        expected = model(torch.from_numpy(p.x)).softmax(1)
        loss = torch.nn.functional.cross_entropy(model(torch.from_numpy(p.x)), torch.from_numpy(p.y))
    found = compute(kind, arrays, p.x)
    assert np.allclose(found.classes, expected, atol=1e-5)
    assert losses(found.classes, p.y).mean() == pytest.approx(float(loss), abs=1e-4)
    again = compute(kind, arrays, p.x, found.channel)
    assert np.allclose(again.classes, found.classes, atol=1e-6)


def test_networks_have_the_parameters_that_are_counted_by_hand() -> None:
    counts = {kind: parameters(network(kind, (2, 8, 16), 32, 8, 10)) for kind in ("none", *KINDS)}
    base = 32 * 18 + 64 + 32 * 32 * 9 + 64 + 2570
    gates, places = 2 * (32 * 8 + 8 + 8 * 32 + 32), 2 * (2 * 25 + 1)
    assert counts == {"none": base, "se": base + gates, "spatial": base + places, "cbam": base + gates + places}


@pytest.mark.parametrize("data", ["lamp", "plane"])
def test_the_lamp_says_which_digit_is_read(data: str) -> None:
    p = pictures(Settings(data=data))
    q = switched(data, p)
    assert (q.y == p.other).all() and (q.lamp == 1 - p.lamp).all()
    assert np.array_equal(p.x[:, :2, :, :8], q.x[:, :2, :, :8]) and not np.array_equal(p.x, q.x)
    assert np.array_equal(switched(data, q).x, p.x)
    lit = p.x[:, :2, :, 8:].sum((2, 3)).argmax(1) if data == "lamp" else p.x[:, 2, 0, 0]
    assert np.array_equal(lit, p.lamp)


def test_gates_are_worth_a_lot_where_a_lamp_is_far_away(result: Result) -> None:
    assert result.gain().mean > 0.25 and concept.findings(result)[0].key == "helped"
    assert result.accuracy["with"].min() > 0.7 and result.accuracy["without"].max() < 0.65
    test = stats.ttest_rel(result.accuracy["with"], result.accuracy["without"]).confidence_interval(1 - 0.05 / 4)
    assert (result.gain().low, result.gain().high) == pytest.approx((test.low, test.high))


def test_with_the_gates_of_the_other_lamp_the_other_digit_is_read(result: Result) -> None:
    assert result.exchanged[:, 1].mean() > 0.6 > 0.2 > result.exchanged[:, 0].mean()
    assert concept.findings(result)[1].key == "exchange_turns"
    turned = 0
    for i in range(1, 31):
        view = ViewSettings(picture=i)
        before = figures.answers(result, view)
        after = figures.answers(result, view, figures.given(result, view, "other"))
        found = concept.describe(before, after, "0123456789")
        turned += found.key == "edit_changed" and found["now"] == str(result.pictures.other[i - 1])
    assert turned >= 15


def test_fixed_gates_lose_what_the_gates_were_good_for(result: Result) -> None:
    assert result.fixed.max() < 0.6 and concept.findings(result)[2].key in ("fixed_worse", "fixed_alike")
    assert result.loss_of_fixing().mean < -0.2


def test_the_loss_without_a_channel_is_that_of_a_gate_of_zero(result: Result) -> None:
    s, k, c = result.settings, 1, 7
    p = draw(s, generator(1, "test"), digits().test, TEST)
    x, y = p.x[:60], p.y[:60]
    own = compute(s.attention, result.of(k), x)
    model = network("se", s.shape, s.channels, s.hidden, s.classes)
    state = {name: torch.from_numpy(v) for name, v in result.of(k).items()}
    model.load_state_dict(state, strict=False)
    model.eval()
    values = []
    for removed in (False, True):
        handle = model[0].channel.register_forward_hook(
            lambda m, i, out, removed=removed: (
                out * torch.tensor([float(not removed or j != c) for j in range(32)])[:, None, None]
            )
        )
        with torch.no_grad():
            values.append(float(torch.nn.functional.cross_entropy(model(torch.from_numpy(x)), torch.from_numpy(y))))
        handle.remove()
    assert values[0] == pytest.approx(losses(own.classes, y).mean(), abs=1e-4)
    assert result.removed[k, c] == pytest.approx(values[1] - values[0], abs=1e-3)


def test_gates_set_by_hand_are_those_of_the_text(result: Result) -> None:
    view = ViewSettings(gates="3=0, 32=100, 33=50, 0=4, 5=300, nonsense, 7=")
    assert view.by_hand(32) == ({2: 0.0, 31: 1.0}, ["33=50", "0=4", "5=300", "nonsense", "7="])
    assert ViewSettings(gates=" , 8 = 5,9=5").by_hand(8) == ({7: 0.05}, ["9=5"])
    percent = np.arange(8) * 10
    text = gates_text(np.where(np.arange(8) == 5, 7, percent), percent)
    assert text == "6=7" and ViewSettings(gates=text).by_hand(8) == ({5: 0.07}, [])
    all_32 = ViewSettings(gates=gates_text(np.full(32, 100), np.zeros(32, int)))  # fits into the field
    assert all_32.by_hand(32) == (dict.fromkeys(range(32), 1.0), [])


def test_features_are_shown_times_their_gates(result: Result) -> None:
    view, gates = ViewSettings(), np.linspace(0, 1, 32)
    answers = figures.answers(result, view)
    full, dimmed = (np.array(figures.features(answers, g)) for g in (np.ones(32), gates))
    alive = answers.features[0].max((1, 2)) > 0
    assert np.allclose(full.max((1, 2)), alive) and alive.sum() > 16
    assert np.allclose(dimmed, full * gates[:, None, None]) and not dimmed[0].any()
    own = figures.given(result, view)
    assert np.allclose(figures.answers(result, view, own).classes, figures.answers(result, view).classes, atol=1e-6)
    assert not np.allclose(figures.given(result, view, "mean"), own)


def test_squares_of_photographs_are_named_as_well_without_gates() -> None:
    run = finished(concept.run(Settings(data="photos", seeds=3, steps=40, channels=16)))
    assert run.accuracy["with"].mean() > 0.5 and concept.findings(run)[0].key == "no_difference"  # chance: 0.17
    assert [f.key for f in concept.findings(run)][1].startswith("fixed") and run.pictures.x.shape[1:] == (3, 16, 16)
    assert figures.large("photos", run.pictures.x[0]).shape == (96, 96, 3)
    assert figures.answers(run, ViewSettings()).classes.shape == (1, 6)


def test_gate_size_and_loss_are_compared_by_ranks(result: Result) -> None:
    pairs = zip(result.gates, result.removed, strict=True)
    expected = np.mean([stats.spearmanr(g.mean(0), r).statistic for g, r in pairs])
    assert result.size_and_loss().mean == pytest.approx(expected)
    made = dataclasses.replace(
        result,
        removed=result.gates.mean(1) + 1e-3 * np.arange(3)[:, None] * np.random.default_rng(0).normal(size=(3, 32)),
    )
    assert concept.findings(made)[3].key == "size_tells"


def test_on_plain_digits_gates_change_nothing(plain_digits: Result) -> None:
    assert abs(plain_digits.gain().mean) < 0.05 and plain_digits.accuracy["with"].min() > 0.85
    assert not plain_digits.settings.lit and [f.key for f in concept.findings(plain_digits)][1].startswith("fixed")
    same = dataclasses.replace(plain_digits, accuracy=dict.fromkeys(("with", "without"), plain_digits.accuracy["with"]))
    assert concept.findings(same)[0].key == "no_difference"
    turned = {"with": plain_digits.accuracy["with"] - 0.2, "without": plain_digits.accuracy["with"]}
    assert concept.QUESTIONS[1].grade(dataclasses.replace(plain_digits, accuracy=turned))[0] == 1


@pytest.mark.parametrize(("kind", "data"), [("spatial", "lamp"), ("cbam", "plane"), ("se", "photos")])
def test_other_kinds_run_and_the_script_gives_their_numbers(kind: str, data: str) -> None:
    s = dataclasses.replace(SMALL, attention=kind, data=data)
    run = finished(concept.run(s))
    assert [f.key for f in concept.findings(run)][1:2] == ([] if kind == "spatial" else [concept.findings(run)[1].key])
    for way, values in plain.main(s).items():
        assert values == pytest.approx(run.accuracy[way].tolist(), abs=0.02)
    assert (figures.places(run, ViewSettings()).std() > 0) == (kind != "se")


def test_questions_are_graded_from_the_run(result: Result) -> None:
    assert concept.QUESTIONS[0].grade(result)[0] == 2
    assert concept.QUESTIONS[3].grade(result)[0] in (0, 2)
    worse = {"with": result.accuracy["without"], "without": result.accuracy["with"]}
    assert concept.QUESTIONS[2].grade(dataclasses.replace(result, accuracy=worse))[0] == 1


def test_a_run_that_is_stopped_has_no_verdict() -> None:
    partial = next(step.result() for step in concept.run(SMALL) if step.result is not None)
    assert not partial.complete and concept.findings(partial)[0].key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable"
    assert figures.examples(partial).shape[2] == 3
