"""Jobs of many runs: batches, kill -9 at any moment, and what is found in the folder afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ascend_process import ITERATIONS, job_of, work
from ascent_nets import SMOOTH, TINY

import deepvis
from deepvis.ascent import Climb, klass, preset
from deepvis.ascent.claim import claim
from deepvis.ascent.files import read_npz
from deepvis.ascent.job import Callbacks, Job, Subject
from deepvis.ascent.plan import Part, Plan
from deepvis.ascent.results import read_results
from deepvis.ascent.targets import find_target, find_targets
from deepvis.errors import Error, FormatError, LimitError
from deepvis.models import load

SCRIPT = Path(__file__).with_name("ascend_process.py")


@pytest.fixture
def prototxt(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY.format(channels=3, bias=0.1))
    return path


def results(root: Path) -> dict[str, dict[str, np.ndarray]]:
    files = (root / "ascent").glob("*/*.npz")
    return {f"{path.parent.name}/{path.stem}": read_npz(path) for path in files}


def same(a: dict[str, dict[str, np.ndarray]], b: dict[str, dict[str, np.ndarray]]) -> None:
    assert sorted(a) == sorted(b)
    for name, arrays in a.items():
        assert sorted(arrays) == sorted(b[name])
        for key, values in arrays.items():
            np.testing.assert_array_equal(values, b[name][key], err_msg=f"{name} {key}")


def killed_after_a_checkpoint(prototxt: Path, root: Path, extra: float) -> bool:
    """Run the job and kill it somewhat after it wrote a checkpoint; whether it was still at work."""
    checkpoint = root / "ascent" / "checkpoint.npz"
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    process = subprocess.Popen([sys.executable, SCRIPT, prototxt, root])
    end = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < end:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns > before:
            time.sleep(extra)
            break
        time.sleep(0.005)
    process.kill()
    return process.wait() == -signal.SIGKILL


def test_killed_and_resumed_gives_the_same_and_repeats_nothing(prototxt: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    count, names = work(job_of(prototxt, whole))
    assert len(names) == 12 and count == 12 * ITERATIONS
    kills = sum(killed_after_a_checkpoint(prototxt, cut, extra) for extra in (0.0, 0.05, 0.1))
    assert kills >= 1, "the job was over too soon to be killed"
    resumed = job_of(prototxt, cut)
    behind, total = resumed.iterations
    assert 0 < behind < total == count
    stands = read_npz(cut / "ascent" / "checkpoint.npz") if (cut / "ascent" / "checkpoint.npz").exists() else {}
    in_batch = [len(stands[key]) for key in stands if key.endswith(".rows")]
    assert behind == resumed.done * ITERATIONS + sum(in_batch)
    made, _ = work(resumed)
    assert made == total - behind
    same(results(cut), results(whole))
    assert not (cut / "ascent" / "checkpoint.npz").exists()
    again = job_of(prototxt, cut)
    assert again.iterations == (total, total) and work(again) == (0, [])


def test_interrupted_between_the_results_of_a_batch(prototxt: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    work(job_of(prototxt, whole, iterations=40))

    class CutError(Exception):
        pass

    stored: list[str] = []

    def stop_at_six(wanted, way) -> None:
        stored.append(wanted.name)
        if len(stored) == 6:
            raise CutError

    job = job_of(prototxt, cut, iterations=40, seconds=0.0)
    with pytest.raises(CutError):
        job.work(Callbacks(lambda count: None, stop_at_six))
    resumed = job_of(prototxt, cut, iterations=40, seconds=0.0)
    assert resumed.iterations == (8 * 40, 12 * 40), "the second batch was over, only not all written"
    made, written = work(resumed)
    assert made == 4 * 40 and len(written) == 8
    same(results(cut), results(whole))


def test_ctrl_c_keeps_what_was_done(prototxt: Path, tmp_path: Path) -> None:
    steps: list[int] = []

    def interrupt(count: int) -> None:
        steps.append(count)
        if len(steps) == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job_of(prototxt, tmp_path / "cut", seconds=1e9, iterations=30).work(Callbacks(interrupt, lambda *_: None))
    assert job_of(prototxt, tmp_path / "cut", iterations=30).iterations == (4 * 17, 12 * 30)


def test_a_result_of_other_settings_or_damaged_is_made_anew(prototxt: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    work(job_of(prototxt, root, iterations=20))
    before = results(root)
    paths = sorted((root / "ascent").glob("*/*.npz"))
    paths[0].write_bytes(paths[0].read_bytes()[:-200])
    paths[5].unlink()
    job = job_of(prototxt, root, iterations=20)
    assert job.done == 10
    assert work(job)[0] == 2 * 20
    after = results(root)
    assert sorted(before) == sorted(after)
    # In other company the same up to rounding.
    for name, arrays in before.items():
        np.testing.assert_allclose(arrays["0.best"], after[name]["0.best"], atol=1e-2, err_msg=name)
    other = job_of(prototxt, root, iterations=21)
    assert other.done == 0


def test_a_checkpoint_of_something_else_is_left(prototxt: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    (root / "ascent").mkdir(parents=True)
    (root / "ascent" / "checkpoint.npz").write_bytes(b"nonsense")
    assert job_of(prototxt, root, iterations=20).iterations == (0, 240)


def test_results_say_all_that_made_them(prototxt: Path, tmp_path: Path) -> None:
    work(job_of(prototxt, tmp_path / "out", iterations=20))
    stored = read_results(tmp_path / "out" / "ascent" / "fc2_0003" / "softer-9")
    (found,) = stored.found
    assert str(found.run.objective) == 'unit("fc2:3")' and found.run.seed == 9 and len(found.rows) == 20
    assert found.run.preset == replace(preset("softer"), iterations=20)
    model = load(prototxt, mean=[104, 117, 123])
    climb = stored.again(model.net, model.preprocess)
    while not climb.over:
        climb.step()
    np.testing.assert_allclose(climb.best(0), found.best, atol=1e-2)


def subject_of(tmp_path: Path, text: str) -> Subject:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    return Subject.of(load(path, labels=None))


def batches_of(
    subject: Subject, plan: Plan, batch: int, monkeypatch: pytest.MonkeyPatch, root: Path
) -> list[list[str]]:
    made: list[list[str]] = []

    class Noted(Climb):
        def __init__(self, net, input_blob, preprocess, runs, **more) -> None:
            super().__init__(net, input_blob, preprocess, runs, **more)
            made.append([f"{run.objective} {run.preset.name} {run.seed}" for run in runs])

    monkeypatch.setattr("deepvis.ascent.job.Climb", Noted)
    work(Job(subject, root, plan.wanted(), batch))
    return made


def test_runs_and_units_of_a_layer_go_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of(tmp_path, SMOOTH)
    texts = ["left:1", "left:2@3,4", "right:0", "left:3", "left:0@3,4"]
    targets = find_targets(subject.net, subject.classes, texts, (), centre=False)
    styles = tuple(replace(preset(name), iterations=2) for name in ("centre", "A"))
    plan = Plan(tuple(Part(target, styles) for target in targets), 2, 0, "mean_plus_rand")
    made = batches_of(subject, plan, 3, monkeypatch, tmp_path / "out")
    assert sorted(name for batch in made for name in batch) == sorted(
        f'unit("{text}") {style} {seed}' for text in texts for style in ("centre", "A") for seed in (0, 1)
    )
    assert all(len(batch) <= 3 for batch in made)
    for batch in made:
        layers = {name.split(":")[0] for name in batch}
        places = {name.split('"')[1].partition("@")[2] for name in batch}
        assert len(layers) == len(places) == 1, batch
        if places != {""}:  # of a position what it sees is kept, unless a percentile needs all
            assert len({name.split()[1] for name in batch}) == 1, batch


def test_a_batch_too_large_for_the_memory_limit_is_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY.format(channels=3, bias=0.1))
    limits = []
    for limit in range(100_000, 1_000_000, 20_000):
        net = deepvis.Net(path, memory_limit=limit)
        try:
            net.reshape(picture=(3, 3, 32, 40))
        except LimitError:
            limits.append(limit)
            continue
        break
    subject = Subject.of(load(path, net_options={"memory_limit": limit}))
    target = find_target(subject.net, subject.classes, klass(2))
    plan = Plan((Part(target, (replace(preset("classic"), iterations=2),)),), 9, 0, "mean_plus_rand")
    made = batches_of(subject, plan, 9, monkeypatch, tmp_path / "out")
    assert limits and max(map(len, made)) < 9 and sum(map(len, made)) == 9


@pytest.mark.parametrize("start", ["mean", "input"])
def test_runs_that_would_be_the_same_are_refused(tmp_path: Path, start: str) -> None:
    subject = subject_of(tmp_path, SMOOTH)
    begun = np.zeros((1, 3, 32, 40), np.float32) if start == "input" else start
    moving, still = (find_target(subject.net, subject.classes, each) for each in (klass(2), klass(3)))
    Plan((Part(moving, (preset("softer"),)),), 9, 0, begun)  # its jitter is drawn
    plan = Plan((Part(moving, (preset("softer"),)), Part(still, (preset("C"),))), 1, 0, begun)
    assert plan.with_runs(None, 9).runs == 1
    with pytest.raises(Error, match=r"classes:3 by preset C draws nothing from this start, so all 9 runs"):
        plan.with_runs(9, 9)


def test_a_folder_belongs_to_one_command(tmp_path: Path) -> None:
    facts = {"command": "ascend", "presets": {"C": {"decay": 0.1, "iterations": 5}}, "units": ["a"], "count": 3}
    with claim(tmp_path, facts, overwrite=False) as taken:
        assert not taken
        with pytest.raises(Error, match="another deepvis is at work"), claim(tmp_path, facts, overwrite=True):
            pass
    with claim(tmp_path, facts | {"count": 4}, overwrite=False, free=("count",)) as taken:
        assert not taken
    other = facts | {"presets": {"C": {"decay": 0.2, "iterations": 5}}, "seed": 1}
    with pytest.raises(Error) as refused, claim(tmp_path, other, overwrite=False, free=("count",)):
        pass
    assert "presets: C: decay is 0.1 there, 0.2 here; seed is nothing there, 1 here" in str(refused.value)
    with claim(tmp_path, other, overwrite=True) as taken:
        assert taken
    with claim(tmp_path, other, overwrite=False) as taken:
        assert not taken
    (tmp_path / "ascent" / "job.yaml").write_text("[nonsense")
    with pytest.raises(FormatError, match=r"job\.yaml"), claim(tmp_path, other, overwrite=False):
        pass
    with claim(tmp_path, other, overwrite=True) as taken:
        assert taken
