"""A bounded first-come line that runs training generators for many visitors, one at a time by default.

A job is a callable giving an iterator of snapshots: `for snapshot in work()` runs on a daemon thread, and each snapshot
replaces the one before it, so it must never be changed once yielded. Stopping is not asking for the next one. Whoever
wants the result is an owner (any string, say a browser tab's); equal keys asked for by several owners are one job. A
visitor, who may be several owners, has a share of the line. An owner polls, and that poll is its heartbeat: when the
last owner stops or falls silent, the job gives its slot back.

Times are in seconds of the queue's clock, memory in bytes. One condition guards everything; no work runs under it.
"""

from __future__ import annotations

import heapq
import logging
import math
import os
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

State = Literal["waiting", "running", "done", "stopped", "failed"]
Work = Callable[[], Iterator[object]]

HEARTBEAT = 20.0  # s of silence after which a page's run is dropped; a network away for ten comes back within sixteen
STUCK_LIMIT = 4  # abandoned threads that may exist; Python cannot end a thread, and each keeps eating a core
STUCK = f"{STUCK_LIMIT} earlier runs never ended and keep this computer busy, so no new run can start. Try again later."
CLOSED = "The server is shutting down."
SMALLER = "try smaller settings, such as fewer seeds, a narrower network or a smaller batch"
GRACE = 0.1  # share of the time limit that a step under way may take beyond it before the job counts as stuck

log = logging.getLogger("concept_lab.jobs")


class Told(Exception):
    """A run has failed in a way that is known; its text is a full sentence for the person who asked."""


class Refused(Exception):
    """The line does not take this job; its text is a full sentence for the person who asked."""


@dataclass(frozen=True)
class Status:
    """What one poll shows; it does not change afterwards."""

    state: State
    place: int  # in the queue, 1 is next; 0 when not waiting
    expected_wait: float | None  # seconds until it starts; None when unknown, 0 when not waiting
    snapshot: object | None  # the latest yielded value
    fraction: float | None  # the snapshot's `fraction`, within 0..1; None if it has none
    elapsed: float  # seconds running, or run
    eta: float | None  # seconds to the end, from fraction and elapsed; None when unknown or not running
    message: str  # a sentence why it stopped or failed, else ''
    version: int  # grows by one with each other snapshot or state (not with place): equal version, nothing new to draw


class Job:
    """One run, wanted by its owners; made by `Jobs.submit`. The queue's lock guards what begins with an underscore."""

    def __init__(self, queue: Jobs, key: Hashable, work: Work) -> None:
        self.id = uuid.uuid4().hex
        self.key = key
        self._queue = queue
        self._work: Work | None = work
        self._seen: dict[str, float] = {}  # owner -> clock time of its last poll
        self._whose: dict[str, str] = {}  # owner, also one who has left -> visitor
        self._left = ""  # why the last owner left
        self._state: State = "waiting"
        self._message = ""
        self._version = 0
        self._snapshot: object | None = None
        self._fraction: float | None = None
        self._total: float | None = None  # seconds the whole run should take, estimated at the latest snapshot
        self._started: float | None = None
        self._ended: float | None = None
        self._deadline = math.inf  # clock time at which the thread counts as stuck

    @property
    def owners(self) -> frozenset[str]:
        """Those who want the job now; none once it has ended."""
        with self._queue._changed:
            return frozenset(self._seen)

    def _visitors(self) -> set[str]:
        return {self._whose[owner] for owner in self._seen}

    def poll(self, owner: str) -> Status:
        """The job as it stands. An owner's poll is its heartbeat; anybody else just looks (`Jobs.submit` joins)."""
        queue = self._queue
        with queue._changed:
            now = queue._clock()
            if owner in self._seen:
                self._seen[owner] = now  # before the sweep: who asks late is still there
            queue._sweep(now)
            place = queue._line.index(self) + 1 if self._state == "waiting" else 0
            wait = queue._wait(place, now) if place else 0.0
            elapsed = 0.0 if self._started is None else (now if self._ended is None else self._ended) - self._started
            eta = None if self._total is None or self._ended is not None else max(0.0, self._total - elapsed)
            latest = self._snapshot, self._fraction
            return Status(self._state, place, wait, *latest, elapsed, eta, self._message, self._version)

    def stop(self, owner: str, visitor: str | None = None) -> None:
        """This owner no longer wants the job, nor does any other owner of the same `visitor`, such as the tab before it was
        reloaded; the last one leaving ends it, within one step if it runs. Repeatable."""
        queue = self._queue
        with queue._changed:
            now = queue._clock()
            leaving = {owner} | {other for other in self._seen if visitor and self._whose[other] == visitor}
            if leaving & self._seen.keys():
                for other in leaving:
                    self._seen.pop(other, None)
                self._left = "Stopped on request."
                queue._unwanted(self, now)
            queue._sweep(now)

    def wait(self, timeout: float) -> bool:
        """Block up to `timeout` real seconds until the job has ended; whether it has. No heartbeat: for scripts."""
        with self._queue._changed:
            return self._queue._changed.wait_for(lambda: self._ended is not None, timeout)


