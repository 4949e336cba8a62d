"""Image processing: a damaged picture, operators in order, and how like the original the result is."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.concepts.images import processing
from core.concepts.images.processing import Result, figures
from core.concepts.images.processing.settings import GIVEN, MORPHOLOGY, TAKEN
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    columns = st.columns(3)
    for (name, picture), column in zip(figures.pictures(result).items(), columns, strict=True):
        with column:
            words = f"{name}_edges" if name == "original" and result.features else name
            page.picture(name, picture, 390, title=page.words(f"titles.{words}"))
    left, right = st.columns([3, 2])
    with left:
        page.chart("steps", page.overlaid(result, lambda run: figures.steps(run, page.words)), 280)
    with right:
        page.chart("alone", figures.alone(result, page.words), 280)
    page.caption("steps")
    between(page, result)
    left, right = st.columns(2)
    with left:
        page.chart("histogram", figures.histogram(result), 300)
    with right:
        page.chart("spectrum", figures.spectrum(result), 300)
    page.caption("spectrum")
    with st.expander(page.text("titles.spectra"), icon=":material/blur_on:"), st.container(horizontal=True):
        for name, picture in figures.pictures(result).items():
            page.picture(
                "spectra", figures.spectrum_picture(picture), 240, title=page.words(f"titles.{name}"), suffix=name
            )


def between(page: ui.Page, result: Result) -> None:
    """The picture after each operator, where there are several, and the structuring element, where one is used."""
    pipeline, option = result.settings.pipeline, lambda name: page.words.option("pipeline", name)
    with st.container(horizontal=True, gap="small"):
        for i, (name, picture) in enumerate(zip(pipeline, result.steps, strict=True)):
            if len(pipeline) > 1:
                page.picture(
                    "step", picture, 150, title=f"{i + 1}. {option(name)}", suffix=f"-{i}", operator=option(name)
                )
        if set(pipeline) & set(MORPHOLOGY):
            page.picture("element", figures.enlarged_element(result), 100, title=page.text("titles.element"))


def upload(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The learner's own picture, where one is asked for."""
    own = ui.own_picture("processing", values["picture"] == TAKEN) if values["picture"] in GIVEN else None
    return ({"own": ""}, {}) if own is None else ({"own": ui.digest(own.tobytes())}, {"own": own})


ui.Page(processing, {"": upload}).show_at_once(draw)
