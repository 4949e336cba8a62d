"""The line of jobs: order, limits, sharing, and that no slot is ever lost."""

from __future__ import annotations

import inspect
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import core.jobs
from core.jobs import STUCK_LIMIT, Job, Jobs, Refused, Status, resident

FINAL = {"done", "stopped", "failed"}
SMALLER = "try smaller settings, such as fewer seeds, a narrower network or a smaller batch."
END = object()


class Clock:
    """Stands still until a test moves it; the watchdog, which waits in real time, then never acts by itself."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Steps:
    """Fake work that does as it is told: yields what is sent, raises a sent exception, returns at END."""

    def __init__(self, *orders: object) -> None:
        self.orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.started = threading.Event()
        self.ended = threading.Event()
        self.runs = 0
        self.asked = 0  # how often a next snapshot was asked for
        self.threads: list[int] = []
        self.send(*orders)

    def send(self, *orders: object) -> None:
        for order in orders:
            self.orders.put(order)

    def __call__(self) -> Iterator[object]:
        self.runs += 1
        self.threads.append(threading.get_ident())
        self.started.set()
        try:
            while True:
                self.asked += 1
                order = self.orders.get(timeout=20)
                if order is END:
                    return
                if isinstance(order, BaseException):
                    raise order
                yield order
        finally:
            self.threads.append(threading.get_ident())
            self.ended.set()


class Bench:
    """A queue on a hand-moved clock, and its fake works, all let go at the end."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.jobs = Jobs(**{"clock": self.clock, **options})
        self.works: list[Steps] = []

    def submit(self, key: object, owner: str, *orders: object) -> tuple[Job, Steps]:
        work = Steps(*orders)
        self.works.append(work)
        return self.jobs.submit(key, owner, work), work

    def give(self, job: Job, work: Steps, *snapshots: object) -> Status:
        """Sends snapshots and waits until the last is taken; looks as nobody, so without a heartbeat."""
        version = job.poll("").version
        work.send(*snapshots)
        until(lambda: job.poll("").version >= version + len(snapshots))
        return job.poll("")

    def finish(self, job: Job, work: Steps) -> None:
        assert work.started.wait(5)
        work.send(END)
        assert job.wait(5)


def until(true: Callable[[], bool]) -> None:
    for _ in range(5000):
        if true():
            return
        time.sleep(0.001)
    raise AssertionError("never came true")


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**options: Any) -> Bench:
        made.append(Bench(**options))
        return made[-1]

    yield make
    for each in made:
        for work in each.works:
            work.send(END, END)
        each.jobs.close()


def at(fraction: float | None) -> SimpleNamespace:
    return SimpleNamespace(fraction=fraction)


# the line


def test_thirty_at_once(bench: Callable[..., Bench]) -> None:
    b = bench(slots=1, line=20)
    order: list[int] = []
    release = threading.Event()
    accepted: list[Job] = []
    refused: list[str] = []

    def work(number: int) -> Callable[[], Iterator[object]]:
        def steps() -> Iterator[object]:
            order.append(number)
            release.wait(5)
            yield number

        return steps

    for number in range(30):
        try:
            accepted.append(b.jobs.submit(number, f"owner {number}", work(number)))
        except Refused as error:
            refused.append(str(error))
    until(lambda: order == [0])
    shown = [job.poll(f"owner {number}") for number, job in enumerate(accepted)]
    assert [s.state for s in shown] == ["running"] + ["waiting"] * 20
    assert [s.place for s in shown] == list(range(21))
    assert refused == ["The queue is full (20 runs are waiting). Try again a little later."] * 9
    release.set()
    assert all(job.wait(5) for job in accepted)
    assert order == list(range(21))
    assert [job.poll("").state for job in accepted] == ["done"] * 21
    assert [job.poll("").snapshot for job in accepted] == list(range(21))


def test_refusal_tells_how_long_when_it_is_known(bench: Callable[..., Bench]) -> None:
    b = bench(line=1)
    running, work = b.submit(1, "a")
    b.submit(2, "b")
    b.clock.now = 10.0
    b.give(running, work, at(0.2))
    with pytest.raises(Refused, match=r"^The queue is full \(1 runs are waiting\)\. Try again in about 40 s\.$"):
        b.submit(3, "c")


