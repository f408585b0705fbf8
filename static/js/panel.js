"use strict";
// Help beside the entry table. Without this file, or on a narrow screen, its links lead to the row's own page.

const place = document.querySelector("[data-panel-place]");
const beside = document.querySelector("[data-beside]");
const wide = matchMedia("(min-width: 62em)");

if (place && beside) {
  let opener = null;
  let asked = 0;

  const close = () => {
    asked += 1;
    place.hidden = true;
    place.replaceChildren();
    beside.classList.remove("is-open");
    opener?.removeAttribute("aria-current");
    opener?.focus();
    opener = null;
  };

  const closer = () => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "btn btn-outline-secondary btn-sm";
    element.textContent = "Tutup bantuan";
    element.addEventListener("click", close);
    return element;
  };

  const open = async (link) => {
    asked += 1;
    const mine = asked;
    opener?.removeAttribute("aria-current");
    opener = link;
    link.setAttribute("aria-current", "true");
    place.hidden = false;
    place.setAttribute("aria-busy", "true");
    beside.classList.add("is-open");
    const holder = document.createElement("div");
    try {
      const answer = await fetch(link.dataset.panel, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      holder.innerHTML = await answer.text(); // our own page, escaped by its template
    } catch {
      if (mine === asked) location.assign(link.href); // signed out or broken: the row's page says which
      return;
    }
    if (mine !== asked) return; // another one was opened meanwhile, or it was closed
    place.replaceChildren(closer(), holder);
    place.removeAttribute("aria-busy");
    place.scrollTop = 0;
    const form = place.querySelector("form[data-comment]");
    if (form) window.suggestPeople?.(form);
    place.querySelector("h2").focus();
  };

  beside.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || !wide.matches || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !place.hidden && !event.defaultPrevented) close();
  });
}
