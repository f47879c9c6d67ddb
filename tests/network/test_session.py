"""What is kept of a spec that several graphs are asked of."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.network.session import Session
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec

BLOCKS = """
archcalc: 1
name: Blocks
input: [4, 16, 16]
blocks:
  one:
    layers: [{kind: conv2d, out_channels: in_channels, kernel_size: 1}]
layers: [{kind: one, repeat: 3}]
"""


def loaded(text: str) -> Spec:
    spec = read_spec(text, Log("<text>"))
    assert spec is not None
    return spec


def test_another_height_elaborates_nothing_anew() -> None:
    session = Session(loaded(BLOCKS))
    graph = session.graph({}, None, Log("<text>"))
    other = session.graph({}, (4, 9, 9), Log("<text>"))
    assert other.input == (4, 9, 9)
    assert other.steps == graph.steps
    assert session.graph({}, (4, 30, 9), Log("<text>")).steps is other.steps
    assert session.graph({}, (5, 9, 9), Log("<text>")).steps != other.steps


def test_what_is_wrong_is_said_to_everyone_who_asks() -> None:
    session = Session(loaded("archcalc: 1\nname: Wrong\ninput: [4]\nlayers: [{kind: relu, when: nowhere > 1}]\n"))
    for _ in range(2):
        log = Log("<text>")
        session.graph({}, None, log)
        assert [error.code for error in log.found] == ["A303"]


def test_settings_and_presets_are_told_apart() -> None:
    text = (
        "archcalc: 1\nname: Told\ninput: [3, 8, 8]\nlet: {n: 2, flag: false}\nlayers:\n"
        "  - {kind: conv2d, out_channels: n, kernel_size: 1, bias: flag}\n"
        "presets: {a: {let: {n: 3}}, b: {let: {n: 4}}}\n"
    )
    spec = loaded(text)
    session = Session(spec)

    def convolution(session: Session, settings: dict[str, int]) -> tuple[object, object]:
        log = Log("<text>")
        layer = session.graph(settings, None, log).steps[0].layer
        return getattr(layer, "out_channels", None), bool(log.found)

    assert [convolution(session, {}), convolution(session, {"n": 5}), convolution(session, {"n": 2})] == [
        (2, False),
        (5, False),
        (2, False),
    ]
    assert convolution(Session(spec.chosen("a")), {})[0] == 3
    assert convolution(Session(spec.chosen("b")), {})[0] == 4
    assert not convolution(session, {"flag": True})[1]
    assert convolution(session, {"flag": 1})[1], "1 is no flag, though it equals True"
    assert convolution(session, {"flag": 1})[1], "nor when it is asked again"
