"""The interpreter that goes with generated tests: one function a layer kind, and right for networks of all of them."""

from __future__ import annotations

import builtins
import dis
import warnings
from itertools import takewhile
from types import CodeType

import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from archcalc import check, check_text
from archcalc.layers.contract import KINDS
from archcalc.targets.generate import generate
from archcalc.targets.torch import reference_functions
from archcalc.targets.torch.reference_functions import function_name, reference_source
from tests.support.draw_chains import spec_texts
from tests.support.generated_tests import generated_tests

HEAD = "archcalc: 1\nname: Drawn\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_function(kind: str) -> None:
    assert function_name(KINDS[kind], []) == kind
    *_, function = reference_source([(KINDS[kind], kind)])
    assert function.startswith(f"def {kind}(")


@pytest.mark.parametrize("family", sorted({kind.__module__.rpartition(".")[2] for kind in KINDS.values()}))
def test_every_function_finds_the_names_it_uses(family: str) -> None:
    functions = reference_functions.functions_of(family)
    assert functions
    found = vars(builtins) | functions | dict.fromkeys(["math", "torch", "Tensor", "F", "Layer"])
    for source in functions.values():
        module = compile(source, family, "exec")
        (code,) = (constant for constant in module.co_consts if isinstance(constant, CodeType))
        asked = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
        assert asked <= found.keys(), code.co_name


# The tests that are generated have properties, too, which are called here and not run.
@settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.nested_given])
@given(spec_texts())
@example(f"{HEAD}input: [4]\nlayers: [{{kind: prelu, init: 0.33841650248220256}}]\n")
@example(f"{HEAD}input: [4, 1]\nlayers: [{{kind: sigmoid}}, {{kind: slice, start: -1}}]\n")
@example(f"{HEAD}input: [4]\nlayers: [{{kind: sigmoid}}, {{kind: slice, start: -3, stop: -1}}]\n")
@example(f"{HEAD}input: [4, 1, 1]\nlayers: [{{kind: local_response_norm, size: 1, alpha: -99}}]\n")
@example(f"{HEAD}input: [1]\nlayers: [{{kind: stochastic_depth, p: 1.0e-45}}, {{kind: dropout}}]\n")
@example(f"{HEAD}input: [1]\nlayers: [{{kind: logit_scale, init_value: 1.0e-101}}]\n")
@example(f"{HEAD}input: [1]\nlayers: [{{kind: normalize}}]\n")
@example(f"{HEAD}input: [2, 3]\nlayers: [{{kind: position_embedding, num_embeddings: 2, embedding_dim: 1}}]\n")
@example(f"{HEAD}input: [8, 16]\nlayers: [{{kind: multihead_attention, num_heads: 2}}, {{kind: dropout, p: 0.1}}]\n")
def test_drawn_networks_pass_their_tests(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    layers = check_text(text).layers
    # Of what follows from sizes alone there is no gradient, unless something learns from it.
    behind = [*takewhile(lambda layer: not KINDS[layer.kind].own_buffer, reversed(layers))]
    assume(len(behind) == len(layers) or any(layer.params for layer in behind))
    with warnings.catch_warnings(), generated_tests(text, tmp_path_factory.mktemp("drawn")) as tests:
        # torch warns of dropout on few axes, and of kernels of even size with `same`.
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        tests.test_shapes()
        compare = tests.test_outputs_and_gradients.hypothesis.inner_test
        for training in (False, True):
            compare("cpu", training, 1, 2, tests.SMALL_SIZES[-1])
        if hasattr(tests, "test_a_sample_gives_what_it_gives_alone"):
            tests.test_a_sample_gives_what_it_gives_alone("cpu")


def test_a_function_has_no_branch_that_the_network_cannot_reach() -> None:
    files = generate(check("lenet5")).files
    assert "padding_mode" not in files["reference_lenet5.py"]
