"use strict";
// Autosave of achievement rows, in the table and on a row's own page. Every page works without this file.
// A row is a form "row-<id>"; its inputs carry the stored value in data-stored. Only what changed is sent, together
// with the version that was seen; the server computes, and refuses what is impossible, late or overtaken.

const RETRY_AFTER = 15_000;
const table = document.querySelector("table[data-entry]");
const host = table ?? document.querySelector("form[data-entry]");
const rows = [];

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
const make = (tag, text = "", attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const button = (text, act) => {
  const element = make("button", text, { type: "button", class: "btn btn-outline-secondary btn-sm" });
  element.addEventListener("click", act);
  return element;
};

class Row {
  constructor(form) {
    this.form = form;
    this.pk = form.id.slice("row-".length);
    this.place = form.closest("tr") ?? document;
    this.inputs = [...form.elements].filter((input) => "stored" in input.dataset);
    this.note = this.place.querySelector("[data-note]");
    this.key = `kinerjaku:${host.dataset.user}:${this.pk}`;
    this.saving = this.again = this.locked = this.waiting = false;
    for (const input of this.inputs) {
      input.addEventListener("input", () => this.remember());
      input.addEventListener("change", () => this.save());
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.changed().length) this.save();
      else this.say("Tidak ada perubahan.");
    });
    const plain = this.place.querySelector("[data-plain-save]");
    if (table && plain) plain.hidden = true;
    this.offer();
  }

  value(input) { return input.type === "checkbox" ? String(input.checked) : input.value; }
  set(input, value) {
    if (input.type === "checkbox") input.checked = value === "true";
    else input.value = value;
  }
  changed() { return this.inputs.filter((input) => this.value(input) !== input.dataset.stored); }
  get isUnsaved() { return !this.locked && (this.saving || this.changed().length > 0); }
  get version() { return this.form.elements.namedItem("version"); }

  say(text, tone = "", ...more) {
    this.note.className = `small ${tone}`;
    this.note.replaceChildren(text, ...more.flatMap((element) => [" ", element]));
  }

  // What was typed outlives a reload, in this tab only.
  remember() {
    const fields = Object.fromEntries(this.changed().map((input) => [input.name, this.value(input)]));
    if (Object.keys(fields).length) sessionStorage.setItem(this.key, JSON.stringify(fields));
    else sessionStorage.removeItem(this.key);
  }
  offer() {
    const fields = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
    const lost = this.inputs.filter((input) => input.name in fields && fields[input.name] !== this.value(input));
    if (!lost.length) return;
    const words = lost.map((input) => `${input.labels[0]?.textContent.trim()}: ${fields[input.name] || "(kosong)"}`);
    this.say(`Ada isian yang belum tersimpan (${words.join("; ")}).`, "is-problem",
      button("Pulihkan", () => {
        for (const input of lost) this.set(input, fields[input.name]);
        this.save();
      }),
      button("Buang", () => {
        sessionStorage.removeItem(this.key);
        this.say("");
      }));
  }

  async save() {
    if (this.locked) return;
    if (this.saving) {
      this.again = true;
      return;
    }
    const changed = this.changed();
    if (!changed.length) { // back to what is stored
      this.mend();
      this.remember();
      if (this.note.classList.contains("is-problem")) this.say(""); // “Tersimpan” stays
      return;
    }
    const sent = Object.fromEntries(changed.map((input) => [input.name, this.value(input)]));
    this.saving = true;
    this.waiting = false;
    this.again = false;
    this.remember();
    this.say("Menyimpan…");
    let answer, status;
    try {
      const response = await fetch(this.form.action, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: new URLSearchParams({ version: this.version.value, ...sent }),
        signal: AbortSignal.timeout(30_000),
      });
      status = response.status;
      answer = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : null;
    } catch {
      status = 0;
    }
    this.saving = false;
    this.receive(status, answer, sent);
    if (this.again && this.changed().length) this.save(); // otherwise what was said stays
  }

  receive(status, answer, sent) {
    if (status === 200 && answer) this.saved(answer, sent);
    else if (status === 401) this.signedOut(answer);
    else if (answer?.conflict) this.overtaken(answer.conflict);
    else if (["closed", "wrong_state", "not_yet_open"].includes(answer?.code)) this.lock(answer.message);
    else if (answer?.message) this.refuse(answer);
    else if (status === 403 || status === 404) this.say("Tidak tersimpan: Anda tidak berhak mengisi baris ini, atau halaman sudah usang. Muat ulang halaman; isian Anda ditawarkan kembali.", "is-problem");
    else this.failed(status ? "server sedang bermasalah" : "sambungan terputus");
  }

  saved(answer, sent) {
    this.version.value = answer.version;
    for (const input of this.inputs) {
      if (!(input.name in sent)) continue;
      input.dataset.stored = answer.values[input.name] ?? "";
      if (this.value(input) === sent[input.name]) this.set(input, input.dataset.stored);
    }
    this.mend();
    this.remember();
    this.show(answer);
    this.say(`Tersimpan ${answer.saved_at}. ${answer.notice}`, answer.notice ? "" : "is-settled");
  }

  // Everything the server computed.
  show(answer) {
    const put = (name, text) => {
      const element = this.place.querySelector(`[data-${name}]`);
      if (element) element.textContent = text;
    };
    put("actual", answer.actual || (answer.no_result ? "Belum ada hasil" : "–"));
    put("percent", answer.percent || "–");
    put("doubt", answer.doubt);
    const explain = this.place.querySelector("[data-explain]");
    if (explain) explain.hidden = !answer.unexplained;
    for (const [name, text] of [["measure", answer.actual], ["sign", answer.percent]]) {
      const unit = this.place.querySelector(`[data-${name}]`);
      if (unit) unit.hidden = !text;
    }
    if (table) put("problem", answer.actual ? "" : answer.problem);
    else put("problem", answer.problem);
    put("missing", answer.lacks);
    const template = document.querySelector(`template[data-state="${answer.state}"]`);
    if (template) this.place.querySelector("[data-badge]").replaceChildren(template.content.cloneNode(true));
    if (!table) return;
    this.place.toggleAttribute("data-is-ready", answer.missing.length === 0);
    const count = document.querySelector("[data-ready]");
    count.textContent = `${table.querySelectorAll("tr[data-is-ready]").length} dari ${count.dataset.total}`;
  }

  // Marks of refused inputs.
  mend() {
    for (const input of this.inputs) {
      input.removeAttribute("aria-invalid");
      const id = `galat-${input.id}`;
      document.getElementById(id)?.remove();
      const rest = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((part) => part && part !== id);
      if (rest.length) input.setAttribute("aria-describedby", rest.join(" "));
      else input.removeAttribute("aria-describedby");
    }
  }
  refuse(answer) {
    this.mend();
    for (const input of this.inputs) {
      const text = answer.errors?.[input.name];
      if (!text) continue;
      const id = `galat-${input.id}`;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
      input.after(make("span", text, { id, class: "invalid-feedback d-block" }));
    }
    this.say(`Tidak tersimpan: ${answer.message}`, "is-problem");
  }

  failed(reason) {
    this.waiting = true;
    this.say(`Tidak tersimpan: ${reason}. Isian Anda tetap di sini dan dicoba lagi sendiri.`, "is-problem", button("Coba lagi", () => this.save()));
    setTimeout(() => this.waiting && this.save(), RETRY_AFTER);
  }
  signedOut(answer) {
    this.waiting = true;
    this.say(`Tidak tersimpan: ${answer?.message ?? "sesi Anda berakhir."}`, "is-problem",
      make("a", "Masuk lagi di tab baru", { href: host.dataset.login, target: "_blank", rel: "noopener" }),
      button("Coba lagi", () => this.save()));
  }
  lock(reason) {
    this.locked = true;
    for (const input of this.inputs) input.type === "checkbox" ? (input.disabled = true) : (input.readOnly = true);
    this.say(`Terkunci: ${reason}`, "is-problem");
  }

  // Somebody else saved first: both values stand side by side, and nothing is overwritten until one is chosen.
  overtaken(conflict) {
    const use = (mine) => {
      this.version.value = conflict.version;
      for (const input of this.inputs) {
        const stored = conflict.saved.values[input.name] ?? "";
        const kept = mine && input.name in conflict.fields;
        input.dataset.stored = stored;
        if (!kept) this.set(input, stored);
      }
      this.show(conflict.saved);
      this.mend();
      this.remember();
      if (mine) this.save();
      else this.say("Memakai yang tersimpan.", "is-settled");
      this.inputs[0].focus();
    };
    const body = make("tbody");
    for (const pair of Object.values(conflict.fields)) {
      const line = make("tr");
      line.append(make("th", pair.label, { scope: "row" }), make("td", pair.saved || "(kosong)"), make("td", pair.yours || "(kosong)"));
      body.append(line);
    }
    const both = make("table", "", { class: "table-data conflict-table" });
    const head = make("tr");
    for (const text of ["Isian", "Tersimpan", "Isian ini"]) head.append(make("th", text, { scope: "col" }));
    both.append(make("thead"), body);
    both.tHead.append(head);
    this.say(`Sudah diubah oleh ${conflict.by}, ${conflict.at}. Belum ada yang ditimpa.`, "is-problem", both,
      button("Pakai isian ini", () => use(true)),
      button("Pakai yang tersimpan", () => use(false)));
  }
}

