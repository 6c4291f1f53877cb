"""Every setting in one table: its kind, and what it means in one sentence.

The reader checks values by it; the printed settings and docs/settings.md take their words from it.
"""

from __future__ import annotations

from typing import NamedTuple

from deepvis.live.settings import kinds
from deepvis.live.settings.kinds import ANY, Kind, flag, number, optional, whole


class Key(NamedTuple):
    """How a value is read, and what it means."""

    kind: Kind
    meaning: str


MODEL: dict[str, Key] = {
    "model": Key(
        optional(kinds.net), "the model: a name from `deepvis models`, a card or a .prototxt; null is built in"
    ),
    "weights": Key(optional(kinds.path), "its weights (.caffemodel) instead of the card's"),
    "mean": Key(
        optional(kinds.means),
        "what is subtracted from pictures: numbers, 0 for nothing, a .npy or .binaryproto; null is the card's",
    ),
    "channel_order": Key(
        optional(kinds.one_of("BGR", "RGB", "GRAY")),
        "order of the input's channels: BGR, RGB or GRAY; null is the card's",
    ),
    "labels": Key(optional(kinds.labels), "file with one class a line, or imagenet; null is the card's"),
    "label_layers": Key(optional(kinds.names), "blobs whose channels are the classes; null is the card's"),
    "class_blob": Key(optional(kinds.text), "blob with the probabilities of the top-5 classes; null is the card's"),
    "device": Key(kinds.like(r"cpu|cuda(:\d{1,3})?", "cpu, cuda or cuda:NUMBER"), "what computes: cpu, cuda or cuda:1"),
    "threads": Key(optional(whole(1, 1024)), "threads to compute with; null takes all processors"),
    "precision": Key(
        kinds.one_of("fp32", "fp16-weights"), "how fully connected layers keep their weights: fp32 or fp16-weights"
    ),
}

INPUT: dict[str, Key] = {
    "source": Key(
        kinds.specs,
        "what to look at: camera:0, pictures, folders, patterns, a video, a stream's URL; the samples if empty",
    ),
    "files_dir": Key(optional(kinds.path), "folder with the pictures that are stepped through when source is empty"),
    "files_regexp": Key(
        optional(kinds.regexp),
        "regular expression that pictures' names have to match from their start; null takes every picture",
    ),
    "files_ignore_case": Key(flag, "whether files_regexp takes capital and small letters for the same"),
    "files_mode": Key(
        kinds.one_of("directory", "image_list", "siamese_image_list"),
        "directory takes all of files_dir; image_list and siamese_image_list take the names that files_list has, "
        "one or two a line",
    ),
    "files_list": Key(
        optional(kinds.path),
        "text file with names relative to files_dir; null is images_file_list.txt in the working directory",
    ),
    "stretch": Key(flag, "stretch pictures to the input's shape instead of cropping them"),
    "camera": Key(optional(kinds.camera), "the camera that the key c turns on: a number or a device; null for none"),
    "camera_size": Key(optional(kinds.size), "[width, height] asked of the camera; null takes its own"),
    "camera_fps": Key(optional(number(0, 1000, above=True)), "frames a second asked of the camera; null takes its own"),
    "mirror": Key(flag, "mirror the camera left to right"),
    "autocontrast": Key(flag, "stretch each frame of the camera to the full range of brightness"),
    "loop": Key(flag, "begin a video again at its end"),
    "speed": Key(number(0.125, 8), "speed of a video, 1 being its own"),
}

WINDOW: dict[str, Key] = {
    "size": Key(
        optional(kinds.size), "[width, height] of the window; null is 1500x930, or what panes need, by global_scale"
    ),
    "panes": Key(
        optional(kinds.panes),
        f"[top, left, height, width] of each pane to be shown ({', '.join(kinds.PANES)}); null is the usual places",
    ),
    "global_scale": Key(number(0.1, 10), "factor on the size of the window and its panes"),
    "debug_panes": Key(flag, "darken the panes and outline each with its name and place"),
    "help_pane": Key(kinds.fractions, "[top, left, height, width] of the help, as parts of the window"),
    "layers_aspect_ratio": Key(
        optional(number(0.01, 100)), "width by height of the area that a layer's units fill; null is its pane's"
    ),
}

