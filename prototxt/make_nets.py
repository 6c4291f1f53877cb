"""Writes the nets of this folder from their architectures; run it from anywhere: python prototxt/make_nets.py

Each function is one architecture as its paper states it. Layer and blob names are those of the published
weights,
because weights are matched by name; everything else (layout, order of fields) is ours. See PROVENANCE.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

Field = int | float | str | bool


class Builder:
    """Collects layers as lines of prototxt text; every method returns the top blob's name."""

    def __init__(self, name: str, comment: str, height: int, width: int) -> None:
        self.lines = [f"# {line}" for line in comment.splitlines()]
        self.lines.append(f'name: "{name}"')
        self.layer("data", "Input", [], "data", f"input_param {{ shape {{ dim: [1, 3, {height}, {width}] }} }}")

    def layer(self, name: str, kind: str, bottoms: list[str], top: str, parameters: str = "") -> str:
        words = [f'name: "{name}"', f'type: "{kind}"', *(f'bottom: "{b}"' for b in bottoms), f'top: "{top}"']
        self.lines.append(" ".join(["layer {", *words, *([parameters] if parameters else []), "}"]))
        return top

    def conv(self, name: str, bottom: str, outputs: int, kernel: int, **options: Field) -> str:
        fields = {"num_output": outputs, "kernel_size": kernel, **options}
        return self.layer(name, "Convolution", [bottom], name, f"convolution_param {{ {_fields(fields)} }}")

    def fc(self, name: str, bottom: str, outputs: int) -> str:
        return self.layer(name, "InnerProduct", [bottom], name, f"inner_product_param {{ num_output: {outputs} }}")

    def relu(self, name: str, blob: str) -> str:
        return self.layer(name, "ReLU", [blob], blob)

    def clip6(self, name: str, blob: str) -> str:
        return self.layer(name, "Clip", [blob], blob, "clip_param { min: 0 max: 6 }")

    def pool(self, name: str, bottom: str, method: str, kernel: int = 0, stride: int = 1, pad: int = 0) -> str:
        options: dict[str, Field] = {"kernel_size": kernel, "stride": stride} if kernel else {"global_pooling": True}
        if pad:
            options["pad"] = pad
        return self.layer(name, "Pooling", [bottom], name, f"pooling_param {{ pool: {method} {_fields(options)} }}")

    def lrn(self, name: str, bottom: str) -> str:
        return self.layer(name, "LRN", [bottom], name, "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")

    def dropout(self, name: str, blob: str, ratio: float) -> str:
        return self.layer(name, "Dropout", [blob], blob, f"dropout_param {{ dropout_ratio: {ratio} }}")

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _fields(fields: dict[str, Field]) -> str:
    return " ".join(f"{key}: {str(v).lower() if isinstance(v, bool) else v}" for key, v in fields.items())


def _five_convolutions(net: Builder, pool_first: bool) -> str:
    """AlexNet's trunk (Krizhevsky et al. 2012, section 3.5); CaffeNet pools before it normalises."""

    def shrink(number: int, blob: str) -> str:
        if pool_first:
            return net.lrn(f"norm{number}", net.pool(f"pool{number}", blob, "MAX", 3, 2))
        return net.pool(f"pool{number}", net.lrn(f"norm{number}", blob), "MAX", 3, 2)

    blob = shrink(1, net.relu("relu1", net.conv("conv1", "data", 96, 11, stride=4)))
    blob = shrink(2, net.relu("relu2", net.conv("conv2", blob, 256, 5, pad=2, group=2)))
    blob = net.relu("relu3", net.conv("conv3", blob, 384, 3, pad=1))
    blob = net.relu("relu4", net.conv("conv4", blob, 384, 3, pad=1, group=2))
    blob = net.relu("relu5", net.conv("conv5", blob, 256, 3, pad=1, group=2))
    blob = net.pool("pool5", blob, "MAX", 3, 2)
    for number in (6, 7):
        blob = net.relu(f"relu{number}", net.fc(f"fc{number}", blob, 4096))
        blob = net.dropout(f"drop{number}", blob, 0.5)
    return net.layer("prob", "Softmax", [net.fc("fc8", blob, 1000)], "prob")


