/* Where the time goes. A block is as wide as what it took; what it called is below it, the largest first.
   rows of the profile -> a tree of blocks -> the blocks below the one that is looked at, as far as they can be seen */

const ROW = 25;
const NARROW = 3; // pixels; narrower blocks that stand side by side become one
const SEEN = 2500; // so many blocks are drawn
const PARTS = 20; // so many blocks stand for many that are too narrow
const LISTED = 15; // so many rows has a table
let flameRoot, flameAt, flameBlocks = [], flameDrawn = new Map(), flameFound = new Set(), flameAround = new Set(), flameCursor = -1;
const flameChoice = { measure: "time", frames: "both", ways: "apart" };
const WAYS = ["forward", "backward", "python"];

// ------------------------------------------------------------------ the tree

function flameBlock(parent, key, kind, name, frame = null) {
  const known = parent?.inside.get(key);
  if (known) return known;
  const made = { id: flameBlocks.length, parent, kind, name, frame, inside: new Map(), calls: 0, time: 0, made: 0, saved: 0, forward: 0, backward: 0, python: 0 };
  flameBlocks.push(made);
  parent?.inside.set(key, made);
  return made;
}
function flameTree() {
  flameBlocks = [];
  flameRoot = flameAt = flameBlock(null, "", "everything", "everything");
  const chains = new Map();
  const chain = (stack) => {
    if (stack < 0) return [];
    if (!chains.has(stack)) {
      const [parent, number] = flame.stacks[stack], { kind } = flame.frames[number];
      const before = chain(parent), wanted = flameChoice.frames === "both" || flameChoice.frames === kind;
      chains.set(stack, wanted && before.at(-1) !== number ? [...before, number] : before);
    }
    return chains.get(stack);
  };
  for (const [stack, operation, way, calls, time, made, saved] of [...flame.rows].sort((a, b) => a[0] - b[0])) {
    const python = WAYS[way] === "python";
    if (python && flameChoice.measure !== "time") continue;
    let block = flameRoot;
    const met = [block];
    if (flameChoice.ways === "apart" && (stack >= 0 || !python)) met.push(block = flameBlock(block, way % 2, "way", WAYS[way % 2]));
    for (const number of chain(stack)) {
      const frame = flame.frames[number];
      met.push(block = flameBlock(block, number, frame.kind, frame.title, frame));
    }
    if (python) met.push(flameBlock(block, stack < 0 ? "passes" : "operations", "python", stack < 0 ? "Python, between passes" : "Python, between operations"));
    else met.push(flameBlock(block, `:${operation}`, "operation", operation.replaceAll("_", " ")));
    const measured = { time, made, saved }[flameChoice.measure];
    for (const each of met) {
      each.calls += python && each.kind !== "python" ? 0 : calls; each.time += time; each.made += made; each.saved += saved;
      each[WAYS[way]] += measured;
    }
  }
  for (const block of flameBlocks) {
    block.size = block.forward + block.backward + block.python;
    block.below = [...block.inside.values()];
  }
  const order = (block) => (block.kind === "python" ? 3 : block.name === "backward" ? 2 : 1);
  for (const block of flameBlocks) block.below.sort((a, b) => b.size - a.size);
  if (flameChoice.ways === "apart") flameRoot.below.sort((a, b) => order(a) - order(b));
}

// ------------------------------------------------------------------ texts

