"""The augmentation page as a visitor uses it: composing, giving a picture, training, sharing."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.concepts.images.augmentation import Settings
from core.settings import Number, declared

ENTRY = Path(__file__).resolve().parents[2] / "pages" / "navigation.py"
PAGE = "images/augmentation.py"
TINY = {"data": "digits, 8 × 8", "n": "40", "halvings": "0", "iterations": "20", "width": "4", "seeds": "2"}
AMOUNTS = {
    f"augmentation-{name}": spec
    for name, spec in declared(Settings).items()
    if isinstance(spec, Number) and not spec.whole and name != "lr"
}
EARLIER = "You changed Rotation"


def opened(**address: str | list[str]) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=30).run()
    app.switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name if name == "run" else f"augmentation-{name}"] = value
    return healthy(app.run())


def healthy(app: AppTest) -> AppTest:
    assert [e.value for e in app.exception] == []
    return app


def text(app: AppTest) -> str:
    kinds: tuple[Any, ...] = (app.markdown, app.caption, app.info, app.warning, app.success, app.error)
    return "\n".join(e.value for kind in kinds for e in kind)


def trained(app: AppTest) -> AppTest:
    end = time.monotonic() + 60
    while "More from this run" not in text(app):
        assert time.monotonic() < end, text(app)[:500]
        time.sleep(0.02)
        healthy(app.run())
    return app


def pictures(app: AppTest) -> list[str]:
    """What is written under each picture."""
    return [p.proto.imgs[0].caption for p in app.get("image")]


def png(size: tuple[int, int] = (90, 60)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_the_first_screen_has_the_original_its_draws_and_their_code() -> None:
    app = opened()
    assert len(pictures(app)) == 12 and pictures(app)[0] == "**Original** (face)"
    assert [caption.split("\\")[0] for caption in pictures(app)[1:]] == [str(i) for i in range(1, 12)]
    assert 0 < sum("in view" in caption for caption in pictures(app)[1:]) < 11  # those that cut some of the face off
    assert "The original and 11 draws: rotate → shift → scale → colour" in text(app)
    assert "torch.manual_seed(seed)" in "".join(c.value for c in app.code)
    assert list(Settings().steps) == app.multiselect(key="augmentation-steps").value


def test_steps_are_taken_in_the_order_they_were_chosen_and_bring_their_sliders() -> None:
    app = opened()
    app.multiselect(key="augmentation-steps").set_value(["noise", "flip", "rotate"]).run()
    assert "draws: noise → flip → rotate" in text(healthy(app))
    keys = {s.key for s in (*app.slider, *app.select_slider)}
    assert {
        "augmentation-noise",
        "augmentation-flip_p",
        "augmentation-rotate",
    } <= keys and "augmentation-shift" not in keys
    app.multiselect(key="augmentation-steps").set_value([]).run()
    assert "The pipeline is empty" in text(healthy(app)) and not app.error


def test_a_slider_of_the_pipeline_moves_the_pictures_and_the_seed_of_the_draws_too() -> None:
    app = opened()
    before = pictures(app)
    app.select_slider(key="augmentation-rotate").set_value(90.0).run()
    turned = pictures(healthy(app))
    assert turned != before
    app.slider(key="augmentation-draw").set_value(5).run()
    assert [c.split(": ", 1)[1] for c in pictures(app)[1:7]] == [c.split(": ", 1)[1] for c in turned[6:12]]


def test_what_only_changes_the_view_leaves_the_run_as_it_is() -> None:
    app = trained(opened(run="1", **TINY))
    for key, value in (("draws", 3), ("draw", 7)):
        app.slider(key=f"augmentation-{key}").set_value(value).run()
    app.selectbox(key="augmentation-picture").set_value("cat").run()
    assert not any(EARLIER in bar.proto.text for bar in healthy(app).get("progress")) and "More from this run" in text(
        app
    )
    app.select_slider(key="augmentation-rotate").set_value(45.0).run()
    assert any(EARLIER in bar.proto.text for bar in healthy(app).get("progress"))


def test_the_link_holds_the_view_and_the_pipeline_and_gives_the_same_page() -> None:
    app = trained(opened(run="1", picture="a digit, 8 × 8", draws="5", steps=["shift", "flip"], shift="0.2", **TINY))
    link = next(c.value for c in app.code if "run=1" in c.value)
    for part in (
        "augmentation-draws=5",
        "augmentation-steps=shift&augmentation-steps=flip",
        "augmentation-shift=0.2",
        "augmentation-n=40",
    ):
        assert part in link
    assert len(pictures(app)) == 6 and "Your picture" not in text(app)


def test_a_picture_of_ones_own_is_shown_kept_and_not_in_the_link() -> None:
    app = opened(picture="my own", **TINY)
    assert "Add a picture at the end of the sidebar" in text(app) and not pictures(app)
    app.file_uploader[0].set_value(("me.png", png(), "image/png")).run()
    assert len(pictures(healthy(app))) == 12 and "your picture" in pictures(app)[0]
    first = pictures(app)
    app.slider(key="augmentation-seeds").set_value(3).run()
    assert pictures(healthy(app)) == first
    app.button(key="images/augmentation-run").click().run()
    assert "A link does not contain it" in text(trained(app))


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [("a.png", b"", "empty"), ("a.png", b"<svg onload=alert(1)>", "SVG"), ("a.jpg", png()[:60], "ends before"), ("a.png", b"GIF89a" + bytes(99), "GIF")],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_a_sentence(name: str, data: bytes, word: str) -> None:
    app = opened(picture="my own")
    app.file_uploader[0].set_value((name, data, "image/png")).run()
    assert word in healthy(app).error[0].value and not pictures(app)
    app.file_uploader[0].set_value(("b.png", png(), "image/png")).run()
    assert not healthy(app).error and len(pictures(app)) == 12


@pytest.mark.parametrize("value", ["", "nan", "-1", "1e999", "<script>", "rotate,flip", "steps"])
def test_nonsense_in_the_address_gives_the_default(value: str) -> None:
    names = ("picture", "steps", "rotate", "rotate_p", "draws", "box", "data", "n", "model", "lr")
    app = opened(**dict.fromkeys(names, value))
    assert not app.error and len(pictures(app)) >= 2


@pytest.mark.parametrize("end", [0, 1])
def test_every_step_at_the_ends_of_its_sliders_makes_pictures(end: int) -> None:
    app = opened(steps=["flip", "crop", "blur", "noise", "erase", "mix-up", "rotate", "scale", "colour"], draws="2")
    for slider in app.slider:
        if slider.key not in ("augmentation-draws", "augmentation-iterations", "augmentation-seeds"):
            slider.set_value((slider.min, slider.max)[end])
    for slider in app.select_slider:
        if slider.key in AMOUNTS:
            slider.set_value((AMOUNTS[slider.key].low, AMOUNTS[slider.key].high)[end])
    app.run()
    assert len(pictures(healthy(app))) == 3


def test_what_a_link_asks_of_the_view_in_vain_is_said(new_visitor) -> None:
    app = opened(draws="99", rotate="500")
    notes = [warning.value for warning in app.warning]
    assert any("99" in note for note in notes), notes
    assert any("500" in note for note in notes), notes
    new_visitor()
    assert not opened(draws="5").warning
