"""The network in the report's JSON is the graph that was walked."""

from __future__ import annotations

from archcalc import check, check_text

BLOCKS = """\
archcalc: 1
name: Blocks
input: [3, 8, 8]
let: {width: 4}
blocks:
  pair:
    args: {n, k: 3, rate: 1/4}
    layers:
      - {name: conv, kind: conv2d, out_channels: n, kernel_size: k, padding: k // 2}
      - {name: norm, kind: batch_norm2d}
      - {kind: add, from: [norm, conv]}
layers:
  - {name: first, kind: pair, n: width}
  - name: side
    layers:
      - {kind: relu}
      - {name: "again{index}", kind: pair, repeat: 2, n: 2 * width, k: 1}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def test_the_edges_lead_from_the_input_to_the_outputs() -> None:
    for report in (check_text(BLOCKS), check("googlenet"), check("unet")):
        said = report.to_dict()
        there = {"input"}
        for layer in said["layers"]:
            assert {*layer["sources"]} <= there
            there.add(layer["name"])
        assert {one["layer"] for one in said["outputs"]} <= there
        shapes = {"input": said["input"]} | {layer["name"]: layer["output"] for layer in said["layers"]}
        for layer in said["layers"]:
            assert layer["inputs"] == [shapes[source] for source in layer["sources"]]
        for block in said["blocks"]:
            assert block["output"] == shapes[block["gives"]]
            inside = [layer for layer in said["layers"] if layer["name"].startswith(f"{block['name']}.")]
            assert len(inside) == block["layers"]
            assert sum(layer["params"] for layer in inside) == block["params"]
            outside = {source for layer in inside for source in layer["sources"]} - {layer["name"] for layer in inside}
            assert outside <= {*block["sources"]}


def test_blocks_have_their_arguments_and_groups_have_none() -> None:
    blocks = check_text(BLOCKS).to_dict()["blocks"]
    assert [(one["name"], one["what"], one["block"], one["arguments"]) for one in blocks] == [
        ("first", "use", "pair", {"n": 4, "k": 3, "rate": 0.25}),
        ("side", "group", None, {}),
        ("side.again0", "use", "pair", {"n": 8, "k": 1, "rate": 0.25}),
        ("side.again1", "use", "pair", {"n": 8, "k": 1, "rate": 0.25}),
    ]
    assert [(one["sources"], one["gives"]) for one in blocks[:2]] == [
        (["input"], "first.add"),
        (["first.add"], "side.again1.add"),
    ]


def test_copies_of_one_name_are_a_list() -> None:
    text = "archcalc: 1\nname: C\ninput: [3, 8, 8]\nlayers:\n"
    text += "  - {name: body, kind: conv2d, repeat: 3, out_channels: 3, kernel_size: 1}\n"
    (block,) = check_text(text).to_dict()["blocks"]
    assert (block["name"], block["what"], block["block"], block["layers"]) == ("body", "copies", None, 3)
    assert (block["sources"], block["gives"]) == (["input"], "body.2")


def test_fields_are_as_they_were_built_and_bytes_are_of_float32() -> None:
    said = check_text(BLOCKS).to_dict()
    conv, norm, *_, fc = said["layers"]
    assert conv["fields"]["in_channels"] == 3
    assert (conv["fields"]["padding"], conv["fields"]["bias"]) == (1, True)
    assert norm["weights"] == {"weight": [4], "bias": [4]}
    assert norm["buffers"]["running_mean"] == [4]
    assert fc["fields"] == {"in_features": 512, "out_features": 10, "bias": True, "unbiased": None}
    assert (fc["weight_bytes"], fc["activation_bytes"]) == (4 * fc["params"], 40)
    assert said["totals"]["weight_bytes"] == 4 * said["totals"]["params"]
    assert said["totals"]["activation_bytes"] == sum(layer["activation_bytes"] for layer in said["layers"])


def test_what_an_error_hides_is_null() -> None:
    wrong = check_text(BLOCKS.replace("k: 1}", "k: 1, from: nowhere}").replace("kind: flatten", "kind: xyzzy"))
    layers = {layer["name"]: layer for layer in wrong.to_dict()["layers"]}
    flat = layers["flat"]
    assert (flat["fields"], flat["output"], flat["activation_bytes"]) == (None, None, None)
    assert layers["side.again0.conv"]["sources"] is None
    assert check_text("").to_dict()["blocks"] == []
    few = check_text(BLOCKS.replace("[3, 8, 8]", "[3]")).to_dict()["layers"][0]
    assert few["fields"]["in_channels"] is None


def test_a_use_tells_what_it_gives_by_the_names_that_others_take_it_by() -> None:
    text = """\
archcalc: 1
name: Towers
input: [3, 8, 8]
blocks:
  tower:
    layers:
      - {name: low, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: high, kind: max_pool2d, kernel_size: 2}
    outputs: [high, low]
layers:
  - {name: left, kind: tower}
  - {name: flat, kind: flatten}
  - {name: beside, kind: flatten, from: left.low}
outputs: [flat, beside]
"""
    (block,) = check_text(text).to_dict()["blocks"]
    assert (block["gives"], block["other_outputs"]) == ("left.high", {"low": "left.low"})