function timeText(microseconds) {
  if (microseconds < 1000) return `${Number(microseconds.toPrecision(3))} µs`;
  if (microseconds < 1e6) return `${Number((microseconds / 1000).toPrecision(3))} ms`;
  return `${Number((microseconds / 1e6).toPrecision(4))} s`;
}
const flameSize = (size) => (flameChoice.measure === "time" ? timeText(size) : bytesText(size));
const flameShare = (part, whole) => {
  const percent = (100 * part) / (whole || 1);
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
};
const flameKind = (block) => ({
  everything: "all that was watched", smaller: "blocks that are too narrow to be drawn here", way: `the ${block.name} pass`, line: `line, ${block.frame?.where}, in ${block.frame?.within}`,
  module: `module, ${block.frame?.within}`, operation: "operation", python: "no operation, but an optimizer's step, data, an import, or other Python",
})[block.kind];
const flameLabel = (block) => (block.kind === "module" && block.frame.within !== block.name ? `${block.name}: ${block.frame.within}` : block.name);
/* As much of it as there is room for; of a module's name the end says most. */
function flameShort(block, letters) {
  const said = flameLabel(block), path = block.kind === "module" ? block.name.split(".") : [];
  const choices = [said, block.name, path.slice(-2).join("."), path.slice(-1).join("")];
  return choices.find((each) => each && each.length <= letters) ?? clipped(path.at(-1) ?? said, letters);
}
const flameCalls = (block) => (block.kind === "python" ? plural(block.calls, "time") : plural(block.calls, "operation"));
const flameHeading = () => `where ${timeText(flameRoot.time)} went, in ${flameCalls(flameRoot)}`;

// ------------------------------------------------------------------ the picture

