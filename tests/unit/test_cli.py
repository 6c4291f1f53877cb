"""The command line from outside: what is printed, where, and with which exit code."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

import deepvis
from deepvis.cli import main as cli
from deepvis.models import sample_images

TINY = """
name: "tiny"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [4, 3, 8, 8] } } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 5 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "score" type: "InnerProduct" bottom: "conv1" top: "score"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }
"""


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DEEPVIS_DEBUG", raising=False)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    (tmp_path / "tiny.prototxt").write_text(TINY)
    (tmp_path / "names.txt").write_text("ant\nbee\ncat\n")
    card = tmp_path / "tiny.yaml"
    card.write_text("prototxt: tiny.prototxt\norder: RGB\nmean: [100, 100, 100]\nscale: 0.01\nlabels: names.txt\n")
    return card


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.random.RandomState(0).randint(0, 255, (20, 30, 3), np.uint8))
    return path


def run(*arguments: object) -> int:
    return cli.main([str(a) for a in arguments])


def test_info_shows_layers_and_the_resolved_preprocessing(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", tiny) == 0
    text = capsys.readouterr().out
    for expected in (
        "tiny",
        "minus mean (100, 100, 100)",
        "times 0.01 (input_scale)",
        "channels in the order RGB",
        "input blob 1x3x8x8, values -1 to 1.55",
        "weights: none given, so they are random",
        "class_blob: prob is a guess",
        "conv1",
        "InnerProduct",
        "3 labels",
    ):
        assert expected in text
    assert "1 × 5 × 6 × 6" in text, "the prototxt's batch of 4 became one picture"


def test_info_needs_no_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "squeezenet_v1.1") == 0
    text = capsys.readouterr().out
    assert "squeezenet_v1.1.caffemodel is not here; run: deepvis models fetch squeezenet_v1.1" in text
    assert "1,235,496 parameters" in text
    assert "minus mean (104, 117, 123)" in text


def test_classify_prints_the_classes_likeliest_first(
    tiny: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("classify", tiny, picture, "--top", 3) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(picture)
    rows = [line.split() for line in lines[1:]]
    assert {row[2] for row in rows} == {"ant", "bee", "cat"}
    probabilities = [float(row[0]) for row in rows]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-3)


def test_classify_takes_a_prototxt_and_says_what_it_guesses(
    tiny: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("classify", tiny.with_suffix(".prototxt"), picture) == 0
    captured = capsys.readouterr()
    assert "note: order: BGR is a guess" in captured.err
    assert "class " in captured.out


def test_options_may_stand_among_the_pictures(tiny: Path, picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("classify", tiny, picture, "--top", 1, picture, "--device", "cpu", picture) == 0
    assert capsys.readouterr().out.count(str(picture)) == 3
    with pytest.raises(SystemExit):
        run("classify", tiny, "--tops", 1, picture)
    with pytest.raises(SystemExit):
        run("info", tiny, "extra")


def test_a_bad_picture_is_named_and_the_others_are_done(
    tiny: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = picture.with_name("broken.png")
    broken.write_bytes(b"nothing")
    assert run("classify", tiny, broken, picture) == 1
    captured = capsys.readouterr()
    assert "broken.png" in captured.err
    assert str(picture) in captured.out


def test_a_folder_of_pictures_and_an_empty_one(
    tiny: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("classify", tiny, tmp_path) == 0
    assert str(picture) in capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    assert run("classify", tiny, tmp_path / "empty") == 2
    assert "no pictures in this folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("info", "cafenet"), "deepvis info: no model is called 'cafenet'. Did you mean 'caffenet'?"),
        (("info", "missing.yaml"), "missing.yaml: cannot read the model card"),
        (("info", "missing.prototxt"), "missing.prototxt: there is no such prototxt"),
        (("models", "verify", "caffenet"), ""),
        (("models", "add", "missing.yaml"), "missing.yaml"),
    ],
)
def test_refusals_are_one_line_without_traceback(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(*arguments)
    captured = capsys.readouterr()
    assert code in (1, 2)
    assert said in captured.err
    assert "Traceback" not in captured.err + captured.out


def test_debugging_shows_where_an_error_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPVIS_DEBUG", "1")
    with pytest.raises(LookupError):
        run("info", "cafenet")


def test_models_list_info_keys_and_verify(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    text = capsys.readouterr().out
    assert "efficientnet-lite0   built in" in text
    assert "caffenet             not fetched" in text
    assert run("models", "info", "caffenet") == 0
    text = capsys.readouterr().out
    assert "sha1 4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46" in text
    assert "http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel" in text
    assert run("models", "keys") == 0
    assert "label_layers" in capsys.readouterr().out
    assert run("models", "verify") == 0
    assert "no downloaded files" in capsys.readouterr().out


def test_verify_finds_a_damaged_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "home" / "models" / "alexnet"
    folder.mkdir(parents=True)
    (folder / "bvlc_alexnet.caffemodel").write_bytes(b"not it")
    for arguments in (("models", "verify"), ("models", "verify", "alexnet")):
        assert run(*arguments) == 1
        text = capsys.readouterr().out
        assert text.startswith("wrong ")
        assert "sha1: expected 9116a64c0fbe4459d18f4bb6b56d647b63920377" in text


def test_an_added_model_is_listed_and_works(tiny: Path, picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "add", tiny) == 0
    assert run("models") == 0
    assert "tiny " in capsys.readouterr().out
    assert run("classify", "tiny", picture) == 0


def test_fetching_offline_says_how_to_place_the_file(
    tiny: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tiny.write_text(
        "prototxt: tiny.prototxt\n"
        "weights: {file: tiny.caffemodel, urls: ['http://127.0.0.1:9/tiny.caffemodel'], sha1: "
        "'" + "0" * 40 + "'}\n"
    )
    assert run("models", "fetch", tiny) == 2
    error = capsys.readouterr().err
    assert "tiny.caffemodel could not be downloaded" in error
    assert "http://127.0.0.1:9/tiny.caffemodel: cannot reach the server" in error
    assert f"put the file (sha1 {'0' * 40}) at {tmp_path / 'home' / 'models' / 'tiny' / 'tiny.caffemodel'}" in error


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_model_is_fetched_used_verified_and_healed(
    tiny: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    served = tmp_path / "served"
    served.mkdir()
    deepvis.Net(tiny.with_suffix(".prototxt"), seed=3).save(served / "tiny.caffemodel")
    sha256 = hashlib.sha256((served / "tiny.caffemodel").read_bytes()).hexdigest()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=served)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with tiny.open("a") as card:
            urls = f"['{url}/gone.caffemodel', '{url}/tiny.caffemodel']"
            card.write(f"weights: {{file: tiny.caffemodel, urls: {urls}, sha256: {sha256}}}\n")
        assert run("models", "add", tiny) == 0
        assert run("models", "fetch", "tiny") == 0
        here = tmp_path / "home" / "models" / "tiny" / "tiny.caffemodel"
        assert str(here) in capsys.readouterr().out
        assert run("models", "verify", "tiny") == 0
        assert capsys.readouterr().out.startswith("good ")
        here.write_bytes(here.read_bytes()[:-1] + b"x")
        assert run("models", "verify") == 1
        assert "sha256: expected" in capsys.readouterr().out
        assert run("classify", "tiny", picture) == 0, "a file found wrong is fetched again"
        assert hashlib.sha256(here.read_bytes()).hexdigest() == sha256
        server.shutdown()
    assert run("classify", "tiny", picture) == 0, "no network is needed any more"


def test_the_program_runs_as_a_program_and_survives_a_closed_pipe(tiny: Path) -> None:
    command = [sys.executable, "-m", "deepvis.cli.main"]
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True, timeout=60)
    for name in ("classify", "info", "models"):
        assert name in helped.stdout
    with subprocess.Popen(
        [*command, "models", "keys"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_classify_without_pictures_uses_the_samples(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not sample_images():
        pytest.skip("scikit-image is not installed")
    assert run("classify", tiny) == 0
    assert "chelsea.png" in capsys.readouterr().out
