"""Which of a net's inputs take pictures, and of what kind: one picture, or a pair for siamese nets."""

from __future__ import annotations

from deepvis.errors import ShapeError, UnknownNameError
from deepvis.models.card import ModelCard
from deepvis.net import Net

_LOOSE_INPUT = 8192  # pixels a side above which an input is not a picture


def picture_inputs(net: Net, card: ModelCard) -> tuple[str, ...]:
    """The input blobs that take pictures: those that the card names, else the only one shaped like a picture, or the
    two of one shape that take a pair.
    """
    if card.input is not None:
        for blob in card.input:
            if blob not in net.inputs:
                raise UnknownNameError(f"{card.name}: the net has no input '{blob}'; inputs: {', '.join(net.inputs)}")
            if len(net.shape(blob)) != 4:
                raise ShapeError(f"{card.name}: the input '{blob}' has shape {net.shape(blob)}, expected (N, C, H, W)")
        if len({net.shape(blob)[1:] for blob in card.input}) > 1:
            shapes = ", ".join(f"{blob} {net.shape(blob)}" for blob in card.input)
            raise ShapeError(f"{card.name}: a pair's two inputs must have one shape, found {shapes}")
        return card.input
    maps = [b for b in net.inputs if len(net.shape(b)) == 4]
    shaped = [b for b in maps if net.shape(b)[1] in (1, 3)] or maps
    if len(shaped) == 1 or (len(shaped) == 2 and net.shape(shaped[0]) == net.shape(shaped[1])):
        return tuple(shaped)
    inputs = ", ".join(f"{b} {net.shape(b)}" for b in net.inputs) or "none"
    raise ShapeError(f"{card.name}: cannot tell which input takes a picture ({inputs}); name it with 'input'")


def picture_channels(planes: int) -> int:
    """Channels that one picture gives to an input of so many planes: 1 is grey, 2 a pair of grey ones, 6 a pair of
    colour ones; all else takes a colour picture's, repeated where there are more.
    """
    return 1 if planes in (1, 2) else 3


def one_picture(net: Net, blobs: tuple[str, ...], card: ModelCard) -> None:
    """Batch 1 whatever the prototxt says, and the input size of the card."""
    shape = net.shape(blobs[0])
    height, width = card.input_size or (shape[2], shape[3])
    if max(height, width) > _LOOSE_INPUT:
        raise ShapeError(f"{card.name}: input {height}x{width} is not a picture's size; set input_size")
    wanted = (1, shape[1], height, width)
    if any(net.shape(blob) != wanted for blob in blobs):
        net.reshape(**dict.fromkeys(blobs, wanted))
