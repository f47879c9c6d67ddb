"use strict";
// What ELK lays out: boxes in boxes, with room for what stands in them and for the titles of frames.

const MANY = 400, SIDE = 14;
// What holds in each frame: along an arrow there is room for its size and no more, and what can begin side by side does.
const EVERYWHERE = {
  "elk.layered.layering.strategy": "LONGEST_PATH_SOURCE",
  "elk.layered.spacing.nodeNodeBetweenLayers": "4",
  "elk.layered.spacing.edgeNodeBetweenLayers": "5",
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "12",
  "elk.spacing.edgeLabel": "3",
};

// How high the top of a frame is, where its title stands.
function headOf(box) {
  return FRAME + (box.sum ? STEP : 0);
}

// What ELK is asked: https://eclipse.dev/elk/reference.html
function graphOf(view, direction, wider = new Map()) {
  const nodes = (above) => (view.children.get(above) ?? []).map((n) => {
    const { box, open } = view.shown.get(n);
    // Beside each other boxes in a frame stand in their order: query, key, value. Frames do not take that from the root.
    const position = `(${n},${n})`;
    if (!open) {
      const sized = box.dot ? dotSize(box) : (view.sizeOf ?? measured)(box);
      return { id: `n${n}`, ...sized, layoutOptions: { ...sized.layoutOptions, "elk.position": position } };
    }
    const padding = `[top=${headOf(box)},left=${SIDE + (wider.get(n) ?? 0)},bottom=${SIDE},right=${SIDE}]`;
    return { id: `n${n}`, children: nodes(n), layoutOptions: { ...EVERYWHERE, "elk.padding": padding,
      "elk.position": position, "elk.layered.crossingMinimization.semiInteractive": "true" } };
  });
  // What gives the straighter lines takes long where arrows pass many boxes.
  const many = extentOf(view)[1] > MANY;
  return {
    id: "root",
    children: nodes(view.root),
    edges: view.arrows.map(({ from, to, label, ports = [`n${from}`, `n${to}`] }, k) => ({
      id: `edge${k}`, sources: [ports[0]], targets: [ports[1]],
      // An arrow without a size has as much room, so that what stands side by side begins at the same height.
      labels: [{ text: label || " ", width: label ? widthOf(label, SIZE.label) + 6 : 1, height: SIZE.label + 3 }] })),
    layoutOptions: {
      ...EVERYWHERE,
      ...(view.padding && { "elk.padding": view.padding }),
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.nodePlacement.strategy": many ? "BRANDES_KOEPF" : "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": many ? "NONE" : "NODES_AND_EDGES",
      "elk.layered.thoroughness": many ? "2" : "7",
      "org.eclipse.elk.json.edgeCoords": "ROOT",
      "org.eclipse.elk.json.shapeCoords": "ROOT",
    },
  };
}

// The places between the arrows that cross the top of a frame, from left to right.
function gapsOf(node, box, laid) {
  const from = node.y, to = node.y + headOf(box), found = [];
  for (const { startPoint, bendPoints = [], endPoint } of laid.edges.flatMap((edge) => edge.sections ?? [])) {
    const points = [startPoint, ...bendPoints, endPoint];
    for (const [k, { x, y }] of points.slice(1).entries()) {
      const before = points[k], crosses = Math.max(y, before.y) > from && Math.min(y, before.y) < to;
      if (crosses && Math.max(x, before.x) > node.x && Math.min(x, before.x) < node.x + node.width) found.push(x, before.x);
    }
  }
  const ends = [node.x + 6, ...found.sort((a, b) => a - b), node.x + node.width - 6];
  return ends.slice(1).map((end, k) => [ends[k] + 6, end - 6]);
}

// ELK knows no least width of a frame, and leads arrows through what stands in its top: where no place between them
// is as wide as the title, it is laid out again with more room on the left.
async function laidOut(elk, view, direction) {
  let laid = await elk.layout(graphOf(view, direction));
  const wider = new Map(), titles = new Map();
  const placed = (node) => {
    const n = Number(node.id.slice(1)), { box, open } = view.shown.get(n);
    if (!open) return;
    const wide = Math.max(widthOf(shortened(box.frame, 60), 12, true), widthOf(box.sum, SIZE.line));
    const gaps = gapsOf(node, box, laid), [from, to] = gaps.find(([left, right]) => right - left >= wide) ?? gaps[0];
    titles.set(n, from);
    if (wide > to - from) wider.set(n, wide - (to - from));
    node.children.forEach(placed);
  };
  laid.children.forEach(placed);
  if (wider.size) {
    laid = await elk.layout(graphOf(view, direction, wider));
    laid.children.forEach(placed);
  }
  return { ...laid, titles };
}
