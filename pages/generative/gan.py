"""Adversarial networks: how often does training collapse, and with which loss?"""

import streamlit as st

from core.concepts.generative import gan
from core.concepts.generative.gan import Result, figures
from pages import ui

HALF = 8  # runs in a picture


def preview(page: ui.Page) -> None:
    """What is to be imitated, while there is no result."""
    page.picture("target", figures.target(page.settings), 300, page.text("titles.target"))
    page.caption("target")


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    with st.container(gap="xsmall"):
        for name in result.names:
            strip(page, result, name)
        page.caption("strips")
    left, right = st.columns(2)
    with left:
        page.chart("collapse", page.overlaid(result, figures.collapse), 320)
        page.caption("collapse", seeds=s.seeds)
    with right:
        page.chart("covered", page.overlaid(result, figures.covered, lambda pin: pin.modes == result.modes), 320)
        page.caption("covered", seeds=s.seeds)
    if page.live:
        one_run(page, result)
    else:
        st.fragment(one_run)(page, result)
        with st.expander(page.text("captions.table"), icon=":material/table:"):
            st.dataframe(figures.table(result), hide_index=True)


def strip(page: ui.Page, result: Result, name: str) -> None:
    """All runs of a row side by side, with its name before them."""
    s, hits = result.settings, int(result.collapsed(name).sum())
    label, pictures = st.columns([1, 5], vertical_alignment="center", gap="small")
    mean = float(result.covered[name].mean())
    with label:
        key = "captions.strip_live" if page.live else "captions.strip"
        st.markdown(page.text(key, name=name, modes=mean, of=result.modes, hits=hits, seeds=s.seeds))
    with pictures, st.container(horizontal=True, gap="xsmall"):
        for first in range(0, s.seeds, HALF):  # two halves, one below the other on a phone
            part, last = slice(first, first + HALF), min(first + HALF, s.seeds)
            suffix, runs = f"-{result.names.index(name)}-{first}", f"{first + 1} to {last}"
            width = 330 * (last - first) // HALF
            page.picture(
                "strip", figures.strip(result, name, part), width, suffix=suffix, row=name, runs=runs, hits=hits
            )


def one_run(page: ui.Page, result: Result) -> None:
    """One random start of every row, drawn large."""
    run = 1 if page.live else page.slider("run", 1, result.settings.seeds, 1)
    with st.container(horizontal=True, gap="small"):
        for i, name in enumerate(result.names):
            modes, quality = int(result.covered[name][run - 1]), float(result.quality[name][run - 1])
            caption = page.text("captions.large", name=name, modes=modes, of=result.modes, quality=quality)
            picture, numbers = figures.large(result, name, run - 1), {"row": name, "modes": modes, "of": result.modes}
            page.picture("large", picture, 260, caption=caption, suffix=f"-{i}", **numbers)
    page.caption("larges")


ui.Page(gan).show(draw, preview)
