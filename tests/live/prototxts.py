"""Small nets of many shapes as prototxt text, and models made from them as a user's own are."""

from __future__ import annotations

import tempfile
from pathlib import Path

from deepvis import models
from deepvis.models import Model

FILL = 'weight_filler { type: "xavier" } bias_filler { type: "constant" value: 0.1 }'


def model_of(text: str, name: str = "net", **card: object) -> Model:
    """A model with random weights, always the same; `card` are keys of a card."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.prototxt"
        path.write_text(text)
        return models.load(path, progress=False, **card)  # type: ignore[arg-type]


def data(channels: int, height: int = 24, width: int = 24, name: str = "data") -> str:
    return f'input: "{name}" input_shape {{ dim: 1 dim: {channels} dim: {height} dim: {width} }}\n'


def layer(kind: str, name: str, bottoms: str, tops: str = "", more: str = "") -> str:
    """A layer; names of blobs are separated by blanks, and its top is named like it unless said otherwise."""
    ends = "".join(f' bottom: "{b}"' for b in bottoms.split()) + "".join(f' top: "{t}"' for t in (tops or name).split())
    return f'layer {{ name: "{name}" type: "{kind}"{ends} {more} }}\n'


def conv(name: str, bottom: str, outputs: int, kernel: int = 3, top: str = "", more: str = "", param: str = "") -> str:
    body = f"convolution_param {{ num_output: {outputs} kernel_size: {kernel} {more} {FILL} }} {param}"
    return layer("Convolution", name, bottom, top, body)


def relu(blob: str) -> str:
    return layer("ReLU", f"{blob}/relu", blob, blob)


def pool(name: str, bottom: str) -> str:
    return layer("Pooling", name, bottom, "", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")


def fc(name: str, bottom: str, outputs: int, top: str = "", param: str = "") -> str:
    body = f"inner_product_param {{ num_output: {outputs} {FILL} }} {param}"
    return layer("InnerProduct", name, bottom, top, body)


def softmax(bottom: str) -> str:
    return layer("Softmax", "prob", bottom)


def trunk(bottom: str = "data") -> str:
    """Three small layers, scores and probabilities."""
    return conv("conv1", bottom, 6) + relu("conv1") + pool("pool1", "conv1") + fc("fc2", "pool1", 5) + softmax("fc2")


def shared(end: str) -> str:
    """One arm of a siamese net; its parameters are those of the other."""
    of_conv, of_fc = ('param { name: "cw" } param { name: "cb" }', 'param { name: "fw" } param { name: "fb" }')
    arm = conv(f"conv1{end}", f"data{end}", 6, param=of_conv) + relu(f"conv1{end}") + pool(f"pool1{end}", f"conv1{end}")
    return arm + fc(f"feat{end}", f"pool1{end}", 4, param=of_fc)


SIAMESE = data(3) + data(3, name="data_p") + shared("") + shared("_p") + layer("Concat", "both", "feat feat_p")
GRAPH = (
    data(3, 20, 28)
    + conv("stem", "data", 6, 5)
    + relu("stem")
    + conv("left", "stem", 4, 1)
    + relu("left")
    + conv("right/reduce", "stem", 3, 1)
    + conv("right", "right/reduce", 4, 3, more="pad: 1")
    + layer("Concat", "joined", "left right")
    + layer("Eltwise", "added", "left right")
    + pool("small", "added")
    + layer("Pooling", "wide", "joined", "", "pooling_param { pool: AVE kernel_size: 4 stride: 4 }")
    + fc("score", "wide", 5)
    + softmax("score")
)
AXES = (
    data(3, 16, 16)
    + conv("conv1", "data", 8)
    + relu("conv1")
    + layer("Reshape", "five", "conv1", "", "reshape_param { shape { dim: 1 dim: 4 dim: 2 dim: 14 dim: 14 } }")
    + layer("Reshape", "three", "five", "", "reshape_param { shape { dim: 1 dim: 8 dim: -1 } }")
    + layer("Reshape", "back", "three", "", "reshape_param { shape { dim: 1 dim: 8 dim: 14 dim: 14 } }")
    + fc("two", "back", 5)
    + softmax("two")
)
NAMES = (
    data(3, name="image/in")
    + conv("the first layer", "image/in", 6, top="maps/3x3")
    + layer("ReLU", "act", "maps/3x3", "maps/3x3")
    + conv("maps", "maps/3x3", 4, top="tail@3,4")
    + layer("ReLU", "act2", "tail@3,4", "rect:2")
    + layer("Pooling", "rect:2/p", "rect:2", "pooled", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    + fc("scores", "pooled", 5, top="out")
    + softmax("out")
)
SWAPPED = data(3) + conv("b", "data", 6, top="a") + conv("a", "a", 4, top="b") + fc("c", "b", 5) + softmax("c")
DETECTION = (
    data(3, 24, 36)
    + 'input: "im_info" input_shape { dim: 1 dim: 3 }\n'
    + conv("conv1", "data", 6)
    + relu("conv1")
    + pool("pool1", "conv1")
    + fc("feat", "pool1", 5)
    + fc("info", "im_info", 2)
    + layer("Concat", "cls", "feat info")
    + softmax("cls")
)

NETS: dict[str, str] = {
    "grey": data(1, 20, 20) + trunk(),
    "two": data(2) + trunk(),
    "colour": data(3) + trunk(),
    "five": data(5) + trunk(),
    "six": data(6) + trunk(),
    "oblong": data(3, 14, 44) + trunk(),
    "upright": data(1, 40, 18) + trunk(),
    "siamese": SIAMESE,
    "siamese_grey": SIAMESE.replace("dim: 3 dim: 24", "dim: 1 dim: 24"),
    "named": NAMES,
    "swapped": SWAPPED,
    "axes": AXES,
    "graph": GRAPH,
    "detection": DETECTION,
}
