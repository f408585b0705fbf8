// Arrow keys go to the row before and after, as the links do. Only while nothing is being typed. Whoever leaves, also by
// sending another form of the page, is asked first if something typed would be left behind.
"use strict";

const hint = document.querySelector("[data-keys]");
if (hint) hint.hidden = false;

const touched = new Set(); // forms
document.addEventListener("input", (event) => { touched.add(event.target.form); });
addEventListener("beforeunload", (event) => {
  if (touched.size) event.preventDefault();
});
document.addEventListener("submit", (event) => { touched.delete(event.target); });

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, select, textarea, summary, [role]")) return;
  if (touched.size) return; // what was typed and not saved would be left behind
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`a[rel=${rel}]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
});
