"""Pinned runs beside the run on show."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from core.settings import declared
from core.text import Text
from pages.ui.controls import Controls
from pages.ui.session import session


def pin_name(i: int) -> str:
    return f"Pin {'ABC'[i]}"


def pins(path: str) -> list[Any]:
    return session().pins.get(path, [])


def comparison(path: str, words: Text, concept: ModuleType, result: Any | None, controls: Controls) -> None:
    """A table of the settings in which the pinned runs and this one differ, with the score of each, and below it the
    difference to each pin as a sentence."""
    if result is None or not pins(path):
        st.caption(words("ui.compare_empty"))
        return
    runs = {**{pin_name(i): pin for i, pin in enumerate(pins(path))}, words("ui.compare_now"): result}
    names = list(declared(type(result.settings)))
    differing = [n for n in names if len({getattr(r.settings, n) for r in runs.values()}) > 1]
    rows = {words.label(n): {run: controls.shown(r.settings, n) for run, r in runs.items()} for n in differing}
    rows[words("ui.score")] = {run: words.say(concept.score(r)) for run, r in runs.items()}
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=list(runs)))
    for i, pin in enumerate(pins(path)):
        difference = words.say(concept.difference(result, pin))
        st.markdown(f"- {words('ui.compare_with', pin=pin_name(i), difference=difference)}")
        changed = [words.label(n) for n in differing if getattr(pin.settings, n) != getattr(result.settings, n)]
        if len(changed) > 1:
            said = words("ui.compare_warning", n=len(changed), pin=pin_name(i), names=changed)
            st.warning(said, icon=":material/rule:")
    if st.button(words("ui.unpin"), key=f"{path}-unpin", icon=":material/delete:"):
        session().pins[path] = []
        st.rerun()
