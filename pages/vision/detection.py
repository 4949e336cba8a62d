"""Object detection: a detector of shapes, a detector of faces, and two boxes by hand."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.concepts.vision import detection
from core.concepts.vision.detection import Result, figures
from core.concepts.vision.detection.settings import CAMERA, FACES, GIVEN
from pages import ui

WIDTH = 255  # of three pictures beside each other


def upload(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The learner's own picture, where one is asked for."""
    wanted = values["task"] == FACES and values["picture"] in GIVEN
    own = ui.own_picture("detection", values["picture"] == CAMERA) if wanted else None
    return ({"own": ""}, {}) if own is None else ({"own": ui.digest(own.tobytes())}, {"own": own})


def preview(page: ui.Page) -> None:
    page.picture("examples", figures.examples(page.settings), 3 * WIDTH, page.text("titles.examples"))


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    with st.container(horizontal=True, gap="small"):
        for name, image, boxes in figures.picture_row(result):
            key = f"titles.{name}"
            title = page.text(key, boxes=boxes, compare=s.compare)
            page.picture("pictures", image, WIDTH, title, suffix=name, which=title)
    caption = f"pictures_{s.task}"
    page.caption(caption, step=result.step)
    for (name, chart), column in zip(figures.charts(result).items(), st.columns(2), strict=False):
        with column:
            page.chart(name, page.overlaid(result, chart, figures.fits(result)), 300)
            page.caption(name, seeds=s.seeds)
    if result.complete and s.task == FACES:
        page.picture("mined", figures.mined(result), 3 * WIDTH, page.text("titles.mined"))
    elif result.complete:
        suppression(page, result)


def suppression(page: ui.Page, result: Result) -> None:
    """Non-maximum suppression on one scene, step by step, and its threshold."""
    st.header(page.text("titles.nms"), anchor=False)
    left, right = st.columns(2)
    with right:
        scene, threshold = page.slider("scene", 1, figures.SCENES, 1), page.slider("threshold", 5, 95, 45) / 100
        step = page.slider("nms_step", 0, figures.most_steps(result, scene, threshold), 1)
        image, said = figures.suppression(result, scene, threshold, step)
        page.caption("nms_step" if step else "nms_start", **said)
        page.chart("thresholds", figures.thresholds(result), 250)
    with left:
        page.picture("suppression", image, 384)
        page.caption("suppression")


def by_hand(page: ui.Page, result: Result) -> None:
    """Two boxes, and the anchors of the settings: answered at once."""
    st.header(page.text("titles.hand"), anchor=False)
    hand = page.kept("hand", (result.settings, page.view), lambda: detection.compare(result.settings, page.view), False)
    with st.container(horizontal=True, gap="small"):
        for name in ("overlap", "matched", "region", "pooled"):
            key = f"titles.{name}"
            page.picture(name, getattr(figures, name)(hand), 190, page.text(key))
    page.caption("hand")
    st.markdown("\n".join(f"- {page.say(finding)}" for finding in detection.describe(hand)))


ui.Page(detection, {"": upload}).show(draw, preview, after=by_hand)
