"""A net of two pictures to be photographed: the first layers of the built-in one twice, with the same weights, and the
difference of what they make.
"""

from __future__ import annotations

import re
from pathlib import Path

from deepvis.models import Model, load

LAST = "block2/add"
SECOND = "/2"  # ends the names of the second branch
_NAMES = re.compile(r'\b(name|bottom|top): "([^"]+)"')
_DIFFERENCE = f"""layer {{ name: "difference" type: "Eltwise" bottom: "{LAST}" bottom: "{LAST}{SECOND}"
  top: "difference" eltwise_param {{ operation: SUM coeff: 1 coeff: -1 }} }}
"""


def pair_net(folder: Path) -> Model:
    """The model, after writing its prototxt into the folder."""
    built_in = load()
    card = built_in.card
    layers = [line for line in card.prototxt.read_text("utf-8").splitlines() if line.startswith("layer {")]
    branch = layers[: 1 + next(at for at, line in enumerate(layers) if f'name: "{LAST}"' in line)]
    again = [_NAMES.sub(rf'\1: "\2{SECOND}"', line) for line in branch]
    prototxt = folder / "pair.prototxt"
    prototxt.parent.mkdir(parents=True, exist_ok=True)
    prototxt.write_text("\n".join(('name: "pair"', *branch, *again, _DIFFERENCE)), "utf-8")
    pair = load(
        prototxt,
        order=card.order,
        mean=list(card.mean) if isinstance(card.mean, tuple) else None,
        scale=card.scale,
        shorten=dict(card.shorten),
        input=["data", f"data{SECOND}"],
    )
    for name, params in pair.net.params.items():
        for here, there in zip(params, built_in.net.params[name.removesuffix(SECOND)], strict=True):
            here[...] = there
    return pair
