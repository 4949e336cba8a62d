"""CycleGAN: the eight pictures under their names, what a checkerboard is, and what rec_A is made of."""

import streamlit as st

from core.concepts.generative import cyclegan
from core.concepts.generative.cyclegan import Result, figures
from core.concepts.generative.cyclegan.settings import ARMS, LEVELS
from pages import ui

WIDTH = 190  # of four pictures beside each other


def draw(page: ui.Page, result: Result) -> None:
    seeds = result.settings.seeds
    if page.live:
        pictures(page, result, ARMS[0], 0)
    else:
        st.fragment(chosen)(page, result)
    left, right = st.columns(2)
    with left:
        page.chart("distances", page.overlaid(result, figures.distances, lambda p: p.paired == result.paired), 320)
        page.caption("distances", seeds=seeds)
        page.chart("losses", figures.losses(result), 320)
        page.caption("losses", seeds=seeds)
    with right:
        page.chart("board", page.overlaid(result, figures.board), 320)
        page.caption("board", seeds=seeds)
        if result.complete:
            page.chart("response", page.overlaid(result, figures.response, lambda pin: pin.complete), 320)
            page.caption("response", seeds=seeds)
    if result.complete:
        st.fragment(message)(page, result)


def chosen(page: ui.Page, result: Result) -> None:
    """The eight pictures of the run that is chosen, and its fake_B while training, of both kinds of generator."""
    place = st.container()
    arm = page.segment("arm", ARMS, ARMS[0])
    run = page.slider("run", 1, result.settings.seeds, 1) - 1
    with place:
        pictures(page, result, arm, run)
    for each in ARMS:
        st.markdown(f"**{page.text('titles.stages', arm=each)}**")
        with st.container(horizontal=True, gap="small"):
            for at, picture in figures.stages(result, each, run).items():
                said, suffix = page.text("captions.step", step=at), f"-{each}-{at}"
                page.picture("stage", picture, WIDTH, caption=said, suffix=suffix, step=at, arm=each)
    page.caption("stages")


def pictures(page: ui.Page, result: Result, arm: str, run: int) -> None:
    """The eight pictures by their names, four in a row."""
    every = figures.eight(result, arm, run)
    for row in list(every)[:4], list(every)[4:]:
        with st.container(horizontal=True, gap="small"):
            for name in row:
                said, title = page.words(f"captions.{name}"), page.words(f"titles.{name}")
                page.picture("eight", every[name], WIDTH, title, said, suffix=f"-{name}", which=name)
    page.caption("eight", step=result.step, steps=result.settings.steps)


def message(page: ui.Page, result: Result) -> None:
    """fake_B with noise, and what becomes of rec_A."""
    st.markdown(f"**{page.text('titles.noise')}**")
    level = int(page.segment("level", [str(level) for level in LEVELS], "1"))
    shown = zip(("noisy", "again", "change"), figures.disturbed(result, ARMS[0], 0, level), strict=True)
    with st.container(horizontal=True, gap="small"):
        for name, picture in shown:
            page.picture(name, picture, WIDTH, page.words(f"titles.{name}"), level=level)
    page.caption("noise", level=level, change=float(result.response[ARMS[0]][:, LEVELS.index(level)].mean()))


ui.Page(cyclegan).show(draw, every=1.0)
