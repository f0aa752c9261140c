// Keys of the desk. Everything works without them: they press what stands on the page.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  // Single letters get in the way of some people who speak or dictate: they can be switched off.
  const STORED = "desk-keys";
  let at = -1;

  const areOn = () => localStorage.getItem(STORED) !== "off";

  const isTyping = (target) =>
    target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])");

  // The row that the keys speak of: marked, in view, its link in focus.
  const go = (step) => {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows.forEach((row, number) => row.toggleAttribute("data-on", number === at));
    find("a", rows[at]).focus({ preventScroll: true });
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
      localStorage.setItem(STORED, areOn() ? "off" : "on");
      say();
    });
    say();
  }

  document.addEventListener("keydown", (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
})();
