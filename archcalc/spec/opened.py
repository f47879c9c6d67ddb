"""The text that a name stands for: of a file, of a bundled spec or one of its presets, of standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from os import PathLike

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.files import read_text, stream_name
from archcalc.spec.bundled import Bundled, bundled_networks, bundled_specs
from archcalc.spec.given_input import Given
from archcalc.spec.settings import Setting, SettingError, read_input, read_setting, read_settings, shown

VARIANT = "#"
"""What stands between a spec and what is its own of a variant."""


class Asked(Struct, frozen=True):
    """A spec as it is asked about: its name, of a family the member, and what is given in place of its own values."""

    name: PathLike[str] | str
    preset: str | None
    given: Given | None
    settings: Mapping[str, Setting]


def asked(
    name: PathLike[str] | str,
    preset: str | None = None,
    input: Iterable[object] | Mapping[str, object] | str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Asked:
    """What is asked about, with what stands in its name: a preset, an input and values of ``let``, each behind a ``#``.

    ``"vit.yaml#base"``, ``"alexnet#classes=10"``, ``"vgg16#input=3,64,64#classes=10"``: what is in the name goes before
    the other arguments. The path of a file that there is has nothing of it. Raises SettingError.
    """
    given, values = read_input(input), dict(read_settings(settings))
    path, *parts = name.split(VARIANT) if isinstance(name, str) and VARIANT in name else [name]
    if not parts or os.path.exists(name):
        return Asked(name, preset, given, values)
    own: Given | None = None
    for what, equals, text in (part.partition("=") for part in map(str, parts)):
        if not what.strip() or (equals and not text.strip()):
            raise SettingError(
                f"{shown(name)} has nothing behind a `#`: write a preset, NAME=VALUE or input=SIZES there"
            )
        if not equals:
            preset = what
        elif what == "input":
            sizes = read_input(text)
            own = {**own, **sizes} if isinstance(own, dict) and isinstance(sizes, dict) else sizes
        else:
            values[what] = read_setting(what, text)
    return Asked(path, preset, given if own is None else own, values)


class Opened(Struct):
    """A spec's text, ``None`` where there is none for a reason that ``log`` has; ``preset`` is the chosen member."""

    text: str | None
    preset: str | None
    log: Log


def opened(name: PathLike[str] | str, preset: str | None = None, *, family: bool = False) -> Opened:
    """Read the spec that a name stands for, of a family the member ``preset``.

    ``-`` is standard input. Whatever has a dot or a slash, or exists, is the path of a file. A bare name is a
    bundled preset, ``resnet50``, or else a bundled spec, ``resnet``; the other way round where a whole ``family`` is
    asked for. Raises SettingError for a name that is neither a text nor a path, and for one that leaves open which
    network is meant.
    """
    path = os.fspath(name) if isinstance(name, (str, PathLike)) else None
    if not isinstance(path, str):
        raise SettingError(f"a spec is named by its path, or as a bundled network, 'resnet50', not by {shown(name)}")
    found, preset = (path, preset) if not _is_bare(path) else _bundled(path, preset, family)
    log = Log(stream_name(path) or found)
    text = read_text(found, log)
    if text is None and found is path and _is_bare(path):
        known = dict.fromkeys(name for one in bundled_networks() for name in (one.name, one.spec))
        help = did_you_mean(path, known) or "`archcalc list` names the bundled networks"
        log.found[-1] = replace(log.found[-1], help=(*log.found[-1].help, help))
    return Opened(text, preset, log)


def without_variant(name: str) -> str:
    """A name without what is a variant's own in it."""
    return name if os.path.exists(name) else name.partition(VARIANT)[0]


def is_preset(name: str) -> bool:
    """Whether a name, or that of a variant, stands for a preset of a bundled family."""
    name = without_variant(name)
    return _is_bare(name) and any(one.name == name and one.preset is not None for one in bundled_networks())


def is_bundled(name: str) -> bool:
    """Whether a name, or that of a variant, stands for a bundled spec, or for a preset of one."""
    name = without_variant(name)
    return _is_bare(name) and any(name in (one.name, one.spec) for one in bundled_networks())


def _is_bare(name: str) -> bool:
    return name != "-" and not any(sign in name for sign in "./\\") and not os.path.exists(name)


def _bundled(name: str, preset: str | None, family: bool) -> tuple[str, str | None]:
    """The path and the preset that a bare name stands for; the name itself where it is none of the bundled ones."""
    members = [one for one in bundled_networks() if one.name == name and one.preset is not None]
    specs = bundled_specs()
    if family and name in specs:
        return str(specs[name]), preset
    if preset is None and len(members) > 1:
        ways = " or ".join(map(_written, members))
        raise SettingError(f"several bundled families have a preset `{name}`: write {ways}")
    if members and (preset is None or (preset == name and name not in specs)):
        return str(specs[members[0].spec]), name
    if name not in specs and members:
        of = members[0].spec
        raise SettingError(f"`{name}` is a preset of `{of}` already: leave out {shown(preset)}, or name `{of}`")
    return str(specs.get(name, name)), preset


def _written(one: Bundled) -> str:
    return f"`{one.spec} --preset {one.name}`"
