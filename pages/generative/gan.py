"""Adversarial networks: how often does training collapse, and with which loss?"""

import streamlit as st

from core.concepts.generative import gan
from core.concepts.generative.gan import Result, figures
from pages import ui


def preview(page: ui.Page) -> None:
    """What is to be imitated, while there is no result."""
    title = page.text("titles.digits" if page.settings.pictures else "titles.target")
    page.picture("target", figures.target(page.settings), 300, title)
    page.caption("digits" if page.settings.pictures else "target")


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    with st.container(gap="xsmall"):
        for name in result.names:
            strip(page, result, name)
        page.caption("strips_digits" if s.pictures else "strips", seeds=s.starts, accuracy=result.judge)
    left, right = st.columns(2)
    with right:
        page.chart("covered", page.overlaid(result, figures.covered, lambda pin: pin.modes == result.modes), 320)
        page.caption("covered", seeds=s.starts)
    if page.live:  # what takes long to draw waits for the end
        return
    with left:
        page.chart("collapse", page.overlaid(result, figures.collapse), 320)
        page.caption("collapse", seeds=s.starts)
    st.fragment(one_run)(page, result)
    with st.expander(page.text("captions.table"), icon=":material/table:"):
        st.dataframe(figures.table(result), hide_index=True)


def strip(page: ui.Page, result: Result, name: str) -> None:
    """All runs of a row side by side, with its name before them."""
    s, hits = result.settings, int(result.collapsed(name).sum())
    label, pictures = st.columns([1, 5], vertical_alignment="center", gap="small")
    numbers = {"modes": float(result.covered[name].mean()), "of": result.modes, "hits": hits, "seeds": s.starts}
    key = "captions.strip_digits" if s.pictures else "captions.strip_live" if page.live else "captions.strip"
    with label:
        st.markdown(page.text(key, name=name, **numbers))
    with pictures, st.container(horizontal=True, gap="xsmall"):
        for part, share in figures.parts(s):  # one below the other on a phone
            picture = figures.strip(result, name, part, page.live)
            suffix, runs = f"-{result.names.index(name)}-{part.start}", f"{part.start + 1} to {part.stop}"
            kind, width = "strip_digits" if s.pictures else "strip", round(330 * share)
            page.picture(kind, picture, width, suffix=suffix, row=name, runs=runs, hits=hits)


def one_run(page: ui.Page, result: Result) -> None:
    """One random start of every row, drawn large."""
    digits = result.settings.pictures
    run = page.slider("run", 1, result.settings.starts, 1)
    key, kind = ("captions.large_digits", "large_digits") if digits else ("captions.large", "large")
    with st.container(horizontal=True, gap="small"):
        for i, name in enumerate(result.names):
            modes, quality = int(result.covered[name][run - 1]), float(result.quality[name][run - 1])
            numbers = {"row": name, "modes": modes, "of": result.modes}
            caption, image = page.text(key, name=name, quality=quality, **numbers), figures.large(result, name, run - 1)
            page.picture(kind, image, 260, caption=caption, suffix=f"-{i}", **numbers)
        if digits:
            page.picture("real", figures.target(result.settings), 260, caption=page.text("captions.real"))
    page.caption("larges_digits" if digits else "larges")


ui.Page(gan).show(draw, preview, every=1.5)