VIEW: dict[str, Key] = {
    "scale": Key(
        kinds.one_of("layer", "unit", "fixed"),
        "range of brightness: over the layer, for each unit, or fixed for all frames",
    ),
    "fixed_range": Key(
        optional(kinds.span),
        "[low, high], the values shown darkest and brightest with scale fixed; null holds what was seen",
    ),
    "boost_choices": Key(
        kinds.numbers(0, 10), "boosts of single units that the key T steps through; at 1 each unit uses the full range"
    ),
    "boost_default_index": Key(whole(0, kinds.MOST_CHOICES - 1), "which of boost_choices is first, counted from 0"),
    "gamma_choices": Key(
        kinds.numbers(0, ANY, above=True), "exponents that the key t steps through; below 1 they brighten the dark"
    ),
    "gamma_default_index": Key(whole(0, kinds.MOST_CHOICES - 1), "which of gamma_choices is first, counted from 0"),
    "colour_map": Key(
        kinds.one_of("gray", "viridis", "magma", "inferno", "cividis", "diverging"),
        "colours of activations: gray, viridis, magma, inferno, cividis, or diverging, which keeps zero in its middle",
    ),
    "overlay_opacity": Key(number(0, 1), "how much of the input a map laid over it hides, from 0 to 1"),
    "blur_radius": Key(number(0, 100, above=True), "sigma of the filter normblur, in pixels of the input"),
    "show_label_predictions": Key(flag, "show the top-5 classes at the start"),
    "fast_move": Key(whole(1, 1000), "layers, units or rows that a fast move takes"),
    "similar_seconds": Key(
        number(0, 3600, above=True), "seconds over which units are watched to find those that are alike"
    ),
    "ascent_preset": Key(
        kinds.text, "preset that the live ascent begins with; auto suits the unit, the paper's are A, B, C and D"
    ),
    "save_dir": Key(
        optional(kinds.path), "folder for what the key p saves; null is deepvis-saved in the working directory"
    ),
}

PICTURES: dict[str, Key] = {
    "unit_jpg_dir": Key(optional(kinds.path), "folder with ready-made pictures of the units"),
    "show_unit_jpgs": Key(flag, "show them at the start"),
    "jpgvis_layers": Key(kinds.names, "layers that have such pictures; all if empty"),
    "jpgvis_remap": Key(kinds.renames, "layers that show another's pictures, such as {pool1: conv1}"),
    "jpgvis_stack_vert": Key(flag, "stack a unit's pictures; false lays them side by side"),
    "jpg_cache_size": Key(whole(10 * 2**20, 2**50), "bytes of decoded pictures that are kept, at least 10 MiB"),
}

TEXT: dict[str, Key] = {
    "global_font_size": Key(number(0.1, 10), "factor on the size of all text that has no size of its own"),
} | {
    f"{part}_font_size": Key(optional(number(0.1, 10)), f"size of {what}, 1 being usual; null is global_font_size")
    for part, what in (
        ("control", "the layer names"),
        ("status", "the status line"),
        ("class", "the top-5 classes"),
        ("label", "the class name on the layers pane"),
        ("help", "the help"),
    )
}

COLOURS: dict[str, Key] = {
    name: Key(kinds.colour, f"colour of {what}")
    for name, what in (
        ("window_background", "the window where nothing is, and between units"),
        ("stale_background", "a pane that waits for what it is to show"),
        ("control_colour", "layer names"),
        ("control_colour_selected", "the layer that is shown, with the cursor in the grid"),
        ("control_colour_cursor", "the layer that is shown, with the cursor on the names"),
        ("control_colour_origin", "the layer that a frozen backward pass starts from"),
        ("layer_colour_cursor", "the border of the selected unit"),
        ("layer_colour_origin", "the border of the unit that a frozen backward pass starts from"),
        ("layer_colour_back", "the space between units that show backward signals"),
        ("status_colour", "the status line"),
        ("class_colour_unlikely", "a class of probability 0"),
        ("class_colour_likely", "a class of probability 1"),
        ("label_colour", "the class name on the layers pane"),
        ("help_colour", "the help's text"),
    )
}

SECTIONS: dict[str, dict[str, Key]] = {
    "Model": MODEL,
    "Input": INPUT,
    "Window": WINDOW,
    "View": VIEW,
    "Ready-made pictures": PICTURES,
    "Text": TEXT,
    "Colours (red, green and blue of 0 to 1)": COLOURS,
}
KEYS: dict[str, Key] = {name: key for section in SECTIONS.values() for name, key in section.items()}
