"""Whatever a visitor can do to any page's controls and address: it opens, runs or says in a sentence why not."""

from __future__ import annotations

import os
import time
from copy import copy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core import concept as concepts
from core.catalogue import CONCEPTS, Concept
from core.settings import Hidden, Number, SettingsError, declared
from pages.ui.session import Session
from tests.conftest import forget_visitor
from tests.pages.test_pages import ENTRY, everything, healthy

BUILT = [c for c in CONCEPTS.values() if c.built]
NASTY = ["", "nan", "-inf", "1e30", "-1", "-0", "9" * 400, "<script>alert(1)</script>", "0.01\x00", "０．０１", "卷积", "[]", "{{7*7}}", "1,2", ",,", "🧪" * 50]  # fmt: skip
SENTENCE = "These settings cannot be run. "


def opened(concept: Concept, **address: Any) -> AppTest:
    """The page as someone with this link (a field of Settings or ViewSettings, or run) gets it."""
    app = AppTest.from_file(ENTRY, default_timeout=30).run()
    app.switch_page(f"{concept.path}.py")
    for name, value in address.items():
        app.query_params[name if name == "run" else f"{concept.slug}-{name}"] = value
    return app.run()


def fields(concept: Concept) -> list[str]:
    """Everything of the page that an address can set."""
    face = concepts.load(concept.path)
    views = [face.ViewSettings] if hasattr(face, "ViewSettings") else []
    specs = {name: spec for cls in [face.Settings, *views] for name, spec in declared(cls).items()}
    return [name for name, spec in specs.items() if not isinstance(spec, Hidden)]


def widgets(app: AppTest, concept: Concept) -> dict[str, Any]:
    """The controls that make the settings, by their key."""
    mine = {f"{concept.slug}-{name}" for name in fields(concept)}
    kinds = (
        app.slider,
        app.select_slider,
        app.selectbox,
        app.toggle,
        app.pills,
        app.segmented_control,
        app.multiselect,
    )
    return {str(w.key): w for kind in kinds for w in kind if w.key in mine}


