"""Data augmentation: what a pipeline makes of a picture, and what it does to the accuracy."""

import streamlit as st

from core.concepts.images import augmentation
from core.concepts.images.augmentation import Preview, Result, figures
from core.concepts.images.augmentation.settings import CAMERA, GIVEN
from pages import ui

WIDTH = 150  # of a picture: two beside each other on a phone, five on a desk


def draws(page: ui.Page) -> None:
    """The original beside the draws, computed anew whenever a slider moves."""
    view = page.view
    given = view is not None and view.picture in GIVEN
    own = ui.own_picture("augmentation", view.picture == CAMERA) if given else None
    if page.settings is None:
        return
    if given and own is None:
        st.info(page.text("captions.give"), icon=":material/photo_camera:")
        return
    key = page.settings.plan, view, None if own is None else ui.digest(own.tobytes())
    pictures(page, page.kept("draws", key, lambda: augmentation.preview(page.settings, view, own)))


def pictures(page: ui.Page, shown: Preview) -> None:
    st.markdown(
        f"**{page.text('titles.draws', steps=[name for name, *_ in shown.plan] or ['nothing'], n=len(shown.draws))}**"
    )
    with st.container(horizontal=True, gap="small"):
        page.picture("original", figures.original(shown), WIDTH, caption=f"**{shown.label}**", label=shown.label)
        for i, (picture, said) in enumerate(zip(figures.drawn(shown), figures.captions(shown), strict=True)):
            page.picture("draw", picture, WIDTH, caption=ui.escape_markdown(said), suffix=str(i), said=said)
    st.caption("  \n".join(page.say(finding) for finding in augmentation.describe(shown)))
    with st.expander(page.text("captions.code"), icon=":material/code:"):
        st.code(shown.code, language="python")


def draw(page: ui.Page, result: Result) -> None:
    if not page.live:
        draws(page)
        st.subheader(page.text("titles.effect"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("accuracy", figures.accuracy(result, page.pinned(result)))
    with right:
        if page.live:
            page.chart("learning", figures.learning(result, result.settings.sizes[-1]))
        else:
            page.chart("gains", page.overlaid(result, figures.gains))
    page.caption("accuracy", seeds=result.settings.seeds)
    if not page.live:
        with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
            page.chart("classes", page.overlaid(result, figures.class_gains), 420)
            page.chart("learning", figures.learning(result, result.settings.sizes[-1]))


ui.Page(augmentation).show(draw, preview=draws)
