"""Loss functions: curves and their gradients, and what each does to a fit."""

from urllib.parse import urlencode

import streamlit as st

from core.concepts.losses import losses
from core.concepts.losses.losses import FAMILIES, LOSSES, Settings
from core.figures import functions
from pages import ui
from pages.ui.controls import number
from pages.ui.session import session

PAGE = "losses/losses"
PICK = {"label_visibility": "collapsed", "bind": "query-params"}


def choose() -> str:
    """The family and its losses, kept in `c` like any other control."""
    c.shown |= {name: number for name, v in c.defaults.items() if type(v) in (int, float)}  # of other families too
    c.shown |= {"family": str.capitalize, **{f: lambda names: names.split(",") for f in FAMILIES}}
    c.labels |= {f: f.capitalize() for f in ("family", *FAMILIES)}
    family = st.segmented_control(
        "Kind", tuple(FAMILIES), default="regression", format_func=str.capitalize, key="losses-family", required=True, **PICK
    )  # fmt: skip
    names = st.pills(
        "Losses", losses.of(family), selection_mode="multi", default=c.defaults[family].split(","), key=f"losses-{family}", **PICK
    )  # fmt: skip
    c.values |= {"family": family, family: ",".join(n for n in losses.of(family) if n in names)}
    return family


def shape(chosen: str) -> None:
    """The sliders of the losses on view."""
    used = {p for name in chosen.split(",") if name for p in LOSSES[name].parameters}
    used |= {"span"} if family in losses.REFERENCE else set()
    for name, rest in losses.PARAMETERS.items():
        if name in used:
            c.pick(name, *rest)
    c.switch("log", "Logarithmic", "Shows how fast a loss and its pull grow or fade; zero has no place on it")


def draw(figures: list, names: tuple[str, ...]) -> None:
    alt = " ".join(losses.findings(result))
    for column, figure, name in zip(st.columns(2), figures, names, strict=True):
        column.plotly_chart(figure, key=f"losses-{name}", alt=alt, config={"displaylogo": False})


ui.head(
    PAGE,
    "A loss $\\ell$ says what an error costs; its gradient says how hard that error pulls on the model $\\theta$. $x_i$ is the "
    "residual, margin, distance or overlap of example $i$. What a loss forgives, the fit ignores.",
    r"\theta^* = \arg\min_\theta \textstyle\sum_i \ell(x_i)",
)
c = ui.Controls("losses", Settings)
st.query_params.pop("run", None)  # a quick page runs at once, asked or not
family = choose()
above, sliders = st.columns([2.8, 1], gap="medium")
words = st.container()
title, knobs = losses.EXPERIMENTS.get(family, ("", ()))
if title:
    st.subheader(title, anchor=False)
below, beside = st.columns([2.8, 1], gap="medium")
with sliders:
    shape(c.values[family])
with beside:
    for name, *rest in knobs:
        c.slide(name, *rest)
result = losses.run(settings) if (settings := c.settings()) else None
if result is not None and settings.chosen:
    with above:
        parts = ("value", "Loss"), ("gradient", f"Gradient: the {'size of the ' if settings.log else ''}pull")
        args = FAMILIES[family], losses.of(family), settings.log
        draw([functions.overlaid(result.curves, *part, *args) for part in parts], ("value", "gradient"))
    words.markdown("\n".join(losses.described(settings)))
    with below:
        if result.scores is not None:
            draw(losses.figures(result), ("fits", "effects"))
if result is not None:
    ui.findings(losses.findings(result))
    with st.container(horizontal=True):
        if result.scores is not None and st.button("Pin this run", icon=":material/push_pin:", key="losses-pin"):
            session().pin(PAGE, result)
        with st.popover("Copy link", icon=":material/link:", help="A link that reproduces this experiment exactly"):
            address = f"{(st.context.url or '').split('?')[0]}?{urlencode(c.query(whole=True), True)}"
            st.code(address, language=None, wrap_lines=True)
tabs = st.tabs(["Try this", "Compare", "Code", "Sources"])
with tabs[0]:
    ui.try_this(PAGE, c, losses.QUESTIONS, result)
with tabs[1]:
    ui.comparison(PAGE, c, result, losses.score, losses.difference)
tabs[2].caption("The very functions that ran, as a file of its own that prints the numbers above.")
tabs[2].code(losses.script(settings) if settings else "", language="python", height=420)
with tabs[3]:
    ui.sources(losses.SOURCES)
