"""A spec whose names are markup, script, and the signs with which languages of pictures end a string."""

from __future__ import annotations

STRANGE = """\
archcalc: 1
name: 'x"]; evil [label="<script>alert(1)</script>`&quot;\\'
input: [3, 8, 8]
layers:
  - {name: one, kind: 're"lu"] --> `evil`; %% <b>\\"'}
  - name: group
    layers: [{name: end, kind: relu}, {name: subgraph, kind: relu}, {name: node, kind: max_pool2d, kernel_size: 99}]
"""