/* What stands for blocks that are too narrow to be drawn; many of them are divided again, so that each can be reached. */
function flameTogether(parent, blocks, name = `${blocks.length} smaller`) {
  const made = flameBlock(parent, `smaller ${blocks[0].id} ${blocks.length}`, "smaller", name);
  if (made.below) return made;
  for (const each of blocks) for (const key of ["calls", "time", "made", "saved", "forward", "backward", "python", "size"]) made[key] = (made[key] ?? 0) + each[key];
  made.below = blocks;
  if (blocks.length > 5 * PARTS) {
    const many = Math.ceil(blocks.length / PARTS);
    made.below = Array.from({ length: Math.ceil(blocks.length / many) }, (_, i) => flameTogether(made, blocks.slice(i * many, (i + 1) * many), `${i * many + 1} to ${Math.min(blocks.length, (i + 1) * many)} of ${blocks.length}`));
  }
  return made;
}
/* The blocks that can be seen, with their places: a row's blocks are sorted by size, so the narrow ones are its end. */
function flamePlaces(width, narrow) {
  const found = [], waiting = [[flameAt, 0, width, 0]];
  while (waiting.length && found.length <= SEEN) {
    const [block, x, w, row] = waiting.pop();
    found.push({ block, x, w, row });
    let left = x;
    for (let i = 0; i < block.below.length && block.size; i += 1) {
      const each = block.below[i], wide = (w * each.size) / block.size;
      if (wide < narrow && (block !== flameRoot || flameChoice.ways === "together")) {
        const rest = block.below.slice(i), size = rest.reduce((sum, one) => sum + one.size, 0), together = (w * size) / block.size;
        if (together >= narrow) found.push({ block: flameTogether(block, rest), x: left, w: together, row: row + 1 });
        break;
      }
      if (wide >= narrow) waiting.push([each, left, wide, row + 1]);
      left += wide;
    }
  }
  return found;
}
function flameDraw() {
  const picture = at("flame"), width = Math.max(200, at("flame-scroll").clientWidth - 24), focused = document.activeElement?.dataset?.block;
  let narrow = NARROW, places = flamePlaces(width, narrow);
  while (places.length > SEEN) places = flamePlaces(width, (narrow *= 2));
  flameDrawn = new Map();
  const parts = places.sort((a, b) => a.row - b.row || a.x - b.x).map(flameShape);
  const rows = places.reduce((most, { row }) => Math.max(most, row + 1), 1);
  picture.setAttribute("viewBox", `0 0 ${width} ${rows * ROW + 2}`);
  picture.setAttribute("height", rows * ROW + 2);
  (flameDrawn.get(Number(focused)) ?? flameDrawn.get(flameAt.id)).shape.setAttribute("tabindex", "0");
  picture.replaceChildren(...parts);
  if (focused !== undefined) (flameDrawn.get(Number(focused)) ?? flameDrawn.get(flameAt.id)).shape.focus({ preventScroll: true });
  flameTrail();
  flameTables();
}
function flameShape(place) {
  const { block, x, w, row } = place, y = row * ROW + 1, height = ROW - 2;
  const names = ["block", block.kind];
  if (flameFound.has(block)) names.push("found");
  else if (flameFound.size && !flameAround.has(block) && !flameWithin(block)) names.push(block.kind === "smaller" && flameHas(block) ? "found" : "dim");
  const rect = (name, left, wide) => shape("rect", { class: name, x: left, y, width: Math.max(0.5, wide), height, rx: Math.min(3, wide / 3) });
  const shades = [];
  if (block.kind === "everything") shades.push(rect("shade-whole", x, w));
  else {
    let left = x;
    for (const part of ["forward", "backward", "python"]) if (block[part]) {
      const wide = (w * block[part]) / block.size;
      shades.push(rect(`shade-${part}`, left, wide));
      left += wide;
    }
  }
  const letters = Math.floor((w - 10) / (block.kind === "module" || block.kind === "way" ? 7.1 : 7.3)), said = flameLabel(block);
  const much = `${flameSize(block.size)}, ${flameShare(block.size, flameRoot.size)}`, fits = said.length + much.length + 3 <= letters;
  const text = letters < 3 ? null : shape("text", { x: x + 5, y: y + 16 }, flameShort(block, letters), fits ? shape("tspan", { class: "much", dx: 10 }, much) : null);
  const made = shape(
    "g", { class: names.join(" "), role: "button", tabindex: "-1", "aria-label": flameSpoken(block), "data-block": block.id, click: () => flameZoom(block), focus: () => flameTell(block), mouseenter: () => flameTell(block) },
    shape("title", {}, flameSpoken(block)), ...shades, shape("rect", { class: "outline", x: x + 1, y: y + 1, width: Math.max(0.5, w - 2), height: height - 2, rx: 3, "pointer-events": "all" }), text,
  );
  flameDrawn.set(block.id, { ...place, shape: made });
  return made;
}
function flameWithin(block) {
  for (let up = block.parent; up; up = up.parent) if (flameFound.has(up)) return true;
  return false;
}
const flameHas = (block) => block.below.some((each) => flameFound.has(each) || flameAround.has(each) || (each.kind === "smaller" && flameHas(each)));
function flameSpoken(block) {
  const parts = [`${flameLabel(block)}, ${flameKind(block)}: ${flameSize(block.size)}, ${flameShare(block.size, flameRoot.size)} of everything`, flameCalls(block)];
  if (block.kind !== "python") parts.push(`${bytesText(block.made)} allocated`, `${bytesText(block.saved)} kept for backward`);
  return parts.join("; ");
}

// ------------------------------------------------------------------ moving

