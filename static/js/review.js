// Arrow keys go to the row before and after, as the links do. Only while nothing is being typed.
"use strict";

const hint = document.querySelector("[data-keys]");
if (hint) hint.hidden = false;

let touched = false;
document.addEventListener("input", () => { touched = true; });
addEventListener("beforeunload", (event) => {
  if (touched) event.preventDefault();
});
document.addEventListener("submit", () => { touched = false; });

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, select, textarea, summary, [role]")) return;
  if (touched) return; // what was typed and not saved would be left behind
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`a[rel=${rel}]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
});
