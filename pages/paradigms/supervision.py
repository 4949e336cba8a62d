"""Supervision: the same points learnt from labels, from numbers, without either, and from a tree of labels with costs."""

import streamlit as st

from core.concepts.paradigms import supervision
from core.concepts.paradigms.supervision import Result, figures
from pages import ui

WIDTH = 205  # of a picture in the first row


def draw(page: ui.Page, result: Result) -> None:
    seeds = result.settings.seeds
    still = page.kept("still", figures.points_key(result), lambda: figures.still(result), needs_torch=False)
    with st.container(horizontal=True, gap="small"):
        page.picture("tree", figures.tree(result), WIDTH, page.text("titles.tree"))
        page.picture("labels", still["labels"], WIDTH, page.text("titles.labels"))
        page.picture("numbers", still["numbers"], WIDTH, page.text("titles.numbers"))
        page.picture("none", still["mixture"], WIDTH, page.text("titles.none"))
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
    left, middle, right = st.columns(3)
    with left:
        page.picture("kmeans", still["kmeans"], 300, page.text("titles.kmeans"))
    with middle:
        page.picture("pca", still["pca"], 300, page.text("titles.pca"))
    with right:
        page.chart("agreement", figures.agreement(result), 320)
    page.caption("unlabelled")
    page.chart("worth", figures.worth(result), 320)
    page.caption("worth", seeds=seeds)


ui.Page(supervision).show_at_once(draw)
