"use strict";
// Where copies are drawn as one frame, what several boxes in it take from outside arrives at a dot in it: of each copy but the
// first that is what the one before gives, so that a residual's way around begins within.

const DOT = 7;

// The view with a dot in each frame of copies for each value that several boxes in it take.
function withEntries(view) {
  const { data, children, shown } = view, above = new Map();
  for (const [n, inner] of children) inner.forEach((one) => above.set(one, n));
  const framesOf = (n) => (above.has(n) ? [...framesOf(above.get(n)), above.get(n)] : []);
  const groups = new Map();
  for (const arrow of view.arrows) {
    const frames = framesOf(arrow.from);
    const frame = framesOf(arrow.to).find((n) => shown.get(n).box.times > 1 && n !== view.root && !frames.includes(n));
    const key = frame === undefined ? null : `${frame} ${arrow.from} ${arrow.value}`;
    if (key !== null) groups.set(key, { frame, taken: [...(groups.get(key)?.taken ?? []), arrow] });
  }
  const dots = [...groups.values()].filter(({ taken }) => taken.length > 1);
  if (!dots.length) return view;
  const [inner, boxes, arrows] = [new Map(children), new Map(shown), new Set(view.arrows)];
  dots.forEach(({ frame, taken }, k) => {
    const { from, value } = taken[0], n = data.boxes.length + 2 * data.sizes.length + k;
    boxes.set(n, { box: dotOf(n, value), open: false });
    inner.set(frame, [n, ...inner.get(frame)]);
    taken.forEach((arrow) => arrows.delete(arrow));
    const label = taken.map((arrow) => arrow.label).find(Boolean) ?? "", unread = taken.every((arrow) => arrow.unread);
    arrows.add({ from, to: n, value, label, unread, headless: true, ports: [`n${from}`, `into${n}`] });
    for (const arrow of taken) arrows.add({ ...arrow, from: n, label: "", ports: [`from${n}`, `n${arrow.to}`] });
  });
  return { ...view, children: inner, shown: boxes, arrows: withSkips([...arrows]) };
}

function dotOf(n, value) {
  return { n, value, end: true, dot: true, title: "", path: "", lines: [], share: [0, 0], errors: [], warnings: [], paths: [], times: 1, copies: 1 };
}

// A dot for ELK: arrows arrive at its top, and leave as one from below.
function dotSize({ n }) {
  const ports = [["into", "NORTH", 0], ["from", "SOUTH", DOT]].map(([way, side, y]) => (
    { id: `${way}${n}`, x: DOT / 2, y, width: 0, height: 0, layoutOptions: { "elk.port.side": side } }));
  return { width: DOT, height: DOT, ports, layoutOptions: { "elk.portConstraints": "FIXED_POS" } };
}

function dotSvg({ x, y }) {
  return `<circle cx="${round(x + DOT / 2)}" cy="${round(y + DOT / 2)}" r="${DOT / 2}" fill="${INK.line}" class="dot"/>`;
}
