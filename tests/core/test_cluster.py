"""Workers of a real Dask cluster on this machine, and what can go wrong with a run in them."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest

from core.cluster.queues import FORGOTTEN, NO_WORKER, UNREACHABLE, Here, Queue, There
from core.cluster.start import Workers
from core.cluster.tasks import OTHER_VERSION, Packed, Task
from core.concepts.optimization import training
from core.jobs import Jobs, Refused, Status
from core.progress import finished
from tests.faulty import Faulty

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask and tornado, when a process has gone

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 2 * 2**30  # bytes for a worker
SMALL = training.Settings(epochs=2, seeds=2)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers(1, LIMIT)
    workers.start()
    yield workers
    workers.close()


@pytest.fixture
def queue(workers: Workers) -> Iterator[Here]:
    jobs = Jobs(slots=1, time_limit=60, memory_limit=float("inf"))
    yield Here(jobs, workers.stream)
    jobs.close(10)


def ended(queue: Queue, task: Task, owner: str = "me", within: float = 60) -> Status:
    """How a run ends that is asked for now."""
    return until(queue.submit(task, owner), lambda status: status.state not in ("waiting", "running"), owner, within)


def until(run, holds: Callable[[Status], bool], owner: str = "me", within: float = 60) -> Status:
    deadline = time.monotonic() + within
    while not holds(status := run.poll(owner)):
        assert time.monotonic() < deadline, status
        time.sleep(0.02)
    return status


def process_of(status: Status) -> int:
    assert isinstance(status.snapshot, Packed)
    return int(status.snapshot.result["process"])


def test_a_run_in_a_worker_gives_what_it_gives_here(queue: Here) -> None:
    status = ended(queue, Task("optimization/training", SMALL))
    assert (status.state, status.fraction) == ("done", 1)
    assert isinstance(status.snapshot, Packed)
    there, here = status.snapshot.result, finished(training.run(SMALL))
    assert there.settings == SMALL
    assert there.history.equals(here.history)
    np.testing.assert_array_equal(there.test, here.test)
    assert status.snapshot.result is there  # opened once


def test_a_run_is_in_a_process_of_its_own_and_can_be_watched(queue: Here) -> None:
    run = queue.submit(Faulty(settings=1), "me")
    early = until(run, lambda s: s.snapshot is not None and s.fraction is not None and 0 < s.fraction < 1)
    assert process_of(early) != os.getpid()
    late = until(run, lambda s: s.state == "done")
    assert process_of(late) == process_of(early) and late.snapshot.result["step"] == 10
    assert late.version > early.version
    assert queue.get(Faulty(settings=1)) is run and queue.get(Faulty(settings=2)) is None
    assert queue.idle


def test_a_worker_that_starts_while_a_page_is_drawn_does_not_draw_it(queue: Here, monkeypatch, tmp_path: Path) -> None:
    page = types.ModuleType("__main__")
    page.__file__ = str(tmp_path / "page.py")
    Path(page.__file__).write_text(f"open({str(tmp_path / 'drawn')!r}, 'w')\n")
    monkeypatch.setitem(sys.modules, "__main__", page)  # as Streamlit does
    assert ended(queue, Faulty(fault="killed", settings="while drawn")).state == "failed"
    assert ended(queue, Faulty(settings="after it")).state == "done"
    assert not (tmp_path / "drawn").exists()


def test_an_error_about_the_settings_is_told_as_it_is(queue: Here) -> None:
    status = ended(queue, Faulty(fault="wrong"))
    assert (status.state, status.message) == ("failed", "The rows must be more than the columns.")


@pytest.mark.parametrize("fault", ["killed", "segfault", "greedy", "large"])
def test_a_run_that_takes_its_worker_with_it_is_told_and_the_next_one_runs(queue: Here, fault: str) -> None:
    status = ended(queue, Faulty(fault=fault))
    assert status.state == "failed" and "ended with its worker process" in status.message
    assert ended(queue, Faulty(settings=fault)).state == "done"


def test_more_memory_than_the_machine_has_is_told(queue: Here) -> None:
    status = ended(queue, Faulty(fault="huge"))
    assert status.state == "failed" and "memory" in status.message
    assert ended(queue, Faulty(settings="huge")).state == "done"


@pytest.mark.parametrize("fault", ["endless", "deaf"])
def test_stop_is_answered_whatever_a_step_does(queue: Here, fault: str) -> None:
    before = process_of(ended(queue, Faulty(settings=f"before {fault}")))
    run = queue.submit(Faulty(fault=fault), "me")
    until(run, lambda s: s.state == "running")
    time.sleep(1)  # well into the step that does not end
    asked = time.monotonic()
    run.stop("me")
    until(run, lambda s: s.state == "stopped")
    assert time.monotonic() - asked < 1  # 0.5 s is meant; what is more is the machine's other work
    after = ended(queue, Faulty(settings=f"after {fault}"))
    assert after.state == "done" and process_of(after) != before, "the stuck worker was not started anew"


def test_stop_leaves_a_worker_that_answers_as_it_is(queue: Here) -> None:
    run = queue.submit(Faulty(settings="stopped"), "me")
    before = process_of(until(run, lambda s: s.snapshot is not None and bool(s.fraction)))
    run.stop("me")
    until(run, lambda s: s.state == "stopped")
    assert process_of(ended(queue, Faulty(settings="next"))) == before


def test_many_visitors_are_all_served_and_told_how_long_it_takes(queue: Here) -> None:
    ended(queue, Faulty(settings="first"))  # so that it is known how long a run takes
    count = 30 if "FULL" in os.environ else 15
    begun = time.monotonic()
    runs = [queue.submit(Faulty(settings=i), f"visitor {i}") for i in range(count)]
    told = runs[-1].poll(f"visitor {count - 1}").expected_wait
    assert told is not None
    for i, run in enumerate(runs):
        until(run, lambda s: s.state != "waiting", f"visitor {i}")
    waited = time.monotonic() - begun
    assert told / 1.5 < waited < told * 1.5
    assert until(runs[-1], lambda s: s.state == "done", f"visitor {count - 1}").fraction == 1


def test_runs_that_are_begun_and_stopped_leave_nothing_behind(queue: Here, workers: Workers) -> None:
    def cycle(i: int) -> None:
        run = queue.submit(Faulty(settings=("cycle", i)), "me")
        until(run, lambda s: s.snapshot is not None and bool(s.fraction))
        run.stop("me")
        until(run, lambda s: s.state == "stopped")

    def held() -> tuple[int, int, int]:
        gc.collect()
        me = psutil.Process()
        return threading.active_count(), me.num_fds(), me.memory_info().rss

    for i in range(10):
        cycle(i)
    until(queue.submit(Faulty(settings="between"), "me"), lambda s: s.state == "done")
    threads, files, memory = held()
    for i in range(300 if "FULL" in os.environ else 20):
        cycle(100 + i)
    until(queue.submit(Faulty(settings="at the end"), "me"), lambda s: s.state == "done")
    threads_after, files_after, memory_after = held()
    assert threads_after <= threads + 1 and files_after <= files + 2
    assert memory_after - memory < 20e6


# A scheduler of its own.


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Machines:
    """A scheduler and a worker as they would be on machines of their own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.certificates: dict[str, Path] = {}
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def protect(self, folder: Path) -> None:
        """Let all of them speak TLS, with a certificate made for the purpose."""
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lab",
             "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        self.certificates = {"ca-file": certificate}
        for role in ("scheduler", "worker", "client"):
            self.certificates |= {f"{role}.key": key, f"{role}.cert": certificate}
        for name, file in self.certificates.items():
            name = name.replace("-", "_").replace(".", "__").upper()
            self.environment[f"DASK_DISTRIBUTED__COMM__TLS__{name}"] = str(file)
        self.environment["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "true"
        self.address = f"tls://127.0.0.1:{self.port}"

    def dask(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *words]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        place = ["--host", self.address.rpartition(":")[0], "--port", str(self.port), "--no-dashboard"]
        return self.dask("scheduler", *place, "--preload", "core.cluster.board")

    def worker(self) -> subprocess.Popen[bytes]:
        return self.dask(
            "worker",
            self.address,
            "--nthreads",
            "1",
            "--memory-limit",
            "2GB",
            "--no-dashboard",
            "--preload",
            "core.cluster.carrying_out",
        )

    def close(self) -> None:
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait(10)


@pytest.fixture
def machines() -> Iterator[Machines]:
    machines = Machines()
    yield machines
    machines.close()


def there(machines: Machines, workers: int, address: str = "") -> There:
    """A replica's queue, once the scheduler and so many warm workers are there."""
    queue = There(address or machines.address)
    deadline = time.monotonic() + 60
    while True:
        try:
            if queue.ask("state")["workers"] == workers:
                return queue
        except OSError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_replicas_share_a_queue_beside_a_scheduler_and_survive_its_loss(machines: Machines) -> None:
    scheduler = machines.scheduler()
    worker = machines.worker()
    one, two = there(machines, 1), there(machines, 1)
    task = Task("optimization/training", SMALL)
    mine = ended(one, task)
    assert mine.state == "done" and isinstance(mine.snapshot, Packed)
    # The second replica's visitor gets the first one's result: nothing is trained.
    shared = two.submit(task, "you").poll("you")
    assert shared.state == "done" and isinstance(shared.snapshot, Packed)
    assert shared.snapshot.result.history.equals(mine.snapshot.result.history)
    # A visitor's share counts over all replicas.
    for i in range(3):
        one.submit(Faulty(settings=("share", i)), f"tab {i}", "visitor")
    with pytest.raises(Refused, match="3 runs in the queue"):
        two.submit(Faulty(settings=("share", 3)), "tab 3", "visitor")
    # A worker may go, and another come.
    os.killpg(worker.pid, signal.SIGKILL)
    there(machines, 0)
    assert one.trouble == NO_WORKER and not one.idle
    machines.worker()
    there(machines, 1)
    assert ended(two, Faulty(settings="after")).state == "done"
    # The scheduler is killed in mid run and started again: its runs are lost, which is said, and new ones run.
    run = one.submit(Faulty(fault="endless"), "me")
    until(run, lambda s: bool(s.fraction))
    os.killpg(scheduler.pid, signal.SIGKILL)
    assert run.poll("me").state == "running"  # it may be a network that is away for a moment
    with pytest.raises(Refused, match=UNREACHABLE[:30]):
        one.submit(Faulty(settings="nobody there"), "me")
    machines.scheduler()
    machines.worker()
    there(machines, 1)
    lost = until(run, lambda s: s.state == "failed")
    assert lost.message == FORGOTTEN
    assert ended(one, Faulty(settings="again")).state == "done"
    one.close()
    two.close()


def test_a_scheduler_that_is_not_there_is_told() -> None:
    queue = There(f"tcp://127.0.0.1:{free_port()}")
    begun = time.monotonic()
    assert not queue.idle and queue.get(Faulty()) is None and queue.trouble == UNREACHABLE
    with pytest.raises(Refused, match="cannot be reached"):
        queue.submit(Faulty(), "me")
    assert time.monotonic() - begun < 5  # a page does not wait for long


class Cable:
    """What lies between a replica and its scheduler: a port that passes everything on while it is plugged in. Unplugged, bytes stay
    where they are, as on a network that is away; no end notices."""

    def __init__(self, port: int) -> None:
        self.beyond = port
        self.plugged = threading.Event()
        self.plugged.set()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.beyond))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(a, b), daemon=True).start()

    def _pass_on(self, a: socket.socket, b: socket.socket) -> None:
        try:
            while data := a.recv(65536):
                self.plugged.wait()
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            end.close()


