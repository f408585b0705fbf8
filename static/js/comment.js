"use strict";
// Typing @ in a comment suggests people from the list below it and ticks who is chosen. Without this file: the list.

window.suggestPeople = (form) => {
  const text = form.querySelector("textarea");
  const list = form.querySelector("[data-suggestions]");
  const said = form.querySelector("[data-suggestions-said]");
  const people = [...form.querySelectorAll("[data-people] input[type=checkbox]")]
    .map((box) => ({ box, name: box.labels[0].textContent.trim() }));
  const MOST = 6;

  // What stands between the last @ and the caret; null if there is none.
  const started = () => {
    const match = /(?:^|\s)@([^@\n]{0,40})$/u.exec(text.value.slice(0, text.selectionStart));
    return match ? match[1].toLowerCase() : null;
  };

  const close = () => {
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
  };

  const choose = ({ box, name }) => {
    const caret = text.selectionStart;
    const from = text.value.lastIndexOf("@", caret - 1);
    text.setRangeText(`@${name} `, from, caret, "end");
    box.checked = true;
    form.querySelector("[data-people]").open = true;
    close();
    text.focus();
  };

  const suggest = () => {
    const begun = started();
    const found = begun === null ? [] : people.filter(({ name }) => name.toLowerCase().includes(begun)).slice(0, MOST);
    if (!found.length) {
      close();
      return;
    }
    list.replaceChildren(...found.map((person) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn-text";
      button.textContent = person.name;
      button.addEventListener("click", () => choose(person));
      item.append(button);
      return item;
    }));
    list.hidden = false;
    said.textContent = `${found.length} nama disarankan. Panah bawah untuk memilih.`;
  };

  text.addEventListener("input", suggest);
  form.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close();
      text.focus();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const buttons = [...list.querySelectorAll("button")];
    const here = buttons.indexOf(document.activeElement);
    if (here < 0 && event.target !== text) return;
    if (here < 0 && event.key === "ArrowUp") return;
    event.preventDefault();
    const next = here + (event.key === "ArrowDown" ? 1 : -1);
    (buttons[Math.min(next, buttons.length - 1)] ?? text).focus();
  });
};

for (const form of document.querySelectorAll("form[data-comment]")) window.suggestPeople(form);
