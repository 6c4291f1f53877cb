"""Cards: deepvis's own registry, a user's YAML, and what is said when something in one is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deepvis.errors import Error, FormatError, UnknownNameError
from deepvis.models import registry
from deepvis.models.card import BUILTIN, KEYS
from deepvis.models.files import RemoteFile
from deepvis.models.labels import imagenet_labels, read_labels
from deepvis.models.load import find_card
from deepvis.models.samples import SAMPLES, licence, sample_images

KNOWN = [
    "efficientnet-lite0",
    "caffenet",
    "alexnet",
    "googlenet",
    "squeezenet_v1.0",
    "squeezenet_v1.1",
    "caffenet-yos",
]


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "home"))


def card_file(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    (tmp_path / "net.prototxt").write_text('name: "net"\n')
    path = tmp_path / name
    path.write_text(text)
    return path


def test_the_registry_holds_the_models_and_the_built_in_one_is_the_default() -> None:
    cards = registry.builtin_cards()
    assert list(cards) == KNOWN
    assert find_card(None).name == registry.DEFAULT == "efficientnet-lite0"
    for card in cards.values():
        assert card.prototxt.is_file(), card.name
        assert card.title
        assert card.licence
        assert card.labels == imagenet_labels()
        assert card.class_blob in card.class_labels_layers
        assert card.order in ("BGR", "RGB")


def test_published_weights_are_pinned_by_their_hashes() -> None:
    pinned = {
        "caffenet": "4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46",
        "alexnet": "9116a64c0fbe4459d18f4bb6b56d647b63920377",
        "googlenet": "405fc5acd08a3bb12de8ee5e23a96bec22f08204",
    }
    for name, sha1 in pinned.items():
        weights = registry.find(name).weights
        assert isinstance(weights, RemoteFile)
        assert weights.sha1 == sha1
        assert weights.urls[0].startswith("http://dl.caffe.berkeleyvision.org/bvlc_")
    for card in registry.builtin_cards().values():
        for file in card.remote_files():
            assert file.pinned or card.name == "caffenet-yos"
            assert all(url.startswith(("http://", "https://")) for url in file.urls)
    assert registry.find("efficientnet-lite0").weights == BUILTIN


def test_short_names_hidden_layers_and_groups() -> None:
    caffenet, google = registry.find("caffenet"), registry.find("googlenet")
    assert [caffenet.short(b) for b in ("pool1", "conv1", "pool5")] == ["p1", "conv1", "p5"]
    assert google.short("inception_4b/5x5_reduce") == "4b/5r"
    assert caffenet.hidden("conv1_conv1_0_split_1")
    assert not caffenet.hidden("conv1")
    assert [caffenet.group(b) for b in ("conv3", "norm1", "fc6", "data")] == [
        "convolutions",
        "pooled",
        "dense",
        None,
    ]
    lite = registry.find("efficientnet-lite0")
    assert lite.short("block10/expand") == "b10/e"
    assert [lite.group(b) for b in ("block3/expand", "block3/dw", "block12/add")] == ["56x56", "28x28", "7x7"]


def test_a_card_of_five_lines_is_enough(tmp_path: Path) -> None:
    (tmp_path / "mean.npy").touch()
    card = find_card(
        card_file(
            tmp_path,
            "prototxt: net.prototxt\nweights: net.caffemodel\norder: rgb\nmean: [1, 2.5, 3]\nlabels: names.txt\n",
        )
    )
    assert card.name == "mine"
    assert card.prototxt == tmp_path / "net.prototxt"
    assert card.weights == tmp_path / "net.caffemodel"
    assert card.order == "RGB"
    assert card.mean == (1.0, 2.5, 3.0)
    assert card.labels == tmp_path / "names.txt"
    with_file = find_card(card_file(tmp_path, "{prototxt: net.prototxt, mean: mean.npy, resize: 256}"))
    assert with_file.mean == tmp_path / "mean.npy"
    assert with_file.resize == (256, 256)


def test_the_cards_in_the_documentation_are_cards(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    cards = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(cards) == 3
    read = [find_card(card_file(tmp_path, card)) for card in cards]
    assert [card.order for card in read] == ["BGR", "GRAY", "RGB"]
    assert read[2].transpose
    explained = set(re.findall(r"[a-z_]+(?=[:`])", text))
    assert set(KEYS) <= explained, f"docs/models.md says nothing of {set(KEYS) - explained}"


def test_a_card_may_use_a_net_that_deepvis_brings(tmp_path: Path) -> None:
    card = find_card(card_file(tmp_path, "prototxt: caffenet.prototxt\nweights: fine_tuned.caffemodel\n"))
    assert card.prototxt == registry.nets_folder() / "caffenet.prototxt"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "prototxt: net.prototxt\nordr: RGB\n",
            r"mine\.yaml:2: mine: unknown key 'ordr'; did you mean 'order'\?",
        ),
        ("prototxt: net.prototxt\nzzz: 1\n", "unknown key 'zzz'; known keys: prototxt, weights"),
        ("weights: a.caffemodel\n", "the key 'prototxt' is missing"),
        (
            "prototxt: net.prototxt\n\norder: GBR\n",
            r"mine\.yaml:3: mine: order: expected BGR or RGB or GRAY, found 'GBR'",
        ),
        ("prototxt: net.prototxt\nscale: fast\n", "scale: expected a number, found 'fast'"),
        ("prototxt: net.prototxt\nscale: true\n", "scale: expected a number, found True"),
        ("prototxt: net.prototxt\nmean: {a: 1}\n", "expected {file, urls"),
        ("prototxt: net.prototxt\nmean: [a, b]\n", "mean: expected a number per channel"),
        ("prototxt: net.prototxt\nresize: [1, 2, 3]\n", "resize: expected a size in pixels"),
        ("prototxt: net.prototxt\nresize: -5\n", "resize: expected a size in pixels"),
        ("prototxt: net.prototxt\ntranspose: 1\n", "transpose: expected true or false"),
        ("prototxt: net.prototxt\ndisplay_names: [a]\n", "display_names: expected 'long name: short name'"),
        ("prototxt: net.prototxt\nlabel_layers: {a: 1}\n", "label_layers: expected a list of names"),
        ("prototxt: 5\n", "prototxt: expected a file name, found 5"),
        (
            "prototxt: net.prototxt\norder: RGB\norder: BGR\n",
            r"mine\.yaml:3: 'order' was already given in line 2",
        ),
        (
            "prototxt: net.prototxt\nweights: {file: ../../x, urls: [http://a]}\n",
            "'file' to be a plain file name",
        ),
        (
            "prototxt: net.prototxt\nweights: {file: x, urls: [http://a], sha1: 12}\n",
            "expected sha1 to be 40 digits",
        ),
        ("- a\n- b\n", r"mine\.yaml:1: expected 'key: value' lines"),
        ("", "the file is empty"),
        ("prototxt: [\n", "not valid YAML"),
        ("prototxt: !!python/object/apply:os.system ['echo owned']\n", "prototxt: not a plain value"),
        ("name: a/b\nprototxt: net.prototxt\n", "name: expected a word without '/'"),
        ("[" * 5000, "not valid YAML"),
    ],
)
def test_a_wrong_card_is_one_error_naming_file_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said) as caught:
        find_card(card_file(tmp_path, text))
    assert "mine.yaml" in str(caught.value)


def test_a_yaml_that_explodes_is_refused_in_a_short_message(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    text = "\n".join(["prototxt: net.prototxt", "display_names:", *("  " + line for line in lines)])
    with pytest.raises(FormatError) as caught:
        find_card(card_file(tmp_path, text))
    assert len(str(caught.value)) < 1000


def test_unknown_names_suggest_the_nearest_and_list_all() -> None:
    with pytest.raises(UnknownNameError) as caught:
        find_card("cafenet")
    assert "Did you mean 'caffenet'?" in str(caught.value)
    assert all(name in str(caught.value) for name in KNOWN)
    with pytest.raises(FormatError, match="no such prototxt"):
        find_card("nowhere/deploy.prototxt")


def test_overrides_win_and_are_checked_like_a_card() -> None:
    card = find_card("caffenet", "mine.caffemodel", {"order": "RGB", "mean": (1, 2, 3), "fit": "stretch"})
    assert card.weights == Path.cwd() / "mine.caffemodel"
    assert (card.order, card.mean, card.fit) == ("RGB", (1.0, 2.0, 3.0), "stretch")
    assert card.class_blob == "prob", "what is not overridden stays"
    with pytest.raises(FormatError, match="order: expected BGR"):
        find_card("caffenet", None, {"order": "XYZ"})
    with pytest.raises(UnknownNameError, match="unknown setting 'meen'"):
        find_card("caffenet", None, {"meen": 5})


def test_an_added_card_is_found_by_name_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "names.txt").write_text("a\nb\n")
    path = card_file(tmp_path, "prototxt: net.prototxt\nlabels: names.txt\n")
    registry.add(path)
    monkeypatch.chdir("/")
    card = registry.find("mine")
    assert card.prototxt == tmp_path / "net.prototxt"
    assert card.labels == tmp_path / "names.txt"
    with pytest.raises(Error, match="one of deepvis's own"):
        registry.add(card_file(tmp_path, "name: caffenet\nprototxt: net.prototxt\n"))
    with pytest.raises(FormatError, match=r"gone\.caffemodel does not exist"):
        registry.add(card_file(tmp_path, "prototxt: net.prototxt\nweights: gone.caffemodel\n", "other.yaml"))


def test_the_imagenet_names_are_in_the_right_order() -> None:
    names = read_labels(imagenet_labels())
    assert len(names) == len(set(names)) == 1000
    known = {
        0: "tench",
        2: "great white shark",
        130: "flamingo",
        207: "golden retriever",
        285: "Egyptian cat",
        290: "jaguar",
        365: "orangutan",
        554: "fireboat",
        967: "espresso",
        999: "toilet tissue",
        134: "crane (bird)",
        517: "crane (machine)",
    }
    assert {i: names[i] for i in known} == known


def test_labels_files_with_wordnet_numbers_and_errors(tmp_path: Path) -> None:
    (tmp_path / "synset_words.txt").write_text("n01440764 tench, Tinca tinca\nn01443537 goldfish\n")
    assert read_labels(tmp_path / "synset_words.txt") == ["tench, Tinca tinca", "goldfish"]
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for wrong in ("missing", "binary"):
        with pytest.raises(FormatError, match=wrong):
            read_labels(tmp_path / wrong)


def test_sample_pictures_have_terms() -> None:
    found = sample_images()
    if not found:
        pytest.skip("scikit-image is not installed")
    assert [p.name for p in found][:3] == ["chelsea.png", "coffee.png", "rocket.jpg"]
    assert len(found) == len(SAMPLES)
    assert all(p.is_file() and licence(p) for p in found)
