"use strict";
// Evidence goes up as soon as it is chosen. Without this file the form's own button does it.

const form = document.querySelector("form[data-upload]");

if (form) {
  const chooser = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-progress]");
  const announce = form.querySelector("[data-announce]");
  const queue = [];
  let busy = false;
  form.querySelector("[data-plain-upload]").hidden = true;

  const token = () => document.cookie.split("; ").find((part) => part.startsWith("csrftoken="))?.slice(10) ?? "";
  const BY_STATUS = {
    0: "Sambungan terputus. Periksa jaringan, lalu coba lagi.",
    401: "Sesi Anda berakhir. Masuk lagi di tab lain, lalu coba lagi.",
    403: "Anda tidak berhak mengunggah di sini, atau halaman sudah usang. Muat ulang halaman.",
    413: "Berkas terlalu besar. Perkecil atau bagi berkas, lalu unggah lagi.",
    504: "Server terlalu lama menjawab. Coba lagi.",
  };

  chooser.addEventListener("change", take);
  addEventListener("beforeunload", (event) => {
    if (busy) event.preventDefault();
  });
  take(); // a quick hand chose before this file had run

  function take() {
    for (const line of list.querySelectorAll("li:has(.is-problem)")) if (chooser.files.length) line.remove();
    for (const file of chooser.files) {
      const line = document.createElement("li");
      line.textContent = `${file.name} `;
      list.append(line);
      queue.push({ file, line, slot: form.elements.slot?.value ?? "" }); // as it is now
    }
    chooser.value = "";
    next();
  }

  function next() {
    if (busy || !queue.length) return;
    busy = true;
    send(queue.shift());
  }

  function send(sent) {
    const { file, line, slot } = sent;
    const bar = document.createElement("progress");
    const words = document.createElement("span");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", `Mengunggah ${file.name}`);
    line.replaceChildren(`${file.name} `, bar, " ", words);
    if (file.size > Number(form.dataset.max)) return done(413, null, sent);
    const data = new FormData();
    data.append("slot", slot);
    data.append("berkas", file);
    const request = new XMLHttpRequest();
    let quarter = 0;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((event.loaded / event.total) * 100);
      bar.value = percent;
      words.textContent = percent < 100 ? `${percent}%` : "Memeriksa isi berkas…";
      if (Math.floor(percent / 25) > quarter) {
        quarter = Math.floor(percent / 25);
        announce.textContent = quarter < 4 ? `${file.name}: ${quarter * 25}%.` : `${file.name} terkirim, sedang diperiksa.`;
      }
    });
    request.addEventListener("loadend", () => {
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // not our answer: the status says it
      }
      done(request.status, answer, sent);
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.send(data);
  }

  function done(status, answer, sent) {
    const { file, line } = sent;
    busy = false;
    const result = answer?.files?.[0];
    if (result?.ok) {
      show(result);
      line.remove();
      announce.textContent = result.message;
      const missing = document.querySelector("[data-missing]");
      if (missing && answer.lacks !== undefined) missing.textContent = answer.lacks;
      for (const [pk, state] of Object.entries(answer.slots ?? {})) {
        const place = document.querySelector(`[data-slot="${pk}"]`);
        if (place) place.textContent = state;
      }
    } else {
      const reason = result?.message ?? answer?.message ?? BY_STATUS[status] ?? "Server sedang bermasalah. Coba lagi.";
      const words = document.createElement("span");
      words.className = "is-problem";
      words.textContent = result ? reason : `“${file.name}” tidak diunggah. ${reason}`;
      line.replaceChildren(words);
      announce.textContent = words.textContent;
      if (!result && status !== 413 && status !== 403) {
        const again = document.createElement("button");
        again.type = "button";
        again.className = "btn btn-outline-secondary btn-sm";
        again.textContent = "Coba lagi";
        again.addEventListener("click", () => {
          queue.push(sent);
          next();
        });
        line.append(" ", again);
      }
    }
    next();
  }

  function show(file) {
    const line = document.querySelector("template[data-file]").content.cloneNode(true);
    const link = line.querySelector("a");
    link.href = file.url;
    link.append(` ${file.name}`);
    line.querySelector("[data-facts]").textContent = `${file.kind}, ${file.size}`;
    const slot = line.querySelector("[data-file-slot]");
    if (slot) slot.textContent = `Untuk: ${file.slot || "lainnya"}`;
    line.querySelector("form").action = file.remove_url;
    document.querySelector("[data-files]").append(line);
    document.querySelector("[data-no-files]")?.remove();
  }
}
