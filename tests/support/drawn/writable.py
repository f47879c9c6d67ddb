"""Specs that had no code when the generator read lists by itself, and others with a feature in a rare place."""

HEAD = "archcalc: 1\nname: Drawn\ninput: [4, 5, 8]\n"

WRITABLE: dict[str, str] = {
    "a module is called several times, and once more where that is said": """\
blocks:
  b:
    args: {n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: m, again: c, repeat: n}
    - {name: a, again: c, when: n == 2}
layers:
- {name: one, kind: b}
- {name: two, kind: b, n: 1}
- {name: three, again: one}
""",
    "what a layer infers is a name that stands for a part of an argument": """\
let: {half: 0.5}
blocks:
  b:
    args: {planes: int}
    let: {width: planes*half, more: width + 1, twice: 2*more}
    layers:
    - {name: a, kind: conv2d, out_channels: width, kernel_size: 1}
    - {name: c, kind: conv2d, out_channels: more, kernel_size: 1}
    - {name: d, kind: conv2d, out_channels: twice, kernel_size: 1}
    - {name: e, kind: conv2d, out_channels: planes, kernel_size: 1}
layers:
- {name: one, kind: b, planes: 8}
- {name: two, kind: b, planes: 12}
""",
    "a parameter has copies of one name": """\
layers:
- {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: s, kind: layer_scale, repeat: 3, init_value: 0.5}
- {name: t, kind: relu}
- {kind: add, from: [c, t]}
""",
    "parameters that are not always there, in a group and by themselves": """\
blocks:
  b:
    args: {act: true, n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: s, kind: layer_scale, init_value: 0.5, when: act}
    - name: g
      layers:
      - {name: u, kind: layer_scale, init_value: 0.25, when: act}
      - {name: 'r{index}', kind: layer_scale, init_value: 0.5, repeat: n}
      - kind: add
        from: [r0, c]
layers:
- {kind: b}
- {kind: b, act: false, n: 1}
""",
    "two groups of one name branch": """\
blocks:
  b:
    args: {k: 1}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - name: g
      when: k == 1
      layers:
      - {name: a, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: d, kind: conv2d, out_channels: 4, kernel_size: 1, from: c}
      - kind: add
        from: [a, d]
    - name: g
      when: k != 1
      layers:
      - {name: a, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      - kind: add
        from: [a, c]
    - {name: e, kind: relu}
layers:
- {kind: b}
- {kind: b, k: 2}
- {kind: b, k: 3}
""",
    "layers have other names in each use": """\
blocks:
  b:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {kind: conv2d, out_channels: 4, kernel_size: 1, when: act}
    - {kind: conv2d, out_channels: 5, kernel_size: 1}
    - {kind: conv2d, out_channels: 5, kernel_size: 1, repeat: 2}
    - {kind: batch_norm2d}
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "copies that branch, another number of them in each use": """\
blocks:
  b:
    args: {n: 2, growth: 3}
    layers:
    - name: l{index}
      repeat: n
      layers:
      - {name: start, kind: identity}
      - {name: conv, kind: conv2d, out_channels: growth + index, kernel_size: 1}
      - kind: concat
        from: [start, conv]
layers:
- {kind: b}
- {kind: b, n: 4}
- {kind: b, n: 0}
""",
    "copies of a group without a name that branches": """\
blocks:
  b:
    args: {n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - repeat: n
      layers:
      - {name: 'a{index}', kind: conv2d, out_channels: 4, kernel_size: 1, when: index != 1}
      - name: j{index}
        kind: add
        from: ['a{index}', c]
layers:
- {kind: b}
- {kind: b, n: 3}
- {kind: b, n: 0}
""",
    "copies of one name of which a use has none": """\
blocks:
  b:
    args: {n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: d, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: m, kind: conv2d, repeat: n, from: c, out_channels: 4, kernel_size: 1}
    - {name: j, kind: add, from: [d, m]}
layers:
- {kind: b}
- {kind: b, n: 1}
- {kind: b, n: 0}
""",
    "an empty block and its source": """\
blocks:
  e:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1, when: act}
  b:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: e, kind: e, act: act}
    - {name: f, kind: relu}
    - {name: j, kind: add, from: [f, e]}
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "a block of two inputs that is not always there": """\
blocks:
  two:
    args: {}
    inputs: [x, y]
    layers:
    - {name: j, kind: add, from: [x, y]}
    - {name: k, kind: conv2d, out_channels: 4, kernel_size: 1}
  b:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: d, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: t, kind: two, from: [d, c], when: act}
    - {name: r, kind: relu}
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "a count and a condition with a remainder": """\
blocks:
  b:
    args: {n: 4}
    layers:
    - {kind: conv2d, out_channels: 4, kernel_size: 1, repeat: "n % 3"}
    - {kind: relu, when: n % 2 == 0}
