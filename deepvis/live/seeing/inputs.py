"""A frame into a net's input blobs, and signals at them back into pictures: one picture or a pair, of any channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.live.sources import Frame
from deepvis.preprocess import Preprocess
from deepvis.render import Picture

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Inputs:
    """blobs: the inputs that take pictures, one or two; planes: channels of each. `preprocess` makes 1 or 3 channels of
    a picture. Two blobs, or one of twice as many channels, take a frame's two pictures, the one picture twice where a
    frame has no second. Of other numbers of channels each takes the picture's, again from the first after the last.
    """

    blobs: tuple[str, ...]
    planes: int
    preprocess: Preprocess

    @property
    def pictures(self) -> int:
        """How many pictures the net takes at once."""
        return 2 if len(self.blobs) == 2 or self.planes == 2 * self.preprocess.channels else 1

    def fitting(self, stretch: bool) -> Preprocess:
        """The preprocessing that crops pictures, or stretches them."""
        return replace(self.preprocess, fit="stretch" if stretch else "crop")

    def blobs_of(self, frame: Frame, stretch: bool) -> dict[str, Floats]:
        """What goes into each input blob, (1, planes, H, W)."""
        preprocess = self.fitting(stretch)
        each = [preprocess.apply(picture) for picture in self._pictures(frame)]
        if len(self.blobs) == 2:
            return dict(zip(self.blobs, each, strict=True))
        if self.pictures == 2:
            return {self.blobs[0]: np.concatenate(each, axis=1)}
        blob = each[0]
        if blob.shape[1] != self.planes:
            blob = np.ascontiguousarray(blob[:, np.arange(self.planes) % blob.shape[1]])
        return {self.blobs[0]: blob}

    def signals_of(self, arrived: Mapping[str, Floats]) -> tuple[Floats, ...]:
        """Signals (1, planes, H, W) at the inputs as one (C, H, W) a picture, its three channels as RGB; 0 where a pass
        did not reach an input, such as from one arm of a siamese net the other arm's.
        """
        each: list[Floats] = []
        for blob in self.blobs:
            reached = blob in arrived
            signal = arrived[blob][0] if reached else np.zeros((self.planes, *self.preprocess.size), np.float32)
            if len(self.blobs) == 1 and self.pictures == 2:
                each += np.split(signal, 2)
            else:
                each.append(signal)
        return tuple(self._as_rgb(signal) for signal in each)

    def seen(self, frame: Frame, stretch: bool) -> tuple[Picture, ...]:
        """The part of each picture that reaches the net, at its own resolution, grey where the net takes grey."""
        preprocess = self.fitting(stretch)
        return tuple(seen_part(preprocess, picture) for picture in self._pictures(frame))

    def _pictures(self, frame: Frame) -> tuple[Picture, ...]:
        second = frame.image if frame.second is None else frame.second
        return (frame.image, second) if self.pictures == 2 else (frame.image,)

    def _as_rgb(self, signal: Floats) -> Floats:
        preprocess = self.preprocess
        if signal.shape == (preprocess.channels, *preprocess.size):
            signal = preprocess.signal(signal).transpose(2, 0, 1)
        return np.array(signal, np.float32)


def seen_part(preprocess: Preprocess, picture: Picture) -> Picture:
    """The picture cut to what `preprocess` lets through, grey where the net takes grey."""
    height, width = picture.shape[:2]
    top, left, high, wide = preprocess.window(height, width)
    part = picture[round(top) : max(round(top + high), 1), round(left) : max(round(left + wide), 1)]
    if preprocess.channels > 1:
        return part
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
