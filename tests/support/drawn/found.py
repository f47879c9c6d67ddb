"""Specs that the drawn networks found to be read or generated as something else, as small as they could be made."""

FOUND: dict[str, str] = {
    "copies with names in an absent group": """\
archcalc: 1
name: Drawn
input: [3, 5, 5]
layers:
- {kind: relu}
- when: 1 > 2
  layers:
  - {name: "f{index}", kind: conv2d, out_channels: 3, kernel_size: 1, repeat: 2, from: input}
  - {name: j, kind: concat, from: [f0, f1]}
- {kind: relu}
""",
    "a group without a name that holds nothing gives what its from says": """\
archcalc: 1
name: Drawn
input: [3, 5, 5]
layers:
- {name: a, kind: conv2d, out_channels: 3, kernel_size: 1}
- {name: b, kind: conv2d, out_channels: 3, kernel_size: 1}
- from: a
  layers: [{kind: tanh, repeat: 0}]
- {name: c, kind: concat, from: [a, b]}
- {name: d, kind: conv2d, out_channels: 2, kernel_size: 1}
- from: c
  layers: [{kind: tanh, when: 1 > 2}]
""",
    "a group that holds nothing is an output": """\
archcalc: 1
name: Drawn
input: [4, 5, 8]
layers:
- {name: stem, kind: conv2d, out_channels: 2, kernel_size: 1}
- {name: g, layers: [{name: "c{index}", kind: relu, repeat: 0}]}
- {name: last, kind: conv2d, out_channels: 2, kernel_size: 1}
outputs: [last, g]
""",
    "a group holds copies of a group that holds nothing": """\
archcalc: 1
name: Drawn
input: [4, 5, 8]
layers:
- name: outer
  layers:
  - {name: inner, repeat: 2, layers: [{name: none, kind: relu, repeat: 0}]}
- {name: last, kind: conv2d, out_channels: 2, kernel_size: 3}
""",
    "a group ends with another that holds nothing and begins elsewhere": """\
archcalc: 1
name: Drawn
input: [1, 6, 6]
layers:
- name: outer
  layers:
  - {kind: conv2d, out_channels: 6, kernel_size: [1, 3]}
  - {from: input, layers: [{name: none, kind: relu, when: 1 > 2}]}
- {name: last, kind: conv2d, out_channels: 2, kernel_size: 1}
""",
    "copies side by side are no row": """\
archcalc: 1
name: Drawn
input: [4, 5, 8]
layers:
- {name: stem, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: main, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: "side{index}", kind: conv2d, repeat: 2, from: stem, out_channels: 4, kernel_size: 1}
- {name: last, kind: relu}
- {kind: add, from: [main, last]}
""",
    "a layer in each copy takes the input of the network": """\
archcalc: 1
name: Drawn
input: [4, 5, 8]
layers:
- {name: g, layers: [{name: x1, kind: gelu, from: input}], repeat: 2}
""",
    "an argument is a fraction": """\
archcalc: 1
name: Drawn
input: [2, 5, 5]
let: {r: 0.25}
blocks:
  inverted:
    args: {out: null, expand: 0.5*r}
    let: {hidden: 'max(1, ceil(in_channels * expand))'}
    layers:
    - {name: expand, kind: conv2d, when: expand != 1, out_channels: hidden, kernel_size: 1}
  mixed0:
    args: {n: null}
    layers:
    - {name: use2, kind: inverted, out: 4}
    - {name: use4, kind: inverted, expand: 1.0, out: 2}
layers:
- {name: use2, kind: mixed0, n: 0}
""",
    "two layers of one name of which each use has another": """\
archcalc: 1
name: Drawn
input: [4, 7, 5]
let: {w: 2}
blocks:
  mixed0:
    args: {}
    layers:
    - {name: way3, kind: conv2d, out_channels: w, kernel_size: 1, when: in_channels == w}
    - {name: way3, kind: conv2d, out_channels: w, kernel_size: 3, when: in_channels != w}
layers:
- {name: use3, kind: mixed0}
- {name: use6, kind: mixed0}
""",
    "which copies there are depends on the use": """\
archcalc: 1
name: Drawn
input: [3, 7, 5]
blocks:
  b:
    args: {}
    layers:
    - {name: "e{index}", kind: prelu, repeat: 1, when: index > 0 or in_channels == 4}
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
layers:
- {kind: b}
- {kind: b}
""",
    "a condition that chooses inside another one": """\
archcalc: 1
name: Drawn
input: [3, 5, 5]
blocks:
  b:
    args: {k: null, down: null, more: null}
    layers:
    - {name: s, kind: conv2d, out_channels: 4, kernel_size: 1}
    - when: more
      layers:
      - {name: t, kind: conv2d, out_channels: 4, kernel_size: 1, when: down if k > 1 else not down}
layers:
- {kind: b, k: 1, down: false, more: false}
- {kind: b, k: 3, down: true, more: true}
- {kind: b, k: 1, down: true, more: true}
""",
    "a condition that chooses tells how wide something is": """\
archcalc: 1
name: Drawn
input: [3, 5, 5]
blocks:
  b:
    args: {k: 3, down: false, w: null}
    layers:
    - {name: a, kind: conv2d, out_channels: w if down else w*2, kernel_size: 1}
    - {name: act, kind: relu, when: down if k > 1 else not down}
    - {name: b, kind: conv2d, out_channels: w, kernel_size: 1}
layers:
- {kind: b, w: 2}
- {kind: b, w: 2, down: true}
- {kind: b, w: 4, k: 1}
""",
    "a condition that chooses says which copies there are": """\
archcalc: 1
name: Drawn
input: [3, 5, 5]
blocks:
  b:
    args: {down: false}
    layers:
    - {name: r, kind: conv2d, out_channels: 2*index + 4 if down else 4, kernel_size: 1, repeat: 3,
       when: index > 0 if down else index == 0}
layers:
- {kind: b}
- {kind: b, down: true}
""",
    "a parameter and a module of one name in a group": """\
archcalc: 1
name: Drawn
input: [4, 8, 8]
blocks:
  unit:
    args: {c: true}
    layers:
    - name: g
      layers:
      - {name: way, kind: layer_scale, when: c}
      - {name: way, kind: conv2d, out_channels: 4, kernel_size: 1, when: not c}
layers:
- {name: one, kind: unit}
- {name: two, kind: unit, c: false}
""",
}
"""By what each has."""
