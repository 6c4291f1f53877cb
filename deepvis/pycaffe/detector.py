"""pycaffe's Detector: class scores of windows in images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.pycaffe import io
from deepvis.pycaffe.classifier import make_transformer
from deepvis.pycaffe.net import TEST, Net

Floats = npt.NDArray[np.float32]


class Detector(Net):
    """A net of one input that is run on windows of images.

    ``context_pad``: pixels of the net's input that show the window's surroundings, on each side (R-CNN used 16).
    """

    def __init__(
        self,
        model_file: str | os.PathLike[str],
        pretrained_file: str | os.PathLike[str] | None,
        mean: npt.NDArray[Any] | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
        context_pad: int | None = None,
    ) -> None:
        super().__init__(model_file, TEST, weights=pretrained_file)
        self.transformer = make_transformer(self, mean, input_scale, raw_scale, channel_swap)
        self.configure_crop(context_pad)

    def detect_windows(
        self, images_windows: Iterable[tuple[str | os.PathLike[str], Sequence[Sequence[float]]]]
    ) -> list[dict[str, Any]]:
        """Scores for each (image file, windows), a window being (ymin, xmin, ymax, xmax) in pixels.

        Returns a dict for each window: "window", "prediction", "filename".
        """
        crops: list[Floats] = []
        found: list[dict[str, Any]] = []
        for filename, windows in images_windows:
            image = io.load_image(filename)
            for window in windows:
                corners = np.asarray(window)
                crops.append(self.crop(image, corners))
                found.append({"window": corners, "filename": filename})
        if not found:
            return []
        name = self.inputs[0]
        batch = np.stack([self.transformer.preprocess(name, crop) for crop in crops])
        predictions = self.forward_all(**{name: batch})[self.outputs[0]].reshape(len(found), -1)
        for each, prediction in zip(found, predictions, strict=True):
            each["prediction"] = prediction
        return found

    def detect_selective_search(self, image_fnames: Sequence[str]) -> list[dict[str, Any]]:
        """Not here: it called a MATLAB program for its windows."""
        raise NotImplementedError("selective search needs MATLAB; find windows another way and call detect_windows")

    def crop(self, im: npt.NDArray[Any], window: npt.NDArray[Any]) -> Floats:
        """A window of an (H, W, K) image; with context, warped to the net's input and mean-filled outside the image."""
        top, left, bottom, right = (float(corner) for corner in window)
        if not self.context_pad:
            inside: Floats = im[int(top) : int(bottom), int(left) : int(right)]
            return inside
        size = float(self.crop_size)
        scale = size / (size - 2.0 * self.context_pad)
        half_height, half_width = (bottom - top + 1) / 2.0, (right - left + 1) / 2.0
        centre_y, centre_x = top + half_height, left + half_width
        box = np.round([
            centre_y - scale * half_height, centre_x - scale * half_width,
            centre_y + scale * half_height, centre_x + scale * half_width,
        ])  # fmt: skip
        stretch = self.crop_size / np.array([box[2] - box[0] + 1, box[3] - box[1] + 1])
        pad_top, pad_left = np.round(np.maximum(0, -box[:2]) * stretch).astype(int)
        inside_box = np.clip(box, 0, [im.shape[0], im.shape[1], im.shape[0], im.shape[1]]).astype(int)
        part = im[inside_box[0] : inside_box[2], inside_box[1] : inside_box[3]]
        height, width = np.round(np.array(part.shape[:2]) * stretch).astype(int)
        height, width = min(height, self.crop_size - pad_top), min(width, self.crop_size - pad_left)
        result = np.ones((self.crop_size, self.crop_size, im.shape[2]), np.float32) * self.crop_mean
        result[pad_top : pad_top + height, pad_left : pad_left + width] = io.resize_image(part, (height, width))
        return result.astype(np.float32)

    def configure_crop(self, context_pad: int | None) -> None:
        """Set the context and what fills crops outside of the image: the mean that will be subtracted, or zero."""
        name = self.inputs[0]
        shape = self.blobs[name].shape
        self.context_pad = context_pad
        if not context_pad:
            return
        self.crop_size = shape[2]
        steps = self.transformer
        mean = steps.mean.get(name)
        if mean is None:
            self.crop_mean: npt.NDArray[Any] = np.zeros((*shape[2:], shape[1]), np.float32)
            return
        if (order := steps.transpose.get(name)) is not None:
            mean = np.broadcast_to(mean, shape[1:])
            if (swap := steps.channel_swap.get(name)) is not None:
                mean = mean[np.argsort(swap)]
            mean = mean.transpose([int(axis) for axis in np.argsort(order)])
        raw_scale = steps.raw_scale.get(name)
        self.crop_mean = mean if raw_scale is None else mean / raw_scale
