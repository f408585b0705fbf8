"use strict";
// The formula editor tells what the typed formula gives while it is typed. The server is the only one that evaluates;
// without this file the button “Coba hitung” does the same.

const form = document.querySelector("form[data-formula]");
const REST = 500; // milliseconds without typing

if (form) {
  const result = form.querySelector("[data-result]");
  const said = form.querySelector("[data-said]");
  const trouble = form.querySelector("[data-trouble]");
  const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  let timer, running;

  const complain = (words) => {
    trouble.textContent = words;
    trouble.hidden = !words;
    result.toggleAttribute("aria-busy", false);
  };

  const ask = async () => {
    running?.abort();
    const mine = (running = new AbortController());
    try {
      const response = await fetch(form.dataset.formula, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: new FormData(form),
        signal: AbortSignal.any([mine.signal, AbortSignal.timeout(15_000)]),
      });
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      const answer = isJson ? await response.json() : null;
      if (mine !== running) return;
      if (!response.ok || !answer?.html) {
        complain(answer?.message ?? "Hasil belum dapat diperbarui. Tekan “Coba hitung”.");
        return;
      }
      complain("");
      result.innerHTML = answer.html; // made and escaped by our own template
      said.textContent = answer.said;
    } catch {
      if (mine === running) complain("Hasil belum dapat diperbarui: sambungan terputus. Isian Anda tetap di sini.");
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "reason" || event.target.name === "accepted") return;
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  });
}
