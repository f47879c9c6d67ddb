"use strict";
// A U: maps halve down the left and double up the right, and skips go straight across. No layout is asked for: rows
// and columns follow from the sizes.

const COLUMN = 35, TALL = 118, DEEP = 5, NUMBER = 11, ABOVE = 16, BETWEEN = 40, MARGIN = 12;

// Where each box of the rows stands: a row on the left begins below the end of the one above, on the right above it.
function columnsOf(rows) {
  const at = new Map(), ends = [];
  let next = 0;
  for (const { down } of rows) {
    down.forEach((n, k) => at.set(n, next + k));
    next += down.length - 1;
    ends.push(next);
  }
  [...rows.entries()].reverse().forEach(([row, { up }]) => {
    if (!up.length) return;
    next = Math.max(next, ends[row] + 2);
    up.forEach((n, k) => at.set(n, next + k));
    next += up.length - 1;
  });
  return at;
}

const sideOf = (shape) => Math.pow(shape.slice(1).reduce((one, other) => one * other, 1), 1 / (shape.length - 1));
const placesOf = (shape) => shape.slice(1).join(" × ");

// A shade for each thing that is done, stronger where several are of one family.
function shadesOf(boxes) {
  const found = new Map(), often = new Map();
  for (const { word, shade, family } of boxes) {
    if (found.has(word) || family === "input" || family === "output") continue;
    const before = often.get(shade) ?? 0;
    often.set(shade, before + 1);
    found.set(word, stronger(shade, 1 + 0.9 * Math.min(before, 3)));
  }
  return found;
}