function flameZoom(block) {
  flameAt = block.below.length ? block : block.parent ?? block;
  at("flame-scroll").scrollTop = 0;
  flameDraw();
  flameFocus(block);
}
function flameOut() {
  const before = flameAt;
  flameAt = flameAt.parent ?? flameAt;
  flameDraw();
  flameFocus(before);
}
function flameFocus(block) {
  const drawn = flameDrawn.get(block.id);
  if (!drawn) return;
  for (const each of flameDrawn.values()) each.shape.setAttribute("tabindex", "-1");
  drawn.shape.setAttribute("tabindex", "0");
  drawn.shape.focus({ preventScroll: true });
  const frame = at("flame-scroll"), top = drawn.row * ROW;
  if (top < frame.scrollTop || top + 2 * ROW > frame.scrollTop + frame.clientHeight) frame.scrollTop = top - frame.clientHeight / 2;
  flameTell(block);
}
function flameMove(where) {
  const drawn = flameDrawn.get(Number(document.activeElement?.dataset?.block ?? flameAt.id)) ?? flameDrawn.get(flameAt.id);
  const { block, row, x, w } = drawn, every = [...flameDrawn.values()];
  if (!document.activeElement?.dataset?.block) return flameFocus(block);
  const beside = every.filter((each) => each.row === row);
  const next = {
    above: every.find((each) => each.row === row - 1 && each.x <= x + 0.01 && x < each.x + each.w),
    below: every.find((each) => each.row === row + 1 && each.x >= x - 0.01 && each.x < x + w),
    before: beside.filter((each) => each.x < x).at(-1), after: beside.find((each) => each.x > x),
  }[where];
  if (next) flameFocus(next.block);
}
function flameSearch(text) {
  const wanted = text.trim().toLowerCase();
  const words = (block) => `${flameLabel(block)} ${block.frame ? `${block.frame.where} ${block.frame.within}` : ""}`.toLowerCase();
  flameFound = new Set(wanted ? flameBlocks.filter((block) => words(block).includes(wanted)) : []);
  flameAround = new Set();
  flameCursor = -1;
  let size = 0; // of those that are in no other
  for (const block of flameFound) {
    let outermost = true;
    for (let up = block.parent; up; up = up.parent) {
      flameAround.add(up);
      if (flameFound.has(up)) outermost = false;
    }
    if (outermost) size += block.size;
  }
  at("found").textContent = wanted ? `${flameFound.size} found${flameFound.size ? `, ${flameShare(size, flameRoot.size)}` : ""}` : "";
  flameDraw();
}
function flameNextMatch() {
  if (!flameFound.size) return;
  flameCursor = (flameCursor + 1) % flameFound.size;
  const block = [...flameFound][flameCursor];
  let around = block;
  while (around && around !== flameAt) around = around.parent;
  if (!around) flameAt = flameRoot;
  flameDraw();
  if (!flameDrawn.has(block.id)) { flameAt = block.parent ?? block; flameDraw(); }
  at("found").textContent = `${flameCursor + 1} of ${flameFound.size}`;
  flameTell(block);
}

// ------------------------------------------------------------------ beside the picture

