"use strict";
// A figure on as many pages, or in as many columns, as it takes to be read: long columns are cut where few values go on, and the pieces stand below
// and beside each other.

// Pixels of a page whose text is 468 × 648 pt (letter or A4 with margins of an inch), below it a caption, and of a column of 252 pt:
// 10 of them are 5 pt. `besides` is how high title and legend are.
const PAPER = { page: { wide: 936, high: 1166, besides: 120 }, column: { wide: 504, high: 1166, besides: 165, column: 504 } }, AROUND = 40;
// What ends and heads of frames add to a piece that is cut off.
const MORE = 170;
// How many values may go on where a column is cut; one, where that can be.
const MOST_GO_ON = 3;

// The heights at which a column can be cut: what is above depends on nothing below, and gives it few values.
function cutsOf(view, laid) {
  const nodes = [];
  const visit = (node) => (view.shown.get(Number(node.id.slice(1))).open ? node.children.forEach(visit)
    : nodes.push({ n: Number(node.id.slice(1)), top: node.y, end: node.y + node.height }));
  laid.children.forEach(visit);
  nodes.sort((one, other) => one.end - other.end);
  const above = new Set(), cuts = [];
  for (const { n, end } of nodes.slice(0, -1)) {
    above.add(n);
    const across = view.arrows.filter(({ from, to }) => above.has(from) !== above.has(to));
    const values = new Set(across.map(({ from, value }) => `${from} ${value}`)).size;
    // A dot is kept with what takes from it, and an end with what it gives to.
    if (values <= MOST_GO_ON && across.every(({ from }) => above.has(from) && !view.shown.get(from).box.end)) {
      cuts.push({ at: end, above: new Set(above), values });
    }
  }
  return cuts;
}

// The boxes of each piece, as few and as equal as pieces of that height can be.
function piecesOf(view, laid, most) {
  const cuts = cutsOf(view, laid), all = [...view.shown].filter(([, { open }]) => !open).map(([n]) => n);
  const parted = (target) => {
    const found = [];
    let start = 0;
    while (laid.height - start > most) {
      const later = cuts.filter(({ at }) => at > start + MORE && laid.height - at > MORE);
      const fits = later.filter(({ at }) => at - start + MORE <= most);
      const fewest = Math.min(...fits.map(({ values }) => values)), off = ({ at }) => Math.abs(at - start - target);
      const next = fits.filter(({ values }) => values === fewest).sort((a, b) => off(a) - off(b))[0] ?? later[0];
      if (!next) break;
      found.push(next);
      start = next.at;
    }
    return found;
  };
  const many = parted(most).length + 1, even = parted(laid.height / many), chosen = even.length < many ? even : parted(most);
  const within = [...chosen.map(({ above }) => above), new Set(all)];
  return within.map((above, k) => new Set(all.filter((n) => above.has(n) && !(k > 0 && within[k - 1].has(n)))));
}

// The view of some of its boxes: what they take from others, and give to them, are boxes that are called by their sizes.
function cutOut(view, kept, before) {
  const { data } = view, ends = new Map(), arrows = [];
  const endOf = (value, entering) => {
    const n = data.boxes.length + 3 * data.sizes.length + 2 * value + entering;
    ends.set(n, { box: { ...dotOf(n, value), dot: false, title: data.sizes[value], lines: [entering ? "continued" : "continues"], family: "input", shade: "#ffffff" }, open: false });
    return n;
  };
  for (const arrow of view.arrows) {
    const [from, to] = [kept.has(arrow.from), kept.has(arrow.to)];
    if (from && to) arrows.push(arrow);
    if (from === to) continue;
    const end = endOf(arrow.value, to ? 1 : 0), [head, tail] = arrow.ports ?? [`n${arrow.from}`, `n${arrow.to}`];
    const moved = from ? { ...arrow, to: end, ports: [head, `n${end}`] } : { ...arrow, from: end, ports: [`n${end}`, tail] };
    if (from && arrows.some((one) => one.from === moved.from && one.to === end)) continue;
    arrows.push({ ...moved, headless: !from && arrow.headless, label: "" });
  }
  const children = new Map(), shown = new Map(ends);
  const keep = (n) => {
    const one = view.shown.get(n);
    if (!one.open) {
      if (kept.has(n)) shown.set(n, one);
      return kept.has(n);
    }
    const inner = (view.children.get(n) ?? []).filter(keep);
    children.set(n, inner);
    const again = n !== view.root && holds(view, n, before);
    shown.set(n, again ? { ...one, box: { ...one.box, frame: `${one.box.frame}, continued`, sum: "" } } : one);
    return inner.length > 0;
  };
  keep(view.root);
  children.set(view.root, [...children.get(view.root), ...ends.keys()]);
  return { ...view, children, shown, arrows: withSkips(arrows) };
}

function holds(view, n, boxes) {
  return boxes.has(n) || (view.children.get(n) ?? []).some((one) => holds(view, one, boxes));
}

// A column, or a block beside, in pieces that are no higher than a page where they can be cut.
async function piecesDrawn(elk, view, how, most) {
  const laid = await laidOut(elk, view, "DOWN");
  if (laid.height <= most) return [how(view, laid)];
  const found = [], before = new Set();
  for (const kept of piecesOf(view, laid, most)) {
    const piece = cutOut(view, kept, before);
    found.push(how(before.size && view.letter ? { ...piece, letter: `${view.letter}, continued` } : piece, await laidOut(elk, piece, "DOWN")));
    kept.forEach((n) => before.add(n));
  }
  return found;
}

// The pieces page by page, each an SVG.
async function inPages(elk, [view, ...beside], paper) {
  const [around, besides] = view.data.plain ? [0, 0] : [AROUND, paper.besides], most = paper.high - besides;
  const pieces = await piecesDrawn(elk, view, drawn, most);
  for (const one of beside) pieces.push(...await piecesDrawn(elk, one, framed, most));
  const pages = [[]];
  let [x, y, wide] = [0, 0, 0];
  for (const piece of pieces) {
    if (y > 0 && y + piece.height > most) [x, y, wide] = [x + wide + BETWEEN_COLUMNS, 0, 0];
    if (x > 0 && x + piece.width > paper.wide - around) [x, y, wide] = (pages.push([]), [0, 0, 0]);
    pages.at(-1).push({ piece, x, y });
    [y, wide] = [y + piece.height + BELOW, Math.max(wide, piece.width)];
  }
  const all = [view, ...beside], whole = { ...view, arrows: all.flatMap((one) => one.arrows), shown: new Map(all.flatMap((one) => [...one.shown])) };
  return pages.map((page, k) => {
    const body = page.map(({ piece, x: left, y: top }) => `<g transform="translate(${round(left)} ${round(top)})">${piece.body}</g>`).join("\n");
    const [width, height] = [Math.max(...page.map(({ piece, x: left }) => left + piece.width)), Math.max(...page.map(({ piece, y: top }) => top + piece.height))];
    const title = pages.length > 1 ? `${view.data.title} (${k + 1} of ${pages.length})` : view.data.title;
    return svgOf({ ...whole, data: { ...view.data, title } }, { body, width, height }, paper.column);
  });
}
