/* pass -> visible items (nodes, and groups that are closed) -> layers -> places */

// ------------------------------------------------------------------ a pass

/* What follows from the data of a pass: who uses a node. */
function prepared(data) {
  if (data.uses) return data;
  data.uses = data.nodes.map(() => []);
  data.nodes.forEach((node, i) => node.parents.forEach(([parent]) => data.uses[parent].push(i)));
  data.last = data.forward + 1 + data.backward.length;
  data.operationAt = [];
  data.nodes.forEach((node, i) => { if (node.step) data.operationAt[node.step] = i; });
  return grouped(data, data.groupings.module.groups.length ? "module" : "function");
}
/* The groups by "module", by "function", or none, and with them those of leaves and data. */
function grouped(data, by) {
  data.by = by;
  data.groups = data.groupings[by]?.groups ?? [];
  data.nodes.forEach((node, i) => { node.group = data.groupings[by]?.inner[i] ?? -1; });
  const chain = (group) => (group < 0 ? [] : [...chain(data.groups[group].parent), group]);
  data.nodes.forEach((node, i) => {
    if (node.kind === "operation" || !data.uses[i].length) return;
    const chains = data.uses[i].map((user) => chain(data.nodes[user].group));
    let depth = 0;
    while (chains.every((c) => depth < c.length && c[depth] === chains[0][depth])) depth += 1;
    node.group = depth ? chains[0][depth - 1] : -1;
  });
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
