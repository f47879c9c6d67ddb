"""Which name counts the classes: the class of a generated network takes another number of them, or does not."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.targets.torch.class_count import ClassCount, class_count
from tests.support.small import checked

FLAT = "{kind: flatten}"
HEAD = "archcalc: 1\nname: Small\ninput: [3, 4, 4]\nlet: {classes: 5}\nlayers:\n"


@pytest.mark.parametrize(
    ("spec", "preset", "expected"),
    [
        ("alexnet", None, ClassCount("classes", 1000, ("fc3",))),
        ("lenet5", None, ClassCount("classes", 10, ("output",))),
        ("googlenet", "googlenet_aux", ClassCount("classes", 1000, ("aux1.fc2", "aux2.fc2", "fc"))),
    ],
)
def test_the_classes_of_bundled_networks_are_counted(spec: str, preset: str | None, expected: ClassCount) -> None:
    assert class_count(archcalc.check(spec, preset=preset)) == expected


@pytest.mark.parametrize(
    ("row", "layers"),
    [
        ("{name: fc, kind: linear, out_features: classes}", ("fc",)),
        ("{name: fc, kind: linear, out_features: 5}", None),
        ("{name: fc, kind: linear, out_features: classes + 1}", None),
        ("{name: fc, kind: linear, out_features: 2, when: classes > 4}", None),
        ("{name: fc, kind: linear, out_features: 2, repeat: classes}", None),
    ],
)
def test_a_name_counts_them_where_it_is_a_whole_field(row: str, layers: tuple[str, ...] | None) -> None:
    found = class_count(checked(FLAT, row, head=HEAD))
    assert found == (None if layers is None else ClassCount("classes", 5, layers))


def test_a_list_of_that_name_counts_nothing() -> None:
    head = HEAD.replace("classes: 5", "classes: [5, 7]")
    assert class_count(checked(FLAT, '{name: fc, kind: linear, out_features: "classes[1]"}', head=head)) is None
