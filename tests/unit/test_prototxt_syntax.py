"""Protobuf's text format: all that it allows, and one clear error with a place for all it does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deepvis import _native, errors


def parse(text: str, kind: str = "LayerParameter") -> dict:
    return _native.parse_text(kind, text, "x.prototxt")


@pytest.mark.parametrize(
    "text",
    [
        'name: "a" include { phase: TEST stage: "s" }',
        "name: 'a' include: { phase: TEST, stage: 's' }",
        'name:"a";include<phase:TEST;stage:"s">;',
        "include { phase: 1 stage: ['s'] } name: 'a'",
        'name: "a", include [ { phase: TEST stage: "s" } ]',
        'name: "a" include: [ < phase: TEST stage: "s" > ]',
        '# a comment\nname: "a" # another\ninclude {phase:TEST#no space\nstage:"s"}#',
        '\ufeffname: "a" include {\r\n\tphase: TEST\r\n\tstage: "s"\r\n}\r\n',
        'name\n:\n"a"\ninclude\n{\nphase\n:\nTEST\nstage\n:\n"s"\n}',
    ],
)
def test_one_message_in_many_spellings(text):
    assert parse(text) == {"name": "a", "include": [{"phase": "TEST", "stage": ["s"]}]}


def test_nothing_is_an_empty_message():
    assert parse("") == {}
    assert parse(" \n# only a comment") == {}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"plain"', "plain"),
        (r'"\n\t\r\a\b\f\v"', "\n\t\r\a\b\f\v"),
        (r'"\"\'\\\?"', "\"'\\?"),
        (r"'\x41\x4a\x4'", "AJ\x04"),
        (r'"\101\60\0"', "A0\0"),
        (r'"\1012"', "A2"),
        (r'"\u00e9\U0001F600"', "é😀"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\303\251"', "é"),
        ('"é"', "é"),
        ('"it\'s" \' "is"\'', 'it\'s "is"'),
        ('"adjacent " "strings" # even over\n  " lines"', "adjacent strings lines"),
        ('""', ""),
        (r'"\377"', "\udcff"),
    ],
)
def test_strings(written, read):
    assert parse(f"name: {written}") == {"name": read}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0", 0),
        ("17", 17),
        ("-17", -17),
        ("- 17", -17),
        ("0x1F", 31),
        ("-0X1f", -31),
        ("017", 15),
        ("-017", -15),
    ],
)
def test_integers(written, read):
    assert parse(f"axis: {written}", "ScaleParameter") == {"axis": read}


@pytest.mark.parametrize(
    ("kind", "field", "low", "high"),
    [
        ("ScaleParameter", "axis", -(2**31), 2**31 - 1),
        ("ConvolutionParameter", "num_output", 0, 2**32 - 1),
        ("BlobShape", "dim", -(2**63), 2**63 - 1),
    ],
)
def test_integers_at_and_past_their_limits(kind, field, low, high):
    for value in (low, high):
        read = parse(f"{field}: {value}", kind)[field]
        assert read == ([value] if kind == "BlobShape" else value)
    for value in (low - 1, high + 1, 10**40):
        with pytest.raises(errors.FormatError, match=f"'{field}' takes an integer from {low} to {high}"):
            parse(f"{field}: {value}", kind)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-2f", 0.01),
        ("0.1F", 0.1),
        ("12f", 12.0),
        ("0", 0.0),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("Infinity", math.inf),
        ("nan", math.nan),
        ("NaN", math.nan),
        ("1e400", math.inf),
        ("1e-400", 0.0),
        ("99999999999999999999999", 1e23),
    ],
)
def test_floats(written, read):
    value = parse(f"std: {written}", "FillerParameter")["std"]
    np.testing.assert_equal(value, float(np.float32(read)))


@pytest.mark.parametrize("written", ["true", "True", "t", "1", "0x1"])
def test_true(written):
    assert parse(f"propagate_down: {written}") == {"propagate_down": [True]}


@pytest.mark.parametrize("written", ["false", "False", "f", "0"])
def test_false(written):
    assert parse(f"propagate_down: {written}") == {"propagate_down": [False]}


def test_lists():
    assert parse("pad: [1, 2] pad: 3 pad: []", "ConvolutionParameter") == {"pad": [1, 2, 3]}
    assert parse('bottom: ["a", "b" "c"]') == {"bottom": ["a", "bc"]}
    assert parse("blob_share_mode: [STRICT, 1]", "V1LayerParameter") == {"blob_share_mode": ["STRICT", "PERMISSIVE"]}
    assert parse("blobs []") == {}
    coeff = parse("coeff: [1, -1e1, inf]", "EltwiseParameter")["coeff"]
    assert coeff.dtype == np.float32
    np.testing.assert_array_equal(coeff, np.array([1, -10, np.inf], np.float32))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        # The schema.
        ("name: 'a'\n  bottm: 'b'", "2:3", "unknown field 'bottm' in LayerParameter; did you mean 'bottom'?"),
        ("convolution_param { kernel_siz: 3 }", "1:21", "did you mean 'kernel_size'?"),
        ("prior_box_param { }", "1:1", "in LayerParameter; it may come from another fork of Caffe"),
        ("zzzzzzzz: 1", "1:1", "unknown field 'zzzzzzzz' in LayerParameter"),
        ("name: 'a' name: 'b'", "1:11", "field 'name' of LayerParameter is given twice"),
        ("relu_param {} relu_param {}", "1:15", "is given twice"),
        ("name: ['a']", "1:7", "field 'name' holds one value, not a list"),
        (
            "phase: TSET",
            "1:8",
            "unknown value 'TSET' for field 'phase'; did you mean 'TEST'?",
        ),
        ("phase: 7", "1:8", "unknown value 7 for field 'phase'"),
        (
            "phase: 'TEST'",
            "1:8",
            "one of TRAIN, TEST (or its number), without quotes, found the string 'TEST'",
        ),
        ("type: CONVOLUTION", "1:7", "field 'type' takes a quoted string, found 'CONVOLUTION'"),
        ("name: 3", "1:7", "field 'name' takes a quoted string, found '3'"),
        ("propagate_down: yes", "1:17", "field 'propagate_down' takes true or false, found 'yes'"),
        ("propagate_down: 2", "1:17", "takes true or false"),
        ("loss_weight: 'x'", "1:14", "field 'loss_weight' takes a number, found the string 'x'"),
        ("loss_weight: one", "1:14", "field 'loss_weight' takes a number, found 'one'"),
        ("loss_weight: 0x10", "1:14", "takes a decimal number"),
        ("loss_weight: 010", "1:14", "takes a decimal number"),
        ("scale_param { axis: 1.5 }", "1:21", "field 'axis' takes an integer, found '1.5'"),
        ("scale_param { axis: 09 }", "1:21", "'09' is not an octal number"),
        ("convolution_param { num_output: -1 }", "1:33", "takes an integer from 0 to 4294967295, found '-1'"),
        ("[a.b] { }", "1:1", "extensions and Any values"),
        ("relu_param { [type.googleapis.com/x] { } }", "1:14", "extensions and Any values"),
        # The syntax.
        ("name 'a'", "1:6", "expected ':' after field 'name', found the string 'a'"),
        ("name { }", "1:6", "expected ':' after field 'name'"),
        ("relu_param: 3", "1:13", "expected '{' after field 'relu_param', found '3'"),
        (
            "relu_param {\n  engine: CAFFE\n",
            "1:12",
            "'relu_param' that opens here is not closed: expected '}'",
        ),
        ("relu_param { engine: CAFFE >", "1:28", "expected the name of a field of ReLUParameter, found '>'"),
        ("name: 'a' }", "1:11", "found '}' that closes nothing"),
        ("name: 'a", "1:7", "the string that starts here is not closed by ' on the same line"),
        ("name: 'a\n'", "1:7", "is not closed"),
        ("name: 'a\\\n'", "1:7", "is not closed"),
        ("name: 'a\\", "1:7", "is not closed"),
        ("name:", "1:6", "field 'name' takes a quoted string, found the end of the text"),
        ("bottom: ['a' 'b'", "1:17", "expected ',' or ']' in the list of 'bottom'"),
        ("bottom: ['a',]", "1:14", "takes a quoted string, found ']'"),
        ("name: 'a' = 3", "1:11", "expected the name of a field of LayerParameter, found '='"),
        ("3: 4", "1:1", "expected the name of a field"),
        ("name: '\\q'", "1:8", "unknown escape '\\q'"),
        ("name: '\\x'", "1:8", "'\\x' is not followed by hexadecimal digits"),
        ("name: '\\777'", "1:8", "more than one byte"),
        ("name: '\\u12'", "1:10", "expected 4 hexadecimal digits"),
        ("name: '\\ud800'", "1:8", "not a Unicode character"),
        ("name: '\\ud800\\u0041'", "1:8", "half of a surrogate pair"),
        ("name: '\\U00110000'", "1:8", "not a Unicode character"),
        ("loss_weight: 1.2.3", "1:14", "a number runs into '.'"),
        ("loss_weight: 12abc", "1:14", "a number runs into 'a'"),
        ("loss_weight: 1e", "1:14", "'e' is not followed by an exponent"),
        ("loss_weight: 0x", "1:14", "'0x' is not followed by hexadecimal digits"),
        ("loss_weight: --1", "1:15", "takes a number, found '-'"),
        ("name: \x01", "1:7", "unexpected byte 0x01"),
        ("name: é", "1:7", "unexpected byte 0xC3"),
        # Columns count characters, and a byte-order mark none.
        ("name: 'é' x: 1", "1:11", "unknown field 'x'"),
        ("\ufeffx: 1", "1:1", "unknown field 'x'"),
        ("# comment\r\n\tx: 1", "2:2", "unknown field 'x'"),
    ],
)
def test_errors_say_where_and_what(text, place, words):
    with pytest.raises(errors.FormatError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"x.prototxt:{place}: ")
    assert words in str(caught.value)


def test_long_words_are_cut_in_errors():
    with pytest.raises(errors.FormatError) as caught:
        parse("x" * 100_000)
    assert len(str(caught.value)) < 200


# The schema itself nests seven deep at most, so only lists and text that is wrong anyway can go deeper.
def test_deep_nesting_is_an_error_not_a_crash():
    with pytest.raises(errors.FormatError):
        parse("relu_param {" * 200_000)
    with pytest.raises(errors.FormatError):
        parse("bottom: " + "[" * 200_000)


def test_print_and_parse_are_inverse():
    message = {
        "name": 'quote " backslash \\ tab \t newline \n é',
        "phase": "TEST",
        "bottom": ["a", ""],
        "propagate_down": [True, False],
        "blobs": [{"shape": {"dim": [2, -1]}, "data": np.array([0.1, 1e-5, -np.inf], np.float32)}],
        "convolution_param": {"num_output": 2**32 - 1, "kernel_size": [3], "weight_filler": {"std": 0.5}},
    }
    text = _native.print_text("LayerParameter", message)
    again = _native.parse_text("LayerParameter", text)
    data, read = message["blobs"][0].pop("data"), again["blobs"][0].pop("data")
    np.testing.assert_array_equal(data, read)
    assert again == message
    assert "data: 0.1\n" in text
    assert "data: 1e-05\n" in text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"nam": "a"}, "unknown field 'nam' in LayerParameter; did you mean 'name'?"),
        ({"name": 3}, "LayerParameter.name: expected a string, found int"),
        ({"bottom": "a"}, "LayerParameter.bottom: expected a list, found str"),
        ({"phase": "TSET"}, "LayerParameter.phase: unknown value 'TSET'"),
        ({"phase": 9}, "LayerParameter.phase: unknown value 9"),
        ({"relu_param": 3}, "LayerParameter.relu_param: expected a dict, found int"),
        (
            {"relu_param": {"negative_slope": "x"}},
            "ReLUParameter.negative_slope: expected a number, found str",
        ),
        ({"scale_param": {"axis": 1.5}}, "ScaleParameter.axis: expected an integer, found float"),
        (
            {"scale_param": {"axis": 2**31}},
            "ScaleParameter.axis: expected an integer from -2147483648 to",
        ),
    ],
)
def test_dicts_are_checked_too(values, words):
    with pytest.raises(errors.FormatError) as caught:
        _native.serialize("LayerParameter", values)
    assert words in str(caught.value)


def test_unknown_message_types_are_named():
    with pytest.raises(errors.UnknownNameError, match="did you mean 'LayerParameter'"):
        _native.parse_text("LayerParam", "")


def test_a_solvers_settings_are_called_that():
    with pytest.raises(errors.FormatError, match=r"x:2:1: unknown field 'net' .* looks like a solver's settings"):
        _native.read_net_text("# solver\nnet: 'train_val.prototxt'", "x")
