"""Arrays → pictures, by pure functions: no windows, no files, no state."""

from deepvis.render.backview import backward_picture
from deepvis.render.colour import COLOUR_MAPS
from deepvis.render.colour import apply as apply_colours
from deepvis.render.colour import bar as colour_bar
from deepvis.render.histogram import histogram_picture
from deepvis.render.overlay import overlay, side_by_side, side_by_side_places
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
from deepvis.render.scale import SCALES, Scale, backward_tiles, forward_tiles, limits, scaled_tiles, unit_bytes
from deepvis.render.text import Style
from deepvis.render.tiles import Grid, grid_shape, mosaic, outline

__all__ = [
    "COLOUR_MAPS",
    "SCALES",
    "Grid",
    "Picture",
    "Scale",
    "Style",
    "apply_colours",
    "backward_picture",
    "backward_tiles",
    "blank",
    "colour_bar",
    "colour_bytes",
    "dim",
    "fitted",
    "forward_tiles",
    "frame",
    "grid_shape",
    "histogram_picture",
    "limits",
    "mosaic",
    "outline",
    "overlay",
    "paste",
    "resize_to_fit",
    "scaled_tiles",
    "side_by_side",
    "side_by_side_places",
    "to_bytes",
    "to_rgb",
    "unit_bytes",
]
