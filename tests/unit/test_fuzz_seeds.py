"""The fuzz targets start from seeds that are good: nets that load and run, files that parse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import deepvis
from deepvis import _native

MAKER = Path(__file__).parents[1] / "fuzz" / "make_seeds.py"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seeds")
    subprocess.run([sys.executable, str(MAKER), str(out)], check=True)
    return out


def test_every_net_among_them_runs(seeds):
    nets = sorted(path for path in (seeds / "text").iterdir() if path.name != "syntax")
    assert len(nets) > 30
    for path in nets:
        net = deepvis.Net.from_text(path.read_text(), source=path.name)
        assert net.forward() or path.name == "in_place", path.name  # that one ends in a Silence layer
    assert _native.parse_text("NetParameter", (seeds / "text" / "syntax").read_text())


def test_every_binary_among_them_parses(seeds):
    wires = sorted((seeds / "wire").iterdir())
    assert len(wires) >= 9
    for path in wires:
        kind = "BlobProto" if path.name.startswith("blob") else "NetParameter"
        assert _native.parse_wire(kind, path.read_bytes(), path.name), path.name


def test_the_dictionary_knows_the_schema(seeds):
    words = (seeds / "caffe.dict").read_text().splitlines()
    for word in ("convolution_param", "WITHIN_CHANNEL", "kernelsize", '\\"Pooling\\"'):
        assert f'"{word}"' in words
