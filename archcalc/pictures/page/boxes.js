"use strict";
// Maps as boxes in proportion, from left to right, as papers draw AlexNet: channels are how thick a box is.

const SLANT = 0.32, SMALL = 12, GAP = 2;
// The signs of what is wrong, and of what is doubtful.
const MARKED = { "✗": "wrong", "!": "doubtful" };

// Sides in pixels: square roots, so that a map of 7 × 7 can be seen beside one of 224 × 224.
function sidesOf(shape) {
  const root = (size, by) => Math.max(2.5, Math.min(230, by * Math.sqrt(size)));
  if (!shape) return { thick: 20, high: 40, deep: 12, unknown: true };
  if (shape.length === 1) return { thick: 7, high: root(shape[0], 2.6), deep: 5 };
  const [channels, high, wide = 1] = shape.length > 3 ? [shape[0], ...shape.slice(-2)] : shape;
  return { thick: root(channels, 1.7), high: root(high, 8), deep: Math.max(3, SLANT * root(wide, 8)) };
}

function inProportion(view) {
  const maps = view.data.maps, [into, from] = [new Set(), new Set()];
  for (const arrow of view.arrows) {
    into.add(arrow.to);
    from.add(arrow.from);
  }
  const wordsOf = (box) => {
    // Where a row is cut it goes on with the same map.
    if (box.end) return [box.lines[0], box.title];
    const named = box.detail && box.title.startsWith(`${box.kind} ${box.detail}`) ? box.title.replace(` ${box.detail}`, "") : box.title;
    const detail = box.chain || !box.inner ? shortened(box.detail, 24) : "", size = view.data.sizes[box.value];
    const marks = box.lines.filter((line) => line[0] in MARKED);
    return [shortened(named, 22), detail === size ? "" : detail, box.family === "output" ? "" : size, ...marks].filter(Boolean);
  };
  const geometry = (box) => {
    const sides = sidesOf(maps[box.value]), words = wordsOf(box);
    const wide = Math.max(sides.thick + sides.deep, ...words.map((text, k) => widthOf(text, SMALL, k === 0)));
    // Between whole numbers, as ELK reckons, arrows are straight.
    return { ...sides, words, port: Math.round(sides.deep + sides.high / 2), width: wide + 2 * GAP, height: sides.high + sides.deep + Math.max(3, words.length) * 14 + GAP };
  };
  const sizeOf = (box) => {
    const { width, height, port: y } = geometry(box);
    return { width, height, ports: [["w", 0, "WEST"], ["e", width, "EAST"]].map(([end, x, side]) => (
      { id: `${end}${box.n}`, x, y, width: 0, height: 0, layoutOptions: { "elk.port.side": side } })),
      layoutOptions: { "elk.portConstraints": "FIXED_POS" } };
  };
  const draw = (node, box) => {
    const { thick, high, deep, words, port, unknown } = geometry(box), left = node.x + (node.width - thick - deep) / 2;
    const top = node.y + deep, middle = node.y + port, mark = markOf(box);
    const edge = `stroke="${INK[mark || "line"]}" stroke-width="${mark ? 2 : 0.9}" stroke-linejoin="round"${unknown ? ' stroke-dasharray="3 3"' : ""}`;
    const face = (points, light) => `<path d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join(" L")} Z" fill="${box.shade}" ${edge}/>${light ? `<path d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join(" L")} Z" fill="#000000" fill-opacity="${light}"/>` : ""}`;
    const [a, b, c, d] = [left, left + thick, top, top + high];
    const ahead = into.has(box.n) ? arrowSvg([{ x: node.x, y: middle }, { x: left, y: middle }], { from: "", to: "" }) : "";
    const behind = from.has(box.n) ? `<path d="M${round(b)} ${round(middle)} L${round(node.x + node.width)} ${round(middle)}" stroke="${INK.line}" stroke-width="1.2"/>` : "";
    const text = words.map((word, k) => textAt(node.x + node.width / 2, d + 14 + 14 * k, word, SMALL, { weight: k === 0 ? "600" : "", fill: INK[MARKED[word[0]] ?? (k === 0 ? "text" : "dim")] }));
    return [behind, face([[b, c], [b + deep, c - deep], [b + deep, d - deep], [b, d]], 0.14),
      face([[a, c], [a + deep, c - deep], [b + deep, c - deep], [b, c]], 0.05), face([[a, c], [b, c], [b, d], [a, d]], 0), ahead, ...text].join("");
  };
  const arrows = view.arrows.map((arrow) => ({ ...arrow, label: "", headless: true, ports: [`e${arrow.from}`, `w${arrow.to}`] }));
  const vectors = [...view.shown.values()].some(({ box, open }) => !open && maps[box.value]?.length === 1);
  const key = "Sides are drawn as the square roots of sizes: height and depth those of a map, thickness its channels" +
    (vectors ? "; the height of what has no map is its features." : ".");
  return { ...view, arrows, sizeOf, draw, key };
}