def test_no_line_at_all_still_runs_one(bench: Callable[..., Bench]) -> None:
    b = bench(line=0)
    assert b.submit(1, "a")[0].poll("a").state == "running"
    with pytest.raises(Refused, match="full"):
        b.submit(2, "b")


def test_places_and_waits_when_one_leaves_from_the_middle(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=1e6)
    first, work = b.submit("first", "a")
    waiting = [b.submit(n, f"w{n}")[0] for n in range(4)]
    assert [j.poll("").expected_wait for j in waiting] == [None] * 4  # nothing is known yet
    b.clock.now = 5.0
    b.give(first, work, at(0.25))
    assert [j.poll("").expected_wait for j in waiting] == [15.0, None, None, None]
    b.clock.now = 10.0
    b.finish(first, work)  # took 10 s, so that is the mean
    until(lambda: waiting[0].poll("").state == "running")
    b.clock.now = 14.0
    assert [j.poll("").place for j in waiting] == [0, 1, 2, 3]
    assert [j.poll("").expected_wait for j in waiting] == [0.0, 6.0, 16.0, 26.0]
    waiting[2].stop("w2")
    assert [j.poll("").place for j in waiting] == [0, 1, 0, 2]
    assert [j.poll("").expected_wait for j in waiting] == [0.0, 6.0, 0.0, 16.0]
    assert waiting[2].poll("").state == "stopped"
    b.clock.now = 60.0  # longer than the mean: any moment now, never negative
    assert [j.poll("").expected_wait for j in waiting] == [0.0, 0.0, 0.0, 10.0]


def test_waits_with_two_slots(bench: Callable[..., Bench]) -> None:
    b = bench(slots=2, heartbeat=1e6)
    b.clock.now = 100.0
    early, work = b.submit("early", "z")
    b.clock.now = 108.0
    b.finish(early, work)  # the mean is 8 s
    slow, slow_work = b.submit("slow", "a")
    fast, fast_work = b.submit("fast", "b")
    waiting = [b.submit(n, f"w{n}")[0] for n in range(4)]
    b.clock.now = 118.0
    b.give(slow, slow_work, at(0.25))
    b.give(fast, fast_work, at(0.5))
    waits = [j.poll("").expected_wait for j in waiting]
    assert waits == [10.0, 18.0, 26.0, 30.0]  # ends at 10, 18, 26 on the one slot, and at 30 on the other


def test_expected_wait_never_exceeds_the_time_limit_of_the_running_one(bench: Callable[..., Bench]) -> None:
    b = bench(time_limit=50.0)
    job, work = b.submit(1, "a")
    other, _ = b.submit(2, "b")
    b.clock.now = 10.0
    b.give(job, work, at(0.01))
    assert job.poll("a").eta == pytest.approx(990.0)
    assert other.poll("b").expected_wait == pytest.approx(40.0)


def test_first_come_first_served_whoever_asks(bench: Callable[..., Bench]) -> None:
    b = bench(share=2)
    jobs = [b.submit(key, owner) for key, owner in (("a1", "a"), ("a2", "a"), ("b1", "b"))]
    started: list[int] = []
    with pytest.raises(Refused, match=r"^You already have 2 runs in the queue, counting all your tabs. Stop one"):
        b.submit("a3", "a")
    b.finish(*jobs[0])
    jobs.append(b.submit("a3", "a"))  # the share is free again, but b1 was here before
    for number, (job, work) in enumerate(jobs[1:], 1):
        assert work.started.wait(5)
        started.append(sum(w.runs for _, w in jobs))
        assert started[-1] == number + 1, "started before its turn"
        b.finish(job, work)


def test_share_counts_shared_jobs_and_frees_on_stop(bench: Callable[..., Bench]) -> None:
    b = bench(share=1)
    b.submit("x", "a")
    mine, _ = b.submit("y", "b")
    with pytest.raises(Refused, match="already have 1 run in"):
        b.submit("x", "b")
    assert b.submit("y", "b")[0] is mine  # asking again for what one has is no second run
    mine.stop("b")
    assert b.submit("x", "b")[0].owners == {"a", "b"}


