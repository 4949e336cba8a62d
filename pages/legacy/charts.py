"""Figures on a page: curves and fields that update in place while a run goes on."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.data import Dataset
from core.figures import fields
from core.figures.curves import curves, over_seeds
from core.figures.intervals import Rows, forest
from core.figures.tables import confusion_matrix as confusion
from pages.legacy.controls import Controls

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 320
QUIET = {"displayModeBar": False}
GROUND = " Ground: the class that is answered, the deeper the surer; dots: the labels of the training points."


def picture(image: np.ndarray, alt: str, width: int | Literal["stretch"], caption: str | None = None) -> None:
    """A picture (H, W, 3) or (H, W), uint8 or in [0, 1], sent within the page: Streamlit's own store of media forgets the
    last one at each redraw, and a browser that asks late would find nothing."""
    pixels = image if image.dtype == np.uint8 else (255 * image).round().astype(np.uint8)
    file = io.BytesIO()
    # Lossless. As small as PNG in half the time, and a page of draws is twelve of these at each move of a slider.
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=0, method=0)
    data = base64.b64encode(file.getvalue()).decode()
    st.image(f"data:image/webp;base64,{data}", caption=caption, width=width, alt=alt)


def learning_curves(
    runs: Mapping[str, pd.DataFrame],
    metric: str,
    title: str,
    key: str,
    alt: str,
    percent: bool = False,
    splits: Sequence[str] = ("train", "validation"),
    epochs: int | None = None,
) -> None:
    """One metric of several runs (name -> History.frame()) against the epoch: mean over seeds, band from the lowest seed
    to the highest, held-out data dashed. A single run has a colour a split; several have a colour a run."""
    many = len(runs) > 1
    series = [
        over_seeds(frame, split, metric, _name(name, split, splits), i if many else j, split != "train")
        for i, (name, frame) in enumerate(runs.items())
        for j, split in enumerate(splits)
    ]
    spec = curves(title, series, "epoch", percent, x_max=epochs)
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=f"{title} by epoch. {alt}")


def _name(run: str, split: str, splits: Sequence[str]) -> str:
    return f"{run} {split}".strip() if len(splits) > 1 else run


def points_of(data: Dataset) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """The training and the validation points as (x, y, name); the test points stay out of sight."""
    return [
        (split.x.cpu().numpy(), split.y.cpu().numpy(), name)
        for name, split in (("training", data.train), ("validation", data.validation))
    ]


def field(
    grid: np.ndarray | None, axes: tuple[np.ndarray, np.ndarray], data: Dataset, live: bool, key: str, alt: str
) -> None:
    """The decision field: a small picture while it changes, a chart to hover over when it is done."""
    title = "What the networks answer (mean of seeds)" if grid is not None else "The points"
    if live or grid is None:
        with st.container(height=HEIGHT, border=False, key=f"{key}-live"):
            st.markdown(f"**{title}**")
            picture(fields.picture(grid, axes, points_of(data), size=270), f"{title}. {alt}", 270)
    else:
        figure = fields.chart(grid, axes, points_of(data), data.classes, title).update_layout(height=HEIGHT)
        st.plotly_chart(figure, key=key, alt=f"{title}. {alt}", config=QUIET)


def clickable(
    figure: go.Figure, controls: Controls, key: str, alt: str, chosen: Callable[[float, float], Mapping[str, Any]]
) -> None:
    """A chart on which a click on a point moves controls: chosen(x, y) gives their new values."""

    def moved() -> None:
        points = st.session_state[key].selection.points
        for name, value in chosen(points[0]["x"], points[0]["y"]).items() if points else ():
            st.session_state[f"{controls.slug}-{name}"] = value

    st.plotly_chart(figure, key=key, alt=alt, config=QUIET, on_select=moved, selection_mode="points")


def selectable(
    spec: dict[str, Any],
    controls: Controls,
    key: str,
    alt: str,
    height: int,
    chosen: Callable[[int], Mapping[str, Any]],
) -> None:
    """An ECharts chart of which one series takes clicks: chosen(number of the item) gives controls their new values."""

    def moved() -> None:
        for series in st.session_state[key].selection.selected:
            for name, value in chosen(series["data_indices"][0]).items():
                st.session_state[f"{controls.slug}-{name}"] = value

    st.echarts_chart(spec, height=height, key=key, alt=alt, on_select=moved)


def stepped(image: np.ndarray, title: str, key: str, alt: str, caption: str | None = None) -> None:
    """A picture that a learner steps through, under its title, as tall as a chart."""
    with st.container(height=360, border=False, key=key):
        st.markdown(f"**{title}**")
        picture(image, f"{title}. {alt}", 296, caption)


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], key: str, alt: str) -> None:
    figure = confusion(matrix, classes, "Confusion matrix (validation, all seeds)", st.context.theme.type == "dark")
    st.plotly_chart(figure.update_layout(height=HEIGHT), key=key, alt=alt, config=QUIET)


def pictures(rows: Sequence[tuple[np.ndarray, int, int]], classes: Sequence[str], title: str) -> None:
    """Small pictures (C, H, W) in [0, 1] with the truth and the answer under each."""
    st.markdown(f"**{title}**")
    with st.container(height=HEIGHT - 48, border=False), st.container(horizontal=True, gap="small"):
        for x, truth, answer in rows:
            words = f"{classes[truth]} → {classes[answer]}"
            picture(enlarged(x, 56), words, 56, words)


def enlarged(x: np.ndarray, width: int) -> np.ndarray:
    """A small picture (C, H, W) in [0, 1] as (H, W) or (H, W, C), each pixel repeated up to about `width`."""
    image = x.transpose(1, 2, 0).clip(0, 1)
    times = max(1, width // image.shape[1])
    return image.repeat(times, 0).repeat(times, 1).squeeze()


def norms(history: pd.DataFrame, key: str, alt: str, epochs: int) -> None:
    """The size of the weights and of the gradient."""
    series = [
        over_seeds(history, "train", "weight norm", "weights", 2),
        over_seeds(history, "train", "gradient norm", "gradient", 3),
    ]
    spec = curves("Norms of weights and gradient", series, "epoch", x_max=epochs)
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=f"Norms by epoch. {alt}")


def effects(rows: Rows, title: str, unit: str, key: str, alt: str, pinned: Mapping[str, Rows] | None = None) -> None:
    """Differences with their intervals, in percentage points. pinned: those of pinned runs."""
    figure = forest(rows, title, unit, scale=100, pinned=pinned).update_layout(height=HEIGHT + 40)
    st.plotly_chart(figure, key=key, alt=f"{title}. {alt}", config=QUIET)


def field_row(
    grids: Mapping[str, np.ndarray],
    axes: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    captions: Mapping[str, str],
    width: int = 150,  # two beside each other on a phone
) -> None:
    """Decision fields side by side on one scale, with the points x (n, 2) of classes y (n,)."""
    with st.container(horizontal=True, gap="small"):
        for name, grid in grids.items():
            field = fields.picture(grid, axes, [(x, y, "")], size=200)
            picture(field, f"Decision field, {captions[name]}", width, captions[name])
