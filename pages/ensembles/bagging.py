"""Bagging: bootstrap samples, their trees or networks, and the vote, member by member."""

import streamlit as st

from core.concepts.ensembles import bagging
from core.concepts.ensembles.bagging import Result, figures
from pages import ui

TILE = 400  # width of a picture or chart: two stand side by side at 1280 px, three at 1920


def draw(page: ui.Page, result: Result) -> None:
    if page.live:
        members(page, result)
    else:
        st.fragment(members)(page, result)
    page.caption("pictures" if result.axes is not None else "ballots")
    if result.axes is not None and result.mislabelled.any():
        page.caption("rings")
    page.caption("curves", seeds=len(result.single_error))


def members(page: ui.Page, result: Result) -> None:
    """The figures at one member. A fragment: its slider redraws nothing else."""
    m = result.members if page.live else page.slider("member", 1, result.members, min(5, result.members))
    with st.container(horizontal=True, gap="small"):
        if result.axes is not None:
            fields(page, result, m)
        else:
            with st.container(width=TILE):
                page.chart("ballots", figures.ballots(result, m), TILE)
        with st.container(width=TILE):
            drawn = page.overlaid(result, lambda run: figures.error(run, None if page.live else m), only=("vote",))
            page.chart("error", drawn, TILE)
        with st.container(width=TILE):
            page.chart("draws", figures.draws(result, m), TILE)
        if result.axes is None and result.settings.learner == "tree":
            with st.container(width=TILE):
                page.chart("importances", figures.importances(result, page.dark), TILE)


def fields(page: ui.Page, result: Result, m: int) -> None:
    """One member, and the vote of all up to it, on the first seed."""
    alone = float((result.predictions[m - 1] != result.table.validation.y).mean())
    title = page.text("titles.member", member=m, error=alone)
    page.picture("alone", figures.member_field(result, m), TILE, title, member=m)
    vote = float(result.vote_error[0, m - 1])
    title = page.text("titles.first" if m == 1 else "titles.vote", member=m, error=vote)
    page.picture("together", figures.vote_field(result, m), TILE, title, member=m)


ui.Page(bagging).show(draw)
