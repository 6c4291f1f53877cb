#!/usr/bin/env python3
"""Write seeds and a dictionary for the fuzz targets: nets of every age, their weights, and Caffe's words.

Usage: make_seeds.py OUT. Makes OUT/text, OUT/wire, OUT/model and OUT/caffe.dict.
"""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

INPUT = 'layer { name: "in" type: "Input" top: "a" input_param { shape { dim: 1 dim: 2 dim: 6 dim: 6 } } }\n'

# Layer types with settings that take different ways through the code; each makes a net of its own.
LAYERS = """
AbsVal
ArgMax argmax_param { out_max_val: true top_k: 2 axis: 1 }
BNLL
BatchNorm
Bias bias_param { axis: 1 filler { value: 1 } }
Clip clip_param { min: -1 max: 1 }
Convolution convolution_param { num_output: 2 kernel_size: 3 pad: 1 stride: 2 dilation: 2 group: 2 }
Convolution convolution_param { num_output: 3 kernel_h: 3 kernel_w: 1 weight_filler { type: "xavier" } }
Deconvolution convolution_param { num_output: 2 kernel_size: 4 stride: 2 weight_filler { type: "bilinear" } }
Dropout dropout_param { dropout_ratio: 0.5 }
ELU elu_param { alpha: 0.5 }
Eltwise eltwise_param { operation: MAX }
Eltwise eltwise_param { operation: SUM coeff: -1 }
Exp exp_param { base: 2 scale: 0.5 shift: 1 }
Flatten flatten_param { axis: 1 end_axis: -1 }
InnerProduct inner_product_param { num_output: 3 axis: 1 transpose: true weight_filler { type: "msra" } }
LRN lrn_param { local_size: 3 alpha: 1 beta: 0.75 k: 2 deconv_ignore: true }
LRN lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }
Log log_param { base: 10 shift: 2 }
MVN mvn_param { across_channels: true }
PReLU prelu_param { channel_shared: true }
Permute permute_param { order: [0, 2, 3, 1] }
Pooling pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }
Pooling pooling_param { pool: AVE kernel_h: 2 kernel_w: 3 stride_h: 1 stride_w: 2 round_mode: FLOOR }
Pooling pooling_param { pool: AVE global_pooling: true }
Power power_param { power: 2 scale: 0.5 shift: 1 }
ReLU relu_param { negative_slope: 0.1 }
Reduction reduction_param { operation: SUMSQ axis: 1 coeff: 2 }
Reshape reshape_param { shape { dim: 0 dim: -1 dim: 3 } axis: 0 num_axes: 3 }
Scale scale_param { axis: 1 bias_term: true }
Sigmoid
Softmax softmax_param { axis: 1 }
Swish swish_param { beta: 2 }
TanH
Threshold threshold_param { threshold: 0.5 }
Tile tile_param { axis: 2 tiles: 2 }
"""

# Nets whose wiring is the point.
NETS = {
    "slice_concat": """
layer { name: "s" type: "Slice" bottom: "a" top: "b" top: "c" slice_param { axis: 1 slice_point: 1 } }
layer { name: "k" type: "Concat" bottom: "c" bottom: "b" bottom: "a" top: "d" concat_param { axis: 1 } }
""",
    "crop_eltwise": """
layer { name: "p" type: "Pooling" bottom: "a" top: "p" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "c" type: "Crop" bottom: "a" bottom: "p" top: "c" crop_param { axis: 2 offset: [1, 2] } }
layer { name: "e" type: "Eltwise" bottom: "c" bottom: "p" top: "e" eltwise_param { operation: PROD } }
""",
    "in_place": """
layer { name: "c" type: "Convolution" bottom: "a" top: "c"
        convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
layer { name: "t" type: "TanH" bottom: "c" top: "c" }
layer { name: "d" type: "Scale" bottom: "a" bottom: "c" top: "d" scale_param { axis: 0 } }
layer { name: "x" type: "Silence" bottom: "d" }
""",
    "training": """
layer { name: "l" type: "DummyData" top: "l" dummy_data_param { num: 1 channels: 1 height: 1 width: 1 }
        include { phase: TRAIN stage: "s" } }
layer { name: "f" type: "InnerProduct" bottom: "a" top: "f" param { name: "w" lr_mult: 1 }
        inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.1 sparse: 1 } } }
layer { name: "e" type: "SoftmaxWithLoss" bottom: "f" bottom: "l" top: "e" loss_weight: 1 }
""",
}

V1 = """name: "v1" input: "a" input_dim: 1 input_dim: 2 input_dim: 6 input_dim: 6
layers { name: "c" type: CONVOLUTION bottom: "a" top: "c" blobs_lr: 1 blobs_lr: 2 weight_decay: 1 param: "w"
         convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "uniform" min: -1 } } }
layers { name: "s" type: SOFTMAX bottom: "c" top: "s" }
layers { name: "d" type: DATA top: "l" data_param { source: "x" scale: 0.5 } include: { phase: TRAIN } }
"""

