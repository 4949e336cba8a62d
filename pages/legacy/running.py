"""Running a page's experiment in the server's queue, and showing it while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import streamlit as st

from core.catalogue import CONCEPTS
from core.jobs import Refused, Status
from pages.ui.session import Attempt, Session, queue, session, visitor
from pages.ui.text import escape_markdown as plain
from pages.ui.text import on_primary

FINAL = ("done", "stopped", "failed")
Draw = Callable[[Any, bool], None]  # (result so far, live)


class Run:
    """The run of one page. Call buttons() where they should stand, then show() where the figures should."""

    def __init__(self, page: str, settings: Any | None, work: Callable[[], Iterator[Any]]) -> None:
        self.page, self.settings, self.work = page, settings, work
        self.session = session()
        self.key = (page, settings)
        if st.query_params.get("run") == "1" and settings is not None:
            # Asked for by the link: once, and not again when a slider moves.
            st.query_params.pop("run")
            if self.attempt is None or self.attempt.settings != settings:
                self._start()
        elif self.attempt is None and settings is not None:
            self._find()

    @property
    def attempt(self) -> Attempt | None:
        return self.session.attempts.get(self.page)

    @property
    def running(self) -> bool:
        return self.attempt is not None and self.attempt.job is not None

    @property
    def result(self) -> Any | None:
        """The finished result on display, whole or as far as it came; None while running."""
        return None if self.attempt is None or self.running else self.attempt.result

    def _find(self) -> None:
        """A run of these very settings that is held, in the line or just finished is shown at once."""
        if self.key in self.session.held:
            self.session.attempts[self.page] = Attempt(self.settings, None, self.session.held[self.key], "done")
        elif (job := queue().get(self.key)) is not None and job.poll(self.session.owner).state not in (
            "stopped",
            "failed",
        ):
            self._start()

    def _start(self) -> None:
        before = self.attempt
        if self.key in self.session.held:
            self._replace(Attempt(self.settings, None, self.session.held[self.key], "done"))
            return
        self._replace(None)
        try:
            job = queue().submit(self.key, self.session.owner, self.work, visitor())
            self._replace(Attempt(self.settings, job))
        except Refused as refused:
            if before is not None:
                self.session.attempts[self.page] = before
            st.warning(str(refused), icon=":material/hourglass_disabled:")

    def _replace(self, attempt: Attempt | None) -> None:
        if self.attempt is not None and self.attempt.job is not None:
            self.attempt.job.stop(self.session.owner)
        if attempt is None:
            self.session.attempts.pop(self.page, None)
        else:
            self.session.attempts[self.page] = attempt

    def buttons(self, label: str = "Train") -> None:
        same = self.attempt is not None and self.attempt.settings == self.settings
        train = st.button(
            on_primary(label),
            type="primary",
            key=f"{self.page}-train",
            icon=":material/play_arrow:",
            width=160,
            disabled=self.settings is None or (self.running and same),
        )
        stop = st.button("Stop", key=f"{self.page}-stop", icon=":material/stop:", disabled=not self.running)
        if train and self.settings is not None:
            self._start()
            st.rerun()
        if stop and self.attempt is not None and self.attempt.job is not None:
            status = self.attempt.job.poll(self.session.owner)
            self.attempt.job.stop(self.session.owner)
            _finish(self.session, self.page, status, "stopped")
            st.rerun()

    def show(self, draw: Draw, empty: Callable[[], None], every: float = 0.5) -> None:
        """Draw the run: live in a fragment while it goes on, once when it is over. empty() draws the page before any.
        every (s): how often; seldomer where the picture is large, for drawing takes its time from the run."""
        if self.attempt is None:
            empty()
        elif self.running:
            status = self.attempt.job.poll(self.session.owner)  # type: ignore[union-attr]
            st.fragment(run_every=1.5 if status.state == "waiting" else every)(self._live)(draw, empty)
        else:
            self._over(draw, empty)

    def _live(self, draw: Draw, empty: Callable[[], None]) -> None:
        attempt = self.attempt
        if attempt is None or attempt.job is None:
            st.rerun()
        status = attempt.job.poll(self.session.owner)
        if status.state in FINAL:
            _finish(self.session, self.page, status, status.state)
            st.rerun()
        st.progress(status.fraction or 0.0, text=progress_text(status))
        self._earlier()
        if (result := _result(status)) is None:
            empty()
        else:
            draw(result, True)

    def _over(self, draw: Draw, empty: Callable[[], None]) -> None:
        attempt = self.attempt
        assert attempt is not None
        if attempt.state == "failed":
            st.error(plain(attempt.message), icon=":material/error:")
        else:
            # The same bar as while it ran, so that nothing below it moves.
            st.progress(attempt.fraction, text=over_text(attempt))
        self._earlier()
        if attempt.result is None:
            empty()
        else:
            draw(attempt.result, False)

    def _earlier(self) -> None:
        """Say so when the picture belongs to other settings than the controls show."""
        attempt = self.attempt
        if attempt is None or self.settings is None or attempt.settings == self.settings:
            return
        changed = [
            f"{f.name} {getattr(attempt.settings, f.name)} (now {getattr(self.settings, f.name)})"
            for f in fields(self.settings)
            if getattr(attempt.settings, f.name) != getattr(self.settings, f.name)
        ]
        st.caption(f":orange[:material/history:] This picture belongs to earlier settings: {', '.join(changed)}.")


def at_once(page: str, settings: Any | None, run: Callable[[Any], Any]) -> Any | None:
    """The result of a quick page: computed as the settings change, without the queue; the last one is kept."""
    st.query_params.pop("run", None)  # it runs at once, asked or not
    if settings is None:
        return None
    quick = session().quick
    if page not in quick or quick[page][0] != settings:
        quick[page] = settings, run(settings)
    return quick[page][1]


def _result(status: Status) -> Any | None:
    """The latest snapshot, when it is a Result and not a note on what is being waited for."""
    return None if hasattr(status.snapshot, "note") else status.snapshot


def progress_text(status: Status) -> str:
    if status.state == "waiting":
        wait = f", about {status.expected_wait:.0f} s" if status.expected_wait is not None else ""
        return f"In the line: place {status.place}{wait}"
    if note := getattr(status.snapshot, "note", ""):
        return f"{note}: {100 * (status.fraction or 0):.0f} %"
    if status.fraction is None:
        return "Starting"
    left = f" · about {status.eta:.0f} s left" if status.eta is not None and status.eta >= 1 else ""
    return f"{100 * status.fraction:.0f} % · {status.elapsed:.0f} s{left}"


def over_text(attempt: Attempt) -> str:
    if attempt.state == "stopped":
        return f"Stopped at {100 * attempt.fraction:.0f} %; what there is stays. {plain(attempt.message)}".strip()
    return f"Done in {attempt.seconds:.1f} s" if attempt.seconds else "Done"


def _finish(me: Session, page: str, status: Status, state: str) -> None:
    """Take what an ended run has left."""
    attempt = me.attempts[page]
    attempt.job, attempt.result, attempt.state = None, _result(status), state
    attempt.message, attempt.seconds, attempt.fraction = status.message, status.elapsed, status.fraction or 0.0
    if state == "done":
        attempt.fraction = 1.0
        me.hold((page, attempt.settings), attempt.result)


def keep_alive() -> None:
    """On every page: ask after this visitor's runs on the other pages, so that they go on, and say how far they are."""
    if any(a.job is not None for a in session().attempts.values()):
        with st.sidebar:
            st.fragment(run_every=3)(_elsewhere)()


def _elsewhere() -> None:
    me = session()
    for page, attempt in me.attempts.items():
        name = CONCEPTS[page].title
        if attempt.job is None:
            continue
        status = attempt.job.poll(me.owner)
        if status.state in FINAL:  # its own page takes what it has left when it is opened
            st.caption(f":material/check: {name}: {'done' if status.state == 'done' else 'ended'}")
        else:
            st.caption(f":material/model_training: {name}: {progress_text(status)}")
