"""Ready-made pictures of units are found in each layout, and nowhere beside the root."""

from __future__ import annotations

import pytest
from ready_made import BACKGROUND, GREEN, RED, colour, montage_of, near, plain, sheet_of, write

from deepvis.live.shelf.unit_files import UnitFiles
from deepvis.live.shelf.unit_loader import PictureLoader
from deepvis.live.shelf.unit_pictures import UnitColumn


def test_a_units_own_folder_is_shown_strongest_first_at_most_nine(tmp_path):
    for number in range(12):
        write(tmp_path / f"conv5/unit_0003/maxim_{number:03d}.png", plain(colour(number)))
    write(tmp_path / "conv5/unit_0003/opt_0_best_X.jpg", plain(GREEN))
    write(tmp_path / "conv5/unit_0003/opt_0_best_Xpm.jpg", plain(RED))
    (tmp_path / "conv5/unit_0003/info.txt").write_text("words")
    files = UnitFiles(tmp_path)
    assert files.kinds("conv5") == {"optimised", "max_im"}
    assert [path.name for path in files.max_im("conv5", 3).paths] == [f"maxim_{n:03d}.png" for n in range(9)]
    column = PictureLoader(files).load(UnitColumn("conv5", 3, 270, 90))
    assert near(column[:90], GREEN)
    for number in range(9):
        row, column_at = divmod(number, 3)
        middle = column[90 + 30 * row + 10 : 90 + 30 * row + 20, 30 * column_at + 10 : 30 * column_at + 20]
        assert near(middle, colour(number))
    assert near(column[180:], BACKGROUND, 0)


@pytest.mark.parametrize(
    ("folder", "begins"), [("3a__1x1", "3a__1x1"), ("3a/1x1", "3a/1x1"), ("3a/1x1", "3a__1x1"), ("3a/1x1", "1x1")]
)
def test_slashes_in_names(tmp_path, folder, begins):
    write(tmp_path / "regularized_opt" / folder / "whole_layer.png", sheet_of(4, 8, 8))
    write(tmp_path / "max_im" / folder / f"{begins}_0001.png", plain(RED))
    files = UnitFiles(tmp_path)
    assert files.kinds("3a/1x1") == {"sheet", "max_im"}
    assert files.max_im("3a/1x1", 1).paths[0].is_file()
    assert files.max_im("3a/1x1", 2) is None
    assert not files.has("3a/3x3")


def test_remapped_and_restricted_layers(tmp_path):
    for layer in ("conv1", "conv2"):
        write(tmp_path / f"regularized_opt/{layer}/{layer}_0000_montage.jpg", montage_of(RED))
    files = UnitFiles(tmp_path, {"pool1": "conv1", "pool2": "conv2"}, ["conv1"])
    assert [layer for layer in ("conv1", "pool1", "conv2", "pool2", "norm1") if files.has(layer)] == ["conv1", "pool1"]
    assert files.optimised("pool1", 0).paths[0].name == "conv1_0000_montage.jpg"
    lazy, keen = UnitFiles(tmp_path, listing_seconds=1000), UnitFiles(tmp_path, listing_seconds=0)
    assert lazy.has("conv2") and not lazy.has("pool2") and not keen.has("pool2")
    write(tmp_path / "max_deconv/pool2/pool2_0000.webp", plain(RED))
    assert not lazy.has("pool2") and keen.kinds("pool2") == {"max_deconv"}


@pytest.mark.parametrize("layer", ["..", ".", "", "a/../../out", "OUT", "a//b", "a\\b", "a\0b", "x" * 5000])
def test_names_of_layers_do_not_lead_out_of_the_root(tmp_path, layer):
    for folder in ("regularized_opt", "regularized_opt/a/b", ".", "out"):
        write(tmp_path / "in" / folder / "whole_layer.png", plain(RED))
    files = UnitFiles(tmp_path / "in")
    layer = layer.replace("OUT", str(tmp_path / "in/out"))
    assert not files.has(layer) and files.optimised(layer, 0) is None and files.sheet(layer) is None