def test_the_tabs_of_a_visitor_share_one_share(bench: Callable[..., Bench]) -> None:
    b = bench(share=3)

    def ask(key: str, tab: str, visitor: str | None) -> Job:
        b.works.append(Steps())
        return b.jobs.submit(key, tab, b.works[-1], visitor)

    held = [ask(f"k{n}", f"tab{n}", "me") for n in range(3)]
    for tab in ("tab0", "tab9"):
        with pytest.raises(Refused, match=r"^You already have 3 runs in the queue, counting all your tabs. Stop one"):
            ask("more", tab, "me")
    assert ask("k1", "tab9", "me") is held[1]  # what they have, seen from a further tab, takes no further place
    assert ask("more", "tab8", "you").owners == {"tab8"}
    with pytest.raises(Refused, match="already have 3"):
        ask("more", "tab9", "me")  # joining another's does
    held[1].stop("tab1")
    with pytest.raises(Refused, match="already have 3"):
        ask("fourth", "tab1", "me")  # tab9 still waits for it
    held[1].stop("tab9")
    assert ask("fourth", "tab1", "me").owners == {"tab1"}
    assert [ask(f"own{n}", f"tab{n}", None).owners for n in range(3)] == [{f"tab{n}"} for n in range(3)]


# equal keys


def test_two_owners_one_run_and_one_stopping(bench: Callable[..., Bench]) -> None:
    b = bench()
    job, work = b.submit("key", "a")
    same, other = b.submit("key", "b")
    assert same is job and b.jobs.get("key") is job and job.owners == {"a", "b"}
    job.stop("a")
    job.stop("a")
    job.stop("a stranger")
    assert b.give(job, work, 1).state == "running"
    assert job.owners == {"b"}
    b.finish(job, work)
    assert (work.runs, other.runs) == (1, 0)
    assert job.poll("a").snapshot == job.poll("b").snapshot == 1


def test_waiting_job_of_two_owners_stays_when_one_stops(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.submit("running", "z")
    job, _ = b.submit("key", "a")
    b.submit("key", "b")
    job.stop("b")
    assert job.poll("a").place == 1
    job.stop("a")
    assert job.poll("a").state == "stopped" and b.jobs.get("key") is None


def test_done_is_served_again_while_remembered(bench: Callable[..., Bench]) -> None:
    b = bench(keep=2)
    first, work = b.submit(1, "a", "result")
    b.finish(first, work)
    again, unused = b.submit(1, "b")
    assert again is first and unused.runs == 0 and again.poll("b").snapshot == "result"
    for key in (2, 3):
        b.finish(*b.submit(key, "a"))
    assert b.jobs.get(1) is None and b.jobs.get(2) is not None
    anew, work = b.submit(1, "a")
    assert anew is not first
    b.finish(anew, work)
    assert work.runs == 1


def test_the_latest_are_remembered(bench: Callable[..., Bench]) -> None:
    b = bench(keep=2)
    for key, last in ((1, RuntimeError()), (2, END), (1, END), (3, END)):
        job, _ = b.submit(key, "a", last)
        assert job.wait(5)
    assert b.jobs.get(2) is None and b.jobs.get(1) is not None
    b.submit(1, "a")  # asked for again, so it stays longer than 3
    assert b.submit(4, "a", END)[0].wait(5)
    assert b.jobs.get(3) is None and b.jobs.get(1) is not None


@pytest.mark.parametrize("how", ["stopped", "failed"])
def test_unfinished_is_run_again(bench: Callable[..., Bench], how: str) -> None:
    b = bench()
    job, work = b.submit(1, "a")
    if how == "stopped":
        job.stop("a")
        work.send("last")
    else:
        work.send(RuntimeError())
    assert job.wait(5) and job.poll("a").state == how and b.jobs.get(1) is job
    anew, work = b.submit(1, "a", "whole")
    assert anew is not job and b.jobs.get(1) is anew
    b.finish(anew, work)
    assert work.runs == 1 and job.poll("a").state == how
    assert b.jobs.get(1) is anew and anew.poll("a").snapshot == "whole"


# stopping


def test_stop_while_waiting(bench: Callable[..., Bench]) -> None:
    b = bench()
    first, work = b.submit(0, "a")
    second, unused = b.submit(1, "b")
    third, third_work = b.submit(2, "c")
    assert third.poll("c").place == 2
    second.stop("b")
    shown = second.poll("b")
    assert (shown.state, shown.place, shown.elapsed, shown.message) == ("stopped", 0, 0.0, "Stopped on request.")
    assert third.poll("c").place == 1
    b.finish(first, work)
    b.finish(third, third_work)
    assert unused.runs == 0


def test_stop_while_running_within_one_step(bench: Callable[..., Bench]) -> None:
    b = bench()
    job, work = b.submit(0, "a")
    after, after_work = b.submit(1, "b")
    assert b.give(job, work, "one").state == "running"
    job.stop("a")
    assert job.poll("a").state == "running" and after.poll("b").state == "waiting"  # the step under way holds the slot
    work.send("two", "three")
    assert job.wait(5) and work.ended.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.snapshot, shown.message) == ("stopped", "two", "Stopped on request.")
    assert work.asked == 2
    assert work.threads[0] == work.threads[1], "the generator was closed in another thread"
    b.finish(after, after_work)


