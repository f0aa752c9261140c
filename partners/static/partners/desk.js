// Keys of the desk. Everything works without them: they press what stands on the page.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  // Single letters get in the way of some people who speak or dictate: they can be switched off.
  const STORED = "desk-keys";
  let at = -1;

  // A browser can forbid to keep anything: then they are on, on each page anew.
  const storage = (() => { try { return window.localStorage; } catch { return null; } })();
  let choice = storage?.getItem(STORED);
  const areOn = () => choice !== "off";

  const isTyping = (target) =>
    target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])");

  // The row that the keys speak of: marked, in view, its link in focus.
  const go = (step) => {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows.forEach((row, number) => row.toggleAttribute("data-on", number === at));
    find("a, input:not([type=hidden]), button", rows[at])?.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const press = (selector, root = document) => {
    const button = root && find(selector, root);
    if (button) button.click();
  };

  const actions = {
    "/": () => find("#everything")?.focus(),
    n: () => press("[data-new]"),
    j: () => go(1),
    k: () => go(-1),
    t: () => press("[data-take]", rows[at]),
  };

  for (const button of document.querySelectorAll("[data-keys]")) {
    const say = () => { button.textContent = areOn() ? button.dataset.on : button.dataset.off; };
    button.hidden = false;
    button.addEventListener("click", () => {
      choice = areOn() ? "off" : "on";
      try { storage?.setItem(STORED, choice); } catch { /* no room is left */ }
      say();
    });
    say();
  }

  // The pickers of Django's admin (Select2) tell nobody what they are for: they get the name of the field they stand for.
  const nameOf = (select) =>
    select.getAttribute("aria-label") || find(`label[for="${CSS.escape(select.id)}"]`)?.textContent.trim().replace(/:$/, "");

  const namePicker = (select) => {
    const drawn = select.nextElementSibling;
    const name = nameOf(select);
    if (!drawn?.matches(".select2-container") || !name) return;
    const box = find("[role=combobox]", drawn);
    box.removeAttribute("aria-labelledby");
    const chosen = [...select.selectedOptions].map((option) => option.textContent).filter(Boolean).join(", ");
    box.setAttribute("aria-label", chosen ? `${name}: ${chosen}` : name);
    for (const part of drawn.querySelectorAll("[role=textbox], [type=search]")) part.setAttribute("aria-label", name);
    for (const list of drawn.querySelectorAll("ul, ul > li")) list.setAttribute("role", "none");
  };

  const namePickers = () => document.querySelectorAll("select.admin-autocomplete").forEach(namePicker);
  addEventListener("load", () => {
    namePickers();
    // The sign beside Django's two lists has a name, and is nothing that has one.
    for (const sign of document.querySelectorAll(".help-tooltip[aria-label]")) sign.setAttribute("role", "img");
    // Select2 draws itself anew at each choice, and in each row that is added.
    const redrawn = new MutationObserver(namePickers);
    for (const form of document.querySelectorAll("#content form")) redrawn.observe(form, { childList: true, subtree: true });
  });

  document.addEventListener("keydown", (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    // Where the page has keys of its own, such as those that decide about a cell, these come first.
    const own = new CustomEvent("desk-key", { cancelable: true, detail: { key: event.key, row: rows[at], next: () => go(1) } });
    if (!event.repeat && !document.dispatchEvent(own)) { event.preventDefault(); return; }
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    // A key that is held goes on down the list, but takes nothing twice.
    if (!action || event.repeat && event.key === "t") return;
    event.preventDefault();
    action();
  });
})();