V0 = """name: "v0" input: "a" input_dim: 1 input_dim: 2 input_dim: 6 input_dim: 6
layers { layer { name: "p" type: "padding" pad: 1 } bottom: "a" top: "p" }
layers { layer { name: "c" type: "conv" num_output: 2 kernelsize: 3 blobs_lr: 1. }
         bottom: "p" top: "c" }
layers { layer { name: "m" type: "pool" pool: AVE kernelsize: 2 stride: 2 } bottom: "c" top: "m" }
"""

SYNTAX = """# every spelling
name: 'a' "b\\n\\x41\\101\\u00e9\\"" ; state < phase: 1, level: -0x1F stage: ["s", "t"] >
input_dim: [1, 017]; force_backward: t layer [ { name: 'x' loss_weight: [ -inf, nan, 1e-5f, .5 ] }, < > ]
"""


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(*shape: int) -> bytes:
    count = 1
    for extent in shape:
        count *= extent
    dims = field(1, b"".join(varint(extent) for extent in shape))
    return field(5, struct.pack(f"<{count}f", *(0.5 * (i % 3) for i in range(count)))) + field(7, dims)


def layer(name: str, kind: str, *blobs: bytes) -> bytes:
    return field(1, name.encode()) + field(2, kind.encode()) + b"".join(field(7, each) for each in blobs)


def nets() -> dict[str, str]:
    made = {name: INPUT + text.lstrip() for name, text in NETS.items()}
    for index, line in enumerate(LAYERS.strip().splitlines()):
        kind, _, settings = line.partition(" ")
        made[f"{index:02}_{kind.lower()}"] = (
            f'{INPUT}layer {{ name: "x" type: "{kind}" bottom: "a" top: "b" {settings} }}\n'
        )
    return made | {"v1": V1, "v0": V0}


WIRES = {
    "v2": field(1, b"n") + field(100, layer("x", "Convolution", blob(2, 2, 3, 3), blob(2))),
    "v1": field(2, field(4, b"c") + b"\x28\x04" + field(6, blob(2, 2, 3, 3)) + field(1001, b"w")),
    "v0": field(2, field(1, field(1, b"c") + field(2, b"conv") + field(50, blob(2, 2, 3, 3)))),
    "unknown": field(100, layer("x", "Scale", blob(2)) + field(203, b"\x08\x01") + b"\xfb\x3e\x08\x01\xfc\x3e"),
    "settings": field(100, field(106, b"\x08\x02\x10\x01\x1a\x02\x01\x01" + field(7, field(1, b"xavier")))),
    "blob": blob(1, 2, 2),
    "blob_legacy": b"\x08\x01\x10\x02\x18\x01\x20\x01" + field(5, struct.pack("<2f", 1, 2)),
    "blob_double": field(8, struct.pack("<2d", 1, 2)) + field(7, field(1, b"\x02")),
    "blob_pieces": field(5, struct.pack("<f", 1)) + b"\x2d" + struct.pack("<f", 2) + field(7, b"\x08\x02"),
}


def words() -> list[str]:
    """Names of the schema's fields and enum values, layer types, and bits of syntax."""
    found: set[str] = set()
    for source in (ROOT / "native" / "model").glob("caffe_schema_*.cpp"):
        found.update(re.findall(r'(?:one|many|packed)\("(\w+)"', source.read_text()))
        found.update(re.findall(r'\{"([A-Z][A-Z0-9_]+)", \d', source.read_text()))
    found.update(f'\\"{line.split()[0]}\\"' for line in LAYERS.strip().splitlines())
    return [
        *sorted(found),
        "{",
        "}",
        ": ",
        "[",
        "]",
        "<",
        ">",
        "-inf",
        "nan",
        "0x7FFFFFFF",
        "2147483647",
        "#",
        "\\\\x41",
    ]


def main() -> None:
    out = Path(sys.argv[1])
    for kind in ("text", "wire", "model"):
        (out / kind).mkdir(parents=True, exist_ok=True)
    for name, text in nets().items():
        (out / "text" / name).write_text(text)
        weights = WIRES.get(name, WIRES["v2"])
        (out / "model" / name).write_bytes(text.encode() + b"\0" + weights)
        (out / "model" / f"{name}_bare").write_bytes(text.encode())
    (out / "text" / "syntax").write_text(SYNTAX)
    for name, wire in WIRES.items():
        (out / "wire" / name).write_bytes(wire)
    (out / "caffe.dict").write_text("".join(f'"{word}"\n' for word in words()))


if __name__ == "__main__":
    main()
