"""Style transfer: a picture changes under content, style and total-variation loss, with several kinds of features."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.concepts.vision import style_transfer
from core.concepts.vision.style_transfer import Result, figures
from core.concepts.vision.style_transfer.settings import GIVEN, TAKEN
from pages import ui

SIDE = 150  # of a picture on the page: five stand in a row, and two on a phone


def title(page: ui.Page, arm: str) -> str:
    """What the pictures of one kind of features are called."""
    key = f"titles.{arm}"
    return str(page.text(key))


def draw(page: ui.Page, result: Result) -> None:
    with st.container(horizontal=True, gap="small"):
        page.picture("content", figures.enlarged(result.content), SIDE, page.text("titles.content"))
        page.picture("style", figures.enlarged(result.style), SIDE, page.text("titles.style"))
        for arm, pictures in result.pictures.items():
            made = figures.enlarged(pictures[0])
            page.picture("made", made, SIDE, title(page, arm), suffix=arm, arm=title(page, arm))
    page.caption("pictures", step=result.step, seed=result.settings.seed)
    left, right = st.columns(2)
    with left:
        page.chart("gradients", page.overlaid(result, figures.gradients), 320)
        page.caption("gradients", seed=result.settings.seed)
    if result.complete:
        with right:
            page.chart("distances", page.overlaid(result, figures.distances, fits=lambda pin: pin.complete), 320)
            page.caption("distances", seeds=result.settings.seeds)
        with st.expander(page.text("captions.seeds"), icon=":material/casino:"):
            every_seed(page, result)


def every_seed(page: ui.Page, result: Result) -> None:
    """The pictures of all random starts, with the patch distance under each."""
    for arm, pictures in result.pictures.items():
        st.markdown(f"**{title(page, arm)}**")
        with st.container(horizontal=True, gap="small"):
            for i, (picture, distance) in enumerate(zip(pictures, result.distance[arm], strict=True)):
                said, seed = page.text("captions.distance", distance=distance), result.settings.seed + i
                made = figures.enlarged(picture)
                page.picture("seed", made, 140, caption=said, suffix=f"-{arm}-{i}", arm=title(page, arm), seed=seed)


def upload(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The learner's own picture, where one is asked for."""
    own = ui.own_picture("style_transfer", values["content"] == TAKEN) if values["content"] in GIVEN else None
    return ({"own": ""}, {}) if own is None else ({"own": ui.digest(own.tobytes())}, {"own": own})


ui.Page(style_transfer, {"": upload}).show(draw)
