"""From a picture to the net's input blob and back, step by step as Caffe's Transformer does it.

The order is Caffe's: fit to size, (H, W, C) to (C, H, W), channel order, raw_scale, minus mean, times
input_scale, and last a division by std for nets trained on whitened pictures. Pictures outside are (H, W, 3)
uint8 RGB; BGR exists only in here. Reading pictures and means from files is deepvis/pictures.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.errors import Error, ShapeError

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Order = Literal["RGB", "BGR", "GRAY"]
Fit = Literal["crop", "stretch"]
Interpolation = Literal["linear", "area", "cubic", "nearest"]

_CV_INTERPOLATION = {
    "linear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
    "nearest": cv2.INTER_NEAREST,
}


@dataclass(frozen=True, eq=False)
class Preprocess:
    """What is done to a picture before the net sees it. Sizes are (height, width) in pixels.

    fit: "crop" cuts the largest centred window of the target's shape before resizing (the classic
    toolbox), "stretch"
    squeezes the whole picture. resize: an intermediate size whose centre is then cut to `size`, such as
    256 before 227.
    mean: per channel (C,), or a picture (C, H, W) in the blob's channel order, cut to its centre where it
    is larger.
    transpose: swap height and width last, for nets trained on column-major pictures (MATLAB's).
    """

    size: tuple[int, int]
    order: Order = "BGR"
    mean: Floats | None = None
    std: Floats | None = None
    raw_scale: float = 1.0
    input_scale: float = 1.0
    fit: Fit = "crop"
    resize: tuple[int, int] | None = None
    interpolation: Interpolation = "linear"
    transpose: bool = False
    mean_source: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot work now, not at the first picture."""
        for field, allowed in (
            ("order", ("RGB", "BGR", "GRAY")),
            ("fit", ("crop", "stretch")),
            ("interpolation", tuple(_CV_INTERPOLATION)),
        ):
            if getattr(self, field) not in allowed:
                raise Error(f"preprocessing: {field} is {getattr(self, field)!r}, expected one of {', '.join(allowed)}")
        if min(self.size) < 1:
            raise ShapeError(f"preprocessing: input size {self.size[0]}x{self.size[1]} has no pixels")
        if self.resize and (self.resize[0] < self.shown_size[0] or self.resize[1] < self.shown_size[1]):
            raise ShapeError(
                f"preprocessing: resize {self.resize[0]}x{self.resize[1]} is smaller than the input "
                f"{self.shown_size[0]}x{self.shown_size[1]} that is to be cut from its centre"
            )
        for scale in ("raw_scale", "input_scale"):
            if not np.isfinite(getattr(self, scale)) or getattr(self, scale) == 0:
                raise Error(f"preprocessing: {scale} is {getattr(self, scale)}, expected a finite number other than 0")
        object.__setattr__(self, "mean", self._fitted(self.mean, "mean"))
        object.__setattr__(self, "std", self._fitted(self.std, "std"))
        if self.std is not None and not np.all(self.std > 0):
            raise Error("preprocessing: std has entries that are not above 0, so a division by it makes no sense")

    def _fitted(self, values: Floats | None, what: str) -> Floats | None:
        """Mean or std as (C, 1, 1) or (C, h, w): one number for all channels is spread, a larger picture
        cut by excess // 2."""
        if values is None:
            return None
        array = np.asarray(values, np.float32)
        if not np.all(np.isfinite(array)):
            raise Error(f"preprocessing: {what} holds a number that is not finite")
        channels, (height, width) = self.channels, self.size
        if array.ndim <= 1 and array.size in (1, channels):
            return np.ascontiguousarray(np.broadcast_to(array.reshape(-1), channels)).reshape(channels, 1, 1)
        if array.ndim != 3 or array.shape[0] != channels:
            raise ShapeError(
                f"preprocessing: {what} has shape {array.shape}, expected ({channels},) or ({channels}, "
                f"height, width) "
                f"in the order {self.order}"
            )
        if array.shape[1:] == (1, 1):
            return array
        top, left = (array.shape[1] - height) // 2, (array.shape[2] - width) // 2
        if array.shape[1] < height or array.shape[2] < width:
            raise ShapeError(
                f"preprocessing: {what} is {array.shape[1]}x{array.shape[2]}, smaller than the input "
                f"{height}x{width}; "
                f"give a larger one or one number per channel"
            )
        return np.ascontiguousarray(array[:, top : top + height, left : left + width])

    @property
    def channels(self) -> int:
        """Channels of the input blob: 1 for grey, else 3."""
        return 1 if self.order == "GRAY" else 3

    @property
    def shown_size(self) -> tuple[int, int]:
        """(height, width) of the picture a person sees: `size`, unless the net wants it transposed."""
        return (self.size[1], self.size[0]) if self.transpose else self.size

    def window(self, height: int, width: int) -> tuple[float, float, float, float]:
        """The part of a height x width picture that reaches the net: (top, left, height, width) in its
        pixels."""
        target_h, target_w = self.resize or self.shown_size
        top, left, seen_h, seen_w = 0.0, 0.0, float(height), float(width)
        if self.fit == "crop":
            y, x, h, w = _centred(height, width, target_h, target_w)
            top, left, seen_h, seen_w = float(y), float(x), float(h), float(w)
        if self.resize:
            cut_h, cut_w = self.shown_size
            top += (target_h - cut_h) // 2 * seen_h / target_h
            left += (target_w - cut_w) // 2 * seen_w / target_w
            seen_h, seen_w = seen_h * cut_h / target_h, seen_w * cut_w / target_w
        return top, left, seen_h, seen_w

    def view(self, image: npt.NDArray[Any]) -> Picture:
        """The picture as the net sees it, before any arithmetic: (h, w, 3) uint8 RGB of `shown_size`."""
        picture = as_rgb(image)
        target_h, target_w = self.resize or self.shown_size
        if self.fit == "crop":
            y, x, h, w = _centred(picture.shape[0], picture.shape[1], target_h, target_w)
            picture = picture[y : y + h, x : x + w]
        if picture.shape[:2] != (target_h, target_w):
            flag = _CV_INTERPOLATION[self.interpolation]
            resized = cv2.resize(np.ascontiguousarray(picture), (target_w, target_h), interpolation=flag)
            picture = resized.astype(np.uint8, copy=False)
        cut_h, cut_w = self.shown_size
        y, x = (picture.shape[0] - cut_h) // 2, (picture.shape[1] - cut_w) // 2
        return np.ascontiguousarray(picture[y : y + cut_h, x : x + cut_w])

    def apply(self, image: npt.NDArray[Any]) -> Floats:
        """Picture (H, W, 3) uint8 RGB, or grey (H, W), to the input blob (1, C, h, w) float32."""
        return self.normalise(self.view(image))[None]

    def normalise(self, picture: Picture) -> Floats:
        """A picture already of `shown_size` to (C, h, w) float32: transpose, order, raw_scale, mean,
        input_scale, std."""
        if picture.shape != (*self.shown_size, 3):
            raise ShapeError(f"picture has shape {picture.shape}, expected {(*self.shown_size, 3)}")
        if self.order == "GRAY":
            # OpenCV's BT.601 weights: what cv2.imread(path, 0), and so Caffe's own grey loading, gives.
            picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[:, :, None].astype(np.uint8, copy=False)
        blob = (
            picture.astype(np.float32).transpose(2, 1, 0)
            if self.transpose
            else picture.astype(np.float32).transpose(2, 0, 1)
        )
        if self.order == "BGR":
            blob = blob[::-1]
        out = np.ascontiguousarray(blob)
        if self.raw_scale != 1.0:
            out *= np.float32(self.raw_scale)
        if self.mean is not None:
            out -= self.mean
        if self.input_scale != 1.0:
            out *= np.float32(self.input_scale)
        if self.std is not None:
            out /= self.std
        return out

    def to_pixels(self, blob: npt.NDArray[Any]) -> Floats:
        """Undo the arithmetic: blob (C, h, w) or (1, C, h, w) to (h, w, 3) float32 RGB in 0..255 units,
        not clipped."""
        array = self._checked(blob)
        if self.std is not None:
            array = array * self.std
        array = array / np.float32(self.input_scale)
        if self.mean is not None:
            array = array + self.mean
        return self._picture_axes(array / np.float32(self.raw_scale))

    def to_image(self, blob: npt.NDArray[Any]) -> Picture:
        """The picture that this blob would have come from: (h, w, 3) uint8 RGB, rounded and clipped to
        0..255."""
        pixels = np.nan_to_num(self.to_pixels(blob), nan=0.0)
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)

    def signal(self, blob: npt.NDArray[Any]) -> Floats:
        """A signal over the input, such as a gradient (C, h, w): axes and channel order as a picture's, no
        arithmetic."""
        return self._picture_axes(self._checked(blob))

    def bounds(self) -> tuple[Floats, Floats]:
        """The blob's values for black and for white pixels, each (C, 1, 1) or (C, h, w): lower first."""
        ends = []
        for pixel in (0.0, 255.0):
            value: Floats = np.full((self.channels, 1, 1), pixel * self.raw_scale, np.float32)
            if self.mean is not None:
                value = value - self.mean
            value = value * np.float32(self.input_scale)
            ends.append(value if self.std is None else value / self.std)
        return np.minimum(*ends), np.maximum(*ends)

    def describe(self) -> str:
        """Everything that was resolved, one step a line, in the order in which it happens."""
        height, width = self.shown_size
        target = self.resize or self.shown_size
        how = "cut the centre of the same shape, resize" if self.fit == "crop" else "stretch"
        steps = [f"{how} to {target[0]}x{target[1]} ({self.interpolation})"]
        if self.resize:
            steps.append(f"cut the centre {height}x{width}")
        if self.transpose:
            steps.append("swap height and width")
        steps.append("grey" if self.order == "GRAY" else f"channels in the order {self.order}")
        if self.raw_scale != 1.0:
            steps.append(f"times {self.raw_scale:g} (raw_scale)")
        if self.mean is not None:
            source = f" from {self.mean_source}" if self.mean_source else ""
            steps.append(f"minus mean {_values_text(self.mean)}{source}")
        if self.input_scale != 1.0:
            steps.append(f"times {self.input_scale:g} (input_scale)")
        if self.std is not None:
            steps.append(f"divided by std {_values_text(self.std)}")
        low, high = self.bounds()
        steps.append(
            f"input blob 1x{self.channels}x{self.size[0]}x{self.size[1]}, values {low.min():g} to {high.max():g}"
        )
        return "\n".join(steps)

    def _checked(self, blob: npt.NDArray[Any]) -> Floats:
        array = np.asarray(blob, np.float32)
        if array.ndim == 4 and array.shape[0] == 1:
            array = array[0]
        if array.shape != (self.channels, *self.size):
            raise ShapeError(f"blob has shape {np.shape(blob)}, expected {(self.channels, *self.size)}")
        return array

    def _picture_axes(self, array: Floats) -> Floats:
        if self.order == "BGR":
            array = array[::-1]
        picture = array.transpose(2, 1, 0) if self.transpose else array.transpose(1, 2, 0)
        return np.ascontiguousarray(np.repeat(picture, 3, axis=2) if self.channels == 1 else picture)


