"""Supervision: the same points learnt from labels, from numbers, without either, and from a tree of labels with costs."""

import streamlit as st

from core.concepts.paradigms import supervision
from core.concepts.paradigms.supervision import Result, figures
from pages import ui

LARGE, SMALL = 380, 156  # widths of pictures


def draw(page: ui.Page, result: Result) -> None:
    seeds = result.settings.seeds
    still = page.kept("still", figures.points_key(result), lambda: figures.still(result), needs_torch=False)
    left, right = st.columns(2)
    with left:
        page.picture("tree", figures.tree(result), LARGE, page.text("titles.tree"))
    with right, st.container(horizontal=True, gap="small"):
        page.picture("labels", still["labels"], SMALL, page.text("titles.labels"))
        page.picture("numbers", still["numbers"], SMALL, page.text("titles.numbers"))
        page.picture("none", still["mixture"], SMALL, page.text("titles.mixture"))
        page.picture("pca", still["pca"], SMALL, page.text("titles.pca"))
    page.caption("strip")
    st.header(page.text("titles.costs"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("sweep", page.overlaid(result, figures.sweep, only=("cheapest node",)), 320)
        page.caption("sweep", seeds=seeds)
    with right:
        page.chart("kinds", figures.kinds(result), 320)
        page.caption("kinds")
    left, right = st.columns([2, 3])
    with left:
        page.picture("cheapest", figures.cheapest_class(result), 320, page.text("titles.cheapest"))
        page.caption("cheapest")
    with right:
        page.chart("matrix", figures.matrix(result), 350)
        page.caption("matrix")
    st.header(page.text("titles.unlabelled"), anchor=False)
    one, two, three = st.columns([3, 3, 4])
    with one:
        page.picture("kmeans", still["kmeans"], 300, page.text("titles.kmeans"))
        page.caption("kmeans")
    with two:
        page.chart("agreement", figures.agreement(result), 290)
        page.caption("agreement")
    with three:
        page.chart("worth", figures.worth(result), 290)
        page.caption("worth", seeds=seeds)


ui.Page(supervision).show_at_once(draw)
