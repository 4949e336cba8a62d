"""Pinned runs beside the run on display."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any

import pandas as pd
import streamlit as st

from core.figures.pins import lay_over
from pages.legacy.controls import Controls
from pages.ui.session import session


def pin_name(i: int) -> str:
    return f"Pin {'ABC'[i]}"


def pins(page: str) -> list[Any]:
    return session().pins.get(page, [])


def pinned(page: str, now: Any) -> dict[str, Any]:
    """The pinned runs by name, to be drawn over the run on display, `now`; without that run itself."""
    return {pin_name(i): pin for i, pin in enumerate(pins(page)) if pin is not now}


def overlaid(
    page: str,
    now: Any,
    draw: Callable[[Any], dict[str, Any]],
    fits: Callable[[Any], bool] = lambda pin: True,
    only: Collection[str] = (),
) -> dict[str, Any]:
    """The chart draw(now), ECharts options, with those of the pinned runs that fit it laid over; only: names of lines."""
    return lay_over(draw(now), {name: draw(pin) for name, pin in pinned(page, now).items() if fits(pin)}, only)


def comparison(
    page: str,
    controls: Controls,
    result: Any | None,
    score: Callable[[Any], str],
    difference: Callable[[Any, Any], str],
) -> None:
    """A table of the settings in which the pinned runs and this one differ, with `score(result)` of each, and below it
    `difference(result, pin)` as a sentence for each pin."""
    if result is None or not pins(page):
        st.caption("Pin a finished run and change one setting: the two are then set side by side here.")
        return
    runs = {**{pin_name(i): pin for i, pin in enumerate(pins(page))}, "Now": result}
    differing = [
        f.name for f in fields(result.settings) if len({getattr(r.settings, f.name) for r in runs.values()}) > 1
    ]
    label = {f: controls.labels.get(f, f) for f in differing}
    rows = {label[f]: {n: str(getattr(r.settings, f)) for n, r in runs.items()} for f in differing}
    rows["Score"] = {n: score(r) for n, r in runs.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=list(runs)))
    for i, pin in enumerate(pins(page)):
        st.markdown(f"- **Now against {pin_name(i)}.** {difference(result, pin)}")
        changed = [f for f in differing if getattr(pin.settings, f) != getattr(result.settings, f)]
        if len(changed) > 1:
            st.warning(
                f"{len(changed)} settings differ from {pin_name(i)} ({', '.join(label[f] for f in changed)}), so what made the difference cannot "
                "be told. Change one at a time.",
                icon=":material/rule:",
            )
    if st.button("Remove pins", key=f"{page}-unpin", icon=":material/delete:"):
        session().pins[page] = []
        st.rerun()
