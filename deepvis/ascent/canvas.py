"""The pictures of a batch of runs: twice as many arrays as runs, so that a step goes from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepvis.ascent import window
from deepvis.ascent.parts import Drawn
from deepvis.ascent.passes import Box, Measured
from deepvis.ascent.presets import Preset
from deepvis.ascent.run import Run
from deepvis.ascent.starts import grey_level, start_at
from deepvis.preprocess import Floats, Preprocess


class Canvas:
    """What is kept of each run's picture: ``x`` (N, C, h, w), and ``other``, which is written next.

    Of runs whose units all see the same ``cone`` that is this part with a margin, of others the whole input.
    """

    def __init__(self, preprocess: Preprocess, cone: Box | None, runs: Sequence[Run]) -> None:
        """Begin at each run's start. Raises UnknownNameError, ShapeError."""
        self.preprocess, self.cone, self.size = preprocess, cone, preprocess.size
        self._limits, self._grey = preprocess.bounds(), grey_level(preprocess)
        self.kept = self._needed([run.preset for run in runs])
        self.x = np.concatenate([self.start(run, run.seed) for run in runs])
        self.other = self.x.copy()
        self._frame: Floats | None = None
        self._around: Floats | None = None

    @property
    def limits(self) -> tuple[Floats, Floats]:
        """The input's values for black and white, broadcastable to what is kept."""
        low, high = self._limits
        return self._of_kept(low), self._of_kept(high)

    @property
    def grey_level(self) -> Floats:
        """By how much the input changes for one grey level, broadcastable to what is kept."""
        return self._of_kept(self._grey)

    def start(self, run: Run, seed: int) -> Floats:
        """What is kept of a run's start, (1, C, h, w)."""
        x = np.clip(start_at(run.start, self.preprocess, seed), *self._limits)
        return np.ascontiguousarray(x[:, :, self.kept[0], self.kept[1]])

    def framed(self, x: Floats) -> Floats:
        """What is kept on a frame of the mean, (N, C, H, W)."""
        return window.on_frame(x, self.kept, self.size)

    def seen(self, drawn: Sequence[Sequence[Drawn]]) -> Floats:
        """The pictures as the net is to see them, each under its transforms: (N, C, H, W), not to be kept."""
        seen = self.x
        for i, transforms in enumerate(drawn):
            if not transforms:
                continue
            seen = seen.copy() if seen is self.x else seen
            picture = self.x[i : i + 1]
            for each in transforms:
                picture = each.apply(picture)
            seen[i] = picture[0]
        if seen.shape[2:] == self.size:
            return seen
        if self._frame is None:
            self._frame = np.zeros((*seen.shape[:2], *self.size), np.float32)
        self._frame[:, :, self.kept[0], self.kept[1]] = seen
        return self._frame

    def gradient(self, found: Measured, i: int, drawn: Sequence[Drawn]) -> Floats | None:
        """A run's gradient by what is kept of its picture, (1, C, h, w), until the next is asked for."""
        if found.gradient is None:
            return None
        gradient = found.gradient[i : i + 1]
        if found.box is None:
            for each in reversed(drawn):
                gradient = each.pull(gradient)
            return np.ascontiguousarray(gradient[:, :, self.kept[0], self.kept[1]])
        if self._around is None:
            self._around = np.zeros((1, *self.x.shape[1:]), np.float32)
        rows, columns = window.within(found.box, self.kept)
        self._around[:, :, rows, columns] = gradient
        return self._around

    def fit(self, style: Preset) -> None:
        """Keep what a preset needs too; what was not kept becomes the mean."""
        needed = window.joined(self.kept, self._needed([style]))
        if needed != self.kept:
            frames = [self.framed(each) for each in (self.x, self.other)]
            self.x, self.other = (np.ascontiguousarray(each[:, :, needed[0], needed[1]]) for each in frames)
            self.kept, self._frame, self._around = needed, None, None

    def swap(self) -> None:
        """What was written is what is there."""
        self.x, self.other = self.other, self.x

    def take(self, x: Floats, other: Floats, kept: Box) -> None:
        """Put back pictures of an earlier canvas."""
        self.x, self.other, self.kept = x, other, kept
        self._frame, self._around = None, None

    def _needed(self, styles: Sequence[Preset]) -> Box:
        if self.cone is None:
            return window.whole(self.size)
        needed = self.cone
        for style in styles:
            needed = window.joined(needed, window.around(self.cone, style, self.size))
        return needed

    def _of_kept(self, values: Floats) -> Floats:
        """Of numbers (C, 1, 1) or (C, H, W)."""
        return values[:, self.kept[0], self.kept[1]] if values.shape[1:] == self.size else values