def test_asking_again_before_the_step_ended_goes_on(bench: Callable[..., Bench]) -> None:
    b = bench()
    job, work = b.submit(0, "a")
    job.stop("a")
    assert b.submit(0, "b")[0] is job
    assert b.give(job, work, "one").state == "running"
    b.finish(job, work)
    assert job.poll("b").state == "done"


def test_last_step_after_stop_is_a_whole_result(bench: Callable[..., Bench]) -> None:
    b = bench()
    job, work = b.submit(0, "a", "one")
    until(lambda: work.asked == 2)
    job.stop("a")
    b.finish(job, work)
    assert job.poll("a").state == "done"


def test_close_stops_everything(bench: Callable[..., Bench]) -> None:
    b = bench()
    running, work = b.submit(0, "a")
    waiting, unused = b.submit(1, "b")
    closer = threading.Thread(target=b.jobs.close, args=(5.0,))
    closer.start()
    assert waiting.wait(5)
    work.send("last")
    closer.join(5)
    assert not closer.is_alive() and work.ended.is_set() and unused.runs == 0
    assert [j.poll("a").state for j in (running, waiting)] == ["stopped", "stopped"]
    assert running.poll("a").snapshot == "last"
    with pytest.raises(Refused, match="shutting down"):
        b.submit(2, "c")


# heartbeat


def test_heartbeat_lost_while_running(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=15.0)
    job, work = b.submit(0, "a")
    b.submit(0, "b")
    for b.clock.now in (10.0, 20.0):
        job.poll("a")
    assert b.give(job, work, 1).state == "running" and job.owners == {"a"}
    b.clock.now = 34.9
    assert b.give(job, work, 2).state == "running"
    b.clock.now = 35.0
    work.send(3)
    assert job.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.snapshot) == ("stopped", 3)
    assert shown.message == "Stopped because nobody has asked after it for 15 s."
    assert work.ended.wait(5) and work.asked == 3


def test_heartbeat_lost_while_waiting(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=15.0)
    running, work = b.submit(0, "a")
    silent, unused = b.submit(1, "b")
    polled, polled_work = b.submit(2, "c")
    b.clock.now = 14.0
    running.poll("a")
    assert polled.poll("c").place == 2
    b.clock.now = 15.0
    assert polled.poll("c").place == 1
    shown = silent.poll("b")
    assert shown.state == "stopped" and "15 s" in shown.message
    b.finish(running, work)
    b.finish(polled, polled_work)
    assert unused.runs == 0


def test_looking_is_no_heartbeat_and_a_late_poll_is_one(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=15.0)
    b.submit(0, "z")
    job, _ = b.submit(1, "a")
    b.clock.now = 10.0
    job.poll("somebody else")
    b.jobs.get(1)
    b.clock.now = 16.0
    assert job.poll("a").state == "waiting"  # nobody had touched the queue meanwhile
    b.clock.now = 31.0
    assert job.poll("somebody else").state == "stopped"


def test_looking_up_a_key_finds_no_job_whose_owners_are_gone(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=15.0)
    b.submit(0, "a")
    b.submit(1, "b")
    b.clock.now = 15.0
    assert b.jobs.get(1) is None


def test_watchdog_drops_the_silent_though_nobody_polls(bench: Callable[..., Bench]) -> None:
    b = bench(heartbeat=0.1, clock=time.monotonic)
    b.submit(0, "a")
    silent, unused = b.submit(1, "b")
    assert silent.wait(5) and unused.runs == 0


# limits


