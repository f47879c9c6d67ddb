"""Of which layers another window is said to mend an error."""

from __future__ import annotations

from tests.support.small import checked


def test_nothing_is_said_of_a_layer_of_which_it_is_not_known_what_arrives() -> None:
    """Its own edit may fit as well, and is as good as a guess: what `first` gives is another one's to say."""
    report = checked(
        "{name: first, kind: conv2d, kernel_size: 3}",
        "{name: second, kind: conv2d, out_channels: 4, kernel_size: 3}",
        "{kind: flatten}",
        f"{{kind: linear, in_features: {4 * 30 * 30}, out_features: 3}}",
    )
    missing, wrong = report.diagnostics
    assert (missing.code, wrong.code) == ("A112", "A203")
    assert any("`first padding: 1`" in way for way in wrong.help)
    assert not any("`second" in way for way in wrong.help)
