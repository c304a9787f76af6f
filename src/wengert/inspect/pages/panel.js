/* What stands beside the picture: a node, a way from a leaf to the result, the program. */

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
