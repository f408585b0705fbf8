"use strict";
// The frame: every page works without this file; it adds what a page cannot do by itself.

// The error summary gets the focus (autofocus does it too, where the browser supports it on a div).
document.querySelector(".error-summary")?.focus();

// Menus close on Escape and on a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest(".menu[open], .site-nav-fold[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Filter bars are folded on a phone and always open on a wide screen.
const phone = matchMedia("(max-width: 40em)");
const fold = () => {
  for (const bar of document.querySelectorAll("details[data-folds]")) {
    bar.open = !phone.matches || bar.querySelector(".is-invalid") !== null;
  }
};
phone.addEventListener("change", fold);
fold();

// A second click while a form is on its way does nothing; after three seconds it may be sent again.
const sentAt = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (performance.now() - (sentAt.get(form) ?? -Infinity) < 3000) event.preventDefault();
  else sentAt.set(form, performance.now());
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) sentAt.delete(form);
});

// Deadlines: count on from the server's clock, announce, and at zero ask the server.
const MINUTE = 60_000;
const ANNOUNCED = [[24 * 60, "24 jam"], [60, "1 jam"], [10, "10 menit"], [1, "1 menit"]];
const said = (left) => {
  const minutes = Math.floor(left / MINUTE);
  if (minutes < 1) return "kurang dari 1 menit";
  const parts = [[Math.floor(minutes / 1440), "hari"], [Math.floor(minutes / 60) % 24, "jam"], [minutes % 60, "menit"]];
  const largest = parts.findIndex(([count]) => count > 0);
  return parts.slice(largest, largest + 2).filter(([count]) => count > 0).map((part) => part.join(" ")).join(" ");
};
for (const deadline of document.querySelectorAll(".deadline[data-due]")) {
  let left = Date.parse(deadline.dataset.due) - Date.parse(deadline.dataset.now);
  if (left <= 0) continue;
  const remaining = deadline.querySelector("[data-remaining]");
  const announce = deadline.querySelector("[data-announce]");
  const ends = performance.now() + left;
  const tick = () => {
    const before = left;
    left = ends - performance.now();
    if (left <= 0) {
      deadline.classList.add("is-past");
      remaining.textContent = "";
      deadline.querySelector("[data-reload]").hidden = false;
      announce.textContent = "Tenggat telah lewat. Muat ulang halaman untuk melihat status terbaru.";
      clearInterval(timer);
      return;
    }
    remaining.textContent = `${said(left)} lagi`;
    for (const [minutes, words] of ANNOUNCED) {
      if (before > minutes * MINUTE && left <= minutes * MINUTE) announce.textContent = `Sisa waktu ${words}.`;
    }
  };
  const timer = setInterval(tick, 1000);
}
