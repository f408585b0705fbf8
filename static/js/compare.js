"use strict";
// Compare a file with the SHA-256 of the document, in the browser: the file goes nowhere.
const box = document.querySelector("[data-compare]");
if (box && window.crypto?.subtle) {
  const verdict = box.querySelector("[data-verdict]");
  const say = (tone, words, hash) => {
    verdict.className = `mt-3 note note-${tone}`;
    const lines = document.createElement("div");
    lines.textContent = words;
    if (hash) {
      const code = document.createElement("div");
      code.className = "hash";
      code.textContent = hash;
      lines.append(code);
    }
    verdict.replaceChildren(lines);
  };
  box.hidden = false;
  box.querySelector("input").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    say("info", "Menghitung sidik berkas…");
    try {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const same = hash === box.dataset.compare;
      say(same ? "success" : "error", same ? "Cocok: berkas ini sama persis dengan yang diterbitkan." : "Tidak cocok: berkas ini bukan berkas yang diterbitkan, atau sudah diubah. Sidik berkas Anda:", same ? "" : hash);
    } catch {
      say("error", "Berkas tidak dapat dibaca. Pilih berkas lagi.");
    }
  });
}