@pytest.mark.parametrize("days", [2, -2])
def test_the_wall_clock_jumps(bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    b = bench(clock=inspect.signature(Jobs).parameters["clock"].default)
    running, work = b.submit("running", "a", at(0.1))
    waiting, waiting_work = b.submit("waiting", "b")
    until(lambda: running.poll("").fraction == 0.1)
    shifted = time.time() + days * 86_400
    monkeypatch.setattr(time, "time", lambda: shifted)
    b.submit("third", "c")[0].stop("c")  # wakes the watchdog too
    shown = b.give(running, work, at(0.2))
    assert (shown.state, waiting.poll("").place) == ("running", 1)
    assert 0 <= shown.elapsed < 10 and shown.eta is not None and 0 <= shown.eta < 100
    b.finish(running, work)
    b.finish(waiting, waiting_work)
    assert [job.poll("").state for job in (running, waiting)] == ["done", "done"]


def test_time_limit_stops_at_the_next_snapshot(bench: Callable[..., Bench]) -> None:
    b = bench(time_limit=120.0, heartbeat=1e6)
    job, work = b.submit(0, "a")
    after, after_work = b.submit(1, "b")
    b.clock.now = 119.0
    assert b.give(job, work, 1).state == "running"
    b.clock.now = 121.0
    assert job.poll("a").state == "running"  # a step under way may end
    work.send(2)
    assert job.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.snapshot, shown.elapsed) == ("stopped", 2, 121.0)
    assert shown.message == "Stopped at the time limit of 120 s; what it had reached by then is kept."
    assert after_work.started.wait(5)
    b.finish(after, after_work)


def test_one_that_never_yields_gives_its_slot_back(bench: Callable[..., Bench]) -> None:
    b = bench(time_limit=0.1, clock=time.monotonic)
    stuck, work = b.submit(0, "a", "one")
    after, after_work = b.submit(1, "b", "fine")
    assert after_work.started.wait(5), "nobody polled, and still the slot must come back"
    b.finish(after, after_work)
    shown = stuck.poll("a")
    assert (shown.state, shown.snapshot) == ("failed", "one") and after.poll("b").state == "done"
    assert shown.message == "This run did not come to its next step within the time limit of 0.1 s and was given up."
    again, again_work = b.submit(0, "a", "anew")
    work.send("far too late", "later still")
    assert work.ended.wait(5)
    assert work.asked == 2 and stuck.poll("a") == shown  # it touched nothing
    b.finish(again, again_work)
    assert again.poll("a").snapshot == "anew"


def test_at_most_a_few_threads_are_abandoned(bench: Callable[..., Bench]) -> None:
    b = bench(time_limit=10.0, heartbeat=1e6, share=99)
    hung = [b.submit(n, "a") for n in range(STUCK_LIMIT)]
    waiting, unused = b.submit("waiting", "a")
    for count, (job, work) in enumerate(hung, 1):
        assert work.started.wait(5)
        b.clock.now += 11.5
        b.jobs.get(None)
        assert job.poll("a").state == "failed"
        assert (waiting.poll("a").state == "failed") == (count == STUCK_LIMIT)
    with pytest.raises(Refused, match=r"^4 earlier runs never ended .* Try again later\.$"):
        b.submit("new", "b")
    assert unused.runs == 0 and "never ended" in waiting.poll("a").message
    hung[0][1].send(END)
    assert hung[0][1].ended.wait(5)
    until(lambda: not refused(b, "new", "b"))
    assert b.jobs.get("new").poll("b").state == "running"  # type: ignore[union-attr]


def refused(b: Bench, key: object, owner: str) -> bool:
    try:
        b.submit(key, owner)
    except Refused:
        return True
    return False


def test_hanging_close_neither_blocks_polls_nor_keeps_the_slot(bench: Callable[..., Bench]) -> None:
    b = bench(time_limit=10.0, heartbeat=1e6)
    closing, let_go = threading.Event(), threading.Event()

    def work() -> Iterator[object]:
        try:
            while True:
                yield 1
        finally:
            closing.set()
            let_go.wait(20)

    job = b.jobs.submit(0, "a", work)
    after, after_work = b.submit(1, "b")
    job.stop("a")
    assert closing.wait(5)
    shown = job.poll("a")
    assert shown.state == "stopped" and after.poll("b").state == "waiting"
    b.clock.now = 1.5
    assert after.poll("b").state == "running"
    b.finish(after, after_work)
    let_go.set()
    assert job.poll("a") == shown