def caffenet() -> str:
    net = Builder(
        "CaffeNet",
        "CaffeNet: AlexNet in one stream, pooling before normalisation. 60,965,224 parameters.",
        227,
        227,
    )
    _five_convolutions(net, pool_first=True)
    return net.text()


def alexnet() -> str:
    net = Builder("AlexNet", "AlexNet (Krizhevsky, Sutskever, Hinton 2012). 60,965,224 parameters.", 227, 227)
    _five_convolutions(net, pool_first=False)
    return net.text()


# Szegedy et al. 2014, table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet() -> str:
    comment = "GoogLeNet (Szegedy et al. 2014) without its training-time side classifiers. 6,998,552 parameters."
    net = Builder("GoogLeNet", comment, 224, 224)

    def conv(part: str, name: str, bottom: str, outputs: int, kernel: int, **options: Field) -> str:
        top = net.conv(f"{part}/{name}", bottom, outputs, kernel, **options)
        return net.relu(f"{part}/relu_{name.removesuffix('_s2')}", top)

    def inception(part: str, bottom: str) -> str:
        one, reduce3, three, reduce5, five, projected = INCEPTION[part]
        part = f"inception_{part}"
        branches = [
            conv(part, "1x1", bottom, one, 1),
            conv(part, "3x3", conv(part, "3x3_reduce", bottom, reduce3, 1), three, 3, pad=1),
            conv(part, "5x5", conv(part, "5x5_reduce", bottom, reduce5, 1), five, 5, pad=2),
            conv(part, "pool_proj", net.pool(f"{part}/pool", bottom, "MAX", 3, 1, pad=1), projected, 1),
        ]
        return net.layer(f"{part}/output", "Concat", branches, f"{part}/output")

    blob = conv("conv1", "7x7_s2", "data", 64, 7, pad=3, stride=2)
    blob = net.lrn("pool1/norm1", net.pool("pool1/3x3_s2", blob, "MAX", 3, 2))
    blob = conv("conv2", "3x3", conv("conv2", "3x3_reduce", blob, 64, 1), 192, 3, pad=1)
    blob = net.pool("pool2/3x3_s2", net.lrn("conv2/norm2", blob), "MAX", 3, 2)
    for stage in "345":
        for part in (key for key in INCEPTION if key[0] == stage):
            blob = inception(part, blob)
        if stage != "5":
            blob = net.pool(f"pool{stage}/3x3_s2", blob, "MAX", 3, 2)
    blob = net.dropout("pool5/drop_7x7_s1", net.pool("pool5/7x7_s1", blob, "AVE", 7, 1), 0.4)
    net.layer("prob", "Softmax", [net.fc("loss3/classifier", blob, 1000)], "prob")
    return net.text()