def _values_text(values: Floats) -> str:
    if values.shape[1:] == (1, 1):
        return "(" + ", ".join(f"{v:g}" for v in values.ravel()) + ")"
    means = ", ".join(f"{v:.2f}" for v in values.mean(axis=(1, 2)))
    return f"picture {values.shape[1]}x{values.shape[2]} with channel means ({means})"


def as_rgb(image: npt.NDArray[Any]) -> Picture:
    """Any 8-bit picture as (H, W, 3) RGB: grey is tripled, an alpha channel dropped."""
    array = np.asarray(image)
    if array.dtype != np.uint8:
        raise ShapeError(f"picture has type {array.dtype}, expected uint8 (0..255)")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or min(array.shape[:2]) < 1:
        raise ShapeError(f"picture has shape {np.shape(image)}, expected (height, width, 3)")
    if array.shape[2] == 1:
        return np.ascontiguousarray(np.repeat(array, 3, axis=2))
    return array[:, :, :3]


def _centred(height: int, width: int, target_h: int, target_w: int) -> tuple[int, int, int, int]:
    """Largest centred window of a height x width picture with the target's shape: (top, left, height,
    width)."""
    if width * target_h >= height * target_w:
        cut_h, cut_w = height, max(1, height * target_w // target_h)
    else:
        cut_h, cut_w = max(1, width * target_h // target_w), width
    return (height - cut_h) // 2, (width - cut_w) // 2, cut_h, cut_w
