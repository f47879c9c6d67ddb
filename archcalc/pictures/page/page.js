"use strict";
// The page: which blocks are open, what is searched for, where one looks. `picture.js` draws.

const at = (id) => document.getElementById(id);
const data = JSON.parse(at("data").textContent);
const boxes = new Map(data.boxes.map((box) => [box.n, box]));
const svg = at("view"), stage = at("stage"), elk = new ELK();
let open = new Set(data.open), view, laid, hits = [], hit = -1, turn = 0;
let place = { x: 0, y: 0, scale: 1 };

at("told").textContent = data.told;
document.querySelector("h1").textContent = data.title;
at("errors").replaceChildren(...data.errors.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
if (!data.boxes.some((box) => box.share[0] > 0)) at("key").firstChild.remove();
if (!data.boxes.some((box) => box.training)) at("trained").remove();

function say(text) {
  at("say").textContent = text;
  at("say").hidden = !text;
  if (text) setTimeout(() => at("say").textContent === text && say(""), 4000);
}

async function show(wanted, keep) {
  const next = withEntries(viewOf(data, wanted)), [many, passed] = extentOf(next);
  if (many > data.most[0] || passed > data.most[1]) {
    return say(`That would be ${many.toLocaleString("en")} boxes and ${next.arrows.length.toLocaleString("en")} arrows, which is too much to lay out.`);
  }
  const mine = ++turn, found = await laidOut(elk, next, "DOWN");
  if (mine !== turn) return undefined;
  const before = keep === undefined ? null : centre(keep);
  [open, view, laid] = [wanted, next, found];
  stage.innerHTML = drawn(view, laid).body;
  for (const group of stage.querySelectorAll("[data-n]")) {
    group.setAttribute("tabindex", "0");
    const box = boxes.get(Number(group.dataset.n));
    if (box.inner) group.setAttribute("role", "button");
  }
  const after = before && centre(keep);
  if (after) move(place.x + before.x - after.x, place.y + before.y - after.y, place.scale);
  mark();
  return undefined;
}

function groupOf(n) {
  return stage.querySelector(`[data-n="${n}"]:not(.name)`);
}

// Where a box is on the screen, or the one that it is in.
function centre(n) {
  const group = groupOf(visible(n));
  if (!group) return null;
  const { left, top, width } = group.getBoundingClientRect(), frame = svg.getBoundingClientRect();
  return { x: left - frame.left + width / 2, y: top - frame.top };
}

function visible(n) {
  while (!view.shown.has(n)) n = boxes.get(n).parent;
  return n;
}

function move(x, y, scale) {
  place = { x, y, scale };
  stage.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
}

function fit() {
  const { width, height } = svg.getBoundingClientRect();
  const scale = Math.max(0.02, Math.min(1, (width - 40) / laid.width, (height - 60) / laid.height));
  move((width - laid.width * scale) / 2, 16, scale);
}

// At first as large as it can be read, from its top.
function begin() {
  const { width } = svg.getBoundingClientRect();
  const scale = Math.min(1, (width - 40) / laid.width);
  move((width - laid.width * scale) / 2, 16, scale);
}

function zoom(by, x, y) {
  const scale = Math.min(8, Math.max(0.02, place.scale * by)), real = scale / place.scale;
  move(x - (x - place.x) * real, y - (y - place.y) * real, scale);
}

function middle() {
  const { width, height } = svg.getBoundingClientRect();
  return [width / 2, height / 2];
}

function toggle(n) {
  const wanted = new Set(open);
  if (view.shown.get(n)?.open) wanted.delete(n);
  else wanted.add(n);
  return show(wanted, n);
}

function row(name, text) {
  const parts = [["dt", name], ["dd", text]];
  return parts.map(([tag, words]) => Object.assign(document.createElement(tag), { textContent: words }));
}

// Of a copy that is drawn as another its own path, and which one that is.
function tell(n, path) {
  const box = n === null ? null : boxes.get(n);
  at("detail").hidden = !box;
  if (!box) return;
  const copy = path !== undefined && path !== box.path;
  const rows = [["drawn as", copy && box.path], ["kind", [box.kind, box.detail, box.behind].filter(Boolean).join(" ")], ["gives", data.sizes[box.value]],
    ["parameters", box.params], ["MACs", box.macs], ["copies", copiesOf(box)], ["sees", box.sees], ["line", box.line && String(box.line)]];
  const list = document.createElement("dl");
  list.append(...rows.filter(([, text]) => text).flatMap(([name, text]) => row(name, text)));
  const head = Object.assign(document.createElement("h2"), { textContent: copy ? path : box.path || box.title });
  const said = (texts, className) => texts.map((text) => Object.assign(document.createElement("p"), { textContent: text, className }));
  at("detail").replaceChildren(head, list, ...said(box.errors, "wrong"), ...said(box.warnings, "doubtful"));
}

function near(n) {
  svg.classList.toggle("pointed", n !== null);
  for (const arrow of stage.querySelectorAll(".arrow")) {
    arrow.classList.toggle("near", n !== null && [arrow.dataset.from, arrow.dataset.to].includes(String(n)));
  }
}

function mark() {
  for (const group of stage.querySelectorAll(".hit")) group.classList.remove("hit");
  for (const { n } of hits) groupOf(visible(n))?.classList.add("hit");
}

function search(text) {
  const words = text.trim().toLowerCase();
  const has = (one) => one.toLowerCase().includes(words), is = (path) => path.toLowerCase() === words;
  // A copy that is drawn as another is found where that one is; what is called just so comes first.
  const pathOf = (box) => [box.path, ...box.paths].find(is) ??
    ([box.path, box.kind, box.detail, box.title].some(has) ? box.path : box.paths.find(has));
  const found = words ? data.boxes.filter((box) => box.parent !== null).map((box) => ({ n: box.n, path: pathOf(box) })) : [];
  hits = found.filter(({ path }) => path !== undefined).sort((a, b) => is(b.path) - is(a.path));
  hit = -1;
  at("found").textContent = words ? `${hits.length} found` : "";
  mark();
}

async function next(by) {
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  const wanted = new Set(open);
  const { n: here, path } = hits[hit];
  for (let n = boxes.get(here).parent; n !== null; n = boxes.get(n).parent) wanted.add(n);
  await show(wanted);
  const found = centre(here), [x, y] = middle();
  if (found) move(place.x + x - found.x, place.y + y - found.y, place.scale);
  at("found").textContent = `${hit + 1} of ${hits.length}`;
  tell(here, path);
}

function asked(event) {
  const group = event.target.closest("[data-n]");
  return group && stage.contains(group) ? Number(group.dataset.n) : null;
}

let drag = null;
svg.addEventListener("pointerdown", (event) => { drag = { x: event.clientX - place.x, y: event.clientY - place.y, far: 0, id: event.pointerId }; });
svg.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
  drag.far += Math.abs(x - place.x) + Math.abs(y - place.y);
  if (drag.far > 4) {
    if (!svg.hasPointerCapture(drag.id)) svg.setPointerCapture(drag.id);
    svg.classList.add("moving");
    move(x, y, place.scale);
  }
});
svg.addEventListener("pointerup", (event) => {
  const n = drag && drag.far <= 4 ? asked(event) : null;
  drag = null;
  svg.classList.remove("moving");
  if (n !== null && boxes.get(n).inner) toggle(n);
  else if (n !== null) tell(n);
});
svg.addEventListener("pointercancel", () => { drag = null; svg.classList.remove("moving"); });
svg.addEventListener("pointerover", (event) => { const n = asked(event); tell(n); near(n !== null && !view.shown.get(n)?.open ? n : null); });
svg.addEventListener("pointerleave", () => { tell(null); near(null); });
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = svg.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 200), event.clientX - frame.left, event.clientY - frame.top);
  else if (event.shiftKey) move(place.x - event.deltaY, place.y, place.scale);
  else zoom(Math.exp(-event.deltaY / 600), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });
