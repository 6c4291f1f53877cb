"""pycaffe's Classifier: images in, class probabilities out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.pycaffe import io
from deepvis.pycaffe.net import TEST, Net

Floats = npt.NDArray[np.float32]


class Classifier(Net):
    """A net of one input with its preprocessing.

    ``image_dims``: size (H, W) that images are brought to before they are cropped to the net's input (default: that
    input's). The other arguments are those of io.Transformer.
    """

    def __init__(
        self,
        model_file: str | os.PathLike[str],
        pretrained_file: str | os.PathLike[str] | None,
        image_dims: Sequence[int] | None = None,
        mean: npt.NDArray[Any] | None = None,
        input_scale: float | None = None,
        raw_scale: float | None = None,
        channel_swap: Sequence[int] | None = None,
    ) -> None:
        super().__init__(model_file, TEST, weights=pretrained_file)
        self.transformer = make_transformer(self, mean, input_scale, raw_scale, channel_swap)
        self.crop_dims = np.array(self.blobs[self.inputs[0]].shape[2:])
        self.image_dims = self.crop_dims if image_dims is None else np.array(image_dims)

    def predict(self, inputs: Sequence[npt.NDArray[Any]], oversample: bool = True) -> Floats:
        """Class probabilities (N, classes) of N images, (H, W, K) each, of any size.

        With ``oversample`` the mean over ten crops (corners, centre, mirrored); else the centre crop alone.
        """
        images = np.stack([io.resize_image(image, tuple(self.image_dims)) for image in inputs])
        if oversample:
            crops = io.oversample(list(images), tuple(self.crop_dims))
        else:
            top, left = ((self.image_dims - self.crop_dims) / 2.0).astype(int)
            crops = images[:, top : top + self.crop_dims[0], left : left + self.crop_dims[1]]
        name = self.inputs[0]
        batch = np.stack([self.transformer.preprocess(name, crop) for crop in crops])
        predictions = self.forward_all(**{name: batch})[self.outputs[0]]
        if oversample:
            predictions = predictions.reshape(len(inputs), 10, -1).mean(1)
        return predictions


def make_transformer(
    net: Net,
    mean: npt.NDArray[Any] | None,
    input_scale: float | None,
    raw_scale: float | None,
    channel_swap: Sequence[int] | None,
) -> io.Transformer:
    """The Transformer of a net's first input, for (H, W, K) images."""
    name = net.inputs[0]
    transformer = io.Transformer({name: net.blobs[name].shape})
    transformer.set_transpose(name, (2, 0, 1))
    if mean is not None:
        transformer.set_mean(name, mean)
    if input_scale is not None:
        transformer.set_input_scale(name, input_scale)
    if raw_scale is not None:
        transformer.set_raw_scale(name, raw_scale)
    if channel_swap is not None:
        transformer.set_channel_swap(name, channel_swap)
    return transformer
