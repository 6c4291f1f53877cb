"""Why an ascent does not move, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deepvis.ascent.binding import Bound, Part
from deepvis.errors import Error
from deepvis.net import Net
from deepvis.preprocess import Floats

_CHECK = "check the weights and the preprocessing, or try another start"
_TRY = "try another seed, or start from an image"
_GATES = frozenset({"ReLU", "Clip", "Sigmoid", "TanH", "ELU", "BNLL", "Threshold", "Swish"})


def explain(net: Net, bound: Bound, value: float, gradient: Floats | None, image: int = 0) -> str:
    """Say why there is nothing to climb, right after a pass forward and backward; "" where there is.

    ``value`` is the objective's, ``gradient`` (1, C, H, W) what arrived at the input, None where nothing did, ``image``
    which of the batch it is about. A net with blobs that are not kept is explained more briefly.
    """
    if not np.isfinite(value):
        return f"{bound} is {value}{_first_not_finite(net.blobs, list(net.blobs), image)}; {_CHECK}"
    if gradient is None:
        return f"{bound} does not depend on the picture: choose a unit that some layers lead to"
    if not np.all(np.isfinite(gradient)):
        first = _first_not_finite(net.diffs, list(net.blobs)[::-1], image)
        return f"{bound} has a gradient that is not finite{first}; {_CHECK}"
    if gradient.any():
        return ""
    if len(bound.parts) > 1:  # signals of the last of several passes tell about its term alone
        return f"{bound} gets no gradient from this start: value {value:.3g}; {_TRY}"
    part = bound.parts[0]
    if not part.weight:
        return f"{bound} gets no gradient: its weight is 0"
    lost, advice = _where_lost(net, part, image)
    before = _before(net, part, image)
    return f"{bound} gets no gradient from this start: activation {value:.3g}{before}{lost}; {advice}"


def _of_image(array: Floats, image: int) -> Floats:
    """One image's part; all of a blob whose first axis does not count images."""
    return array[image] if image < len(array) else array


def _first_not_finite(arrays: Mapping[str, Floats], order: list[str], image: int) -> str:
    """Name the first blob with a number that is not finite."""
    for name in order:
        try:
            found = name in arrays and not np.all(np.isfinite(_of_image(arrays[name], image)))
        except Error:  # not kept
            return ""
        if found:
            return f", and {name!r} is the first blob on the way with numbers that are not finite"
    return ""


def _before(net: Net, part: Part, image: int) -> str:
    """The unit's value before the in-place layers behind it, where there are some and it has a position."""
    if part.reading != "one" or not any(layer.in_place and part.blob in layer.tops for layer in net.layers):
        return ""
    row, column = part.position or (0, 0)
    try:
        value = net.forward_cone(f"{part.blob}:{part.channel}@{row},{column}", before_in_place=True)
    except Error:  # a layer that has no cone: the rest of the message stands without
        return ""
    return f" (pre-activation {float(value[image]):.3g})"


def _where_lost(net: Net, part: Part, image: int) -> tuple[str, str]:
    """Where the signal becomes 0 on its way down, and what to do about it."""
    try:
        signal = {name: bool(_of_image(net.diffs[name], image).any()) for name in net.diffs}
    except Error:  # not kept
        return "", _TRY
    named = next((layer for layer in net.layers if layer.name == part.start), None)
    if named is not None and named.in_place and not signal.get(part.blob):
        return f", and {named.name} ({named.type}) lets none through", f"name {part.blob} to start below it"
    for layer in reversed(net.layers):
        bottoms = [name for name in layer.bottoms if name in signal]
        if layer.in_place or not bottoms or any(signal[name] for name in bottoms):
            continue
        if not any(signal.get(name) for name in layer.tops):
            continue
        below = " and ".join(bottoms)
        if layer.type == "Softmax":
            return f", and {layer.name} (Softmax) is saturated", f"choose its scores, {below}, instead"
        if layer.type in _GATES and part.blob in layer.tops:
            return f", and {layer.name} ({layer.type}) lets none through", f"name {below} to start below it"
        # Signals shown are those below in-place layers: one of these may be what stops them.
        gates = [each for each in net.layers if each.in_place and each.type in _GATES and set(each.tops) & set(bottoms)]
        last = gates[-1] if gates else layer
        return f", and {last.name} ({last.type}), above {below}, lets none through", _TRY
    return "", _TRY