def test_memory_limit(bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    held = [5 * 2**30]
    monkeypatch.setattr(core.jobs, "resident", lambda: held[0])
    b = bench(memory_limit=2**30)
    job, work = b.submit(0, "a")
    assert work.started.wait(5)
    held[0] += 2**30
    assert b.give(job, work, "at the limit").state == "running"
    held[0] += 1
    work.send("beyond")
    assert job.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.snapshot) == ("failed", None)
    assert shown.message == "This run grew beyond the memory limit of 1 GiB; " + SMALLER
    after, after_work = b.submit(1, "a", "fine")  # measured from its own start
    b.finish(after, after_work)
    assert after.poll("a").state == "done"


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
def test_resident_is_in_bytes() -> None:
    def grown() -> int:
        before = resident()
        ballast = b"x" * 2**26
        return resident() - before if ballast else 0

    # Three times, as what an earlier test's threads give back just then counts too.
    assert any(0.8 * 2**26 < grown() < 1.5 * 2**26 for _ in range(3))


MEMORY = "This run needed more memory than there is; " + SMALLER
PROGRAM = "This run failed because of an error in the program; the details are in the server's log."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("secret inner workings"), PROGRAM),
        (ValueError("depth must be 1 to 10, got 11"), "depth must be 1 to 10, got 11"),
        (ValueError(), PROGRAM),
        (ValueError("a dump\nof many lines"), PROGRAM),
        (MemoryError(), MEMORY),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."), MEMORY),
        (SystemExit(1), PROGRAM),
    ],
)
def test_work_that_raises(
    bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture, error: BaseException, message: str
) -> None:
    b = bench()
    job, _ = b.submit(0, "a", "kept", error)
    after, after_work = b.submit(1, "a", "fine")
    assert job.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.message, shown.snapshot) == ("failed", message, "kept")
    b.finish(after, after_work)
    assert after.poll("a").state == "done"
    (record,) = [r for r in caplog.records if r.name == "concept_lab.jobs"]
    assert record.levelno == logging.ERROR and record.exc_info is not None and record.exc_info[1] is error


@pytest.mark.parametrize("asked", [torch.empty, np.empty])
def test_more_memory_than_there_is(bench: Callable[..., Bench], asked: Callable[[int], object]) -> None:
    b = bench()

    def greedy() -> Iterator[object]:
        yield "kept"
        yield asked(10**15)  # a whole address space has no room for it, so it is refused at once

    job = b.jobs.submit(0, "a", greedy)
    after, after_work = b.submit(1, "b", "fine")
    assert job.wait(5)
    shown = job.poll("a")
    assert (shown.state, shown.message, shown.snapshot) == ("failed", MEMORY, "kept")
    b.finish(after, after_work)
    assert after.poll("b").state == "done"


def test_work_that_raises_before_it_is_an_iterator(bench: Callable[..., Bench]) -> None:
    b = bench()

    def broken() -> Iterator[object]:
        raise ValueError("The data set is missing.")

    job = b.jobs.submit(0, "a", broken)
    plain = b.jobs.submit(1, "a", lambda: iter([1, 2]))  # an iterator without close() will do
    assert job.wait(5) and plain.wait(5)
    assert job.poll("a").message == "The data set is missing."
    assert (plain.poll("a").state, plain.poll("a").snapshot) == ("done", 2)


# what a poll shows


