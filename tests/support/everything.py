"""A spec with all that the bundled ones do not use: names defined by each other, words, lists, claims with reasons."""

EVERYTHING = """\
archcalc: 1
name: Everything
source: by hand
input: [channels, size + 1, 2*size]
let: {classes: 10, wide: 2*width, width: "max(classes, 8) // 2", channels: 3, size: 16, rate: 0.25, deep, on: true}
blocks:
  unit:
    args: {out, k: 1, list: [1, 3]}
    let: {half: in_channels // 2, more: half + out}
    layers:
      - {name: conv, kind: conv2d, out_channels: more, kernel_size: k, padding: k // 2, bias: not on}
      - {name: tall, kind: conv2d, out_channels: out, kernel_size: list, padding: same,
         expect: {params: {claimed: 9, because: no}}}
      - {kind: add, from: [tall, input], when: in_channels == out}
  both:
    inputs: [x, skip]
    layers:
      - {name: x, kind: unit, from: x, out: skip_channels}
      - {kind: concat, from: [x, skip]}
  norm: {use: blocks/conv_bn_relu.yaml}
layers:
  - {name: "a{index + 1}", kind: unit, repeat: deep, out: 4 + index}
  - {name: b, repeat: 2, kind: norm, out_channels: 4, kernel_size: 1}
  - {when: on and deep > 1, layers: [{name: c, kind: relu, from: b.0}, {name: d, kind: both, from: [c, b]}]}
  - name: stem
    layers:
      - {kind: conv2d, out_channels: wide, kernel_size: 3, padding: same}
      - {kind: conv2d, out_channels: width, kernel_size: [3, 1], padding: [1, 0], padding_mode: reflect, bias: false}
      - {kind: batch_norm2d, num_features: width}
      - name: inner
        layers:
          - {kind: prelu, num_parameters: width, init: 0.3}
          - {kind: prelu, init: {weight: ones}}
  - {kind: adaptive_avg_pool2d, output_size: [4, null], expect: {shape: [8, 4, 4], because: a slip}}
  - {kind: flatten, start_dim: 1}
  - {kind: dropout, p: rate}
  - {name: out, kind: linear, out_features: classes, expect: {params: 0.3k, macs: {claimed: 1M, because: no}}}
  - {kind: softmax, dim: -1}
init: {weight: {normal: {std: 0.01}}, bias: 0}
train:
  optimizer: {kind: sgd, lr: 0.1}
  schedule: {kind: step_lr, step_size: 3}
  batch_size: 8
  epochs: 1
expect: {params: {claimed: 1M, because: "so it says"}}
presets:
  one: {let: {deep: 1}, title: The one}
  two: {let: {deep: 2, on: false}, input: [3, 16, 16], expect: {macs: {claimed: 1, because: nothing}}}
outputs: [out, b.1]
"""