svg.addEventListener("keydown", (event) => {
  const n = asked(event);
  if (n === null || (event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  if (boxes.get(n).inner) toggle(n).then(() => groupOf(n)?.focus());
  else tell(n);
});
svg.addEventListener("focusin", (event) => tell(asked(event)));

at("in").onclick = () => zoom(1.25, ...middle());
at("out").onclick = () => zoom(0.8, ...middle());
at("fit").onclick = fit;
at("start").onclick = () => show(new Set(data.open)).then(begin);
at("more").onclick = () => show(new Set([...open, ...[...view.shown.keys()].filter((n) => boxes.get(n).inner)]));
at("less").onclick = () => {
  const inner = [...view.shown].filter(([n, one]) => one.open && n !== 0 && !(view.children.get(n) ?? []).some((part) => view.shown.get(part).open));
  return show(new Set([...open].filter((n) => !inner.some(([other]) => other === n))));
};
at("search").oninput = (event) => search(event.target.value);
at("search").onkeydown = (event) => { if (event.key === "Enter") next(event.shiftKey ? -1 : 1); };
at("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
at("save").onclick = () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([svgOf(view, drawn(view, laid))], { type: "image/svg+xml" }));
  link.download = "picture.svg";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

function theme(name) {
  document.documentElement.dataset.theme = name;
}

theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
globalThis.ready = show(open).then(begin);
