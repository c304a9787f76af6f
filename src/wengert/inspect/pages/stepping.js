/* Going through the steps, and choosing nodes and groups. */

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
