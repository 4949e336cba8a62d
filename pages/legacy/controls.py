"""Controls bound to the address: each is a field of the page's Settings, and its default is that field's default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st


def number(value: float) -> str:
    """How a number stands on a slider and in the address."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text or "0"


class Controls:
    """Collects the widgets of one page into its settings.

    slug prefixes the keys, which are the names in the address: a key that two pages share leaks from one to the other
    when the visitor goes back.
    """

    def __init__(self, slug: str, settings: type) -> None:
        self.slug = slug
        self.type = settings
        self.defaults = {f.name: f.default for f in fields(settings)}
        self.values: dict[str, Any] = {}
        self.labels: dict[str, str] = {}
        self.shown: dict[str, Callable[[Any], str]] = {}

        if st.query_params.get("run") == "1":
            self._follow()

    def _follow(self) -> None:
        """Let a link to the page one is already on mean all of its settings: a control that the link leaves out goes back
        to its default, where Streamlit would leave it as it stands."""
        for name, default in self.defaults.items():
            key = f"{self.slug}-{name}"
            if key in st.session_state and key not in st.query_params:
                several = isinstance(st.session_state[key], list)
                st.session_state[key] = default.split(",") if several else default

    def _common(self, name: str, help: str) -> dict[str, Any]:
        return {"key": f"{self.slug}-{name}", "help": help, "bind": "query-params"}

    def choose(self, name: str, label: str, options: Sequence[str], help: str, text: Callable[[str], str] = str) -> str:
        """One of a few names."""
        default = self.defaults[name]
        value = st.selectbox(
            label, options, index=list(options).index(default), format_func=text, **self._common(name, help)
        )
        return self._keep(name, label, value, text)

    def segment(
        self, name: str, label: str, options: Sequence[str], help: str, text: Callable[[str], str] = str
    ) -> str:
        """One of a few names, all in sight."""
        value = st.segmented_control(
            label, options, default=self.defaults[name], format_func=text, required=True, **self._common(name, help)
        )
        return self._keep(name, label, value or self.defaults[name], text)  # an empty address gives None

    def many(self, name: str, label: str, options: Sequence[str], help: str) -> str:
        """Any of a few names. In the settings they stand in the order of `options` with commas between."""
        chosen = st.pills(
            label,
            options,
            selection_mode="multi",
            default=self.defaults[name].split(","),
            wrap=True,
            **self._common(name, help),
        )
        return self._keep(name, label, ",".join(o for o in options if o in chosen), lambda names: names.split(","))

    def ordered(self, name: str, label: str, options: Sequence[str], help: str) -> str:
        """Any of a few names, in the order in which they are chosen. In the settings they stand with commas between."""
        default = self.defaults[name].split(",")
        chosen = st.multiselect(label, options, default=default, **self._common(name, help))
        return self._keep(name, label, ",".join(chosen), lambda names: names.split(","))

    def pick(self, name: str, label: str, options: Sequence[float], help: str) -> Any:
        """One of a row of numbers, as for a logarithmic slider. The default is in the row."""
        value = st.select_slider(
            label, options, value=self.defaults[name], format_func=number, **self._common(name, help)
        )
        return self._keep(name, label, value, number)

    def slide(self, name: str, label: str, low: float, high: float, step: float, help: str) -> Any:
        """Any number from low to high."""
        value = st.slider(label, low, high, self.defaults[name], step, **self._common(name, help))
        return self._keep(name, label, value, number)

    def switch(self, name: str, label: str, help: str) -> Any:
        """On or off."""
        value = st.toggle(label, self.defaults[name], **self._common(name, help))
        return self._keep(name, label, value, lambda on: str(on).lower())

    def _keep(self, name: str, label: str, value: Any, text: Callable[[Any], str]) -> Any:
        self.values[name], self.shown[name], self.labels[name] = value, text, label
        return value

    def settings(self, **more: Any) -> Any | None:
        """The settings, or None after a sentence on screen says what is wrong with them."""
        # The address may say -0, which numpy refuses as a standard deviation and which would be a run of its own.
        values = {name: v + 0.0 if isinstance(v, float) else v for name, v in self.values.items()}
        try:
            return self.type(**values, **more)
        except ValueError as error:
            st.error(f"These settings cannot be run. {str(error)[0].upper()}{str(error)[1:]}.", icon=":material/error:")
            return None

    def query(self, change: Mapping[str, Any] | None = None, whole: bool = False) -> dict[str, Any]:
        """The address parameters of the defaults with `change`, or with whole=True of every control as it stands now."""
        values = self.values if whole else (change or {})
        return {f"{self.slug}-{name}": self.shown[name](value) for name, value in values.items() if name in self.shown}