layers:
- {kind: b}
- {kind: b, n: 5}
""",
    "copies in copies": """\
blocks:
  b:
    args: {n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - name: s{index}
      repeat: n
      layers:
      - {name: u, kind: conv2d, repeat: index + 1, out_channels: 3 + index, kernel_size: 1}
      - {name: v, kind: conv2d, out_channels: 4 + index, kernel_size: 1}
layers:
- {kind: b}
- {kind: b, n: 3}
""",
    "an output from within copies": """\
layers:
- {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: m, kind: conv2d, repeat: 3, out_channels: 4, kernel_size: 1}
- {name: d, kind: conv2d, out_channels: 2, kernel_size: 1}
outputs: [d, m.1]
""",
    "a group that branches holds a layer with a long condition": """\
blocks:
  b:
    args: {act: true, width: 4, stride: 1}
    layers:
    - {name: stem_of_the_block, kind: conv2d, out_channels: 4, kernel_size: 1}
    - name: branching
      layers:
      - {name: first_of_the_two_branches, kind: conv2d, out_channels: width,
          kernel_size: 3, padding: 1, bias: false, when: act and width != 7, dilation: 1, padding_mode: reflect}
      - {name: second, kind: conv2d, out_channels: width, kernel_size: 1, from: stem_of_the_block}
      - kind: add
        from: [first_of_the_two_branches, second]
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "copies side by side that are taken by their numbers": """\
let: {n: 3}
layers:
- {name: stem, kind: conv2d, out_channels: 4, kernel_size: 1}
- {name: "side{index}", kind: conv2d, repeat: n, from: stem, out_channels: 4, kernel_size: 1}
- {kind: add, from: [side0, side2]}
- {name: last, kind: concat, from: ["side{n - 2}", add]}
""",
    "an alternative that is also taken by itself": """\
blocks:
  b:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: d, kind: conv2d, out_channels: 4, kernel_size: 1, when: not act}
    - {name: e, kind: conv2d, out_channels: 4, kernel_size: 1, from: c, when: act}
    - {name: t, kind: sigmoid}
    - {name: r, kind: conv2d, out_channels: 4, kernel_size: 1, from: e}
    - {kind: add, from: [t, r]}
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "a choice that another conditional layer stands before": """\
blocks:
  b:
    args: {act: true}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - {name: w, kind: conv2d, out_channels: 4, kernel_size: 1, when: not act}
    - {name: w, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: c, when: act}
    - {name: q, kind: conv2d, out_channels: 4, kernel_size: 1, from: c, when: act}
    - {name: t, kind: sigmoid, from: w}
    - {name: j, kind: add, from: [t, q]}
layers:
- {kind: b}
- {kind: b, act: false}
""",
    "names, a condition and a count that are the larger of fractions": """\
blocks:
  b:
    args: {w: 4}
    let: {mid: "max(1, w / 2)"}
    layers:
    - {name: c, kind: conv2d, out_channels: mid, kernel_size: 1}
    - {name: d, kind: conv2d, out_channels: "min(6, w * 3 / 2)", kernel_size: 1, when: "max(1, w / 4) > 1"}
    - {name: e, kind: conv2d, out_channels: mid, kernel_size: 1, repeat: "max(1, w / 4)"}
    - {name: f, kind: conv2d, out_channels: 4, kernel_size: 1}
layers:
- {kind: b}
- {kind: b, w: 8}
""",
    "copies that count what is left in those that branch": """\
blocks:
  b:
    args: {n: 2}
    layers:
    - {name: c, kind: conv2d, out_channels: 4, kernel_size: 1}
    - name: "s{index}"
      repeat: 2
      layers:
      - {name: "u{index}", kind: conv2d, repeat: "n - index", out_channels: 4, kernel_size: 1}
      - {name: v, kind: conv2d, when: n - index > 1, out_channels: 4, kernel_size: 1}
      - {kind: add, from: [c, v]}
layers:
- {kind: b}
- {kind: b, n: 3}
""",
}
"""By what each has."""
