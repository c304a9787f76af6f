"use strict";
/* Shows the passes in #data. Text from the program is only ever set as text; nothing is loaded.
   pass -> visible items (nodes, and groups that are closed) -> layers -> the part of the picture that is in the window */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 252, HEIGHT = 86, GAP = 34, LEVEL = 126, THREAD = 26, MARGIN = 36;
  const DUMMIES = 3000; // so many places are reserved for arrows that pass by other boxes
  const PATHS = 6; // so many ways from a leaf to the result are written out
  const PACE = 1100; // milliseconds for a step; less where there are many

  const everything = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const state = { pass: 0, step: 0, selected: "", open: new Set(), leaf: -1, matches: new Set(), cursor: -1, scale: 1, fitted: true, timer: 0 };
  let pass, shown, drawn = new Map();

  // ------------------------------------------------------------------ making elements

  function element(tag, attributes = {}, ...children) {
    return filled(document.createElement(tag), attributes, children);
  }
  function shape(tag, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, tag), attributes, children);
  }
  function filled(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else made.setAttribute(name, value);
    }
    for (const child of children) if (child !== null) made.append(child);
    return made;
  }
  const clipped = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const numberText = (value) => String(Number(value.toPrecision(6)));
  function bytesText(count) {
    if (count < 1024) return `${count} B`;
    return count < 1 << 20 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`;
  }

  // ------------------------------------------------------------------ a pass

  /* What follows from the data of a pass: who uses a node, and the groups of leaves and data. */
  function prepared(data) {
    if (data.uses) return data;
    data.uses = data.nodes.map(() => []);
    data.nodes.forEach((node, i) => node.parents.forEach(([parent]) => data.uses[parent].push(i)));
    data.last = data.forward + 1 + data.backward.length;
    const chain = (group) => (group < 0 ? [] : [...chain(data.groups[group].parent), group]);
    data.nodes.forEach((node, i) => {
      if (node.kind === "operation" || !data.uses[i].length) return;
      const chains = data.uses[i].map((user) => chain(data.nodes[user].group));
      let depth = 0;
      while (chains.every((c) => depth < c.length && c[depth] === chains[0][depth])) depth += 1;
      node.group = depth ? chains[0][depth - 1] : -1;
    });
    data.operationAt = [];
    data.nodes.forEach((node, i) => { if (node.step) data.operationAt[node.step] = i; });
    return data;
  }
  function gradientAt(i, step) {
    let found = null;
    for (const each of pass.nodes[i].gradients) if (each[0] <= step) found = each;
    return found;
  }
  const hasValue = (i, step) => pass.nodes[i].step <= step && pass.nodes[i].value !== null;
  const backwardNode = (step) => (step > pass.forward + 1 ? pass.backward[step - pass.forward - 2] : -1);
  const nodeOfStep = (step) => (step < 1 ? -1 : step <= pass.forward ? pass.operationAt[step] : step === pass.forward + 1 ? pass.result : backwardNode(step));
  const pulledAt = (i, step) => pass.nodes[i].back > 0 && pass.forward + 1 + pass.nodes[i].back <= step;

  // ------------------------------------------------------------------ layout

  function holder(i) {
    let group = pass.nodes[i].group, found = `n${i}`;
    for (; group >= 0; group = pass.groups[group].parent) if (!state.open.has(group)) found = `g${group}`;
    return found;
  }
  function visible() {
    const items = new Map(), edges = new Map(), holders = pass.nodes.map((_, i) => holder(i));
    pass.nodes.forEach((node, i) => {
      const key = holders[i];
      if (!items.has(key)) {
        const group = key[0] === "g" ? Number(key.slice(1)) : -1;
        items.set(key, { key, group, node: group < 0 ? i : pass.groups[group].last, members: [], into: [], out: [], layer: 0, width: WIDTH, x: 0 });
      }
      items.get(key).members.push(i);
    });
    pass.nodes.forEach((node, i) => node.parents.forEach(([parent], slot) => {
      const from = holders[parent], to = holders[i];
      if (from === to) return;
      const key = `${from}>${to}`;
      if (!edges.has(key)) {
        const edge = { key, from: items.get(from), to: items.get(to), pairs: [], via: [] };
        edges.set(key, edge);
        edge.from.out.push(edge);
        edge.to.into.push(edge);
      }
      edges.get(key).pairs.push([parent, i, slot]);
    }));
    return { items: [...items.values()], edges: [...edges.values()] };
  }
  const isSource = (item) => item.group < 0 && pass.nodes[item.node].kind !== "operation";
  const groupAround = (item) => (item.group >= 0 ? pass.groups[item.group].parent : pass.nodes[item.node].group);
  function isWithin(item, group) {
    let each = groupAround(item);
    while (each >= 0 && each !== group) each = pass.groups[each].parent;
    return each === group;
  }
  function layered() {
    const { items, edges } = visible();
    const working = items.filter((item) => !isSource(item));
    const start = (item) => (item.group < 0 ? item.node : pass.groups[item.group].first);
    working.sort((a, b) => start(a) - start(b));
    let floor = 0, deepest = -1, before = null;
    for (const item of working) {
      // An open group has rows of its own, with one above it for leaves, so that its frame holds nothing else.
      if (before && groupAround(item) !== groupAround(before)) floor = deepest + (isWithin(before, groupAround(item)) ? 1 : 2);
      item.layer = item.into.reduce((most, edge) => Math.max(most, edge.from.layer + 1), floor);
      deepest = Math.max(deepest, item.layer);
      before = item;
    }
    // What is made of one source alone stands just above what reads it: the transpose of a weight, say.
    for (const item of working) {
      item.light = item.into.length === 1 && item.into.every((edge) => isSource(edge.from) || (edge.from.light && edge.from.out.length === 1));
    }
    for (const item of [...working].reverse()) {
      if (item.light && item.out.length) item.layer = Math.max(item.layer, Math.min(...item.out.map((edge) => edge.to.layer)) - 1);
    }
    const sources = items.filter(isSource);
    for (const item of sources) if (item.out.length) item.layer = Math.min(...item.out.map((edge) => edge.to.layer)) - 1;
    // A source that is read all over the picture is drawn once; elsewhere its name stands in its place.
    for (const item of sources) for (const edge of item.out) {
      edge.named = edge.to.layer - item.layer > 2 || (item.out.length > 4 && edge !== item.out[0]);
    }
    const used = [...new Set(items.map((item) => item.layer))].sort((a, b) => a - b), row = new Map(used.map((layer, i) => [layer, i]));
    for (const item of items) item.layer = row.get(item.layer);
    const rows = [];
    const put = (cell) => (rows[cell.layer] ??= []).push(cell);
    // In the order of the tape, a source just before what reads it first.
    const rank = (item) => (isSource(item) && item.out.length ? Math.min(...item.out.map((edge) => start(edge.to))) - 0.5 : start(item));
    [...items].sort((a, b) => rank(a) - rank(b) || a.node - b.node).forEach(put);
    threads(edges, put);
    arranged(rows);
    let left = Infinity, right = -Infinity;
    for (const item of items) {
      left = Math.min(left, item.x - item.width / 2);
      right = Math.max(right, item.x + item.width / 2);
    }
    for (const row of rows) for (const cell of row) {
      cell.x += MARGIN - left;
      cell.y = MARGIN + cell.layer * LEVEL;
    }
    const byKey = new Map(items.map((item) => [item.key, item]));
    return { items, edges, byKey, width: right - left + 2 * MARGIN, height: (rows.length - 1) * LEVEL + HEIGHT + 2 * MARGIN };
  }
  /* Arrows over several layers get a place in each of them, so that they pass beside boxes. */
  function threads(edges, put) {
    let left = DUMMIES;
    for (const edge of edges) {
      if (edge.named) continue;
      const count = edge.to.layer - edge.from.layer - 1;
      let before = edge.from;
      if (count > 0 && count <= left) {
        left -= count;
        for (let i = 1; i <= count; i += 1) {
          const cell = { layer: edge.from.layer + i, width: THREAD, x: 0, up: [before], down: [] };
          (before.down ??= []).push(cell);
          edge.via.push(cell);
          put(cell);
          before = cell;
        }
      }
      (before.down ??= []).push(edge.to);
      (edge.to.up ??= []).push(before);
    }
  }
  function arranged(rows) {
    rows.forEach((row) => row.forEach((cell, i) => { cell.x = i * (WIDTH + GAP); }));
    // Leaves and data stand where there is room; operations stand below one another.
    const weight = (cell) => (cell.key && isSource(cell) ? 0.05 : 1);
    const mean = (cells) => cells.reduce((sum, cell) => sum + weight(cell) * cell.x, 0) / cells.reduce((sum, cell) => sum + weight(cell), 0);
    const sides = [(c) => c.up ?? [], (c) => c.down ?? []];
    for (let round = 0; round < 9; round += 1) {
      const downwards = round % 2 === 0, last = round === 8;
      const side = last ? (c) => [...sides[0](c), ...sides[1](c)] : sides[downwards ? 0 : 1];
      for (const row of downwards ? rows : [...rows].reverse()) {
        const wanted = new Map(row.map((cell) => [cell, side(cell).length ? mean(side(cell)) : cell.x]));
        if (!last) row.sort((a, b) => wanted.get(a) - wanted.get(b));
        spread(row, wanted);
      }
    }
  }
  /* As near to the wanted places as the order and the widths allow: blocks of boxes that touch are placed together. */
  function spread(row, wanted) {
    const blocks = [];
    let offset = 0, before = null;
    for (const cell of row) {
      if (before) offset += (before.width + cell.width) / 2 + GAP;
      cell.offset = offset;
      const weight = cell.key && isSource(cell) ? 0.02 : 1;
      let block = { cells: [cell], weight, sum: weight * (wanted.get(cell) - offset) };
      while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight >= block.sum / block.weight) {
        const touched = blocks.pop();
        block = { cells: [...touched.cells, ...block.cells], weight: touched.weight + block.weight, sum: touched.sum + block.sum };
      }
      blocks.push(block);
      before = cell;
    }
    for (const block of blocks) for (const cell of block.cells) cell.x = block.sum / block.weight + cell.offset;
  }

  // ------------------------------------------------------------------ drawing what is in the window

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

  // ------------------------------------------------------------------ stepping

  function go(step) {
    state.step = Math.max(0, Math.min(pass.last, step));
    at("slider").value = String(state.step);
    document.body.classList.toggle("backwards", state.step > pass.forward);
    document.body.dataset.step = String(state.step);
    tell();
    redraw();
    const node = nodeOfStep(state.step);
    if (node >= 0 && state.step < pass.last) reveal(holder(node));
    details();
    remember();
  }
  function tell() {
    const step = state.step, i = nodeOfStep(step), target = at("telling");
    const code = (text) => element("code", {}, text);
    const say = (...words) => target.replaceChildren(element("span", {}, ...words[0]), element("span", {}, ...(words[1] ?? [])));
    if (step === 0) return say([element("b", {}, "Before the forward pass: "), "only leaves and data have values."], ["Press the right arrow to compute."]);
    const node = pass.nodes[i];
    if (step <= pass.forward) {
      const known = node.value === null ? [" is computed."] : [" gives ", element("b", { class: "of-value" }, node.value.brief)];
      return say([element("b", { class: "of-value" }, `Forward, step ${step} of ${pass.forward}: `), code(node.title), ...known]);
    }
    if (step === pass.forward + 1) return say([element("b", { class: "of-gradient" }, "Backward begins: "), "the gradient of the result by itself is 1."], ["It now goes up the arrows, last operation first."]);
    const lines = node.parts.map((part) => {
      const text = [part.filled || part.rule, part.value].filter(Boolean).join(" = ");
      return [`to ${pass.nodes[part.to].name || pass.nodes[part.to].title}: `, code(clipped(text, 90))];
    });
    const told = lines.slice(0, 2).flatMap((line, n) => (n ? ["; ", ...line] : line)).concat(lines.length > 2 ? ["; …"] : []);
    if (step < pass.last) {
      const head = element("b", { class: "of-gradient" }, `Backward, step ${node.back} of ${pass.backward.length}: `);
      return say([head, code(node.title), " passes on its gradient"], told);
    }
    const leaves = pass.nodes.filter((each) => each.kind === "leaf" && each.gradients.length);
    const grads = leaves.slice(0, 3).flatMap((leaf, n) => [n ? ", " : "", code(`${leaf.title}.grad = ${leaf.gradients.at(-1)[1]}`)]);
    return say([element("b", { class: "of-gradient" }, "Done: "), ...grads, leaves.length > 3 ? ", …" : ""], ["Step back or press Play to see how it came about."]);
  }
  function play(on) {
    clearInterval(state.timer);
    state.timer = 0;
    at("play").textContent = on ? "❚❚ Pause" : "▶ Play";
    at("play").setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) return;
    if (state.step >= pass.last) go(0);
    state.timer = setInterval(() => { if (state.step >= pass.last) play(false); else go(state.step + 1); }, Math.max(60, Math.min(PACE, (40 * PACE) / pass.last)));
  }

  // ------------------------------------------------------------------ choosing

  function press(item) {
    if (item.group >= 0) toggle(item.group);
    else choose(item.node === Number(state.selected.slice(1)) && state.selected ? -1 : item.node);
  }
  function toggle(group) {
    state.fitted = false;
    if (state.open.has(group)) state.open.delete(group);
    else state.open.add(group);
    state.selected = state.open.has(group) ? "" : `g${group}`;
    relayout();
    reveal(state.open.has(group) ? holder(pass.groups[group].first) : `g${group}`);
    details();
  }
  function choose(i, scroll = true) {
    if (i >= 0) openTo(i);
    state.selected = i < 0 ? "" : `n${i}`;
    redraw();
    if (i >= 0 && scroll) reveal(state.selected);
    drawn.get(state.selected)?.focus({ preventScroll: true });
    details();
    remember();
  }
  function openTo(i) {
    let changed = false;
    for (let group = pass.nodes[i].group; group >= 0; group = pass.groups[group].parent) {
      if (!state.open.has(group)) changed = true;
      state.open.add(group);
    }
    if (changed) relayout();
  }
  function reveal(key) {
    const item = shown.byKey.get(key), frame = at("scroll"), w = windowBox();
    if (!item) return;
    const inner = { left: w.left + LEVEL, right: w.right - LEVEL, top: w.top + LEVEL, bottom: w.bottom - LEVEL };
    if (item.x - WIDTH / 2 < inner.left || item.x + WIDTH / 2 > inner.right) frame.scrollLeft = item.x * state.scale - frame.clientWidth / 2;
    if (item.y < inner.top || item.y + HEIGHT > inner.bottom) frame.scrollTop = (item.y + HEIGHT / 2) * state.scale - frame.clientHeight / 2;
  }
  function move(up) {
    const item = shown.byKey.get(state.selected) ?? shown.byKey.get(holder(pass.result));
    const edge = (up ? item.into : item.out)[0];
    const next = edge ? (up ? edge.from : edge.to) : item;
    if (next.group < 0) return choose(next.node);
    state.selected = next.key;
    reveal(next.key);
    redraw();
    drawn.get(next.key)?.focus({ preventScroll: true });
    details();
  }
  function search(text) {
    const wanted = text.trim().toLowerCase();
    const matches = [];
    if (wanted) pass.nodes.forEach((node, i) => {
      const line = node.line < 0 ? "" : `${pass.lines[node.line].file}:${pass.lines[node.line].line} ${pass.lines[node.line].text} ${pass.lines[node.line].function}`;
      if (`${node.title} ${node.operation} ${node.node} ${node.expression} ${line}`.toLowerCase().includes(wanted)) matches.push(i);
    });
    state.matches = new Set(matches);
    state.cursor = -1;
    at("found").textContent = wanted ? `${matches.length} found` : "";
    redraw();
  }
  function nextMatch() {
    const matches = [...state.matches];
    if (!matches.length) return;
    state.cursor = (state.cursor + 1) % matches.length;
    at("found").textContent = `${state.cursor + 1} of ${matches.length}`;
    choose(matches[state.cursor]);
    at("search").focus();
  }

  // ------------------------------------------------------------------ the panel

  const link = (i) => element("button", { type: "button", class: "link", click: () => choose(i) }, pass.nodes[i].title);
  function details() {
    const key = state.selected, target = at("node");
    if (!key) target.replaceChildren(...howToRead());
    else if (key[0] === "g") target.replaceChildren(...aboutGroup(Number(key.slice(1))));
    else target.replaceChildren(...aboutNode(Number(key.slice(1))));
    for (const row of at("lines").querySelectorAll("tr[data-line]")) {
      const node = key[0] === "n" ? Number(key.slice(1)) : state.step < pass.last ? nodeOfStep(state.step) : -1;
      row.classList.toggle("active", node >= 0 && Number(row.dataset.line) === pass.nodes[node].line);
    }
  }
  function howToRead() {
    const line = (kind, words) => element("p", {}, element("span", { class: `chip ${kind}` }), words);
    const has = (kind) => pass.nodes.some((node) => node.kind === kind);
    return [
      element("h2", {}, "How to read the picture"),
      element("p", {}, element("b", { class: "of-value" }, "Values"), " were computed downwards, from the leaves to the result. Then ", element("b", { class: "of-gradient" }, "gradients"), " go upwards: how much the result changes with each value."),
      line("leaf", "a leaf: a tensor with requires_grad=True"), has("data") ? line("data", "data: read, but needs no gradient") : null,
      line("operation", "an operation, with the code that did it"), line("result", "the result, where backward begins with 1"),
      element("p", {}, element("b", { class: "of-gradient" }, "× 3"), " beside an arrow: the gradient below, times 3, goes to the box above. What comes from several arrows is added."),
      element("p", { class: "muted" }, "Click a box for its rule. Keys: ← → step, ↑ ↓ move, space plays, / searches, + − 0 size, Esc."),
    ].filter((each) => each !== null);
  }
  function aboutGroup(group) {
    const g = pass.groups[group], kept = pass.nodes.slice(g.first, g.last + 1).reduce((sum, node) => sum + node.kept, 0);
    return [
      element("h2", {}, g.title), element("p", {}, `${plural(g.last - g.first + 1, "operation")}; they keep ${bytesText(kept)} for backward.`),
      element("button", { type: "button", click: () => toggle(group) }, state.open.has(group) ? "close" : "open"),
    ];
  }
  function aboutNode(i) {
    const node = pass.nodes[i], made = [];
    const kind = { leaf: "leaf, requires grad", data: "data, needs no gradient", operation: `${node.operation}, ${node.node}` }[node.kind];
    made.push(element("h2", { class: "big" }, node.title), element("p", { class: "muted" }, kind + (i === pass.result ? ", the result" : "")));
    if (node.line >= 0) {
      const line = pass.lines[node.line];
      made.push(element("p", { class: "muted" }, `${line.file}, line ${line.line}, in ${line.function}`), element("pre", {}, line.text));
    }
    made.push(...number("Value", "of-value", hasValue(i, state.step) ? [node.value.brief, node.value.full] : null, node.step > state.step ? "not computed yet" : "the graph does not keep it"));
    if (node.kind === "data") return made;
    const gradient = gradientAt(i, state.step), all = node.gradients.length;
    const got = node.gradients.filter((each) => each[0] <= state.step).length;
    made.push(...number(got < all && got ? `Gradient so far, ${got} of ${all} arrived` : "Gradient", "of-gradient", gradient && [gradient[1], gradient[2]], all ? "not there yet" : "none reaches it"));
    if (node.kind === "leaf" && state.leaf !== i) made.push(element("button", { type: "button", click: () => { chooseLeaf(i); details(); } }, "show its ways to the result"));
    made.push(...cameFrom(i), ...goesTo(i), ...keeps(node));
    return made;
  }
  function number(title, name, known, otherwise) {
    if (!known) return [element("h3", {}, title), element("p", { class: "muted" }, otherwise)];
    const lines = known[1].includes("\n") ? [element("pre", {}, known[1])] : [element("p", { class: "muted" }, known[1])];
    return [element("h3", {}, title), element("p", { class: `big ${name}` }, known[0]), ...lines];
  }
  function cameFrom(i) {
    const rows = [];
    for (const user of new Set(pass.uses[i])) for (const part of pass.nodes[user].parts) {
      if (part.to === i) rows.push(element("li", {}, link(user), " gave ", element("code", {}, pulledAt(user, state.step) ? part.value : "…")));
    }
    if (!rows.length) return [];
    return [element("h3", {}, rows.length > 1 ? "Where its gradient came from, added up" : "Where its gradient came from"), element("ul", {}, ...rows)];
  }
  function goesTo(i) {
    const node = pass.nodes[i];
    if (!node.parts.length) return [];
    const rows = node.parts.map((part) => {
      const filled = pulledAt(i, state.step) ? [part.filled, part.value] : [];
      const text = [part.rule, ...filled].filter(Boolean).join("\n  = ");
      return element("li", {}, "to ", link(part.to), part.name ? `, ${part.name} in the rule` : "", element("pre", {}, text || "the Function's own backward"));
    });
    return [element("h3", {}, "Its rule: g is its gradient, and each operand gets"), element("ul", {}, ...rows)];
  }
  function keeps(node) {
    if (node.kind !== "operation") return [];
    const head = element("h3", {}, `Kept for backward: ${bytesText(node.kept)}`);
    if (!node.saved.length) return [head, element("p", { class: "muted" }, "Its rule reads no values, so nothing.")];
    const rows = node.saved.map((each) => {
      const cost = each.bytes ? (each.own ? bytesText(each.own) : "already in memory: costs nothing more") : "a number";
      return element("li", {}, element("code", {}, `${each.name} = ${each.value}`), element("span", { class: "muted" }, `  ${cost}`));
    });
    return [head, element("ul", {}, ...rows)];
  }
  function programLines() {
    const total = pass.lines.reduce((sum, line) => sum + line.kept, 0);
    const rows = [element("tr", {}, element("th", {}, "line"), element("th", {}, "code"), element("th", { class: "number" }, "keeps"))];
    const order = [...pass.lines].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
    let file = "";
    for (const line of order) {
      if (line.file !== file) rows.push(element("tr", {}, element("th", { colspan: "3" }, (file = line.file))));
      const button = element("button", { type: "button", class: "link", click: () => {
        state.matches = new Set(line.nodes);
        at("found").textContent = plural(line.nodes.length, "node");
        choose(line.nodes.at(-1));
      } }, line.text || "(no text)");
      rows.push(element("tr", { "data-line": String(line.index) }, element("td", {}, String(line.line)), element("td", {}, button), element("td", { class: "number" }, line.kept ? bytesText(line.kept) : "–")));
    }
    rows.push(element("tr", {}, element("th", {}, ""), element("th", {}, "together"), element("th", { class: "number" }, bytesText(total))));
    at("lines").replaceChildren(element("table", {}, ...rows));
  }

  // ------------------------------------------------------------------ from a leaf to the result

  function between(leaf) {
    pass.ways ??= new Map();
    if (pass.ways.has(leaf)) return pass.ways.get(leaf);
    const above = new Set([leaf]), ordered = pass.nodes.map((_, i) => i);
    for (const i of ordered) if (pass.nodes[i].parts.some((part) => above.has(part.to))) above.add(i);
    const below = new Set([pass.result]);
    for (const i of ordered.reverse()) if (below.has(i)) for (const part of pass.nodes[i].parts) below.add(part.to);
    const found = new Set([...above].filter((i) => below.has(i)));
    pass.ways.set(leaf, found);
    return found;
  }
  function ways(leaf) {
    const inside = between(leaf), found = [];
    const users = new Map();
    for (const i of inside) for (const part of pass.nodes[i].parts) if (inside.has(part.to)) {
      if (!users.has(part.to)) users.set(part.to, []);
      users.get(part.to).push([i, part]);
    }
    const stack = [[leaf, null]]; // a way is a chain of its steps, last one first
    while (stack.length && found.length <= PATHS) {
      const [i, way] = stack.pop();
      if (i === pass.result) {
        const steps = [];
        for (let each = way; each; each = each.before) steps.push(each.step);
        found.push(steps.reverse());
      } else for (const step of [...(users.get(i) ?? [])].reverse()) stack.push([step[0], { step, before: way }]);
    }
    return found;
  }
  function path() {
    const target = at("path");
    if (state.leaf < 0) return target.replaceChildren(element("p", { class: "muted" }, "Choose a leaf to see every way to the result, and the product along it."));
    const found = ways(state.leaf), some = found.slice(0, PATHS), made = [];
    if (!found.length) return target.replaceChildren(element("p", { class: "muted" }, "No gradient goes from the result to it."));
    let sum = 0, scalar = found.length <= PATHS;
    for (const way of some) {
      const steps = [];
      way.forEach(([i, part]) => steps.push(element("li", {}, link(i), element("code", { class: "of-gradient" }, part.local === null ? `  ${part.rule}` : `  × ${numberText(part.local)}`))));
      const slopes = way.map(([, part]) => part.local), known = slopes.every((slope) => slope !== null);
      const product = slopes.reduce((all, slope) => all * slope, 1);
      if (known) sum += product;
      else scalar = false;
      const text = known ? `${slopes.map(numberText).join(" × ")} = ${numberText(product)}` : "Arrays are on the way, so there is no single number for each arrow.";
      made.push(element("ul", {}, ...steps.slice(0, 24), steps.length > 24 ? element("li", {}, `and ${steps.length - 24} more`) : null), element(known ? "pre" : "p", {}, text));
    }
    if (found.length > PATHS) made.push(element("p", { class: "muted" }, `These are the first ${PATHS} of more ways.`));
    const name = pass.nodes[state.leaf].title, got = pass.nodes[state.leaf].gradients.at(-1);
    if (scalar && some.length > 1) made.push(element("p", {}, `All ways added: ${numberText(sum)}`));
    if (got) made.push(element("p", {}, element("code", {}, `${name}.grad = ${got[1]}`)));
    target.replaceChildren(...made);
  }

  // ------------------------------------------------------------------ the whole page

  function show(index) {
    state.pass = index;
    pass = prepared(everything.passes[index]);
    Object.assign(state, { selected: "", leaf: -1, matches: new Set(), cursor: -1, open: new Set() });
    if (pass.forward <= 30) pass.groups.forEach((_, i) => state.open.add(i));
    at("title").textContent = `${pass.name}, computed by ${plural(pass.forward, "operation")}, and its gradients`;
    document.title = `${pass.name}, computation graph`;
    at("slider").max = String(pass.last);
    at("pass").value = String(index);
    at("open-all").hidden = at("close-all").hidden = !pass.groups.length;
    const leaves = pass.nodes.flatMap((node, i) => (node.kind === "leaf" ? [element("option", { value: String(i) }, node.title)] : []));
    at("leaf").replaceChildren(element("option", { value: "-1" }, "none"), ...leaves);
    programLines();
    path();
    state.step = pass.last;
    relayout();
    fit();
    go(pass.last);
  }
  function fit() {
    const frame = at("scroll");
    const scale = Math.min(frame.clientWidth / shown.width, frame.clientHeight / shown.height, 1.15);
    resizeTo(Math.max(scale, 0.55));
    state.fitted = true;
  }
  function resizeTo(scale) {
    state.fitted = false;
    state.scale = Math.max(0.15, Math.min(2.5, scale));
    resize();
  }
  function remember() {
    const node = state.selected[0] === "n" ? `&node=${state.selected.slice(1)}` : "";
    const leaf = state.leaf < 0 ? "" : `&leaf=${state.leaf}`;
    try {
      history.replaceState(null, "", `#pass=${state.pass + 1}&step=${state.step}${node}${leaf}`);
    } catch { /* within a notebook a page has no address */ }
  }
  function recall() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const number = (name, least, most) => {
      const value = Number.parseInt(wanted.get(name) ?? "", 10);
      return value >= least && value <= most ? value : null;
    };
    show((number("pass", 1, everything.passes.length) ?? 1) - 1);
    const step = number("step", 0, pass.last), node = number("node", 0, pass.nodes.length - 1), leaf = number("leaf", 0, pass.nodes.length - 1);
    if (leaf !== null && pass.nodes[leaf].kind === "leaf") chooseLeaf(leaf);
    if (wanted.get("open") === "all") openAll(true);
    if (step !== null) go(step);
    if (node !== null) choose(node);
  }
  function chooseLeaf(i) {
    state.leaf = i;
    at("leaf").value = String(i);
    path();
    redraw();
    remember();
  }
  function openAll(on) {
    state.open = new Set(on ? pass.groups.keys() : []);
    state.selected = "";
    relayout();
    details();
  }
  const KEYS = {
    ArrowLeft: () => go(state.step - 1), ArrowRight: () => go(state.step + 1), ArrowUp: () => move(true), ArrowDown: () => move(false),
    Home: () => go(0), End: () => go(pass.last), " ": () => play(!state.timer), "/": () => at("search").focus(),
    "+": () => resizeTo(state.scale * 1.2), "-": () => resizeTo(state.scale / 1.2), 0: fit, Escape: () => choose(-1),
    Enter: () => { const item = shown.byKey.get(document.activeElement?.dataset?.key); if (item) press(item); },
  };
  function onKey(event) {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (tag === "INPUT" || tag === "SELECT") {
      if (event.key === "Escape") { at("search").value = ""; search(""); event.target.blur(); }
      else if (event.key === "Enter" && event.target === at("search")) nextMatch();
      return;
    }
    if (tag === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    if (event.key !== " ") play(false);
    act();
  }
  function start() {
    if (!everything.passes.length) { at("telling").textContent = "No backward pass was recorded."; return; }
    everything.passes.forEach((each, i) => at("pass").append(element("option", { value: String(i) }, `${i + 1}. ${clipped(each.title, 60)}`)));
    if (everything.more) at("pass").append(element("option", { disabled: "" }, `and ${everything.more} more, not shown`));
    at("passes").hidden = everything.passes.length < 2;
    const acts = {
      first: () => go(0), back: () => go(state.step - 1), forward: () => go(state.step + 1), last: () => go(pass.last),
      smaller: () => resizeTo(state.scale / 1.2), larger: () => resizeTo(state.scale * 1.2), fit, "open-all": () => openAll(true), "close-all": () => openAll(false),
    };
    for (const [id, act] of Object.entries(acts)) at(id).addEventListener("click", () => { play(false); act(); });
    at("play").addEventListener("click", () => play(!state.timer));
    at("slider").addEventListener("input", () => { play(false); go(Number(at("slider").value)); });
    at("pass").addEventListener("change", () => { play(false); show(Number(at("pass").value)); });
    at("leaf").addEventListener("change", () => chooseLeaf(Number(at("leaf").value)));
    at("search").addEventListener("input", () => search(at("search").value));
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; redraw(); });
    };
    at("scroll").addEventListener("scroll", later, { passive: true });
    // In a frame the size is known only later.
    new ResizeObserver(() => { if (state.fitted) fit(); else later(); }).observe(at("scroll"));
    addEventListener("keydown", onKey);
    addEventListener("hashchange", recall);
    recall();
  }
  start();
})();