def ends(widget: Any) -> list[Any]:
    """What a control can be set to at its ends; of a menu, its names."""
    if widget.type == "slider":
        return [widget.min, widget.max]
    if widget.type == "select_slider":
        return [float(widget.options[i]) for i in (0, -1)]
    if widget.type == "toggle":
        return [True, False]
    if isinstance(widget.value, list):
        return [[], list(widget.value)]
    # Of a long menu four names; `FULL=1` takes all.
    every = 1 if "FULL" in os.environ else max(1, len(widget.options) // 4)
    return [*widget.options[:-1:every], widget.options[-1]]


def said(app: AppTest) -> bool:
    """Whether the page is well, or says in a sentence what is wrong with the settings."""
    assert [e.value for e in app.exception] == []
    return [e.value for e in app.error if not e.value.startswith(SENTENCE)] == []


def settle(app: AppTest, seconds: float = 60) -> AppTest:
    """Until no run is under way."""
    end = time.monotonic() + seconds
    while [b for b in app.button if str(b.key).endswith("-stop") and not b.disabled]:
        assert time.monotonic() < end, f"still running after {seconds:g} s"
        time.sleep(0.05)
        app.run()
        assert [e.value for e in app.exception] == []
    return app


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_every_control_at_its_ends_gives_settings_or_a_sentence(concept: Concept) -> None:
    app = healthy(opened(concept))
    tried = 0
    for key, widget in widgets(app, concept).items():
        before = widget.value
        for value in ends(widget):
            found = widgets(app, concept).get(key)
            if found is None:  # a control that another one hides
                continue
            found.set_value(value).run()
            assert said(app), (key, value, [e.value for e in app.error])
            tried += 1
        if key in widgets(app, concept):
            widgets(app, concept)[key].set_value(before).run()
    assert tried >= 6
    assert said(app)


@pytest.mark.parametrize(
    ("path", "name", "asked", "shown"),
    [
        ("convolution/arithmetic", "side", "Input", "input"),
        ("convolution/modules", "gives", "buffers()", "buffers()"),
        ("ensembles/boosting", "view", "Gradient boosting", "gradient boosting"),
        ("ensembles/boosting", "view", "{{7*7}}", "AdaBoost"),
    ],
)
def test_what_is_chosen_within_the_figures_comes_with_the_link(path: str, name: str, asked: str, shown: str) -> None:
    concept = CONCEPTS[path]
    app = healthy(settle(opened(concept, run="1", **little(concept), **{name: asked})))
    assert app.segmented_control(key=f"{concept.slug}-{name}").value == shown
    if asked.casefold() == shown:
        (link,) = [c.value for c in app.code if "run=1" in c.value]
        assert parse_qs(urlsplit(link).query)[f"{concept.slug}-{name}"] == [asked]


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
@pytest.mark.parametrize("shift", range(0, len(NASTY), 4 if "FULL" in os.environ else 8))
def test_a_hostile_address_gives_the_defaults_or_what_lies_within_bounds(concept: Concept, shift: int) -> None:
    plain = {k: w.value for k, w in widgets(opened(concept), concept).items()}
    address = {name: NASTY[(i + shift) % len(NASTY)] for i, name in enumerate(fields(concept))}
    app = opened(concept, **address)
    assert said(app), [e.value for e in app.error]
    for key, widget in widgets(app, concept).items():
        number = _number(address[key.removeprefix(f"{concept.slug}-")])
        nothing = not widget.value and widget.value != 0 and widget.type not in ("slider", "selectbox")  # none chosen
        assert (
            widget.value == plain.get(key, widget.value)
            or nothing
            or (number is not None and number == _number(widget.value))
        ), key


ODD = st.text(max_size=30).filter(lambda text: "\ud800" not in text and _number(text) is None)


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
@pytest.mark.timeout(3600)
@settings(
    max_examples=int(os.environ.get("FUZZ", "1")), deadline=None, database=None, derandomize="FUZZ" not in os.environ
)
@given(data=st.data())
def test_an_address_of_any_text_opens_a_page_without_a_trace(concept: Concept, data: st.DataObject) -> None:
    """One address a page; `FUZZ=500` tries as many."""
    words = st.one_of(ODD, st.sampled_from(NASTY), st.integers().map(str), st.floats().map(str))
    address = data.draw(st.dictionaries(st.sampled_from(fields(concept)), words, min_size=1))
    forget_visitor()
    assert said(opened(concept, **address))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_link_brings_anyone_to_the_settings_it_was_copied_from(concept: Concept) -> None:
    app = opened(concept)
    for widget in list(widgets(app, concept).values()):
        if widget.type == "slider":
            widget.set_value(widget.min)
            break
    app.run()
    there = {k: w.value for k, w in widgets(app, concept).items()}
    other = healthy(opened(concept, **{k.removeprefix(f"{concept.slug}-"): _text(v) for k, v in there.items()}))
    assert {k: w.value for k, w in widgets(other, concept).items()} == there
    assert everything(other)


def _text(value: Any) -> Any:
    return (
        [str(v) for v in value]
        if isinstance(value, list)
        else f"{value}".removesuffix(".0").replace("True", "true").replace("False", "false")
    )


LITTLE = {
    "seeds": 3,
    "n": 100,
    "steps": 30,
    "iterations": 50,
    "sets": 4,
    "networks": 4,
    "resamples": 10,
    "trees": 20,
    "epochs": 20,
    "source_steps": 50,
    "members": 8,
    "deepest": 8,
}


def little(concept: Concept) -> dict[str, Any]:
    """A smaller run than the default one, as an address."""
    settings = concepts.load(concept.path).Settings
    specs = {n: spec for n, spec in declared(settings).items() if n in LITTLE and isinstance(spec, Number)}
    change = {n: max(min(LITTLE[n], int(spec.default)), int(spec.low)) for n, spec in specs.items()}
    while True:
        try:
            settings(**change)
            return change
        except SettingsError:  # too few rows for the other settings, say
            change.pop("n" if "n" in change else next(iter(change)))


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_run_has_a_verdict_and_is_drawn_over_when_pinned(concept: Concept, monkeypatch: pytest.MonkeyPatch) -> None:
    # One run stands for two: what is pinned is another with the same numbers.
    monkeypatch.setattr(Session, "pin", lambda me, page, result: me.pins.setdefault(page, []).append(copy(result)))
    app = settle(opened(concept, run=1, **little(concept)))
    assert any(m.value.startswith("**") and len(m.value) > 30 for m in healthy(app).markdown)
    assert not any("Pin A" in spec for spec in charts(app))
    assert [c.alt for c in alts(app) if len(c.alt.split()) < 6] == []
    app.button(key=f"{concept.path}-pin").click().run()
    assert any("Pin A" in spec for spec in charts(healthy(app)))


class Picture:
    def __init__(self, alt: str) -> None:
        self.alt = alt


def alts(app: AppTest) -> list[Picture]:
    """Every chart of the page with its alternative text."""
    found = [Picture(chart.proto.alt) for kind in ("plotly_chart", "echarts_chart") for chart in app.get(kind)]
    assert found
    return found


def charts(app: AppTest) -> list[str]:
    return [chart.proto.spec for kind in ("plotly_chart", "echarts_chart") for chart in app.get(kind)]
