// The table of cells: keys that choose, and a count in words. Everything works without it.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = all("[data-list] [data-row]");
  const button = document.querySelector("[data-publish]");
  const said = document.querySelector("[data-count]");
  const box = (row, mark) => row?.querySelector(`input[data-mark="${mark}"]`);

  const chosen = (mark) => all(`input[data-mark="${mark}"]:checked`).length;
  const filled = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  // The count and the button say what will happen.
  const count = () => {
    if (!button) return;
    const [yes, no] = [chosen("yes"), chosen("no")];
    const total = all("fieldset.d-pick").length;
    if (said) said.textContent = filled(said.dataset.words, { yes, no, all: total, open: total - yes - no });
    const words = yes ? (yes === 1 ? button.dataset.one : button.dataset.many.replace("%s", yes)) : no ? button.dataset.left.replace("%s", no) : button.dataset.none;
    button.textContent = words;
    button.disabled = !yes && !no;
  };

  const pick = (row, mark) => {
    const found = box(row, mark);
    if (!found) return false;
    found.checked = true;
    found.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };

  const comment = (row) => {
    const about = document.querySelector("[data-about]");
    const key = row?.id.slice(1);
    if (about && all("option", about).some((option) => option.value === key)) about.value = key;
    document.querySelector("[data-comment]")?.focus();
  };

  const actions = {
    a: (row) => pick(row, "yes") && "next",
    x: (row) => pick(row, "no") && "next",
    m: (row) => pick(row, "mine") && "next",
    t: (row) => pick(row, "theirs") && "next",
    // Nothing with a warning or an error is accepted unseen.
    A: () => { rows.filter((row) => "sound" in row.dataset).forEach((row) => pick(row, "yes")); return "stay"; },
    c: (row) => { if (!document.querySelector("[data-comment]")) return false; comment(row); return "stay"; },
  };

  // desk.js reads the keyboard, and asks for keys that it does not know itself.
  document.addEventListener("desk-key", (event) => {
    const { key, row, next } = event.detail;
    const done = Object.hasOwn(actions, key) && actions[key](row);
    if (!done) return;
    event.preventDefault();
    if (done === "next") next();
  });
  document.addEventListener("change", count);
  // Whoever writes another value means it.
  document.addEventListener("input", (event) => {
    const part = event.target.closest("[data-row] td");
    const radio = part?.querySelector("input[data-mark=another]");
    if (radio && event.target !== radio) radio.checked = true;
  });
  addEventListener("pageshow", count);
  count();
})();
