"""Channel attention: a network with and without gates, and the gates of a trained one to exchange and to set."""

import streamlit as st

from core.concepts.attention import channel_attention
from core.concepts.attention.channel_attention import Result, figures
from core.concepts.attention.channel_attention.settings import GATES
from pages import ui


def titles(page: ui.Page, *names: str, **numbers: object) -> list[str]:
    keys = [f"titles.{name}" for name in names]
    return [page.text(key, **numbers) for key in keys]


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    left, right = st.columns([2, 1])
    with left:
        title, *names = titles(page, "learning", s.attention, "without")
        page.chart("learning", page.overlaid(result, lambda run: figures.learning(run, title, names)), 330)
        page.caption("learning", seeds=s.seeds)
    with right:
        page.picture("examples", figures.examples(result), 310, *titles(page, s.data))
        page.caption(s.data)
    if not result.complete:
        return
    if result.gated:
        by_hand(page, result)
    if s.attention != "se":
        page.picture("places", figures.places(result, page.view), 220, page.text("titles.places"))
        page.caption("places")


def by_hand(page: ui.Page, result: Result) -> None:
    """The gates of the picture on show, exchanged or set one by one, and what they mean for the loss."""
    s, view = result.settings, page.view
    number, i = s.seed + figures.shown(result, view), view.picture - 1
    truth, other = int(result.pictures.y[i]), int(result.pictures.other[i])
    left, right = st.columns([1, 1])
    with left:
        image = figures.large(result.pictures.x[i])
        kind = "shown" if result.lit else "alone"
        page.picture("shown", image, 230, *titles(page, kind, picture=i + 1, truth=truth, other=other), truth=truth)
        source = page.segment("source", [g for g in GATES if result.lit or g != "other"], "other")
        with st.container(horizontal=True):
            channel = page.slider("channel", 0, s.channels, 0)
            value = page.slider("gate", 0, 100, 0) / 100
    before, after = figures.answers(result, view), figures.answers(result, view, source, channel, value)
    with right:
        title, *names = titles(page, "answer", "own", "edited")
        page.chart("answer", figures.answer_bars(before, after, title, names), 260)
        st.markdown(page.say(channel_attention.describe(before, after)))
        page.caption("answer")
    for column, name in zip(st.columns(2), ("gate_bars", "removal"), strict=True):
        names = titles(page, "first", "second") if name == "gate_bars" else titles(page, "others", "this")
        with column:
            spec = getattr(figures, name)(result, view, *titles(page, name, seed=number), names)
            page.chart(name, spec, 340)
            caption = name if result.lit else f"{name}_plain"
            page.caption(caption)


ui.Page(channel_attention).show(draw)
