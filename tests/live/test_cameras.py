"""Cameras as sources: mirrored, stretched, in whatever shape the driver gives its pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deepvis.errors import Error, FormatError
from deepvis.live.sources import SourceOptions, open_live


def test_a_camera_is_mirrored_and_its_range_stretched(camera):
    ramp = np.tile(np.linspace(50, 150, 16).astype(np.uint8), (4, 1))
    camera.odd.extend([ramp] * 3)
    image = open_live("camera:0").read().image
    assert (image[0, 0, 0], image[0, -1, 0]) == (255, 0)
    assert open_live("camera:0", SourceOptions(mirror=False)).read().image[0, 0, 0] == 0
    plain = open_live("camera:0", SourceOptions(autocontrast=False)).read().image
    assert (plain[0, 0, 0], plain[0, -1, 0]) == (150, 50)


def test_a_camera_is_asked_for_its_size_and_rate(camera):
    source = open_live("camera:/dev/video2", SourceOptions(camera_size=(320, 240), camera_fps=15))
    asked = camera.captures[0].settings
    assert asked[cv2.CAP_PROP_FRAME_WIDTH] == 320
    assert asked[cv2.CAP_PROP_FRAME_HEIGHT] == 240
    assert asked[cv2.CAP_PROP_FPS] == 15
    assert camera.targets == [2], "as a camera, not as a file"
    frames = [source.read() for _ in range(3)]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert frames[0].place == "camera:/dev/video2"
    assert frames[0].capture_ms >= 4
    source.close()
    assert camera.open_captures == 0


@pytest.mark.parametrize(
    "odd",
    [
        np.full((6, 10), 90, np.uint8),
        np.full((6, 10, 1), 90, np.uint8),
        np.full((6, 10, 3), 90, np.uint8),
        np.full((6, 10, 4), 90, np.uint8),
        np.full((6, 10, 3), 90 * 257, np.uint16),
        np.full((6, 10), 90 * 257, np.uint16),
    ],
)
def test_odd_pictures_of_a_camera_become_rgb(camera, odd):
    camera.odd.append(odd)
    image = open_live("camera:0").read().image
    assert image.shape == (6, 10, 3) and image.dtype == np.uint8
    assert (image == 90).all()


def test_sixteen_bits_of_which_a_camera_uses_few_are_stretched_before_they_are_rounded(camera):
    camera.odd.append(np.arange(256, dtype=np.uint16).reshape(16, 16))
    assert len(np.unique(open_live("camera:0").read().image)) == 256


@pytest.mark.parametrize(
    "bad",
    [
        (False, None),
        (True, None),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 3), np.int32),
        cv2.error("driver"),
        SystemError("worse"),
    ],
)
def test_a_bad_picture_is_passed_over_and_many_are_an_error(camera, bad):
    source = open_live("camera:0")
    camera.odd.extend([bad] * 2)
    assert source.read().image.shape == (8, 16, 3)
    camera.odd.extend([bad] * 50)
    with pytest.raises(FormatError, match="camera"):
        source.read()


def test_a_picture_is_not_overwritten_by_the_next(camera):
    buffer = np.zeros((8, 16, 3), np.uint8)
    camera.odd.extend([buffer, buffer])
    source = open_live("camera:0")
    first = source.read()
    buffer[...] = 200
    source.read()
    assert (first.image == 0).all()


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(FormatError, match="camera:97"):
        open_live("camera:97")


@pytest.mark.parametrize(
    "wrong", [{"camera_size": (0, 5)}, {"camera_fps": -1.0}, {"speed": 0.0}, {"speed": float("nan")}]
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Error, match=next(iter(wrong))):
        SourceOptions(**wrong)
