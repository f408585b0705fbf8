"use strict";
// How far an import is. Without this file the page asks again by itself.

const watched = document.querySelector("[data-watch]");

if (watched) {
  const bar = watched.querySelector("progress");
  const REST = 1500;

  const ask = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { headers: { Accept: "application/json" } });
      if (answer.redirected || !answer.ok) return location.reload();
      const job = await answer.json();
      if (!job.running) return location.reload();
      watched.querySelector("[data-state]").textContent = job.state;
      watched.querySelector("[data-words]").textContent = job.total ? `${job.done} dari ${job.total} baris` : "";
      if (job.total && job.done) {
        bar.max = job.total;
        bar.value = job.done;
      } else {
        bar.removeAttribute("value");
      }
    } catch {
      // the network is away: ask again
    }
    setTimeout(ask, REST);
  };
  setTimeout(ask, REST);
}
