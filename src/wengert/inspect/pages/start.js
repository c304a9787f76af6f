/* The whole page: a pass is shown, keys and buttons act, and the address remembers what is looked at. */

function show(index) {
  state.pass = index;
  pass = prepared(everything.passes[index]);
  Object.assign(state, { selected: "", leaf: -1, matches: new Set(), cursor: -1 });
  opening();
  headings();
  at("slider").max = String(pass.last);
  at("pass").value = String(index);
  const leaves = pass.nodes.flatMap((node, i) => (node.kind === "leaf" ? [element("option", { value: String(i) }, node.title)] : []));
  at("leaf").replaceChildren(element("option", { value: "-1" }, "none"), ...leaves);
  programLines();
  path();
  state.step = pass.last;
  relayout();
  fit();
  go(pass.last);
}
function headings() {
  const time = state.view === "time";
  at("title").textContent = time ? flameHeading() : `${pass.name}, computed by ${plural(pass.forward, "operation")}, and its gradients`;
  document.title = time ? "where the time goes" : `${pass.name}, computation graph`;
}
/* The groups that are open at first: all of a small program, and of a large one what holds nearly everything. */
function opening() {
  state.open = new Set();
  if (pass.forward <= 30) pass.groups.forEach((_, i) => state.open.add(i));
  const most = pass.groups.findIndex((group) => group.parent < 0 && group.last - group.first + 1 > 0.8 * pass.forward);
  if (most >= 0) state.open.add(most);
  at("open-all").hidden = at("close-all").hidden = !pass.groups.length;
  const { module: modules, function: functions } = pass.groupings, guessed = pass.groupings["modules known by"] === "parameters";
  const choices = [
    modules.groups.length ? ["module", guessed ? "by module (by its parameters)" : "by module"] : null,
    functions.groups.length ? ["function", "by function"] : null, ["none", "none"],
  ].filter((each) => each !== null);
  at("grouping").replaceChildren(...choices.map(([value, words]) => element("option", { value }, words)));
  at("grouping").value = choices.some(([value]) => value === pass.by) ? pass.by : "none";
  at("groupings").hidden = choices.length < 2;
}
function groupBy(by) {
  grouped(pass, by);
  state.selected = "";
  opening();
  relayout();
  fit();
  details();
}
/* The graph, or the time of its operations. */
function see(view) {
  state.view = view;
  play(false);
  for (const each of ["graph", "time"]) {
    at(`${each}-view`).hidden = each !== view;
    at(`see-${each}`).setAttribute("aria-pressed", String(each === view));
  }
  at("passes").hidden = view === "time" || everything.passes.length < 2;
  at("search").setAttribute("aria-label", view === "time" ? "Search blocks" : "Search nodes, operations and lines");
  at("search").value = "";
  headings();
  if (view === "time") flameSearch("");
  else search("");
  if (view === "time") flameDraw();
  else if (state.fitted) fit();
  remember();
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
    if (state.view === "time") history.replaceState(null, "", "#view=time");
    else history.replaceState(null, "", `#pass=${state.pass + 1}&step=${state.step}${node}${leaf}`);
  } catch { /* within a notebook a page has no address */ }
}
function recall() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const number = (name, least, most) => {
    const value = Number.parseInt(wanted.get(name) ?? "", 10);
    return value >= least && value <= most ? value : null;
  };
  if (flame && (wanted.get("view") === "time" || !everything.passes.length)) {
    if (everything.passes.length) show(0);
    return see("time");
  }
  if (state.view === "time") see("graph");
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
const FLAME_KEYS = {
  ArrowLeft: () => flameMove("before"), ArrowRight: () => flameMove("after"), ArrowUp: () => flameMove("above"), ArrowDown: () => flameMove("below"),
  Home: () => flameZoom(flameRoot), Escape: flameOut, "/": () => at("search").focus(),
  Enter: () => { const block = flameBlocks[document.activeElement?.dataset?.block]; if (block) flameZoom(block); },
};
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
    const time = state.view === "time";
    if (event.key === "Escape") { at("search").value = ""; (time ? flameSearch : search)(""); event.target.blur(); }
    else if (event.key === "Enter" && event.target === at("search")) (time ? flameNextMatch : nextMatch)();
    return;
  }
  if (tag === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
  const act = (state.view === "time" ? FLAME_KEYS : KEYS)[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.key !== " ") play(false);
  act();
}
function start() {
  if (!everything.passes.length && !flame) { at("telling").textContent = "No backward pass was recorded."; return; }
  at("views").hidden = !everything.passes.length || !flame;
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
  at("grouping").addEventListener("change", () => { play(false); groupBy(at("grouping").value); });
  at("search").addEventListener("input", () => (state.view === "time" ? flameSearch : search)(at("search").value));
  for (const view of ["graph", "time"]) at(`see-${view}`).addEventListener("click", () => see(view));
  if (flame) flameStart();
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; redraw(); });
  };
  at("scroll").addEventListener("scroll", later, { passive: true });
  // In a frame the size is known only later.
  new ResizeObserver(() => { if (!pass || state.view === "time") return; if (state.fitted) fit(); else later(); }).observe(at("scroll"));
  addEventListener("keydown", onKey);
  addEventListener("hashchange", recall);
  recall();
}
start();