def _squeezenet(net: Builder, first: tuple[int, int], pools: tuple[int, ...], last_pad: int) -> None:
    """Iandola et al. 2016, table 1: eight fire modules, squeeze 16 to 64, each expand four times its
    squeeze."""

    def conv(name: str, blob: str, outputs: int, kernel: int, **options: Field) -> str:
        part, slash, rest = name.rpartition("/")
        return net.relu(f"{part}{slash}relu_{rest}", net.conv(name, blob, outputs, kernel, **options))

    blob = net.pool("pool1", conv("conv1", "data", *first, stride=2), "MAX", 3, 2)
    for number in range(2, 10):
        squeeze, fire = 16 * (number // 2), f"fire{number}"
        thin = conv(f"{fire}/squeeze1x1", blob, squeeze, 1)
        ones = conv(f"{fire}/expand1x1", thin, 4 * squeeze, 1)
        threes = conv(f"{fire}/expand3x3", thin, 4 * squeeze, 3, pad=1)
        blob = net.layer(f"{fire}/concat", "Concat", [ones, threes], f"{fire}/concat")
        if number in pools:
            blob = net.pool(f"pool{number}", blob, "MAX", 3, 2)
    blob = net.dropout("drop9", blob, 0.5)
    blob = conv("conv10", blob, 1000, 1, **({"pad": last_pad} if last_pad else {}))
    net.layer("prob", "Softmax", [net.pool("pool10", blob, "AVE")], "prob")


def squeezenet_v1_0() -> str:
    net = Builder("SqueezeNet_v1.0", "SqueezeNet 1.0 (Iandola et al. 2016). 1,248,424 parameters.", 227, 227)
    _squeezenet(net, (96, 7), (4, 8), last_pad=1)
    return net.text()


def squeezenet_v1_1() -> str:
    comment = "SqueezeNet 1.1: smaller first kernels, earlier pooling, 2.4 times less work. 1,235,496 parameters."
    net = Builder("SqueezeNet_v1.1", comment, 227, 227)
    _squeezenet(net, (64, 3), (3, 5), last_pad=0)
    return net.text()


# Tan & Le 2019, table 1, in its Lite form: expansion, channels, repeats, stride, kernel
LITE0_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


def efficientnet_lite0() -> str:
    comment = """\
EfficientNet-Lite0, batch normalisation folded into the convolutions. 4,643,000 parameters, 12,000 of them 0:
TensorFlow pads a stride-2 layer of even size only below and to the right. Caffe pads evenly, so those kernels
have one more row and column of zeros in front: 3x3 becomes 4x4 with pad 1, 5x5 becomes 6x6 with pad 2."""
    net = Builder("EfficientNet-Lite0", comment, 224, 224)

    def conv(
        name: str, bottom: str, outputs: int, kernel: int, stride: int = 1, group: int = 1, act: bool = True
    ) -> str:
        options: dict[str, Field] = {}
        if kernel > 1:
            options["pad"] = (kernel - 1) // 2
        if stride == 2:
            kernel += 1
            options["stride"] = 2
        if group > 1:
            options["group"] = group
        blob = net.conv(name, bottom, outputs, kernel, **options)
        # ReLU then Clip(0, 6): the numbers of ReLU6, with a ReLU for the deconv and guided rules to act on
        return net.clip6(f"{name}/relu6", net.relu(f"{name}/relu", blob)) if act else blob

    blob = conv("stem", "data", 32, 3, stride=2)
    channels, number = 32, 0
    for expansion, outputs, repeats, first_stride, kernel in LITE0_STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            block, wide = f"block{number}", channels * expansion
            inner = conv(f"{block}/expand", blob, wide, 1) if expansion > 1 else blob
            inner = conv(f"{block}/dw", inner, wide, kernel, stride, group=wide)
            inner = conv(f"{block}/project", inner, outputs, 1, act=False)
            if stride == 1 and channels == outputs:
                inner = net.layer(
                    f"{block}/add",
                    "Eltwise",
                    [blob, inner],
                    f"{block}/add",
                    "eltwise_param { operation: SUM }",
                )
            blob, channels, number = inner, outputs, number + 1
    blob = net.pool("pool", conv("head", blob, 1280, 1), "AVE")
    net.layer("prob", "Softmax", [net.fc("fc", blob, 1000)], "prob")
    return net.text()


NETS: dict[str, Callable[[], str]] = {
    "caffenet.prototxt": caffenet,
    "alexnet.prototxt": alexnet,
    "googlenet.prototxt": googlenet,
    "squeezenet_v1.0.prototxt": squeezenet_v1_0,
    "squeezenet_v1.1.prototxt": squeezenet_v1_1,
    "efficientnet_lite0.prototxt": efficientnet_lite0,
}

if __name__ == "__main__":
    for name, make in NETS.items():
        path = Path(__file__).parent / name
        path.write_text(make(), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
