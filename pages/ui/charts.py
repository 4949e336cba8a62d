"""Figures on a page: curves and fields that update in place while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.data import Dataset
from core.figures import fields
from core.figures.curves import curves, over_seeds
from core.figures.intervals import forest, histograms
from core.figures.tables import confusion
from core.stats import Interval

HEIGHT = 320


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
    to the highest, held-out data dashed."""
    series = [
        over_seeds(
            frame,
            split,
            metric,
            f"{name} {split}".strip() if len(splits) > 1 else name,
            i * len(splits) % 7 + j,
            split != "train",
        )
        for i, (name, frame) in enumerate(runs.items())
        for j, split in enumerate(splits)
    ]
    spec = curves(title, series, "epoch", percent, x_max=epochs)
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=alt)


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
    if live or grid is None:
        with st.container(height=HEIGHT, border=False, key=f"{key}-live"):
            st.markdown("**What the networks answer**" if grid is not None else "**The points**")
            st.image(fields.picture(grid, axes, points_of(data), size=270), alt=alt)
    else:
        figure = fields.chart(grid, axes, points_of(data), data.classes, "What the networks answer (mean of seeds)")
        st.plotly_chart(figure.update_layout(height=HEIGHT), key=key, alt=alt, config={"displaylogo": False})


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], key: str, alt: str) -> None:
    figure = confusion(matrix, classes, "Confusion matrix (validation, all seeds)", st.context.theme.type == "dark")
    st.plotly_chart(figure.update_layout(height=HEIGHT), key=key, alt=alt, config={"displaylogo": False})


def pictures(rows: Sequence[tuple[np.ndarray, int, int]], classes: Sequence[str], title: str) -> None:
    """Small pictures (C, H, W) in [0, 1] with the truth and the answer under each."""
    st.markdown(f"**{title}**")
    with st.container(height=HEIGHT - 48, border=False), st.container(horizontal=True, gap="small"):
        for x, truth, answer in rows:
            image = (np.repeat(np.repeat(x.transpose(1, 2, 0), 56 // x.shape[1], 0), 56 // x.shape[1], 1)).clip(0, 1)
            words = f"{classes[truth]} → {classes[answer]}"
            st.image(image.squeeze(-1) if image.shape[-1] == 1 else image, caption=words, width=56, alt=words)


def norms(history: pd.DataFrame, key: str, alt: str, epochs: int) -> None:
    """The size of the weights and of the gradient."""
    series = [
        over_seeds(history, "train", "weight norm", "weights", 2),
        over_seeds(history, "train", "gradient norm", "gradient", 3),
    ]
    spec = curves("Norms of weights and gradient", series, "epoch", x_max=epochs)
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=alt)


def effects(rows: Sequence[tuple[str, Interval]], title: str, unit: str, key: str, alt: str) -> None:
    """Differences with their intervals, in percentage points."""
    figure = forest(rows, title, unit, scale=100).update_layout(height=HEIGHT + 40)
    st.plotly_chart(figure, key=key, alt=alt, config={"displaylogo": False})


def distributions(values: Mapping[str, np.ndarray], title: str, key: str, alt: str) -> None:
    st.plotly_chart(
        histograms(values, title).update_layout(height=HEIGHT), key=key, alt=alt, config={"displaylogo": False}
    )


def field_row(
    grids: Mapping[str, np.ndarray],
    axes: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    captions: Mapping[str, str],
) -> None:
    """Decision fields side by side on one scale, with the points x (n, 2) of classes y (n,)."""
    with st.container(horizontal=True, gap="small"):
        for name, grid in grids.items():
            image = fields.picture(grid, axes, [(x, y, "")], size=200)
            st.image(image, caption=captions[name], width=200, alt=f"Decision field, {captions[name]}")
