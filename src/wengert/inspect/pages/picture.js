/* The part of the picture that is in the window, drawn anew whenever something changes. */

function relayout() {
  shown = layered();
  shown.frames = frames();
  at("graph").setAttribute("viewBox", `0 0 ${shown.width} ${shown.height}`);
  resize();
}
function resize() {
  at("graph").setAttribute("width", Math.round(shown.width * state.scale));
  at("graph").setAttribute("height", Math.round(shown.height * state.scale));
  redraw();
}
/* The frames of the open groups, each with room for the frames within it. */
function frames() {
  const found = new Map();
  for (const item of shown.items) {
    for (let group = groupAround(item); group >= 0; group = pass.groups[group].parent) {
      if (!found.has(group)) found.set(group, { key: `f${group}`, group, left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, depth: 0 });
      const f = found.get(group);
      f.left = Math.min(f.left, item.x - item.width / 2);
      f.right = Math.max(f.right, item.x + item.width / 2);
      f.top = Math.min(f.top, item.y);
      f.bottom = Math.max(f.bottom, item.y + HEIGHT);
    }
  }
  const inwards = [...found.values()].sort((a, b) => b.group - a.group); // a group has a smaller number than those in it
  for (const f of inwards) {
    const around = found.get(pass.groups[f.group].parent);
    if (around) around.depth = Math.max(around.depth, f.depth + 1);
    const pad = f.depth * 14;
    Object.assign(f, { left: f.left - 12 - pad, right: f.right + 12 + pad, top: f.top - 20 - pad, bottom: f.bottom + 10 + pad });
  }
  return inwards.reverse();
}
function windowBox() {
  const frame = at("scroll").getBoundingClientRect(), picture = at("graph").getBoundingClientRect();
  const margin = LEVEL;
  return {
    left: (frame.left - picture.left) / state.scale - margin, right: (frame.right - picture.left) / state.scale + margin,
    top: (frame.top - picture.top) / state.scale - margin, bottom: (frame.bottom - picture.top) / state.scale + margin,
  };
}
const meets = (w, left, top, right, bottom) => right >= w.left && left <= w.right && bottom >= w.top && top <= w.bottom;
function redraw() {
  const graph = at("graph"), w = windowBox(), focused = document.activeElement?.dataset?.key;
  const marks = marksNow();
  drawn = new Map();
  const parts = [tips()];
  for (const f of shown.frames) if (meets(w, f.left, f.top, f.right, f.bottom)) parts.push(frame(f));
  const labels = [];
  for (const edge of shown.edges) {
    const xs = [edge.from, ...edge.via, edge.to].map((cell) => cell.x);
    if (edge.named ? meets(w, edge.to.x, edge.to.y - 30, edge.to.x, edge.to.y) : meets(w, Math.min(...xs), edge.from.y, Math.max(...xs), edge.to.y + HEIGHT)) parts.push(...arrow(edge, marks, labels));
  }
  parts.push(...labels);
  for (const item of shown.items) {
    if (!meets(w, item.x - WIDTH / 2, item.y, item.x + WIDTH / 2, item.y + HEIGHT)) continue;
    const made = box(item, marks);
    drawn.set(item.key, made);
    parts.push(made);
  }
  const stops = drawn.get(state.selected) ?? drawn.values().next().value;
  stops?.setAttribute("tabindex", "0");
  graph.replaceChildren(...parts);
  if (focused) drawn.get(focused)?.focus({ preventScroll: true });
}
function tips() {
  const tip = (id, d) => shape("marker", { id, viewBox: "0 0 8 8", refX: id === "tip" ? 7 : 1, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, shape("path", { d }));
  return shape("defs", {}, tip("tip", "M0 0 8 4 0 8z"), tip("tip-up", "M8 0 0 4 8 8z"));
}
function marksNow() {
  const node = nodeOfStep(state.step), onPath = state.leaf < 0 ? null : between(state.leaf);
  return { now: node < 0 || state.step === pass.last ? "" : holder(node), node, pulling: backwardNode(state.step), onPath };
}
function classes(item, marks) {
  const node = pass.nodes[item.node], i = item.node;
  const names = ["item", item.group >= 0 ? "group" : node.kind];
  if (item.group < 0 && i === pass.result) names.push("result");
  if (node.kind === "operation" && node.step > state.step) names.push("waiting");
  if (item.key === marks.now) names.push("now");
  if (item.key === state.selected) names.push("selected");
  if (item.members.some((m) => state.matches.has(m))) names.push("found");
  if (marks.onPath && !item.members.some((m) => marks.onPath.has(m))) names.push("dim");
  return names.join(" ");
}
const unshaped = (brief) => brief.replace(/^\d+(×\d+)+, /, ""); // the label says the shape
function wording(item) {
  const node = pass.nodes[item.node];
  if (item.group >= 0) {
    const group = pass.groups[item.group];
    return { title: group.title, caption: `${plural(group.last - group.first + 1, "operation")}, closed: click to open` };
  }
  if (node.kind === "leaf") return { title: node.title, caption: "leaf: its gradient is wanted" };
  if (node.kind === "data") return { title: node.title, caption: "data: needs no gradient" };
  const words = node.operation.replaceAll("_", " ");
  const caption = item.node === pass.result ? `${words}, the result` : node.expression && node.title === node.operation.replace(/^reduce_/, "") ? `within ${node.expression}` : words;
  return { title: node.title, caption };
}
function box(item, marks) {
  const node = pass.nodes[item.node], { title, caption } = wording(item);
  const value = hasValue(item.node, state.step) ? node.value.brief : node.step > state.step ? "" : "not kept";
  const gradient = gradientAt(item.node, state.step)?.[1] ?? "";
  const left = item.x - WIDTH / 2, y = item.y, radius = item.group < 0 && node.kind === "leaf" ? 18 : 7, half = WIDTH / 2;
  const text = (name, x, dy, words) => shape("text", { class: name, x: left + x, y: y + dy }, words);
  const halves = node.kind === "data" && item.group < 0 ? 1 : 2;
  const numbers = [
    shape("rect", { class: "value-half", x: left + 6, y: y + 44, width: halves === 1 ? WIDTH - 12 : half - 9, height: 36, rx: 5 }),
    text("label", 12, 57, node.value?.shape ? `value, ${node.value.shape}` : "value"), text("number value", 12, 73, clipped(unshaped(value), halves === 1 ? 32 : 14)),
  ];
  if (halves === 2) numbers.push(
    shape("rect", { class: "gradient-half", x: left + half + 3, y: y + 44, width: half - 9, height: 36, rx: 5 }),
    text("label", half + 9, 57, "gradient"), text("number gradient", half + 9, 73, clipped(unshaped(gradient), 14)),
  );
  const behind = item.group < 0 ? [] : [8, 4].map((d) => shape("rect", { class: "behind", x: left + d, y: y + d, width: WIDTH, height: HEIGHT, rx: 7 }));
  const spoken = `${item.group < 0 ? node.kind : "closed group"} ${title}, ${caption}; value ${value || "not yet known"}; ${halves === 2 ? `gradient ${gradient || "not yet known"}` : "no gradient"}`;
  return shape(
    "g", { class: classes(item, marks), role: "button", tabindex: "-1", "aria-label": spoken, "data-key": item.key, click: () => press(item) },
    shape("title", {}, `${title}\n${caption}`), ...behind,
    shape("rect", { class: "box", x: left, y, width: WIDTH, height: HEIGHT, rx: radius }),
    text("title", 12, 20, clipped(title, 30)), text("caption", 12, 36, clipped(caption, 42)), ...numbers,
  );
}
function frame(f) {
  const title = pass.groups[f.group].title, close = () => toggle(f.group);
  return shape(
    "g", {}, shape("rect", { class: "frame", x: f.left, y: f.top, width: f.right - f.left, height: f.bottom - f.top, rx: 10 }),
    shape("text", { class: "frame-title", x: f.left + 10, y: f.top + 13, role: "button", tabindex: "0", "aria-label": `close ${title}`, click: close, keydown: (event) => { if (event.key === "Enter") close(); } }, `${title}  ✕ close`),
  );
}
function arrow(edge, marks, labels) {
  const { from, to } = edge;
  if (edge.named) return [mention(edge, marks)];
  const points = [[from.x, from.y + HEIGHT + (from.group < 0 ? 0 : 8)], ...edge.via.flatMap((cell) => [[cell.x, cell.y], [cell.x, cell.y + HEIGHT]]), [entry(edge), to.y]];
  let d = `M${points[0].join(" ")}`;
  for (let i = 1; i < points.length; i += 1) {
    const [x1, y1] = points[i - 1], [x2, y2] = points[i], half = (y1 + y2) / 2;
    d += x1 === x2 ? ` L${x2} ${y2}` : ` C${x1} ${half} ${x2} ${half} ${x2} ${y2}`;
  }
  const pulled = edge.pairs.filter(([, user, slot]) => pulledAt(user, state.step) && pass.nodes[user].parts[slot]);
  const names = ["edge"];
  if (pulled.length) names.push("pulled");
  if (state.step < pass.last && (edge.pairs.some(([, user]) => user === marks.pulling || (state.step <= pass.forward && user === marks.node)))) names.push("now");
  if (marks.onPath) names.push(edge.pairs.some(([parent, user]) => marks.onPath.has(parent) && marks.onPath.has(user)) ? "on-path" : "dim");
  const tip = pulled.length ? { "marker-start": "url(#tip-up)" } : { "marker-end": "url(#tip)" };
  const slopes = pulled.map(([, user, slot]) => pass.nodes[user].parts[slot].local).filter((slope) => slope !== null);
  if (slopes.length && slopes.length === pulled.length) {
    const [x1, y1] = points[0], [x2, y2] = points[1];
    const words = slopes.length === 1 ? `× ${numberText(slopes[0])}` : `× (${slopes.map(numberText).join(" + ")})`;
    labels.push(shape("text", { class: "slope", x: (x1 + x2) / 2 + 8, y: (y1 + y2) / 2 + 4 }, words));
  }
  return [shape("path", { class: names.join(" "), d, ...tip })];
}
/* The name of a far source at the end of an arrow. */
function mention(edge, marks) {
  const x = entry(edge), y = edge.to.y, node = pass.nodes[edge.from.node];
  const pulled = edge.pairs.some(([, user, slot]) => pulledAt(user, state.step) && pass.nodes[user].parts[slot]);
  const dim = marks.onPath && !edge.pairs.some(([parent, user]) => marks.onPath.has(parent) && marks.onPath.has(user));
  return shape(
    "g", { class: `mention ${node.kind}${dim ? " dim" : ""}`, click: () => choose(edge.from.node) }, shape("title", {}, node.title),
    shape("path", { class: pulled ? "edge pulled" : "edge", d: `M${x} ${y - 13} L${x} ${y}`, ...(pulled ? {} : { "marker-end": "url(#tip)" }) }),
    shape("rect", { class: "box", x: x - 27, y: y - 29, width: 54, height: 17, rx: 8 }),
    shape("text", { class: "mentioned", x, y: y - 17, "text-anchor": "middle" }, clipped(node.title.split(".").slice(-2).join("."), 8)),
  );
}
/* Arrows that come to one box end side by side, in the order of where they come from. */
function entry(edge) {
  const { to } = edge;
  if (to.into.length < 2) return to.x;
  const begin = (each) => (each.named ? 1e9 + each.from.node : (each.via.at(-1) ?? each.from).x);
  const order = [...to.into].sort((a, b) => begin(a) - begin(b));
  const apart = Math.min(60, (WIDTH - 40) / (to.into.length - 1));
  return to.x + (order.indexOf(edge) - (to.into.length - 1) / 2) * apart;
}