@pytest.mark.full
def test_a_network_that_is_away_for_a_while_ends_no_run(machines: Machines) -> None:
    machines.scheduler()
    machines.worker()
    there(machines, 1).close()
    cable = Cable(machines.port)
    queue = there(machines, 1, cable.address)
    run = queue.submit(Faulty(fault="slow"), "me")
    until(run, lambda status: bool(status.fraction))
    cable.plugged.clear()
    away, longest = time.monotonic() + 10, 0.0
    while time.monotonic() < away:
        begun = time.monotonic()
        assert run.poll("me").state == "running"  # the page goes on showing what it last heard
        longest = max(longest, time.monotonic() - begun)
        time.sleep(0.3)
    assert longest < 3
    cable.plugged.set()
    assert until(run, lambda status: status.state != "running").state == "done"
    queue.close()
    cable.listening.close()


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes a certificate with openssl")
def test_a_cluster_over_tls_takes_runs_and_nobody_without_a_certificate(machines: Machines, tmp_path: Path) -> None:
    machines.protect(tmp_path)
    machines.scheduler()
    machines.worker()
    told = {f"distributed.comm.tls.{name}": str(file) for name, file in machines.certificates.items()}
    with dask.config.set(told):
        queue = there(machines, 1)
        assert ended(queue, Task("optimization/training", SMALL)).state == "done"
        queue.close()
    for address in (machines.address, machines.address.replace("tls", "tcp")):
        assert There(address).trouble == UNREACHABLE


def test_a_worker_of_another_version_is_told(queue: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cluster.tasks.version", lambda: b"of yesterday".ljust(32))
    status = ended(queue, Faulty(settings="other"))
    assert (status.state, status.message) == ("failed", OTHER_VERSION)
