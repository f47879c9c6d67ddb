"""``expect`` to claims: what the source says of a layer, or of the whole network."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.language.mapping_keys import described, known_keys, read_words
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.printed_numbers import read_printed_number
from archcalc.spec.meant_values import number_meant
from archcalc.spec.model import Claim

TOTALS = ("params", "trainable_params", "active_params", "macs", "flops", "weight_layers")
LAYER_CLAIMS = ("shape", "params", "macs")

_FOREIGN = {"parameters": "params", "gmacs": "macs", "gflops": "flops", "output": "shape", "output_shape": "shape"}


def read_layer_claims(node: Node | None, path: str, log: Log) -> tuple[Claim, ...]:
    """What is claimed of the layer at ``path``; errors go to the log."""
    if node is None:
        return ()
    if isinstance(node, ListNode):
        return _present(_shape_claim(node, path, None, None, log))
    if not isinstance(node, MapNode):
        text = node.text if isinstance(node, ScalarNode) else ""
        _, sizes = number_meant(text)
        what = f"`expect` takes what the source says of the layer, not {described(node)}"
        if isinstance(sizes, list) and min(sizes) >= 1:
            said = tuple(sizes)
            log.error("A111", node.span, what, Suggestion(f"write `expect: {sizes}`", said))
            return (Claim(of=path, what="shape", claimed=said, span=node.span, because=None, because_span=None),)
        log.error("A111", node.span, what, "write `expect: [96, 55, 55]`, or `expect: {params: 34944}`")
        return ()
    node, _ = known_keys(node, (*LAYER_CLAIMS, "because"), "a layer's `expect`", log, _FOREIGN)
    shared = node.entries.get("because")
    because, span = read_words(shared, "because", log), shared.span if shared else None
    claims = (
        _claim(node.entries[what], path, what, because, span, log) for what in LAYER_CLAIMS if what in node.entries
    )
    return _present(*claims)


def read_total_claims(node: Node | None, log: Log) -> tuple[Claim, ...]:
    """What is claimed of the whole network; errors go to the log."""
    if node is None:
        return ()
    if not isinstance(node, MapNode):
        what = f"`expect` takes the totals that the source claims, not {described(node)}"
        log.error("A111", node.span, what, "write `expect: {params: 62.3M}`")
        return ()
    node, _ = known_keys(node, TOTALS, "`expect`", log, _FOREIGN)
    return _present(
        *(_claim(node.entries[what], None, what, None, None, log) for what in TOTALS if what in node.entries)
    )


def _present(*claims: Claim | None) -> tuple[Claim, ...]:
    return tuple(claim for claim in claims if claim is not None)


def _claim(
    node: Node, of: str | None, what: str, because: str | None, because_span: Span | None, log: Log
) -> Claim | None:
    convention: tuple[str | None, tuple[str, ...]] | None = (None, ())
    if isinstance(node, MapNode):
        node, unsure = known_keys(node, ("claimed", "because", "as", "with"), "a claim", log, {"value": "claimed"})
        reason = node.entries.get("because")
        because = read_words(reason, "because", log) or because
        because_span = reason.span if reason is not None else because_span
        if "claimed" not in node.entries:
            if "claimed" not in unsure:
                log.error("A112", node.span, "a claim has no `claimed`", "write `{claimed: 62.3M, because: …}`")
            return None
        if node.entries.keys() & {"as", "with"}:
            from archcalc.spec.claim_conventions import read_convention  # few claims are of another convention

            convention = read_convention(node, what, log)
        node = node.entries["claimed"]
    if what == "shape":
        return _shape_claim(node, of, because, because_span, log)
    printed = (
        read_printed_number(node.text) if isinstance(node, ScalarNode) and not isinstance(node.value, bool) else None
    )
    if printed is None:
        message = f"`{what}` takes a number as the source prints it, not {described(node)}"
        log.error("A111", node.span, message, "write it like 62378344 or 62.3M")
        return None
    if convention is None:
        return None
    counter, terms = convention
    return Claim(
        of=of,
        what=what,
        claimed=printed,
        span=node.span,
        because=because,
        because_span=because_span,
        counter=counter,
        terms=terms,
    )


def _shape_claim(node: Node, of: str | None, because: str | None, because_span: Span | None, log: Log) -> Claim | None:
    items = node.items if isinstance(node, ListNode) else ()
    values = [item.value if isinstance(item, ScalarNode) else None for item in items]
    sizes = [value for value in values if type(value) is int and value > 0]
    if not sizes or len(sizes) != len(items):
        message = "a shape is a list of whole numbers from 1 up, without the batch"
        log.error("A111", node.span, message, "write it like `[96, 55, 55]`")
        return None
    return Claim(of=of, what="shape", claimed=tuple(sizes), span=node.span, because=because, because_span=because_span)
