"""The training page as a visitor uses it: moving, training, stopping, sharing, pinning, and typing nonsense in the address."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest

from core.concepts.optimization.training import Settings
from core.concepts.optimization.training.settings import ACTIVATIONS, MODELS, OPTIMIZERS
from core.concepts.optimization.training.settings import OWN as OWN_FILE
from core.data import names
from pages.ui.session import MAX_LEFT, Session, _leave, _left

ENTRY = Path(__file__).resolve().parents[2] / "pages" / "navigation.py"
PAGE = "optimization/training.py"
RUN, STOP = "optimization/training-run", "optimization/training-stop"
DONE = "The networks classify"
DEFAULTS = vars(Settings())
FIELDS = tuple(name for name in DEFAULTS if name not in ("own", "momentum"))  # those with a control at the defaults
MENUS = {
    "data": (*names.NAMES, OWN_FILE),
    "model": MODELS,
    "activation": ACTIVATIONS,
    "optimizer": OPTIMIZERS,
}
OWN = {"data": OWN_FILE}
TINY = {"n": "80", "epochs": "3", "seeds": "2"}
CSV = "\n".join(["width,height,kind", *(f"{i % 7},{-i % 5},{'ab'[i % 2]}" for i in range(40))]).encode()


def opened(**address: str | list[str]) -> AppTest:
    """The page as someone with this link (a field of Settings, or run) gets it."""
    app = AppTest.from_file(ENTRY, default_timeout=30).run()
    app.switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name if name == "run" else f"training-{name}"] = value
    return app.run()


def healthy(app: AppTest) -> AppTest:
    assert [e.value for e in app.exception] == []
    return app


def control(app: AppTest, field: str) -> Any:
    key = f"training-{field}"
    return next(w for w in (*app.slider, *app.select_slider, *app.selectbox) if w.key == key)


def shown(app: AppTest) -> dict[str, Any]:
    return {field: control(app, field).value for field in FIELDS}


def move(app: AppTest, field: str, value: Any) -> AppTest:
    control(app, field).set_value(value)
    return healthy(app.run())


def text(app: AppTest) -> str:
    kinds: tuple[Any, ...] = (app.markdown, app.caption, app.info, app.warning, app.success)
    bars = [bar.proto.text for bar in app.get("progress")]
    return "\n".join([*(e.value for kind in kinds for e in kind), *bars])


def until(app: AppTest, what: Callable[[AppTest], bool], seconds: float = 60) -> AppTest:
    """Nothing runs by itself here, so the page is run again until `what` holds."""
    end = time.monotonic() + seconds
    while not what(app):
        assert time.monotonic() < end, f"not within {seconds:g} s; on screen: {text(app)[:500]}"
        time.sleep(0.02)
        healthy(app.run())
    return app


def finished(app: AppTest) -> bool:
    return DONE in text(app) or "Training diverged" in text(app)


def trained(app: AppTest) -> AppTest:
    app.button(key=RUN).click().run()
    return until(healthy(app), finished)


def test_the_page_opens_with_the_defaults_of_its_settings() -> None:
    app = healthy(opened())
    values = shown(app)
    for menu in MENUS:
        assert values.pop(menu) == DEFAULTS[menu]
    assert {k: float(v) for k, v in values.items()} == {k: float(DEFAULTS[k]) for k in values}
    assert not app.button(key=RUN).disabled and app.button(key=STOP).disabled
    assert "Press **Run**" in text(app) and not finished(app)


def test_what_does_not_go_together_is_said_and_not_run() -> None:
    app = opened(model="CNN")
    assert "pictures" in healthy(app).error[0].value and app.button(key=RUN).disabled
    move(app, "data", "digits")
    assert not healthy(app).error and not app.button(key=RUN).disabled


@pytest.mark.parametrize(
    "address",
    [
        {"lr": "100", "optimizer": "SGD", "depth": "6", "width": "256", "batch": "1024"},
        {"lr": "100", "optimizer": "SGD", "weight_decay": "10", "depth": "0"},
        {"width": "1", "depth": "0", "seeds": "1", "epochs": "1", "batch": "1", "noise": "0"},
        {"data": "blobs", "noise": "0.5", "dropout": "0.9", "depth": "6", "width": "1"},
        {"data": "digits", "model": "CNN", "depth": "6", "width": "2"},
        {"data": "digits", "depth": "0", "n": "40", "lr": "100", "optimizer": "SGD", "weight_decay": "10"},
    ],
    ids=str,
)
def test_extreme_settings_run_to_their_end(address: dict[str, str]) -> None:
    app = until(healthy(opened(**(TINY | address), run="1")), finished)
    assert not app.error and "failed" not in text(app).lower()


NASTY = [
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "1e30",
    "-1",
    "-0",
    "9" * 400,
    "<script>alert(1)</script>",
    "None",
    "0.01\x00",
    "０．０１",
    "1_000",
    "卷积",
    "💥",
    "[]",
    "true",
    "../../etc/passwd",
    "{{7*7}}",
    "%00",
    "1,2",
]


def reads(value: str | list[str]) -> float | None:
    try:
        return float(value if isinstance(value, str) else value[-1])
    except ValueError:
        return None


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.one_of(
            st.sampled_from(NASTY),
            st.text(max_size=20).filter(lambda t: reads(t) is None and "\ud800" not in t),
            st.lists(st.sampled_from(["nan", "0.1,", "x", ""]), min_size=2, max_size=3),
        ).filter(lambda v: reads(v) is None or not -1e9 < reads(v) < 1e9),
        min_size=1,
    )
)
@example(dict.fromkeys(FIELDS, "nan"))
@example(dict.fromkeys(FIELDS, "9" * 400))
def test_an_address_of_any_text_opens_the_page_at_its_defaults(address: dict[str, str | list[str]]) -> None:
    address = {k: v for k, v in address.items() if v not in ("moons", "MLP")}
    app = healthy(opened(**address))
    assert not app.error
    values = shown(app)
    assert {k: str(v) for k, v in values.items() if k in MENUS} == {k: DEFAULTS[k] for k in MENUS}
    assert {k: float(v) for k, v in values.items() if k not in MENUS} == {
        k: float(DEFAULTS[k]) for k in values if k not in MENUS
    }


@pytest.mark.parametrize("run", ["", "0", "2", "true", "<script>"])
def test_only_run_1_starts_a_run(run: str) -> None:
    app = healthy(opened(**TINY, run=run))
    assert app.button(key=STOP).disabled and "Press **Run**" in text(app)


def test_train_shows_what_the_run_found() -> None:
    app = trained(opened(**TINY))
    assert "after 3 epochs" in text(app) and "2 random starts" in text(app)
    assert not app.error and app.button(key=STOP).disabled
    assert "Press **Run**" not in text(app)


def test_a_link_with_run_starts_by_itself_once() -> None:
    app = until(opened(**TINY, run="1"), finished)
    assert "run" not in app.query_params
    move(app, "epochs", 4)
    assert app.button(key=STOP).disabled  # a slider does not start it again


def test_pictures_are_trained_on_too() -> None:
    app = until(opened(**(TINY | {"n": "100"}), data="digits", run="1"), finished)
    assert "What most seeds get wrong" in text(app)
    assert "Confusion matrix" in str([c.proto.spec for c in app.get("plotly_chart")])


def test_another_visitor_with_the_same_settings_gets_the_result_at_once(new_visitor: Callable[[], None]) -> None:
    said = text(trained(opened(**TINY)))
    new_visitor()
    app = healthy(opened(**TINY))
    assert finished(app)
    accuracy = next(line for line in said.splitlines() if DONE in line)
    assert accuracy in text(app)
    new_visitor()
    assert "Press **Run**" in text(opened(**(TINY | {"seed": "1"})))  # other settings are not mistaken for these


def test_stop_ends_the_run_and_keeps_what_there_is() -> None:
    app = opened(n="400", epochs="500", seeds="32", batch="1")
    app.button(key=RUN).click().run()
    until(app, lambda a: not a.button(key=STOP).disabled)
    until(app, lambda a: any(" s left" in str(p.proto.text) for p in a.get("progress")))
    app.button(key=STOP).click().run()
    healthy(app)
    assert any("The results so far are kept" in p.proto.text for p in app.get("progress")) and finished(app)
    assert app.button(key=STOP).disabled and not app.button(key=RUN).disabled
    assert not [b for b in app.button if b.label == "Open the test score"]  # it was not trained to its end
    assert app.run().button(key=STOP).disabled and finished(app)


def test_moving_a_control_keeps_the_picture_and_says_whose_it_is() -> None:
    app = trained(opened(**TINY))
    assert "You changed" not in text(app)
    move(app, "lr", 0.1)
    assert finished(healthy(app))
    note = next(bar.proto.text for bar in app.get("progress"))
    assert "Shown: Learning rate η 0.01. You changed Learning rate η to 0.1." in note and "Epochs" not in note
    move(app, "lr", 0.01)
    assert "You changed" not in text(app)


def test_a_run_in_progress_is_replaced_by_a_new_one() -> None:
    app = opened(n="400", epochs="500", seeds="32", batch="1")
    app.button(key=RUN).click().run()
    for field, value in {"epochs": 3, "batch": 32, "seeds": 2}.items():
        control(app, field).set_value(value)
    app.run()
    assert finished(trained(app)) and "2 random starts" in text(app)


def test_pinned_runs_are_compared_with_the_next() -> None:
    app = trained(opened(**TINY))
    app.button(key="optimization/training-pin").click().run()
    move(app, "lr", 0.1)
    trained(app)
    until(app, lambda a: "You changed" not in text(a))
    table = app.table[0].value
    assert list(table.columns) == ["Pin A", "This run"] and list(table.index) == ["Learning rate η", "Score"]
    assert table.loc["Learning rate η"].tolist() == ["0.01", "0.1"]
    assert all("95 % CI" in cell for cell in table.loc["Score"])
    assert "This run compared with Pin A" in text(app) and not app.warning
    for field, value in {"width": 32, "epochs": 4}.items():
        control(app, field).set_value(value)
    app.run()
    trained(app)
    until(app, lambda a: "You changed" not in text(a))
    assert any("3 settings differ from Pin A" in w.value for w in app.warning)
    app.button(key="optimization/training-unpin").click().run()
    assert not healthy(app).table


def test_a_fourth_pin_pushes_out_the_first() -> None:
    app = trained(opened(**TINY))
    for _ in range(4):
        app.button(key="optimization/training-pin").click().run()
    assert list(healthy(app).table[0].value.columns) == ["Pin A", "Pin B", "Pin C", "This run"]


def test_what_a_visitor_has_outlives_a_dropped_connection() -> None:
    app = trained(opened(**TINY))
    app.button(key="optimization/training-pin").click().run()
    move(app, "lr", 0.1)
    clear_session_cache("test session id")  # as Streamlit does at once, though the tab may be back in a second
    assert "You changed" in text(app.run()) and finished(app)
    trained(app)
    until(app, lambda a: "You changed" not in text(a))
    assert list(app.table[0].value.columns) == ["Pin A", "This run"]


def test_only_so_many_of_those_who_left_are_remembered() -> None:
    for number in range(MAX_LEFT + 5):
        _leave(Session(str(number)))
    assert list(_left) == [str(number) for number in range(5, MAX_LEFT + 5)]


def test_the_test_score_is_sealed_until_it_is_asked_for_and_looks_are_counted() -> None:
    app = trained(opened(**TINY))
    assert "Test accuracy" not in text(app)
    for looks in (1, 2):
        app.button(key="optimization/training-test").click().run()
        assert "Test accuracy" in text(healthy(app)) and f"Opened {looks} time" in text(app)


def test_the_copied_link_is_whole_and_leads_to_the_same_result(new_visitor: Callable[[], None]) -> None:
    app = trained(opened(**TINY, lr="0.03", noise="0.1", optimizer="AdamW"))
    link = next(c.value for c in app.code if "run=1" in c.value)
    pairs = dict(pair.split("=") for pair in link.split("?", 1)[1].split("&"))
    assert pairs.pop("run") == "1" and set(pairs) == {f"training-{f}" for f in (*FIELDS, "momentum")}
    accuracy = next(line for line in text(app).splitlines() if DONE in line)
    new_visitor()
    address = {k.removeprefix("training-"): v for k, v in pairs.items()}
    again = until(opened(**address, run="1"), finished)
    assert {k: str(v) for k, v in shown(again).items()} == {k: str(v) for k, v in shown(app).items()}
    assert accuracy in text(again)


def test_code_and_link_belong_to_the_run_on_show_and_not_to_moved_sliders() -> None:
    app = trained(opened(**TINY))
    move(app, "lr", 0.3)
    assert "lr=0.01," in next(c.value for c in app.code if "torch.optim" in c.value)
    assert "training-lr=0.01&" in next(c.value for c in app.code if "run=1" in c.value)


def test_a_question_waits_for_a_prediction_and_is_answered_from_its_run() -> None:
    app = healthy(opened(data="xor", depth="0"))
    assert not [link for link in app.get("page_link") if link.proto.label == "Run it"]
    assert all(b.disabled for b in app.button if b.label == "Run it")  # first a prediction
    trained(app)
    assert any("Choose your prediction" in i.value for i in app.info)
    app.radio(key="training-guess1").set_value("About 100 %").run()
    assert any("Not quite." in w.value for w in healthy(app).warning)
    app.radio(key="training-guess1").set_value("About 50 %").run()
    assert any("Correct." in s.value for s in healthy(app).success)


def test_ones_own_points_are_asked_for_checked_and_trained_on() -> None:
    app = opened(**TINY, **OWN)
    assert [e.value for e in healthy(app).error] == ["These settings cannot be run. Choose a CSV file first."]
    assert app.button(key=RUN).disabled
    app.file_uploader[0].set_value(("points.csv", CSV.replace(b"\n1,4,b", b"\n1,oops,b", 1), "text/csv")).run()
    assert any("Line 3" in e.value and "oops" in e.value for e in healthy(app).error)
    app.file_uploader[0].set_value(("points.csv", CSV, "text/csv")).run()
    assert not healthy(app).error
    trained(app)
    assert not app.error and "points.csv" in next(c.value for c in app.code if "torch.optim" in c.value)


@pytest.mark.alive
def test_the_page_is_alive_when_it_is_opened(new_visitor: Callable[[], None]) -> None:
    app = until(healthy(opened()), finished)
    new_visitor()
    assert finished(opened())  # kept for everybody
    move(app, "epochs", 4)
    assert app.button(key=STOP).disabled and "You changed" in text(app)  # a slider starts nothing


def test_whoever_comes_back_to_a_page_finds_it_as_they_left_it() -> None:
    app = opened()
    move(app, "lr", 0.1)
    move(app, "data", "spiral")
    app.switch_page("home.py").run()
    app.switch_page(PAGE).run()
    values = shown(healthy(app))
    assert (values["lr"], values["data"], values["batch"]) == (0.1, "spiral", 32)


def test_a_sound_number_between_two_stops_is_kept_and_the_rest_is_said() -> None:
    app = healthy(opened(lr="0.02", n="45", epochs="501", data="mars"))
    values = shown(app)
    assert (values["lr"], values["n"], values["epochs"], values["data"]) == (0.02, 45, 60, "moons")
    said = " ".join(w.value for w in app.warning)
    assert "Epochs = 501" in said and "Data set = mars" in said and "0\\.02" not in said
    app.run()
    assert len(app.warning) == 2  # until a control is moved
    move(app, "lr", 0.1)
    assert not app.warning and shown(app)["n"] == 45


def test_a_run_goes_on_while_another_page_is_looked_at() -> None:
    app = opened(n="400", epochs="500", seeds="32", batch="1")
    app.button(key=RUN).click().run()
    app.switch_page("home.py").run()
    assert any("Training" in c.value for c in healthy(app).sidebar.caption)
    app.switch_page(PAGE).run()
    assert not healthy(app).button(key=STOP).disabled
