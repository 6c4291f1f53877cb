"""The threads together: newest frame wins, failures are told and survived, and everything ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import pytest
from fakes import FakeNet, engine, frame, preprocess, scene, stage

from deepvis.errors import FormatError
from deepvis.live.app import App
from deepvis.live.controls.events import Event, Key
from deepvis.live.mailbox import Mailbox
from deepvis.live.seeing.inputs import seen_part
from deepvis.live.seeing.wants import Wants
from deepvis.live.seeing.worker import Worker
from deepvis.live.sources import PictureFiles, open_files
from deepvis.live.sources.feeder import Feeder, Order
from deepvis.live.state import State


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)


def test_a_mailbox_keeps_only_the_newest():
    box: Mailbox[int] = Mailbox()
    assert box.take() is None
    for number in range(5):
        box.put(number)
    assert box.take() == 4
    assert box.take() is None
    assert box.dropped == 4


def test_a_mailbox_wakes_who_waits():
    box: Mailbox[str] = Mailbox()
    threading.Timer(0.05, box.put, ["here"]).start()
    assert box.take(timeout=5) == "here"


def test_the_engine_runs_only_what_is_new():
    net = FakeNet()
    at, one = scene(), engine(net)
    wants = Wants.of(State(), at, frame(1))
    one.compute(wants, frame(1))
    one.compute(replace(wants, layer="pool"), frame(1))
    assert (net.forwards, net.backwards) == (1, 0)
    back = replace(wants, start=("act", 3))
    for asked in (back, replace(back, layer="pool"), replace(back, diffs=True)):
        one.compute(asked, frame(1))
    assert (net.forwards, net.backwards) == (1, 1)
    one.compute(replace(back, rules=("deconv",)), frame(1))
    assert (net.forwards, net.backwards) == (1, 2)
    one.compute(replace(back, rules=("deconv",), frame=2), frame(2))
    assert (net.forwards, net.backwards) == (2, 3)


def test_results_are_copies():
    net = FakeNet()
    one = engine(net)
    result = one.compute(Wants(1, False, "act", ("act", 1), diffs=True), frame(1))
    before = result.acts.copy(), result.signal.copy(), result.diffs.copy()
    net.blobs["act"][...] = -1
    net.diffs["act"][...] = -1
    net.diffs["picture"][...] = -1
    for mine, old in zip((result.acts, result.signal, result.diffs), before, strict=True):
        assert (mine == old).all()


def test_the_classes_are_the_best_five_in_order():
    result = engine().compute(Wants(1, False, "prob"), frame(1))
    chances = [chance for chance, _ in result.classes]
    assert len(chances) == 5
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(float(result.acts.max()))


def test_cropping_and_stretching_show_different_parts_to_the_net():
    one, wide = engine(), frame(1, 60, 200)
    assert one.seen_parts(wide, stretch=False)[0].shape == (60, 80, 3)
    assert one.seen_parts(wide, stretch=True)[0].shape == (60, 200, 3)
    cropped = one.compute(Wants(1, False, "act"), wide).acts
    assert (cropped != one.compute(Wants(1, True, "act"), wide).acts).any()


def test_a_net_that_takes_grey_is_shown_grey():
    grey = replace(preprocess(), order="GRAY", mean=None)
    part = seen_part(grey, frame(1).image)
    assert part.shape == (60, 80, 3)
    assert (part[..., 0] == part[..., 2]).all()


def test_a_worker_tells_of_an_exception_and_goes_on():
    net = FakeNet()
    worker = Worker(engine(net))
    worker.start()
    net.fail = ValueError("weights are on fire")
    worker.order(Wants(1, False, "act"), frame(1))
    wait_for(lambda: worker.problem)
    assert worker.problem == "ValueError: weights are on fire"
    net.fail = None
    worker.order(Wants(2, False, "act"), frame(2))
    wait_for(worker.results.take)
    assert worker.problem is None
    assert worker.stop()


class SlowEngine:
    """Takes its time, and remembers which frames it saw."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._inner = engine()

    def compute(self, wants, at):
        self.seen.append(wants.frame)
        time.sleep(0.05)
        return self._inner.compute(wants, at)


