"use strict";
// A figure for a page: the network, and beside it blocks that are closed in it, each by itself.

const BETWEEN_COLUMNS = 26, BELOW = 20;
// How wide a page is for its height, and how much longer than the longest piece a column may be.
const PAGE = 0.7, LONGER = [1, 1.1, 1.2, 1.35, 1.5];

// The view of the network and those of the blocks beside, each of which has a letter.
function figureOf(data) {
  const letters = new Map(data.beside.map(([n], k) => [data.boxes[n].form, "abcdefghijklmnopqrstuvwxyz"[k] ?? k + 1]));
  const beside = data.beside.map(([n, open]) => withEnds({ ...viewOf(data, new Set(open), n, letters), letter: letters.get(data.boxes[n].form) }));
  return [viewOf(data, new Set(data.open), 0, letters), ...beside].map(withEntries);
}

// With what a block takes and gives as boxes of their own, which are called by their sizes.
function withEnds(view) {
  const { data, within, shown, root } = view, ends = new Map(), arrows = new Map();
  const endOf = (value, entering) => {
    const n = data.boxes.length + 2 * value + entering;
    const none = { lines: [], share: [0, 0], errors: [], warnings: [], times: 1, copies: 1, paths: [] };
    ends.set(n, { box: { ...none, n, end: true, title: data.sizes[value], family: "input", shade: "#ffffff", value }, open: false });
    return n;
  };
  for (const [source, target, value, only] of data.arrows) {
    const [one, other] = [within.get(source), within.get(target)];
    if ((one === undefined) === (other === undefined)) continue;
    const [from, to] = one === undefined ? [endOf(value, 1), other] : [one, endOf(value, 0)];
    const key = `${from} ${to}`;
    arrows.set(key, { from, to, value, unread: only && (arrows.get(key)?.unread ?? true), label: "" });
  }
  const children = new Map(view.children).set(root, [...(view.children.get(root) ?? []), ...ends.keys()]);
  const padding = `[top=${headOf(shown.get(root).box)},left=${SIDE},bottom=${SIDE},right=${SIDE}]`;
  return { ...view, children, padding, shown: new Map([...shown, ...ends]), arrows: withSkips([...view.arrows, ...arrows.values()]) };
}

// A block by itself, in a frame.
function framed(view, laid) {
  const box = view.shown.get(view.root).box, inner = drawn(view, laid);
  const title = shortened(`(${view.letter}) ${box.full}`, 80), wide = Math.max(inner.width, 24 + Math.max(widthOf(title, 12, true), widthOf(box.sum, SIZE.line)));
  const above = [textAt(12, 19, title, 12, { weight: "600", anchor: "start" })];
  if (box.sum) above.push(textAt(12, 19 + STEP, box.sum, SIZE.line, { fill: INK.dim, anchor: "start", kind: "dim" }));
  const frame = rect({ x: 0, y: 0, width: wide, height: inner.height }, box, INK.frame, "frame");
  const body = `<g transform="translate(${round((wide - inner.width) / 2)} 0)">${inner.body}</g>`;
  return { body: `<g class="beside">${frame}${above.join("")}${body}</g>`, width: wide, height: inner.height };
}

// The network in the first column, and the blocks in others, as long as makes all of it the largest on a page.
async function inColumns(elk, view, beside) {
  const pieces = [drawn(view, await laidOut(elk, view, "DOWN"))];
  if (!beside.length) return pieces[0];
  for (const one of beside) pieces.push(framed(one, await laidOut(elk, one, "DOWN")));
  const high = Math.max(...pieces.map(({ height }) => height));
  const sizeOf = ({ width, height }) => Math.max(width / PAGE, height);
  return LONGER.map((by) => stacked(pieces, by * high)).sort((one, other) => sizeOf(one) - sizeOf(other))[0];
}

function stacked(pieces, most) {
  let [x, y, wide, high] = [0, 0, 0, 0];
  const placed = pieces.map(({ body, width, height }, k) => {
    if (k === 1 || (k > 0 && y + height > most)) [x, y, wide] = [x + wide + BETWEEN_COLUMNS, 0, 0];
    const moved = `<g transform="translate(${round(x)} ${round(y)})">${body}</g>`;
    high = Math.max(high, y + height);
    [y, wide] = [y + height + BELOW, Math.max(wide, width)];
    return moved;
  });
  return { body: placed.join("\n"), width: x + wide, height: high };
}
