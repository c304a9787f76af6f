/* What is shown, and what everything uses: elements, texts of numbers, the state of the page.
   Text from the program is only ever set as text; nothing is loaded. The files of the page are one function together. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 252, HEIGHT = 86, GAP = 34, LEVEL = 126, THREAD = 26, MARGIN = 36;
const DUMMIES = 3000; // so many places are reserved for arrows that pass by other boxes
const PATHS = 6; // so many ways from a leaf to the result are written out
const PACE = 1100; // milliseconds for a step; less where there are many

const everything = JSON.parse(document.getElementById("data").textContent);
const flame = everything.flame;
const at = (id) => document.getElementById(id);
const state = { pass: 0, step: 0, selected: "", open: new Set(), leaf: -1, matches: new Set(), cursor: -1, scale: 1, fitted: true, timer: 0, view: "graph" };
let pass, shown, drawn = new Map();

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
