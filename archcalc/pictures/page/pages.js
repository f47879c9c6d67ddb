"use strict";
// A figure on as many pages, or in as many columns, as it takes to be read: long columns are cut where few values go on, and the pieces stand below
// and beside each other.

// Pixels of a page whose text is 468 × 648 pt (letter or A4 with margins of an inch), below it a caption, and of a column of 252 pt:
// 10 of them are 5 pt. `besides` is how high title and legend are.
const PAPER = { page: { wide: 936, high: 1166, besides: 120 }, column: { wide: 504, high: 1166, besides: 165, column: 504 } }, AROUND = 40;
// How many values may go on where a column is cut; one, where that can be.
const MOST_GO_ON = 3;
// How often pieces that come out too long are cut anew.
const TRIES = 5;

// Which way a picture goes on, and what its ends and the heads of frames add to a piece that is cut off; `enters` to the last one.
const DOWN = { at: "y", size: "height", elk: "DOWN", least: 170, more: 170, enters: 0 };
const RIGHT = { at: "x", size: "width", elk: "RIGHT", least: 80, more: 135, enters: 135 };

// Where a column, or a row, can be cut: what is before depends on nothing behind, and gives it few values.
function cutsOf(view, laid, way) {
  const nodes = [];
  const visit = (node) => (view.shown.get(Number(node.id.slice(1))).open ? node.children.forEach(visit)
    : nodes.push({ n: Number(node.id.slice(1)), end: node[way.at] + node[way.size] }));
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

// The boxes of each piece, as few and as equal as pieces of that length can be.
function piecesOf(view, laid, most, way) {
  const long = laid[way.size], cuts = cutsOf(view, laid, way), all = [...view.shown].filter(([, { open }]) => !open).map(([n]) => n);
  const parted = (target) => {
    const found = [];
    let start = 0;
    while (long - start + (start > 0 ? way.enters : 0) > most) {
      const later = cuts.filter(({ at }) => at > start + way.least && long - at > way.least);
      const fits = later.filter(({ at }) => at - start + way.more <= most);
      const fewest = Math.min(...fits.map(({ values }) => values)), off = ({ at }) => Math.abs(at - start - target);
      const next = fits.filter(({ values }) => values === fewest).sort((a, b) => off(a) - off(b))[0] ?? later[0];
      if (!next) break;
      found.push(next);
      start = next.at;
    }
    return found;
  };
  const many = parted(most).length + 1, even = parted(long / many), chosen = even.length < many ? even : parted(most);
  const within = [...chosen.map(({ above }) => above), new Set(all)];
  return within.map((above, k) => new Set(all.filter((n) => above.has(n) && !(k > 0 && within[k - 1].has(n)))));
}

// The view of some of its boxes: what they take from others, and give to them, are boxes that are called by their sizes.
// A row begins with what it goes on with, and ends with its last map.
function cutOut(view, kept, before, way) {
  const { data } = view, ends = new Map(), arrows = [];
  const endOf = (value, entering) => {
    const n = data.boxes.length + 3 * data.sizes.length + 2 * value + entering;
    ends.set(n, { box: { ...dotOf(n, value), dot: false, title: data.sizes[value], lines: [entering ? "continued" : "continues"], family: "input", shade: "#ffffff" }, open: false });
    return n;
  };
  for (const arrow of view.arrows) {
    const [from, to] = [kept.has(arrow.from), kept.has(arrow.to)];
    if (from && to) arrows.push(arrow);
    if (from === to || (from && way === RIGHT)) continue;
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

// A column, or a block beside, in pieces that are no longer than there is room where they can be cut. How much the ends add to a piece is
// only known when it is laid out: as long as one is too long they are cut for less room, unless that makes none shorter.
async function piecesDrawn(elk, view, how, most, way = DOWN, styled = (one) => one) {
  const whole = styled(view), laid = await laidOut(elk, whole, way.elk);
  if (laid[way.size] <= most) return [how(whole, laid)];
  let best = null;
  for (let room = most, k = 0; k < TRIES; k += 1) {
    const pieces = await piecesLaid(elk, view, laid, room, way, styled), long = Math.max(...pieces.map((one) => one.laid[way.size]));
    if (!best || long < best.long) best = { pieces, long };
    if (long <= most) break;
    room -= 2 ** k * (long - most + 1);
  }
  return best.pieces.map((one) => how(one.view, one.laid));
}

async function piecesLaid(elk, view, laid, most, way, styled) {
  const found = [], before = new Set();
  for (const kept of piecesOf(view, laid, most, way)) {
    const piece = styled(cutOut(view, kept, before, way));
    found.push({ view: before.size && view.letter ? { ...piece, letter: `${view.letter}, continued` } : piece, laid: await laidOut(elk, piece, way.elk) });
    kept.forEach((n) => before.add(n));
  }
  return found;
}

// What a page has room for, with title and legend where there are such.
function roomOf({ data: { plain } }, paper) {
  return plain ? { wide: paper.wide, high: paper.high } : { wide: paper.wide - AROUND, high: paper.high - paper.besides };
}

// The pieces of a figure page by page, each an SVG.
async function inPages(elk, [view, ...beside], paper) {
  const room = roomOf(view, paper), pieces = await piecesDrawn(elk, view, drawn, room.high);
  for (const one of beside) pieces.push(...await piecesDrawn(elk, one, framed, room.high));
  const all = [view, ...beside], whole = { ...view, arrows: all.flatMap((one) => one.arrows), shown: new Map(all.flatMap((one) => [...one.shown])) };
  return onPages(whole, pieces, paper);
}

// Maps in proportion in as many rows, one below another, as it takes.
async function inRows(elk, view, paper) {
  const how = inProportion(view), proportioned = (one, laid) => drawn(one, laid, one.draw);
  return onPages(how, await piecesDrawn(elk, view, proportioned, roomOf(view, paper).wide, RIGHT, inProportion), paper);
}

// A U in one piece; nothing where that is wider than a page or a column.
function ofU(view, u, paper) {
  const [how, ...laid] = inU(view, u), piece = drawn(how, ...laid);
  return piece.width <= roomOf(view, paper).wide ? onPages(how, [piece], paper) : [];
}

function onPages(whole, pieces, paper) {
  const { data } = whole, room = roomOf(whole, paper), pages = [[]];
  let [x, y, wide] = [0, 0, 0];
  for (const piece of pieces) {
    if (y > 0 && y + piece.height > room.high) [x, y, wide] = [x + wide + BETWEEN_COLUMNS, 0, 0];
    if (x > 0 && x + piece.width > room.wide) [x, y, wide] = (pages.push([]), [0, 0, 0]);
    pages.at(-1).push({ piece, x, y });
    [y, wide] = [y + piece.height + BELOW, Math.max(wide, piece.width)];
  }
  return pages.map((page, k) => {
    const body = page.map(({ piece, x: left, y: top }) => `<g transform="translate(${round(left)} ${round(top)})">${piece.body}</g>`).join("\n");
    const [width, height] = [Math.max(...page.map(({ piece, x: left }) => left + piece.width)), Math.max(...page.map(({ piece, y: top }) => top + piece.height))];
    const title = pages.length > 1 ? `${data.title} (${k + 1} of ${pages.length})` : data.title;
    return svgOf({ ...whole, data: { ...data, title } }, { body, width, height }, paper.column);
  });
}
