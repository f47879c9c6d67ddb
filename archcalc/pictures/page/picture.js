"use strict";
// From boxes and arrows to an SVG: what is open, and how it is drawn. `layout.js` asks ELK where.
// The page and the command line run the same code. It touches no document, and all text goes through `escaped`.

const SIZE = { title: 13, line: 11, label: 10, head: 17, legend: 11 };
const PAD = 10, STEP = 15, FRAME = 30, BAR = 4;
const INK = { text: "#1c2430", dim: "#5f6b7a", line: "#5f6b7a", frame: "#f6f7f9", wrong: "#c62828", doubtful: "#b06000", skip: "#8fa3b8", track: "#dde2e8", page: "#ffffff",
  params: "#2f6fb3", macs: "#d98324" };

// Helvetica's widths, in thousandths, from the space on.
const WIDTHS = [278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, ...Array(10).fill(556),
  278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667,
  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
  556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584];

function widthOf(text, size, bold = false) {
  let sum = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0);
    sum += WIDTHS[code - 32] ?? (code >= 0x1100 ? 1000 : 600);
  }
  return Math.ceil(sum * size * (bold ? 1.08 : 1.02) / 1000);
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// A text as far as it is no wider.
function clipped(text, wide, size, bold) {
  let shown = text;
  while (shown.length > 1 && widthOf(shown, size, bold) > wide) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

function shortened(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// The boxes of `root` that are shown where those of `open` are open, and the arrows between those that are not.
// Blocks whose form has a letter are drawn beside, and have it in their titles.
function viewOf(data, open, root = 0, letters = new Map()) {
  const shown = new Map(), within = new Map(), children = new Map(), likes = new Map();
  for (const box of data.boxes) {
    const above = box.parent;
    if (box.n === root || (shown.has(above) && shown.get(above).open)) {
      const one = { box, open: box.inner && (box.n === root || open.has(box.n)) };
      if (one.open && box.form && !likes.has(box.form)) likes.set(box.form, box);
      shown.set(box.n, one);
      within.set(box.n, box.n);
      if (box.n !== root) children.set(above, [...(children.get(above) ?? []), box.n]);
    } else if (within.has(above)) {
      within.set(box.n, within.get(above));
    }
  }
  // Closed blocks are said to be like the first open one that differs in nothing but sizes.
  const referred = new Set();
  for (const one of shown.values()) {
    if (!one.open && letters.has(one.box.form)) {
      one.box = { ...one.box, title: `(${letters.get(one.box.form)}) ${one.box.title}` };
      continue;
    }
    const first = one.open ? undefined : likes.get(one.box.form);
    if (first === undefined) continue;
    referred.add(first.n);
    const block = one.box.lines[0] === one.box.kind ? `${one.box.kind} ` : "";
    one.box = { ...one.box, lines: [`${block}like ${first.path}`, ...one.box.lines.slice(block ? 1 : 0)] };
  }
  // What is drawn for others, too, says what these have otherwise.
  const standing = (n) => n !== null && (referred.has(n) || standing(data.boxes[n].parent));
  for (const [n, one] of shown) {
    if (!one.box.varied || !(root !== 0 || standing(n))) continue;
    const [title, lines] = one.box.varied;
    one.box = { ...one.box, title, lines };
  }
  for (const n of referred) shown.get(n).box = { ...shown.get(n).box, frame: shown.get(n).box.full };
  const arrows = new Map(), told = new Set();
  for (const [source, target, value, only] of data.arrows) {
    const [from, to] = [within.get(source), within.get(target)];
    const key = `${from} ${to} ${value}`;
    if (from === to || from === undefined || to === undefined) continue;
    arrows.set(key, { from, to, value, unread: only && (arrows.get(key)?.unread ?? true), label: "" });
  }
  // A value that goes to several boxes has its size on the first arrow along which values go.
  for (const arrow of arrows.values()) {
    const first = !arrow.unread && !told.has(`${arrow.from} ${arrow.value}`);
    if (first) told.add(`${arrow.from} ${arrow.value}`);
    if (first) arrow.label = data.sizes[arrow.value];
  }
  return { data, shown, within, children, root, arrows: withSkips([...arrows.values()]) };
}

// An arrow skips where another way leads to the same place, and values go along both.
function withSkips(arrows) {
  const next = new Map();
  for (const { from, to } of arrows.filter(({ unread }) => !unread)) next.set(from, new Set([...(next.get(from) ?? []), to]));
  const reaches = (from, to, seen) => from === to || (!seen.has(from) && seen.add(from) &&
    [...(next.get(from) ?? [])].some((n) => reaches(n, to, seen)));
  return arrows.map((arrow) => {
    const others = [...(next.get(arrow.from) ?? [])].filter((n) => n !== arrow.to), seen = new Set();
    return { ...arrow, skips: !arrow.unread && others.some((n) => reaches(n, arrow.to, seen)) };
  });
}

// How large a view is to lay out: its boxes, and how many its arrows pass.
function extentOf(one) {
  const closed = [...one.shown].filter(([, { open }]) => !open).map(([n]) => n);
  const order = new Map(closed.map((n, place) => [n, place]));
  return [closed.length, one.arrows.reduce((sum, { from, to }) => sum + order.get(to) - order.get(from), 0)];
}

function measured(box) {
  const lines = box.lines.map((line) => shortened(line, 60)), title = shortened(box.title, 48);
  const bars = (box.share[0] > 0) + (box.share[1] > 0);
  const width = Math.max(widthOf(title, SIZE.title, true), ...lines.map((line) => widthOf(line, SIZE.line)), 34);
  return { title, lines, bars, width: width + 2 * PAD, height: PAD + 5 + STEP * (1 + lines.length) + bars * (BAR + 1) };
}

function textAt(x, y, text, size, { fill = INK.text, weight = "", anchor = "middle", kind = "", ground = "" } = {}) {
  const bold = weight ? ` font-weight="${weight}"` : "", named = kind ? ` class="${kind}"` : "";
  const around = ground ? ` stroke="${ground}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : "";
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${bold}${named}${around} text-anchor="${anchor}">${escaped(text)}</text>`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function boxSvg(node, box) {
  const { title, lines, bars } = measured(box), middle = node.x + node.width / 2;
  let y = node.y + PAD + 9;
  const parts = [textAt(middle, y, title, SIZE.title, { weight: "600" })];
  for (const line of lines) {
    y += STEP;
    const kind = { "✗": "wrong", "!": "doubtful" }[line[0]] ?? "dim";
    parts.push(textAt(middle, y, line, SIZE.line, { fill: INK[kind], weight: kind === "dim" ? "" : "600", kind }));
  }
  y = node.y + node.height - 2 - bars * (BAR + 1);
  for (const [k, what] of ["params", "macs"].entries()) {
    if (box.share[k] > 0) {
      const whole = node.width - 2 * PAD, wide = Math.max(1, box.share[k] * whole);
      parts.push(`<rect x="${round(node.x + PAD)}" y="${round(y)}" width="${round(whole)}" height="${BAR - 1}" rx="1" fill="${INK.track}" class="track"/>`);
      parts.push(`<rect x="${round(node.x + PAD)}" y="${round(y)}" width="${round(wide)}" height="${BAR - 1}" rx="1" fill="${INK[what]}" class="${what}"/>`);
      y += BAR + 1;
    }
  }
  const behind = [6, 3].slice(box.times > 1 ? 0 : 2).map((by) => rect({ ...node, x: node.x + by, y: node.y + by }, box));
  return `${behind.join("")}${rect(node, box)}${parts.join("")}`;
}

function markOf(box) {
  return box.errors.length ? "wrong" : box.warnings.length ? "doubtful" : "";
}

function rect({ x, y, width, height }, box, fill = box.shade, kind = "box") {
  const round_ = box.family === "input" || box.family === "output" ? height / 2 : 6;
  const mark = markOf(box);
  const dashed = box.training ? ' stroke-dasharray="4 3"' : "";
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${round_}" fill="${fill}" stroke="${INK[mark || "line"]}" stroke-width="${mark ? 2.5 : 1}"${dashed} class="${kind}${mark ? ` ${mark}` : ""}"/>`;
}

// A line of right angles, its corners rounded, and a head at its end.
function arrowSvg(points, { from, to, unread, headless, skips }) {
  const last = points[points.length - 1], before = points[points.length - 2];
  const length = Math.hypot(last.x - before.x, last.y - before.y) || 1;
  const [dx, dy] = [(last.x - before.x) / length, (last.y - before.y) / length];
  const head = headless ? last : { x: last.x - 7 * dx, y: last.y - 7 * dy }, ink = skips ? INK.skip : INK.line;
  const line = [...points.slice(0, -1), head];
  let path = `M${round(line[0].x)} ${round(line[0].y)}`;
  for (let k = 1; k < line.length; k++) {
    const [a, b, c] = [line[k - 1], line[k], line[k + 1]];
    if (c === undefined) { path += ` L${round(b.x)} ${round(b.y)}`; continue; }
    const r = Math.min(7, Math.hypot(b.x - a.x, b.y - a.y) / 2, Math.hypot(c.x - b.x, c.y - b.y) / 2);
    const towards = (p) => { const d = Math.hypot(p.x - b.x, p.y - b.y) || 1; return `${round(b.x + r * (p.x - b.x) / d)} ${round(b.y + r * (p.y - b.y) / d)}`; };
    path += ` L${towards(a)} Q${round(b.x)} ${round(b.y)} ${towards(c)}`;
  }
  const wide = skips ? 4.5 : 3.5;
  const wing = (side) => `${round(head.x + side * wide * dy)} ${round(head.y - side * wide * dx)}`;
  const tip = headless ? "" : `<path d="M${round(last.x)} ${round(last.y)} L${wing(1)} L${wing(-1)} Z" fill="${ink}"/>`;
  return `<g class="arrow${skips ? " skip" : ""}" data-from="${from}" data-to="${to}"><path d="${path}" fill="none" stroke="${ink}" stroke-width="${skips ? 2.6 : 1.2}"${unread ? ' stroke-dasharray="3 3"' : ""}/>${tip}</g>`;
}

// Of how many copies its numbers are.
function copiesOf(box) {
  const all = box.times > 1 ? `the numbers are of all ${box.times}` : "";
  return [all, box.copies > 1 ? `${all ? "in" : "the numbers are of"} one of ${box.copies}` : ""].filter(Boolean).join(", ");
}

function toldOf(box, size) {
  const found = [[box.params, "parameters"], [box.macs, "MACs"]].filter(([text]) => text).map(([text, what]) => `\n${what}: ${text}`);
  const counts = [...found, ...(found.length && copiesOf(box) ? [`\n${copiesOf(box)}`] : [])].join("");
  const sees = box.sees ? `\nsees ${box.sees}` : "", line = box.line === null ? "" : `\nline ${box.line}`;
  return `${box.path || box.title}${box.kind ? `: ${box.kind}` : ""}\ngives ${size}${counts}${sees}${line}${[...box.errors, ...box.warnings].map((text) => `\n${text}`).join("")}`;
}

// The parts of the picture, without what stands around it.
function drawn(view, laid, boxOf = boxSvg) {
  const frames = [], boxes = [], names = [];
  const visit = (node) => {
    const n = Number(node.id.slice(1)), { box, open } = view.shown.get(n);
    const told = `<title>${escaped(toldOf(box, view.data.sizes[box.value] ?? "?"))}</title>`;
    const group = (inner, kind) => `<g class="${kind}" data-n="${n}">${told}${inner}</g>`;
    if (open) {
      frames.push(group(rect(node, box, INK.frame, "frame"), "open"));
      // Above the arrows, which are seen between its lines: only its letters have ground of their own.
      const left = laid.titles.get(n), room = node.x + node.width - 10 - left;
      const name = clipped(shortened(box.frame, 60), room, 12, true), sum = clipped(box.sum, room, SIZE.line);
      const above = (by, text, size, how) => textAt(left, node.y + by, text, size, { anchor: "start", ground: INK.frame, ...how });
      const below = sum ? above(19 + STEP, sum, SIZE.line, { fill: INK.dim, kind: "dim" }) : "";
      names.push(group(`${above(19, name, 12, { weight: "600" })}${below}`, "name"));
      node.children.forEach(visit);
    } else {
      boxes.push(box.dot ? dotSvg(node) : box.end ? boxOf(node, box) : group(boxOf(node, box), box.inner ? "closed" : "leaf"));
    }
  };
  laid.children.forEach(visit);
  const arrows = [], labels = [];
  laid.edges.forEach((edge, k) => {
    for (const { startPoint, bendPoints = [], endPoint } of edge.sections ?? []) {
      arrows.push(arrowSvg([startPoint, ...bendPoints, endPoint], view.arrows[k]));
    }
    for (const label of (edge.labels ?? []).filter(({ text }) => text.trim())) {
      labels.push(textAt(label.x + label.width / 2, label.y + label.height - 3, label.text, SIZE.label, { fill: INK.dim, kind: "dim" }));
    }
  });
  return { body: [...frames, ...arrows, ...names, ...boxes, ...labels, ...(view.besides ?? [])].join("\n"), width: laid.width, height: laid.height };
}

// What bars, lines and edges mean, as far as they are there, in rows no wider than `most` where that can be.
function legend(view, left, y, most, column = 0) {
  if (view.key) {
    const rows = column ? rowsOf(view.key, most, " ") : [view.key];
    const text = rows.map((row, k) => textAt(left, y + STEP * k, row, SIZE.legend, { fill: INK.dim, anchor: "start", kind: "dim" }));
    return { text: text.join(""), width: Math.max(...rows.map((row) => widthOf(row, SIZE.legend))), rows: rows.length };
  }
  const { boxes, whole } = view.data, all = boxes.some((box) => box.copies > 1) ? ", all copies" : "";
  const bar = (what) => `<rect x="0" y="-6" width="18" height="${BAR - 1}" rx="1" fill="${INK[what]}" class="${what}"/>`;
  const line = (ink, how) => `<path d="M0 -4 h18" stroke="${ink}" ${how}/>`;
  const entries = [
    [boxes.some((box) => box.share[0] > 0), bar("params"), `share of ${whole} parameters${all}`],
    [boxes.some((box) => box.share[1] > 0), bar("macs"), `share of ${whole} MACs${all}`],
    [view.arrows.some(({ skips }) => skips), line(INK.skip, 'stroke-width="2.6"'), "skip"],
    [view.arrows.some(({ unread }) => unread), line(INK.line, 'stroke-width="1.2" stroke-dasharray="3 3"'), "no values, only sizes or a place"],
    [[...view.shown.values()].some(({ box }) => box.training),
      `<rect x="0" y="-9" width="18" height="11" rx="3" fill="none" stroke="${INK.line}" stroke-dasharray="4 3"/>`, "in training only"],
  ];
  const told = [];
  let [x, row, width] = [0, 0, 0];
  for (const [, mark, text] of entries.filter(([there]) => there)) {
    const wide = 23 + widthOf(text, SIZE.legend);
    if (x > 0 && x + wide > most) [x, row] = [0, row + 1];
    const words = textAt(23, 0, text, SIZE.legend, { fill: INK.dim, anchor: "start", kind: "dim" });
    told.push(`<g transform="translate(${round(left + x)} ${round(y + STEP * row)})">${mark}${words}</g>`);
    width = Math.max(width, x + wide);
    x += wide + 17;
  }
  return { text: told.join(""), width, rows: row + 1 };
}

// Words between dots, or others, in rows no wider than `most` where that can be.
function rowsOf(words, most, between = " · ") {
  return words.split(between).reduce((rows, word) => {
    const longer = rows.length ? `${rows.at(-1)}${between}${word}` : word;
    return rows.length && widthOf(longer, SIZE.legend) <= most ? [...rows.slice(0, -1), longer] : [...rows, word];
  }, []);
}

// The whole picture, as it is drawn, as a file of its own; where it is for a column, as wide as that.
function svgOf(view, { body, width, height }, column = 0) {
  const { title, told, errors, plain } = view.data;
  if (plain) return framedSvg(title, Math.max(width, column), height, [moved(Math.max(0, column - width) / 2, 0, body)]);
  const least = column ? column - 40 : Math.max(widthOf(told, SIZE.legend), 290);
  const most = Math.max(width, widthOf(title, SIZE.head, true), least), key = legend(view, 20, 0, most, column);
  const wide = Math.max(most, key.width) + 40, rows = rowsOf(told, most), above = 31 + 16 * rows.length;
  const wrong = errors.map((text, k) => textAt(20, above + 25 + 16 * k, shortened(text, 110), SIZE.line, { fill: INK.wrong, anchor: "start" }));
  const top = above + 13 + 16 * errors.length, lower = top + height + 28;
  return framedSvg(title, wide, lower + STEP * (key.rows - 1) + 16, [
    textAt(20, 28, title, SIZE.head, { weight: "700", anchor: "start" }),
    ...rows.map((text, k) => textAt(20, 47 + 16 * k, text, SIZE.legend, { fill: INK.dim, anchor: "start" })),
    ...wrong,
    moved((wide - width) / 2, top, body),
    legend(view, 20, lower, most, column).text,
  ]);
}

function moved(x, y, body) {
  return `<g transform="translate(${round(x)} ${round(y)})">\n${body}\n</g>`;
}

function framedSvg(title, wide, high, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(wide)} ${round(high)}" width="${round(wide)}" height="${round(high)}" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${INK.page}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}
