"""Arrays → pictures, by pure functions: no windows, no files, no state."""

from deepvis.render.backview import backward_picture
from deepvis.render.picture import (
    Picture,
    blank,
    colour_bytes,
    dim,
    fitted,
    frame,
    paste,
    resize_to_fit,
    to_bytes,
    to_rgb,
)
from deepvis.render.scale import backward_tiles, forward_tiles, unit_bytes
from deepvis.render.text import Style
from deepvis.render.tiles import Grid, grid_shape, mosaic, outline

__all__ = [
    "Grid",
    "Picture",
    "Style",
    "backward_picture",
    "backward_tiles",
    "blank",
    "colour_bytes",
    "dim",
    "fitted",
    "forward_tiles",
    "frame",
    "grid_shape",
    "mosaic",
    "outline",
    "paste",
    "resize_to_fit",
    "to_bytes",
    "to_rgb",
    "unit_bytes",
]