// Further from white, in the same hue.
function stronger(shade, by) {
  const parts = [1, 3, 5].map((k) => Math.max(0, Math.round(255 - by * (255 - parseInt(shade.slice(k, k + 2), 16)))));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

// The view, what is laid out, and how a box is drawn: what svgOf takes.
function inU(view, u) {
  const at = columnsOf(u.rows), boxOf = new Map(u.rows.flatMap(({ down, up }) => [...down, ...up]).map((n) => [n, view.shown.get(n).box]));
  const shapeOf = (n) => view.data.maps[boxOf.get(n).value], shades = shadesOf(boxOf.values());
  const largest = Math.max(...[...boxOf.keys()].map((n) => sideOf(shapeOf(n))));
  const tall = (n) => Math.max(12, TALL * Math.sqrt(sideOf(shapeOf(n)) / largest));
  const thick = (n) => Math.max(3, Math.min(COLUMN - DEEP - 4, 0.8 * Math.sqrt(shapeOf(n)[0])));
  const nodes = new Map(), rowOf = new Map();
  let top = ABOVE + DEEP + 12;
  for (const [row, { down, up }] of u.rows.entries()) {
    const all = [...down, ...up], high = Math.max(...all.map(tall));
    for (const n of all) {
      rowOf.set(n, row);
      nodes.set(n, { id: `n${n}`, x: MARGIN + at.get(n) * COLUMN, y: top + (high - tall(n)) / 2, width: COLUMN, height: tall(n) });
    }
    top += high + ABOVE + DEEP + BETWEEN;
  }

  const middle = (n) => nodes.get(n).x + COLUMN / 2;
  const sides = (n) => [middle(n) - (thick(n) + DEEP) / 2, middle(n) + (thick(n) + DEEP) / 2];
  const rises = new Set(), falls = new Set(), fromAbove = new Set(), fromBelow = new Set();
  const links = u.links.map(([from, to]) => {
    const [one, other] = [nodes.get(from), nodes.get(to)];
    if (rowOf.get(from) === rowOf.get(to) && at.get(to) - at.get(from) === 1) {
      const y = one.y + 0.6 * one.height;
      return { from, to, points: [{ x: sides(from)[1], y }, { x: sides(to)[0], y }] };
    }
    if (rowOf.get(from) === rowOf.get(to)) {
      const y = Math.min(one.y, other.y) - DEEP - ABOVE - 3;
      return { from, to, points: [{ x: middle(from), y: one.y - DEEP }, { x: middle(from), y }, { x: middle(to), y }, { x: middle(to), y: other.y - DEEP }] };
    }
    if (other.y > one.y) {
      falls.add(from);
      fromAbove.add(to);
      return { from, to, points: [{ x: middle(from), y: one.y + one.height }, { x: middle(to), y: other.y - DEEP }] };
    }
    fromBelow.add(to);
    const end = { x: middle(to), y: other.y + other.height };
    if (middle(from) === middle(to)) {
      rises.add(from);
      return { from, to, points: [{ x: middle(from), y: one.y - DEEP }, end] };
    }
    const y = one.y + one.height / 2;
    return { from, to, points: [{ x: sides(from)[1], y }, { x: middle(to), y }, end] };
  });
  const skips = u.skips.map(({ source: from, target: to, through }) => {
    const y = nodes.get(to).y + 0.25 * nodes.get(to).height, start = { x: sides(from)[1], y };
    const label = [...new Set(through)].join(", ");
    return { from, to, skips: true, points: [start, { x: sides(to)[0], y }],
      labels: label ? [{ text: label, x: start.x + 14, y: y - 18, width: widthOf(label, SIZE.label), height: SIZE.label + 3 }] : [] };
  });
  const arrows = [...skips, ...links];

  const draw = (node, box) => {
    const n = box.n, [left] = sides(n), wide = thick(n), { y, height } = node, shade = shades.get(box.word) ?? box.shade;
    const edge = `stroke="${INK[markOf(box) || "line"]}" stroke-width="0.9" stroke-linejoin="round"`;
    const face = (points, dark) => {
      const path = `<path d="M${points.map(([a, b]) => `${round(a)} ${round(b)}`).join(" L")} Z"`;
      return `${path} fill="${shade}" ${edge}/>${dark ? `${path} fill="#000000" fill-opacity="${dark}"/>` : ""}`;
    };
    const [a, b, c, d] = [left, left + wide, y, y + height];
    const ends = box.family === "input" || box.family === "output";
    // Beside an arrow that comes from above, or goes there, on the side where no box is.
    const [x, anchor] = fromAbove.has(n) ? [middle(n) - 5, "end"] : rises.has(n) ? [middle(n) + 5, "start"] : [middle(n), "middle"];
    const texts = [textAt(x, y - DEEP - 4, shapeOf(n)[0], NUMBER, { anchor })];
    if (ends) texts.push(textAt(middle(n), y - DEEP - 16, box.title, NUMBER, { weight: "600" }));
    return [face([[b, c], [b + DEEP, c - DEEP], [b + DEEP, d - DEEP], [b, d]], 0.14),
      face([[a, c], [a + DEEP, c - DEEP], [b + DEEP, c - DEEP], [b, c]], 0.05), face([[a, c], [b, c], [b, d], [a, d]], 0), ...texts].join("");
  };

  // The size of the maps below the first of each row, and wherever it changes within one.
  const besides = [];
  let squares = "";
  for (const { down, up } of u.rows) {
    const all = [...down, ...up], changes = new Set(all.map((n) => placesOf(shapeOf(n)))).size > 1;
    all.forEach((n, k) => {
      const sizes = shapeOf(n).slice(1), square = changes && sizes.length === 2 && sizes[0] === sizes[1];
      if (k > 0 && n !== up[0] && placesOf(shapeOf(all[k - 1])) === placesOf(shapeOf(n))) return;
      if (k > 0 && !changes) return;
      if (square) squares = `, and ${sizes[0]}² a size of ${sizes[0]} × ${sizes[0]}`;
      // Beside an arrow below, on the side where no box is.
      const [by, anchor] = falls.has(n) ? [5, "start"] : fromBelow.has(n) ? [-5, "end"] : [0, "middle"];
      const text = square ? `${sizes[0]}²` : placesOf(shapeOf(n));
      besides.push(textAt(middle(n) + by, nodes.get(n).y + nodes.get(n).height + 13, text, 10, { fill: INK.dim, anchor }));
    });
  }

  const width = MARGIN * 2 + COLUMN * (1 + Math.max(...at.values()));
  let [x, y] = [0, top];
  const key = [...[...shades].map(([text, shade]) => [text, `<rect x="0" y="-9" width="11" height="11" fill="${shade}" stroke="${INK.line}" stroke-width="0.8"/>`]),
    ["skip", `<path d="M0 -4 L13 -4" fill="none" stroke="${INK.skip}" stroke-width="2.6"/>`]];
  for (const [text, mark] of key) {
    const wide = widthOf(text, SIZE.legend) + 36;
    if (x > 0 && x + wide > width) [x, y] = [0, y + 18];
    besides.push(`<g transform="translate(${round(x)} ${round(y)})">${mark}${textAt(18, 0, text, SIZE.legend, { fill: INK.dim, anchor: "start" })}</g>`);
    x += wide;
  }
  const edges = arrows.map(({ points, labels = [] }) => ({ labels, sections: [{ startPoint: points[0], bendPoints: points.slice(1, -1), endPoint: points[points.length - 1] }] }));
  const laid = { width, height: y + 4, children: [...nodes.values()], edges };
  const note = `A number above a box is its channels${squares}. Heights are square roots of sizes, thickness of channels.`;
  return [{ ...view, arrows, besides, key: note }, laid, draw];
}
