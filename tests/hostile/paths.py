"""Files that a spec would have read, and names that its own file, its folder and its presets have."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CANARY, FORGED, SPEC, Case, asked
from tests.hostile.structure import HEAD

USED = (
    "../outside/secret.yaml", "blocks/../../outside/secret.yaml", "./../outside/secret.yaml", "link.yaml",
    "linked/secret.yaml", "/etc/passwd", "/etc/hostname.yaml", "/dev/stdin", "/dev/zero.yaml", "/proc/self/environ",
    "~/secret.yaml", "$HOME/secret.yaml", "file:///etc/passwd.yaml", "http://127.0.0.1:9/x.yaml",
    "https://example.invalid/x.yaml", "\\\\host\\share\\x.yaml", "C:\\x.yaml", "C:x.yaml", "pipe.yaml", "folder.yaml",
    "blocks", "blocks/", ".", "..", "", " ", "/", "//", "a\0.yaml", "a\n.yaml", "\x1b[31m.yaml", "\u202e.yaml",
    "x" * 300 + ".yaml", "a/" * 2000 + "b.yaml", "-", "-.yaml", "--help.yaml", ".yaml", "..yaml", "...yaml",
    "%2e%2e/x.yaml", "..%2fx.yaml", "..\\x.yaml", "..;/x.yaml", "blocks//conv_bn_relu.yaml",
    "blocks/./conv_bn_relu.yaml", "blocks/conv_bn_relu.yaml/", "blocks/conv_bn_relu.yaml\0",
    "blocks/CONV_BN_RELU.YAML", "conv_bn_relu.yaml", "../specs/blocks/conv_bn_relu.yaml", "alexnet.yaml", SPEC,
    "__init__.py", "index.json", "README.md", "net.yml", "none.yaml", "|touch PWNED", "$(touch PWNED).yaml",
    "`touch PWNED`.yaml", "circle.yaml", "wrong.yaml", "huge.yaml",
)  # fmt: skip

NAMES = (
    f"a\n{FORGED}.yaml", "\x1b[31mred.yaml", "\x9b2J.yaml", "\u202eemag.yaml", "a\rb.yaml", "tab\t.yaml", " .yaml",
    "-.yaml", "--help.yaml", "--", "-h", "$(touch PWNED).yaml", "`touch PWNED`.yaml", ";touch PWNED.yaml", "'.yaml",
    '".yaml', '"""x.yaml', "a'b\"c.yaml", "\\.yaml", "\\n.yaml", "%s.yaml", "{0}.yaml", "{{ x }}.yaml",
    "{% x %}.yaml", "*.yaml", "?.yaml", "[a].yaml", "~.yaml", "é.yaml", "卷.yaml", "🙂.yaml", "ﬁ.yaml", "\udcff.yaml",
    "x" * 240 + ".yaml", "é" * 120 + ".yaml", ".yaml", "..yaml", "a..yaml", "a.b.c.yaml", "con.yaml", "nul.yaml",
    "aux.yaml", "class.yaml", "None.yaml", "import.yaml", "torch.yaml", "os.yaml", "model.yaml", "train.yaml",
    "conftest.yaml", "setup.yaml", "__init__.yaml", "__main__.yaml", "site.yaml", "1.yaml", "1e5.yaml", "-1.yaml",
    "a b.yaml", "a-b.yaml", "archcalc.yaml", "sitecustomize.yaml", "lenet5", "resnet", "noending", "x.py", "x.json",
)  # fmt: skip

_GOOD = HEAD + "layers:\n  - {kind: conv2d, out_channels: 4, kernel_size: 3}\n"
_WRONG = HEAD + "layers:\n  - {kind: conv2d, filters: 4, kernel_size: 30}\n"


def cases() -> Iterator[Case]:
    """Each path as a block's, from the spec and from a block's file; each name as a spec's and a preset's."""
    for number, path in enumerate(USED):
        quoted = '"' + path.encode("unicode_escape").decode().replace('"', '\\"') + '"'
        use = f"blocks: {{b: {{use: {quoted}}}}}\nlayers: [{{kind: b}}]\n"
        there = {
            SPEC: (HEAD + use).encode(),
            "wrong.yaml": b"\xff",
            "huge.yaml": b"#" * (1 << 21),
            "circle.yaml": use.encode(),
        }
        for turn in range(3):
            yield Case("paths", "use", path, asked(number + turn * 5), there)
        inner = {
            SPEC: (HEAD + "blocks: {b: {use: inner.yaml}}\nlayers: [{kind: b}]\n").encode(),
            "inner.yaml": f"archcalc: 1\n{use}".encode(),
        }
        yield Case("paths", "use in a block's file", path, asked(number), inner)
    for name in NAMES:
        for text in (_GOOD, _WRONG):
            for asking in (
                ("check",),
                ("check", "--format", "json"),
                ("fix",),
                ("generate", "--target", "torch", "--out", "out"),
                ("sweep",),
                ("explain",),
            ):
                yield Case("paths", "name", name, (*asking, "--", name), {name: text.encode()})
    for number, name in enumerate((*NAMES, *USED)):
        quoted = '"' + name.encode("unicode_escape").decode().replace('"', '\\"').replace("\\udcff", "x") + '"'
        text = _GOOD.replace("layers:", f"let: {{n}}\npresets: {{{quoted}: {{let: {{n: 1}}}}}}\nlayers:")
        for turn in range(2):
            yield Case("paths", "preset", name, asked(number + turn), {SPEC: text.encode()})
    for out in (
        "../outside",
        "../../x",
        "/dev/full",
        "/dev/null",
        "/proc/x",
        "out/../out",
        "",
        ".",
        "-",
        "\x1b[31m",
        f"a\n{FORGED}",
        "x" * 300,
        SPEC,
        "pipe.yaml",
    ):
        yield Case("paths", "--out", out, ("generate", SPEC, "--target", "torch", "--out", out), {SPEC: _GOOD.encode()})
        if out != "pipe.yaml":  # it waits for a reader, as it was told to
            yield Case(
                "paths",
                "--out",
                out,
                ("sweep", SPEC, "--input", "H=9:12", "--out", out, "--format", "csv"),
                {SPEC: _GOOD.encode()},
            )
    assert CANARY in "".join(NAMES)
