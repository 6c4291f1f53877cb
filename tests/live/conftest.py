"""Makes fakes.py importable beside the tests, and a net that the real engine runs in a moment."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from deepvis.live.sources import SourceOptions, open_files, open_live
from deepvis.live.sources.feeder import Feeder, Order

sys.path.insert(0, str(Path(__file__).parent))
from virtual_camera import VirtualCamera
from waiting import wait_for
from xserver import Display

if TYPE_CHECKING:
    from viewer_process import Viewer

TINY = """
name: "tiny"
input: "picture" input_shape { dim: 1 dim: 3 dim: 32 dim: 40 }
layer { name: "conv1" type: "Convolution" bottom: "picture" top: "conv1"
        convolution_param { num_output: 10 kernel_size: 5 stride: 2
          weight_filler { type: "gaussian" std: 0.01 } bias_filler { type: "constant" value: 0.1 } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1_layer" type: "Pooling" bottom: "conv1" top: "pool1"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc2" type: "InnerProduct" bottom: "pool1" top: "fc2"
        inner_product_param { num_output: 7 weight_filler { type: "gaussian" std: 0.05 } } }
layer { name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }
"""


@pytest.fixture
def tiny_prototxt(tmp_path: Path) -> Path:
    """A net with random weights, an oblong input and a blob that is named differently from its layer."""
    path = tmp_path / "tiny.prototxt"
    path.write_text(TINY)
    return path


@pytest.fixture
def picture_folder(tmp_path: Path) -> Path:
    """Three pictures that differ, named so that only natural order gets them right."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    y, x = np.mgrid[0:90, 0:120]
    for number, name in enumerate(("p1.png", "p2.png", "p10.png")):
        image = np.stack([x * 2, y * 2, np.full_like(x, 60 + 80 * number)], axis=-1).astype(np.uint8)
        image[20:50, 20 + 20 * number : 60 + 20 * number] = (0, 80 * number, 255)
        cv2.imwrite(str(folder / name), image)
    return folder


@pytest.fixture
def camera(monkeypatch) -> Iterator[VirtualCamera]:
    """The only camera that OpenCV finds."""
    camera = VirtualCamera().take_the_place(monkeypatch)
    yield camera
    camera.go_on()


@pytest.fixture
def feeding() -> Iterator[Callable[..., Feeder]]:
    """Makes and starts feeders, and sees to it that none is left running."""
    before = set(threading.enumerate())
    made: list[Feeder] = []

    def make(files=None, spec: str | None = None, order: Order | None = None, **options) -> Feeder:
        opener = (lambda: open_live(spec, SourceOptions(**options))) if spec else None
        feeder = Feeder(open_files([str(files)]) if files else None, opener, name=spec or "nothing")
        if order is not None:
            feeder.order = order
        feeder.start()
        made.append(feeder)
        return feeder

    yield make
    for feeder in made:
        feeder.stop(5)
    wait_for(lambda: not set(threading.enumerate()) - before)


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    """A virtual display."""
    with Display(tmp_path_factory.mktemp("screen")) as server:
        yield server


@pytest.fixture
def start(display: Display, tmp_path: Path) -> Iterator[Callable[..., Viewer]]:
    """Starts a viewer in a process of its own: start(*words, before="", plain=False)."""
    from viewer_process import Viewer

    running = []

    def begin(*words: object, **how: Any) -> Viewer:
        running.append(Viewer(display, tmp_path, *words, **how))
        return running[-1]

    yield begin
    for viewer in running:
        viewer.kill()