def test_a_worker_leaves_out_frames_that_came_while_it_was_busy():
    slow = SlowEngine()
    worker = Worker(slow)
    worker.start()
    for number in range(1, 41):
        worker.order(Wants(number, False, "act"), frame(number))
        time.sleep(0.005)
    wait_for(lambda: slow.seen and slow.seen[-1] == 40)
    assert worker.stop(5)
    assert len(slow.seen) < 20
    assert worker.skipped == 40 - len(slow.seen)


class Ramp:
    """A live source that fails now and then."""

    name = "ramp"

    def __init__(self) -> None:
        self.reads = 0
        self.closed = False

    def read(self):
        self.reads += 1
        time.sleep(0.005)
        if self.reads == 3:
            raise FormatError("the plug was pulled")
        return frame(self.reads)

    def close(self) -> None:
        self.closed = True


def test_a_feeder_opens_a_failed_source_again():
    opened: list[Ramp] = []

    def open_source():
        opened.append(Ramp())
        return opened[-1]

    feeder = Feeder(None, open_source)
    feeder.start()
    wait_for(lambda: feeder.problem)
    assert "plug" in feeder.problem
    wait_for(lambda: len(opened) == 2 and opened[1].reads)
    assert opened[0].closed
    wait_for(lambda: feeder.problem is None)
    assert feeder.stop()
    assert opened[-1].closed


def test_what_was_wrong_with_the_camera_is_forgotten_with_it(picture_folder):
    def open_source():
        raise FormatError("camera:0 cannot be opened")

    feeder = Feeder(open_files([str(picture_folder)]), open_source)
    feeder.start()
    feeder.order = Order(live=True)
    wait_for(lambda: feeder.problem)
    feeder.order = Order()
    wait_for(lambda: feeder.problem is None)
    assert feeder.stop()


def test_a_feeder_follows_orders(picture_folder):
    ramp = Ramp()
    ramp.reads = 10
    feeder = Feeder(open_files([str(picture_folder)]), lambda: ramp)
    feeder.start()

    def next_name() -> str:
        got = []
        wait_for(lambda: got.append(f) if (f := feeder.frames.take()) else got)
        return got[0].name

    assert next_name() == "p1.png"
    feeder.order = Order(file=2)
    assert next_name() == "p10.png"
    feeder.order = Order(file=2, live=True)
    assert next_name().startswith("disc")
    feeder.order = Order(file=2, live=True, paused=True)

    def at_rest() -> bool:
        before = ramp.reads
        time.sleep(0.05)
        return before == ramp.reads

    wait_for(at_rest)
    feeder.order = Order(file=2, live=False)
    assert next_name() != ""
    assert feeder.stop()


class FakeScreen:
    """Presses keys from a script, each once what was asked for before is on the screen."""

    def __init__(self, keys: str) -> None:
        self.keys = keys.split()
        self.shown = []
        self.app: App | None = None
        self.until = time.monotonic() + 20
        self.closed = False

    def show(self, picture) -> None:
        self.shown.append(picture)

    def events(self, wait_ms: int = 1) -> list[Event]:
        time.sleep(wait_ms / 1000)
        assert time.monotonic() < self.until, f"still waiting to press {self.keys}"
        view = self.app.view
        settled = view.result is not None and view.wants == view.result.wants and self.app.settled
        return [Key(self.keys.pop(0))] if settled and self.keys else []


def run(keys: str, files: PictureFiles, net: FakeNet | None = None) -> tuple[App, FakeScreen]:
    screen = FakeScreen(keys)
    app = App(stage(net, has_live=True), Feeder(files, Ramp), State())
    screen.app = app
    app.run(screen)
    return app, screen