def test_progress(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.clock.now = 100.0
    job, work = b.submit(0, "a")
    shown = job.poll("a")
    assert (shown.fraction, shown.eta, shown.elapsed, shown.snapshot) == (None, None, 0.0, None)
    b.clock.now = 110.0
    shown = b.give(job, work, at(0.25))
    assert (shown.fraction, shown.eta, shown.elapsed) == (0.25, 30.0, 10.0)
    b.clock.now = 114.0
    shown = job.poll("a")  # goes down between snapshots as well
    assert (shown.fraction, shown.eta, shown.elapsed) == (0.25, 26.0, 14.0)
    for given_, fraction in ((0.0, 0.0), (-1.0, 0.0), (7.0, 1.0), (None, None), (float("nan"), None)):
        assert b.give(job, work, at(given_)).fraction == fraction
    assert job.poll("a").eta is None
    b.give(job, work, at(1.0))
    assert job.poll("a").eta == 0.0
    b.finish(job, work)
    b.clock.now = 999.0
    shown = job.poll("a")
    assert (shown.state, shown.eta, shown.elapsed, shown.message) == ("done", None, 14.0, "")


def test_version_grows_by_one_with_each_new_snapshot_and_state(bench: Callable[..., Bench]) -> None:
    b = bench()
    first, first_work = b.submit(0, "a")
    job, work = b.submit(1, "a")
    assert [job.poll("a").version for _ in range(3)] == [0, 0, 0]
    b.finish(first, first_work)
    until(lambda: job.poll("a").state == "running")
    assert job.poll("a").version == 1
    assert b.give(job, work, "one").version == 2
    assert b.give(job, work, "two").version == 3
    work.send("two")  # the same object again: a step with nothing new to show
    until(lambda: work.asked == 4)  # counted from the start: the worker may not yet have asked for this one
    assert job.poll("a").version == 3
    b.finish(job, work)
    assert job.poll("a").version == 4


# everything at once

OPS = st.tuples(
    st.sampled_from(["submit", "submit", "submit", "stop", "poll", "get"]), st.integers(0, 7), st.integers(0, 5)
)


@settings(max_examples=25, deadline=None)
@given(
    scripts=st.lists(st.lists(OPS, min_size=5, max_size=25), min_size=6, max_size=10),
    slots=st.integers(1, 3),
    heartbeat=st.sampled_from([0.005, 20.0]),
)
def test_nothing_is_lost(scripts: list[list[tuple[str, int, int]]], slots: int, heartbeat: float) -> None:
    jobs = Jobs(slots=slots, line=4, share=2, heartbeat=heartbeat, keep=3)
    lock = threading.Lock()
    inside = peak = 0
    runs: list[int] = []
    seen: dict[int, Job] = {}
    errors: list[BaseException] = []

    def work(key: int) -> Iterator[object]:
        nonlocal inside, peak
        with lock:
            runs.append(key)
            inside += 1
            peak = max(peak, inside)
        try:
            for step in range(3):
                time.sleep(0.0003 * (key % 3))
                if key == 6:
                    raise ValueError("This one always fails.")
                yield step
        finally:
            with lock:
                inside -= 1

    def visitor(script: list[tuple[str, int, int]]) -> None:
        last = {}
        try:
            for op, key, number in script:
                owner = f"owner {number}"
                job = jobs.get(key)
                if op == "submit":
                    try:
                        job = jobs.submit(key, owner, lambda key=key: work(key), f"visitor {number // 3}")
                    except Refused as error:
                        assert str(error).endswith(".")
                if job is None:
                    continue
                with lock:
                    seen[id(job)] = job
                if op == "stop":
                    job.stop(owner)
                shown = job.poll(owner)
                assert shown.version >= last.get(id(job), 0), "version went back"
                assert (shown.place > 0) == (shown.state == "waiting") and shown.place <= 4
                last[id(job)] = shown.version
                with lock:
                    known = list(seen.values())
                with jobs._changed:  # all at one moment
                    for mine in ({f"owner {3 * v + i}" for i in range(3)} for v in range(2)):
                        assert sum(bool(each.owners & mine) for each in known) <= 2, "more than a share"
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=visitor, args=(script,)) for script in scripts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not errors and not any(thread.is_alive() for thread in threads)
    for job in seen.values():
        assert job.wait(10), f"never ended: {job.poll('')}"
        shown = job.poll("")
        assert shown.state in FINAL and job.owners == frozenset()
        assert (shown.state == "failed") == (job.key == 6 and shown.version > 1)
        assert (shown.message == "") == (shown.state == "done")
        assert shown.snapshot == 2 or shown.state != "done"
    assert peak <= slots
    started = [job for job in seen.values() if job.poll("").version > 1]
    assert sorted(runs) == sorted(job.key for job in started)  # each started job ran once, and no other

    # Every slot is there still: so many jobs run at once, and the next one waits.
    bench = [Steps() for _ in range(slots + 1)]
    fresh = [jobs.submit(f"fresh {n}", f"fresh {n}", each) for n, each in enumerate(bench)]
    assert all(each.started.wait(5) for each in bench[:-1]) and bench[-1].runs == 0
    for each in bench:
        each.send(END)
    assert all(job.wait(5) for job in fresh)
    jobs.close()
