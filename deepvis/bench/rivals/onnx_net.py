"""ONNX Runtime on the CPU: the net goes into an ONNX model, which never touches the disk. It runs forward only."""

from __future__ import annotations

import os
from typing import ClassVar

import onnxruntime

from deepvis.bench.rivals import Rival
from deepvis.bench.rivals.definition import check_input, open_net, read_definition
from deepvis.bench.rivals.onnx_model import write_model
from deepvis.errors import UnknownNameError
from deepvis.net import Net, PathLike
from deepvis.views import Array

_VARIANT = "default"


class ONNXRuntimeRival(Rival):
    """A session of ONNX Runtime's CPU provider with all of its optimisations. The one variant is "default"."""

    name: ClassVar[str] = "onnxruntime"
    title: ClassVar[str] = "ONNX Runtime"
    version: ClassVar[str] = onnxruntime.__version__

    def __init__(self, prototxt: PathLike, weights: PathLike | Net, batch: int, threads: int) -> None:
        """Write the model and have it optimised for this batch size."""
        definition = read_definition(prototxt, open_net(prototxt, weights), batch)
        self._input, self._shape = definition.input, definition.input_shape
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        # Its threads spin between operations, but not on into what is timed next.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(
            write_model(definition, os.fspath(prototxt)), options, providers=["CPUExecutionProvider"]
        )

    def variants(self) -> list[str]:
        """Name the one variant."""
        return [_VARIANT]

    def forward(self, variant: str, x: Array) -> Array:
        """Run the whole net; see Rival."""
        if variant != _VARIANT:
            raise UnknownNameError(f"no variant {variant!r}; there is: {_VARIANT}")
        result: Array = self._session.run(None, {self._input: check_input(x, self._shape)})[-1]
        return result