class Jobs:
    """The queue and its slots. `slots` jobs run at once. As many may wait as can be served within `longest_wait` (s) by what
    the latest jobs took, and `line` at most. A visitor has at most `share` of them all, over all the owners that are theirs.

    `time_limit` (s): a job running longer is stopped at its next snapshot; one that does not come to it soon after is
    given up and its thread abandoned. `memory_limit` (bytes): what the whole process may grow by while a job runs, so
    with several slots a neighbour's growth counts too. `heartbeat` (s): an owner silent for so long is dropped. `keep`:
    so many jobs that ran are remembered, with their last snapshot.
    """

    def __init__(
        self,
        slots: int = 1,
        line: int = 200,
        share: int = 3,
        longest_wait: float = 300.0,
        time_limit: float = 120.0,
        memory_limit: float = 4 * 2**30,
        heartbeat: float = 15.0,
        keep: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots, self.line, self.share, self.keep = slots, line, share, keep
        self.longest_wait = longest_wait
        self.time_limit, self.memory_limit, self.heartbeat = time_limit, memory_limit, heartbeat
        self._clock = clock
        self._changed = threading.Condition()
        self._active: dict[Hashable, Job] = {}  # waiting or running
        self._line: list[Job] = []
        self._running: list[Job] = []  # those holding a slot, also while an ended one still closes its generator
        self._stuck: set[Job] = set()  # abandoned, their threads still alive
        self._kept: OrderedDict[Hashable, Job] = OrderedDict()
        self._times: deque[float] = deque(maxlen=16)  # seconds that the latest jobs held their slot
        self._due = math.inf  # no heartbeat or deadline runs out before this; spares every poll a walk over all owners
        self._closed = False
        threading.Thread(target=self._watch, name="jobs-watchdog", daemon=True).start()

    def submit(self, key: Hashable, owner: str, work: Work, visitor: str | None = None) -> Job:
        """The job of this key, made and put into the line unless it waits, runs, or is done and still remembered.
        `visitor`: whose owner it is, for one person may have many; if not told, each owner is somebody else.

        Raises Refused when the line is full, the visitor has their share, too many threads hang, or after close.
        """
        visitor = visitor or owner
        with self._changed:
            now = self._clock()
            job = self._active.get(key)
            if job is not None and owner in job._seen:
                job._seen[owner] = now
                return job
            self._sweep(now)
            if self._closed:
                raise Refused(CLOSED)
            job = self._active.get(key)
            kept = self._kept.get(key)
            if job is None and kept is not None and kept._state == "done":
                self._kept.move_to_end(key)
                return kept
            theirs = [other for other in self._active.values() if visitor in other._visitors()]
            if job not in theirs and len(theirs) >= self.share:
                runs = "1 run" if self.share == 1 else f"{self.share} runs"
                raise Refused(f"You already have {runs} in the queue, counting all your tabs. Stop one or wait.")
            if job is None:
                if len(self._stuck) >= STUCK_LIMIT:
                    raise Refused(STUCK)
                last = self._wait(len(self._line) + 1, now) or 0.0
                if len(self._running) >= self.slots and (len(self._line) >= self.line or last > self.longest_wait):
                    wait = self._wait(1, now)
                    again = "a little later" if wait is None else f"in about {max(1, math.ceil(wait))} s"
                    raise Refused(f"The queue is full ({len(self._line)} runs are waiting). Try again {again}.")
                job = self._active[key] = Job(self, key, work)
                self._line.append(job)
            job._whose[owner] = visitor
            job._seen[owner] = now  # a job all owners have left, but that has not come to its next step, goes on
            self._due = min(self._due, now + self.heartbeat)
            self._fill(now)
            self._changed.notify_all()
            return job

    def resize(self, slots: int) -> None:
        """Let another number of jobs run at once. Those that run go on."""
        with self._changed:
            self.slots = slots
            self._fill(self._clock())
            self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        with self._changed:
            self._sweep(self._clock())
            return not self._running and not self._line

    def get(self, key: Hashable) -> Job | None:
        """The waiting, running or recently ended job of this key, if any. Does not make anyone an owner."""
        with self._changed:
            self._sweep(self._clock())
            return self._active.get(key) or self._kept.get(key)

    def close(self, timeout: float = 1.0) -> None:
        """Take nothing more, stop everything, and wait up to `timeout` real seconds for the running steps to end."""
        with self._changed:
            self._closed = True
            now = self._clock()
            for job in [*self._running, *self._line]:
                job._seen.clear()
                job._left = CLOSED
                self._unwanted(job, now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running, timeout)

    # Down to _wait: called with the lock held.

    def _unwanted(self, job: Job, now: float) -> None:
        """Takes a job without owners out of the line; a running one is ended by its own thread, at the next step."""
        if not job._seen and job._state == "waiting":
            self._line.remove(job)
            self._end(job, "stopped", job._left, now)

    def _drop_silent(self, job: Job, now: float) -> None:
        for owner in [owner for owner, seen in job._seen.items() if seen + self.heartbeat <= now]:
            del job._seen[owner]
            job._left = f"Stopped because nobody has asked after it for {self.heartbeat:g} s."
        self._unwanted(job, now)

    def _sweep(self, now: float) -> None:
        """Acts on every heartbeat and deadline that has run out."""
        if now < self._due:
            return
        for job in [*self._running, *self._line]:
            self._drop_silent(job, now)
        for job in [job for job in self._running if job._deadline <= now]:
            log.error("abandoned a thread that does not come to its next step, job %r", job.key)
            self._running.remove(job)
            self._stuck.add(job)
            if job._state == "running":  # else it is stuck in closing, and its end has been told
                why = f"did not come to its next step within the time limit of {self.time_limit:g} s and was given up."
                self._end(job, "failed", f"This run {why}", now)
        if len(self._stuck) >= STUCK_LIMIT:  # they might wait for ever, or get stuck as well
            while self._line:
                self._end(self._line.pop(0), "failed", STUCK, now)
        self._fill(now)
        times = [seen + self.heartbeat for job in self._active.values() for seen in job._seen.values()]
        self._due = min([*times, *(job._deadline for job in self._running)], default=math.inf)

    def _fill(self, now: float) -> None:
        """Starts the next jobs while there are free slots."""
        while self._line and len(self._running) < self.slots:
            job = self._line.pop(0)
            work, job._work = job._work, None  # what it captured is let go with its thread
            job._state, job._started, job._version = "running", now, job._version + 1
            job._deadline = now + self.time_limit * (1 + GRACE)
            self._due = min(self._due, job._deadline)
            self._running.append(job)
            try:  # one thread a job: abandoning one then needs no replacement
                threading.Thread(target=self._run, args=(job, work), name="jobs-run", daemon=True).start()
            except RuntimeError:  # the system has no more threads; without this the slot would be lost
                log.exception("no thread for job %r", job.key)
                self._running.remove(job)
                self._end(job, "failed", "This computer is too busy to start the run. Try again later.", now)
            self._changed.notify_all()

    def _end(self, job: Job, state: State, message: str, now: float) -> None:
        job._state, job._message, job._ended, job._version = state, message, now, job._version + 1
        job._work = None
        job._seen.clear()
        del self._active[job.key]
        if job._started is not None:
            self._times.append(now - job._started)
            self._kept[job.key] = job
            self._kept.move_to_end(job.key)
            while len(self._kept) > self.keep:
                self._kept.popitem(last=False)
        self._changed.notify_all()

    def _wait(self, place: int, now: float) -> float | None:
        """Seconds until the job at this place starts: each slot frees in turn, each job ahead takes the mean time."""
        mean = fmean(self._times) if self._times else None
        if self.slots == 0:
            return None
        free = [0.0] * (self.slots - len(self._running))
        for job in self._running:
            total = mean if job._total is None else job._total
            if total is None or job._started is None:
                return None
            free.append(max(0.0, min(total, self.time_limit) + job._started - now) if job._ended is None else 0.0)
        heapq.heapify(free)
        for _ in range(place - 1):
            if mean is None:
                return None
            heapq.heapreplace(free, free[0] + mean)
        return free[0]

    def _watch(self) -> None:
        """The watchdog thread: sweeps on time although nobody polls."""
        with self._changed:
            while self._running or not self._closed:
                now = self._clock()
                self._sweep(now)
                self._changed.wait(None if self._due == math.inf else max(0.0, self._due - now))

    def _run(self, job: Job, work: Work) -> None:
        """The thread of one job."""
        before = resident()
        steps: Iterator[object] | None = None
        end: tuple[State, str] = ("done", "")
        try:
            steps = work()
            latest: object = job  # no snapshot is this
            for snapshot in steps:
                # The same object again is a step with nothing new to show, only a chance to stop: it costs little.
                new, latest = snapshot is not latest, snapshot
                grown = resident() - before if new else 0
                if not self._take(job, snapshot, _fraction(snapshot), grown, new):
                    break
        except BaseException as error:  # whatever it is, SystemExit too, must not cost the slot
            log.exception("job %r failed", job.key)
            end = ("failed", _sentence(error))
        try:  # in this thread: a generator cannot be closed while another thread is inside it
            getattr(steps, "close", lambda: None)()
        except BaseException:
            log.exception("closing job %r failed", job.key)
        with self._changed:
            now = self._clock()
            if job._ended is None:
                self._end(job, *end, now)
            if job in self._stuck:
                self._stuck.remove(job)
            else:
                self._running.remove(job)
            self._fill(now)
            self._changed.notify_all()

    def _take(self, job: Job, snapshot: object, fraction: float | None, grown: int, new: bool) -> bool:
        """Keeps a new snapshot; whether to ask for the next one. When not, the job has its final state on return."""
        with self._changed:
            now = self._clock()
            if job._ended is not None or job._started is None:  # abandoned meanwhile: touch nothing
                return False
            elapsed = now - job._started
            if new:
                job._snapshot, job._fraction, job._version = snapshot, fraction, job._version + 1
                job._total = elapsed / fraction if fraction else None
            self._drop_silent(job, now)
            if grown > self.memory_limit:
                job._snapshot = None  # it may be what is so large
                limit = f"{self.memory_limit / 2**30:.3g} GiB"
                why = f"This run grew beyond the memory limit of {limit}; {SMALLER}."
                self._end(job, "failed", why, now)
            elif not job._seen:
                self._end(job, "stopped", job._left, now)
            elif elapsed >= self.time_limit:
                why = f"Stopped at the time limit of {self.time_limit:g} s; what it had reached by then is kept."
                self._end(job, "stopped", why, now)
            else:
                return True
            job._deadline = now + self.time_limit * GRACE  # for closing the generator
            self._due = min(self._due, job._deadline)
            return False


def resident() -> int:
    """Bytes of memory this process holds now; 0 on systems without /proc, where the limit then does not act."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _fraction(snapshot: object) -> float | None:
    value = getattr(snapshot, "fraction", None)
    return None if value is None or not math.isfinite(value) else min(1.0, max(0.0, float(value)))


def _sentence(error: BaseException) -> str:
    """What to tell the person, without inner workings. A ValueError about the settings is a sentence already."""
    text = str(error).strip()
    # torch raises RuntimeError: "CUDA out of memory", on the CPU "can't allocate memory" or "not enough memory"
    short = any(phrase in text for phrase in ("out of memory", "allocate memory", "not enough memory"))
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and short):
        return f"This run needed more memory than there is; {SMALLER}."
    if isinstance(error, Told):
        return text
    if isinstance(error, ValueError) and text and len(text) <= 300 and "\n" not in text:
        return text
    return "This run failed because of an error in the program; the details are in the server's log."