function flameTrail() {
  const trail = [];
  for (let block = flameAt; block; block = block.parent) trail.unshift(block);
  const parts = trail.flatMap((block, i) => {
    const words = clipped(flameLabel(block), 34);
    const part = block === flameAt ? element("span", { class: "here" }, words) : element("button", { type: "button", class: "link", click: () => flameZoom(block) }, words);
    return i ? [" › ", part] : [part];
  });
  at("flame-trail").replaceChildren(...(trail.length > 8 ? [...parts.slice(0, 3), " … ", ...parts.slice(-8)] : parts));
}
function flameTell(block) {
  const target = at("flame-block");
  if (!block || block === flameRoot) return target.replaceChildren(...flameHowToRead());
  const row = (name, words) => element("tr", {}, element("th", {}, name), element("td", { class: "number" }, words));
  const rows = [row("time", timeText(block.time)), row("of everything", flameShare(block.size, flameRoot.size))];
  if (block.parent !== flameRoot) rows.push(row("of the block above", flameShare(block.size, block.parent.size)));
  if (block.forward && block.backward) rows.push(row("forward", flameSize(block.forward)), row("backward", flameSize(block.backward)));
  if (block.kind === "python") rows.push(row("times", String(block.calls)));
  else rows.push(row("operations", String(block.calls)), row("allocated", bytesText(block.made)), row("kept for backward", bytesText(block.saved)));
  target.replaceChildren(
    element("h2", { class: "big" }, flameLabel(block)), element("p", { class: "muted" }, flameKind(block)), element("table", {}, ...rows),
  );
}
function flameHowToRead() {
  const line = (kind, words) => element("p", {}, element("span", { class: `chip ${kind}` }), words);
  return [
    element("h2", {}, "How to read the picture"),
    element("p", {}, `A block is as wide as ${{ time: "the time it took", made: "the memory it allocated", saved: "the memory it keeps for backward" }[flameChoice.measure]}. What it called is below it, the largest first; the blocks in a strong colour are single operations.`),
    line("forward", "forward: values are computed"), line("backward", "backward: the gradients of the same lines"),
    flameRoot.python ? line("python", "Python between operations: the optimizer's step, data, imports") : null,
    element("p", { class: "muted" }, "Click a block to see it larger; Esc goes back. Keys: arrows move, Enter zooms, / searches, Home shows everything."),
  ].filter((each) => each !== null);
}
function flameBar(block, whole) {
  let left = 0;
  const parts = ["forward", "backward", "python"].map((part) => {
    const wide = (100 * block[part]) / (whole || 1), made = shape("rect", { class: `${part}-part`, x: left, y: 0, width: wide, height: 4 });
    left += wide;
    return made;
  });
  return shape("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
}
/* The same as the picture, for whoever reads it: what is inside of the block that is looked at, and a way into it. */
function flameTables() {
  at("flame-inside-title").textContent = flameAt === flameRoot ? "Everything, by what is inside" : `Inside ${clipped(flameLabel(flameAt), 40)}`;
  const head = (...names) => element("tr", {}, ...names.map((name, i) => element("th", i ? { class: "number", scope: "col" } : { scope: "col" }, name)));
  const cells = (block, first) => [element("td", {}, first, flameBar(block, flameAt.size)), element("td", { class: "number" }, flameSize(block.size)), element("td", { class: "number" }, flameShare(block.size, flameAt.size)), element("td", { class: "number" }, String(block.calls))];
  const width = flameChoice.measure === "time" ? "time" : "memory";
  const shownRows = [...flameAt.below].sort((a, b) => b.size - a.size).slice(0, LISTED).map((block) => {
    const name = block.below.length ? element("button", { type: "button", class: "link", click: () => flameZoom(block) }, flameLabel(block)) : element("span", {}, flameLabel(block));
    return element("tr", {}, ...cells(block, name));
  });
  const more = flameAt.below.length > LISTED ? element("p", { class: "muted" }, `and ${flameAt.below.length - LISTED} more`) : null;
  at("flame-inside").replaceChildren(element("table", {}, head("block", width, "share", "operations"), ...shownRows), ...(more ? [more] : []));
  const totals = new Map(), waiting = [flameAt];
  while (waiting.length) {
    const block = waiting.pop();
    waiting.push(...block.below);
    if (block.kind !== "operation") continue;
    const sum = totals.get(block.name) ?? { name: block.name, size: 0, calls: 0, forward: 0, backward: 0, python: 0 };
    for (const key of ["size", "calls", "forward", "backward"]) sum[key] += block[key];
    totals.set(block.name, sum);
  }
  const summed = [...totals.values()].sort((a, b) => b.size - a.size).slice(0, LISTED);
  at("flame-operations").replaceChildren(element("table", {}, head("operation", width, "share", "times"), ...summed.map((each) => element("tr", {}, ...cells(each, element("span", {}, each.name))))));
}
function flameStart() {
  flameTree();
  const modules = flame.frames.some((frame) => frame.kind === "module");
  if (!modules) for (const option of [...at("flame-frames").options]) {
    if (option.value === "module") option.remove();
    else if (option.value === "both") option.textContent = "lines";
    else if (option.value === "line") option.remove();
  }
  for (const name of ["measure", "frames", "ways"]) at(`flame-${name}`).addEventListener("change", () => {
    flameChoice[name] = at(`flame-${name}`).value;
    flameTree();
    flameSearch(at("search").value);
    flameTell(null);
  });
  flameTell(null);
  new ResizeObserver(() => { if (state.view === "time") flameDraw(); }).observe(at("flame-scroll"));
}
