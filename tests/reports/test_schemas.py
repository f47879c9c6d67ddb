"""Every JSON that a command prints is held to a schema of the command's name, and the schema to what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import jsonschema_rs
import pytest
from click.testing import CliRunner

from archcalc.cli.main import COMMANDS, cli
from archcalc.reports import json as json_report

SCHEMAS = {path.stem: path for path in sorted((Path(json_report.__file__).parent / "schemas").glob("*.json"))}

WRONG = """\
archcalc: 1
name: Wrong
input: [3, 8, 8]
layers:
  - {name: c, kind: conv2d, out_channels: 4, kernel_size: 9}
  - {kind: rleu}
"""

SEVERAL = str(Path(__file__).parents[1] / "cases" / "clean" / "inputs" / "spec.yaml")

PRINTED = [
    ("check", "lenet5"),
    ("check", "squeezenet", "--input", "3,64,64"),
    ("check", "-"),
    ("check", SEVERAL),
    ("check", SEVERAL, "--input", "left=3,62,62"),
    ("law", SEVERAL),
    ("diff", SEVERAL, "lenet5"),
    ("check", "googlenet"),
    ("check", "unet", "--input", "3,63,64"),
    ("check", "resnet18", "--set", "n1=true"),
    ("fix", "lenet5"),
    ("fix", "-"),
    ("diff", "resnet18", "resnet34"),
    ("diff", "lenet5", "lenet5"),
    ("diff", "lenet5", "alexnet"),
    ("explain", "lenet5"),
    ("explain", "-", "c"),
    ("explain",),
    ("explain", "A203"),
    ("kinds",),
    ("kinds", "conv2d"),
    ("law", "lenet5"),
    ("law", "resnet18", "--of", "fc", "--free", "classes"),
    ("list",),
    ("solve", "lenet5", "--want", "c1.H > 20", "--over", "c1.padding,c1.padding_mode,c1.bias,s2.stride"),
    ("solve", "lenet5", "--want", "params < 1", "--over", "input"),
    ("sweep", "lenet5", "--input", "HW=8:40:8", "--input", "N=1,2", "--set", "classes=10,0.5"),
    ("sweep", "lenet5", "--where", "macs < 1"),
    ("sweep", "olmoe_1b_7b", "--input", "T=8,9"),
    ("sweep", "whisper_tiny", "--set", "vocab=100,200"),
]


def settable(name: str) -> bool:
    """Whether a command has ``--format json``."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return any("json" in getattr(param.type, "choices", ()) for param in command.params if param.name == "form")


def test_every_command_that_prints_json_has_a_schema() -> None:
    assert SCHEMAS.keys() == {name for name in COMMANDS if settable(name)} == {command for command, *_ in PRINTED}


@pytest.mark.parametrize("arguments", PRINTED, ids=" ".join)
def test_what_is_printed_keeps_the_contract(arguments: tuple[str, ...]) -> None:
    schema = json.loads(SCHEMAS[arguments[0]].read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    result = CliRunner().invoke(cli, [*arguments, "--format", "json"], input=WRONG, catch_exceptions=False)
    jsonschema_rs.Draft202012Validator(schema).validate(json.loads(result.stdout))
    assert result.stdout.isascii()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_describes_every_key(name: str) -> None:
    def objects(schema: object) -> list[dict[str, object]]:
        if isinstance(schema, list):
            return [found for one in schema for found in objects(one)]
        if not isinstance(schema, dict):
            return []
        return [schema, *(found for one in schema.values() for found in objects(one))]

    for one in objects(json.loads(SCHEMAS[name].read_text("utf-8"))):
        if isinstance(one.get("properties"), dict) and "type" in one:
            assert "additionalProperties" in one
            # Where inputs have names, or a sweep is of experts or of what is frozen, is one more; the rest stays.
            properties = set(one["properties"])  # type: ignore[call-overload]
            seldom = {"inputs"} if "legal_inputs" in properties or name in ("law", "list") else set()
            seldom |= {"active_params", "trainable_params"} if name == "sweep" else set()
            assert set(one["required"]) == properties - seldom  # type: ignore[call-overload]


def test_what_is_printed_names_its_schema() -> None:
    rows = {"kinds", "list", "sweep"}
    for name, path in SCHEMAS.items():
        schema = json.loads(path.read_text("utf-8"))
        assert re.fullmatch(rf"urn:archcalc:{name}:[1-9]", schema["$id"])
        consts = re.findall(r'"schema": \{"description": "[^"]+", "const": "([^"]+)"\}', path.read_text("utf-8"))
        assert consts == ([] if name in rows else [schema["$id"]])


def test_a_diagnostic_and_its_fixes_have_one_form() -> None:
    check, fix = (json.loads(SCHEMAS[name].read_text("utf-8"))["$defs"] for name in ("check", "fix"))
    for one in (check, fix):
        one["diagnostic"]["properties"]["fixes"].pop("description")
    for name in ("diagnostic", "label", "place", "fix"):
        assert check[name] == fix[name]


def test_a_slip_is_seen() -> None:
    schema = json.loads(SCHEMAS["list"].read_text("utf-8"))
    printed = json.loads(CliRunner().invoke(cli, ["list", "lenet5", "--format", "json"]).stdout)
    for slip in ({"params": "many"}, {"more": 1}):
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.Draft202012Validator(schema).validate([printed[0] | slip])
