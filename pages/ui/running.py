"""Running a page's experiment in the server's queue, and what is said of it while it runs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import streamlit as st

from core import concept as concepts
from core import text
from core.catalogue import CONCEPTS
from core.cluster.queues import the_queue
from core.cluster.tasks import Task
from core.jobs import Refused, Status
from core.text import Text
from pages.ui.session import Attempt, Session, defaults, session, visitor
from pages.ui.text import escape_markdown, on_primary

FINAL = ("done", "stopped", "failed")
RUN_WHEN_OPENED = True  # a page shows a result when it is opened; tests that look at something else turn it off


class Run:
    """The run of one page: asked for by the button, by a link, or by opening the page while nobody waits."""

    def __init__(self, concept: ModuleType, words: Text, settings: Any | None, inputs: dict[str, Any]) -> None:
        self.path, self.words, self.settings = concepts.path_of(concept), words, settings
        self.task = Task(self.path, settings, inputs)
        self.session = session()
        self.key = (self.path, settings)
        if st.query_params.get("run") == "1" and settings is not None:
            # Asked for by the link: once, and not again when a slider moves.
            st.query_params.pop("run")
            if self.attempt is None or self.attempt.settings != settings:
                self._start()
        elif self.attempt is None and settings is not None:
            self._show_something()

    @property
    def attempt(self) -> Attempt | None:
        return self.session.attempts.get(self.path)

    @property
    def trouble(self) -> str:
        """A sentence when no run can begin now."""
        return the_queue().trouble

    @property
    def running(self) -> bool:
        return self.attempt is not None and self.attempt.job is not None

    @property
    def result(self) -> Any | None:
        """The result on show of a run that has ended, as far as it came; None while running."""
        return None if self.attempt is None or self.running else self.attempt.result

    def _show_something(self) -> None:
        """The page has just been opened: a run of these settings that is known is shown at once; where nobody waits for the
        server it starts."""
        if self.key in self.session.held:
            self._show(self.session.held[self.key])
        elif self.path in defaults() and defaults()[self.path].settings == self.settings:
            self._show(defaults()[self.path])
        elif (
            (job := the_queue().get(self.task)) is not None
            and job.poll(self.session.owner).state
            in (
                "running",
                "waiting",
                "done",
            )
        ) or (RUN_WHEN_OPENED and the_queue().idle):
            self._start()

    def _show(self, result: Any) -> None:
        self._replace(Attempt(self.settings, None, result, "done"))

    def _start(self) -> None:
        before = self.attempt
        if self.key in self.session.held:
            self._show(self.session.held[self.key])
            return
        self._replace(None)
        try:
            job = the_queue().submit(self.task, self.session.owner, visitor())
            self._replace(Attempt(self.settings, job))
        except Refused as refused:
            if before is not None:
                self.session.attempts[self.path] = before
            st.warning(str(refused), icon=":material/hourglass_disabled:")

    def _replace(self, attempt: Attempt | None) -> None:
        if self.attempt is not None and self.attempt.job is not None:
            self.attempt.job.stop(self.session.owner)
        if attempt is None:
            self.session.attempts.pop(self.path, None)
        else:
            self.session.attempts[self.path] = attempt

    def buttons(self) -> None:
        """Run and Stop."""
        same = self.attempt is not None and self.attempt.settings == self.settings
        run = st.button(
            on_primary(self.words("ui.run")),
            type="primary",
            key=f"{self.path}-run",
            icon=":material/play_arrow:",
            width=130,
            disabled=self.settings is None or (self.running and same),
        )
        stop = st.button(
            self.words("ui.stop"), key=f"{self.path}-stop", icon=":material/stop:", disabled=not self.running
        )
        if run and self.settings is not None:
            self._start()
            st.rerun()
        if stop and self.attempt is not None and self.attempt.job is not None:
            status = self.attempt.job.poll(self.session.owner)
            self.attempt.job.stop(self.session.owner, visitor())
            finish(self.session, self.path, status, "stopped")
            st.rerun()

    def poll(self) -> Status:
        """How the run is; reruns the whole page when it has ended."""
        attempt = self.attempt
        if attempt is None or attempt.job is None:
            st.rerun()
        status = attempt.job.poll(self.session.owner)
        if status.state in FINAL:
            finish(self.session, self.path, status, status.state)
            st.rerun()
        return status


def result_of(status: Status) -> Any | None:
    return getattr(status.snapshot, "result", None)


def progress_text(words: Text, status: Status) -> str:
    """Where a run stands that has not ended."""
    if status.state == "waiting":
        if status.expected_wait is None:
            return words("ui.queued", place=status.place)
        return words("ui.queued_wait", place=status.place, wait=status.expected_wait)
    fraction = status.fraction or 0.0
    if doing := getattr(status.snapshot, "doing", ""):
        return words("ui.doing", what=words(f"doing.{doing}"), fraction=fraction)
    if status.snapshot is None:
        return words("ui.starting")
    if status.eta is None or status.eta < 1:
        return words("ui.progress", fraction=fraction, elapsed=status.elapsed)
    return words("ui.progress_left", fraction=fraction, elapsed=status.elapsed, left=status.eta)


def ended_text(words: Text, attempt: Attempt) -> str:
    """How a run ended."""
    if attempt.state == "stopped":
        why = escape_markdown(attempt.message)
        return words("ui.stopped_why" if why else "ui.stopped", fraction=attempt.fraction, why=why)
    return words("ui.done", seconds=attempt.seconds) if attempt.seconds else words("ui.done_before")


def finish(me: Session, path: str, status: Status, state: str) -> None:
    """Take what an ended run has left."""
    attempt = me.attempts[path]
    attempt.job, attempt.result, attempt.state = None, result_of(status), state
    attempt.message, attempt.seconds, attempt.fraction = status.message, status.elapsed, status.fraction or 0.0
    if state == "done":
        attempt.fraction = 1.0
        me.hold((path, attempt.settings), attempt.result)
        if attempt.settings == type(attempt.settings)():
            defaults()[path] = attempt.result


def keep_alive(page: str) -> None:
    """On every page, by its address: ask after this visitor's runs on the other pages, so that they go on, and say how far
    they are."""
    me = session()
    me.arrived, me.page = me.page != page, page
    running = any(a.job is not None for a in me.attempts.values())
    if running or any(c.slug == page for c in CONCEPTS.values()):
        with (
            st.sidebar,
            st.container(),
        ):  # there also when empty: what comes after keeps its place, so open groups stay open
            if running:
                st.fragment(run_every=3)(_elsewhere)()


def _elsewhere() -> None:
    me, words = session(), text.of("")
    for path, attempt in me.attempts.items():
        if attempt.job is None:
            continue
        title = CONCEPTS[path].title
        status = attempt.job.poll(me.owner)
        if status.state in FINAL:  # its own page takes what it has left when it is opened
            st.caption(f":material/check: {words('ui.elsewhere_done', title=title)}")
        else:
            progress = progress_text(text.of(path), status)  # what it is doing may be in its own words
            st.caption(f":material/model_training: {words('ui.elsewhere', title=title, progress=progress)}")