def test_the_app_shows_what_keys_ask_for_and_ends_without_threads(picture_folder):
    before = set(threading.enumerate())
    net = FakeNet()
    app, screen = run("down right b e o h h q", open_files([str(picture_folder)]), net)
    assert app.view.state.quit
    assert app.view.frame.name == "p2.png"
    assert app.view.result.wants.layer == "pool"
    assert app.view.result.signal is not None
    assert len(screen.shown) >= 7
    assert len(net.threads) == 1, "one thread alone touches the net"
    assert threading.get_ident() not in net.threads
    assert set(threading.enumerate()) == before


def test_opencv_takes_no_threads_from_the_net_while_the_app_runs(picture_folder):
    class Counting(FakeScreen):
        def show(self, picture) -> None:
            super().show(picture)
            counts.add(cv2.getNumThreads())

    counts: set[int] = set()
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        screen = Counting("q")
        screen.app = App(stage(), Feeder(open_files([str(picture_folder)]), None), State())
        screen.app.run(screen)
        assert counts == {1}
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_the_app_says_which_files_it_skipped(picture_folder):
    (picture_folder / "p1.png").write_bytes(b"oh no")
    app, _ = run("q", open_files([str(picture_folder)]))
    assert app.view.frame.name == "p2.png"


def test_a_broken_net_does_not_freeze_the_window(picture_folder):
    net = FakeNet()
    net.fail = RuntimeError("no good")
    screen = FakeScreen("")
    app = App(stage(net), Feeder(open_files([str(picture_folder)]), None), State())
    screen.app = app

    def events(wait_ms: int = 1) -> list[Event]:
        time.sleep(wait_ms / 1000)
        assert time.monotonic() < screen.until
        if app.view.problems and app.settled:
            return [Key("q" if app.view.state.help else "h")]
        return []

    screen.events = events
    app.run(screen)
    assert app.view.problems == ("RuntimeError: no good",)
    assert app.view.state.help, "keys still work"
    assert len(screen.shown) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_app_within_a_second(picture_folder, number):
    screen = FakeScreen("")
    app = App(stage(), Feeder(open_files([str(picture_folder)]), None), State())
    screen.app = app
    before = set(threading.enumerate())
    timer = threading.Timer(0.3, os.kill, [os.getpid(), number])
    timer.start()
    begun = time.monotonic()
    app.run(screen)
    assert time.monotonic() - begun < 1.5
    timer.join()
    assert set(threading.enumerate()) == before


def test_closing_the_window_ends_the_app(picture_folder):
    screen = FakeScreen("")
    app = App(stage(), Feeder(open_files([str(picture_folder)]), None), State())
    screen.app = app
    screen.show = lambda picture: setattr(screen, "closed", True)
    app.run(screen)
    assert not app.view.state.quit


class Rapid:
    """A live source of three hundred frames a second."""

    name = "rapid"

    def __init__(self) -> None:
        self.reads = 0

    def read(self):
        self.reads += 1
        time.sleep(1 / 300)
        return frame(self.reads)

    def close(self) -> None:
        pass


def test_a_frame_is_shown_with_what_the_net_saw_in_it_however_fast_frames_come():
    pairs: list[tuple[int, int]] = []

    class Watching(FakeScreen):
        def show(self, picture) -> None:
            super().show(picture)
            view = self.app.view
            if view.frame is not None and view.result is not None:
                pairs.append((view.frame.serial, view.result.wants.frame))

        def events(self, wait_ms: int = 1) -> list[Event]:
            time.sleep(wait_ms / 1000)
            assert time.monotonic() < self.until
            return [Key("q")] if len(pairs) >= 40 else []

    screen = Watching("")
    screen.app = App(stage(), Feeder(None, Rapid), State(live=True))
    screen.app.run(screen)
    together = [shown == seen for shown, seen in pairs[5:]]
    assert sum(together) > 0.8 * len(together), pairs