// Enter and the arrows walk down and up a column of the table; Tab stays as it is.
function step(event) {
  const input = event.target;
  const down = (event.key === "Enter" && !event.shiftKey) || event.key === "ArrowDown";
  const up = (event.key === "Enter" && event.shiftKey) || event.key === "ArrowUp";
  if (!(down || up) || input.tagName !== "INPUT" || input.type !== "text" || event.isComposing) return;
  const here = rows.findIndex((row) => row.inputs.includes(input));
  if (here < 0) return;
  if (!table) { // a single row: Enter leads to its next field
    if (event.key !== "Enter") return;
    event.preventDefault();
    const inputs = rows[here].inputs;
    const next = inputs[inputs.indexOf(input) + (down ? 1 : -1)];
    if (next) next.focus();
    else rows[here].save();
    return;
  }
  event.preventDefault();
  const column = rows[here].inputs.indexOf(input);
  const next = rows[here + (down ? 1 : -1)];
  if (!next) {
    rows[here].save();
    return;
  }
  const target = next.inputs[Math.min(column, next.inputs.length - 1)];
  target.focus();
  target.select();
}

if (host) {
  for (const hint of document.querySelectorAll("[data-with-script]")) hint.hidden = false;
  const forms = table ? document.querySelectorAll('form[id^="row-"]') : [host];
  for (const form of forms) rows.push(new Row(form));
  host.addEventListener("keydown", step);
  const retry = () => rows.filter((row) => row.waiting).forEach((row) => row.save());
  addEventListener("online", retry);
  addEventListener("focus", retry); // back from signing in, in the other tab
  addEventListener("beforeunload", (event) => {
    if (rows.some((row) => row.isUnsaved)) event.preventDefault();
  });
}
