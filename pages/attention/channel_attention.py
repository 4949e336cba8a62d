"""Channel attention: a network with and without gates, and the gates of a trained one to exchange and to set."""

import streamlit as st

from core.concepts.attention import channel_attention
from core.concepts.attention.channel_attention import Result, Settings, figures
from core.concepts.attention.channel_attention.settings import GATES, gates_text
from core.data.pictures import PHOTOS
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
        if s.lit:
            page.caption("guessing")
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
    left, right = st.columns([2, 3])
    with left:
        shown(page, result)
        source = page.segment("source", [g for g in GATES if s.lit or g != "other"], "other")
    base = figures.given(result, view, source)
    gates, percent = base.copy(), (100 * base).round().astype(int)
    chosen, unread = view.by_hand(s.channels)
    for channel, gate in chosen.items():
        gates[channel] = gate
    before, after = figures.answers(result, view), figures.answers(result, view, gates)
    classes = class_names(page, s)
    with right:
        title, *names = titles(page, "answer", "own", "edited")
        page.chart("answer", figures.answer_bars(before, after, classes, title, names), 250)
        st.markdown(page.say(channel_attention.describe(before, after, classes)))
    if unread:
        page.caption("unread", parts=ui.escape_markdown(", ".join(unread)), channels=s.channels)
    page.caption("desk", channels=s.channels)
    page.faders(
        "fader",
        (100 * gates).round().astype(int),
        figures.features(before, gates),
        lambda moved: {"gates": gates_text(moved, percent)},
    )
    for column, name in zip(st.columns(2), ("gate_bars", "removal"), strict=True):
        names = titles(page, "first", "second") if name == "gate_bars" else titles(page, "others", "this")
        with column:
            (title,) = titles(page, name, seed=s.seed + figures.shown(result, view))
            page.chart(name, getattr(figures, name)(result, view, title, names), 340)
            caption = name if s.lit else f"{name}_plain"
            page.caption(caption)


def shown(page: ui.Page, result: Result) -> None:
    s, one = result.settings, figures.on_show(result, page.view)
    names = class_names(page, s)
    truth = names[int(one.y[0])]
    if s.lit:
        title = page.text("titles.shown", picture=page.view.picture, truth=truth, other=names[int(one.other[0])])
    else:
        title = page.text("titles.alone", picture=page.view.picture, truth=truth)
    page.picture("shown", figures.large(s.data, one.x[0]), 230 if s.data == "lamp" else 130, title, truth=truth)


def class_names(page: ui.Page, s: Settings) -> list[str]:
    return titles(page, *PHOTOS) if s.data == "photos" else [str(digit) for digit in range(10)]


ui.Page(channel_attention).show(draw)
