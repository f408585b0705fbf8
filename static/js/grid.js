"use strict";
// A table of inputs that is filled in like a spreadsheet: Enter and the arrows walk through a column, and a block that
// was copied from a spreadsheet is pasted into the cells to the right and below. Without this file Tab does the walking.

const grid = document.querySelector("form[data-grid]");
const cells = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.querySelector("input:not([type=hidden])")));
const place = (input) => {
  const row = cells.findIndex((inputs) => inputs.includes(input));
  return row < 0 ? null : [row, cells[row].indexOf(input)];
};

grid.addEventListener("keydown", (event) => {
  const here = place(event.target);
  const down = (event.key === "Enter" && !event.shiftKey) || event.key === "ArrowDown";
  const up = (event.key === "Enter" && event.shiftKey) || event.key === "ArrowUp";
  if (!here || !(down || up) || event.isComposing) return;
  event.preventDefault();
  const [row, column] = here;
  for (let next = row + (down ? 1 : -1); next >= 0 && next < cells.length; next += down ? 1 : -1) {
    const input = cells[next][column];
    if (!input) continue;
    input.focus();
    input.select();
    return;
  }
});

grid.addEventListener("paste", (event) => {
  const here = place(event.target);
  const block = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t"));
  if (!here || (block.length === 1 && block[0].length === 1)) return;
  event.preventDefault();
  const [row, column] = here;
  block.forEach((line, down) => line.forEach((text, right) => {
    const input = cells[row + down]?.[column + right];
    if (input) input.value = text.trim();
  }));
});

const stored = new Map(cells.flat().filter(Boolean).map((input) => [input, input.value]));
const isChanged = () => [...stored].some(([input, value]) => input.value !== value);
let isSent = false;
grid.addEventListener("submit", () => { isSent = true; });
addEventListener("beforeunload", (event) => { if (!isSent && isChanged()) event.preventDefault(); });
