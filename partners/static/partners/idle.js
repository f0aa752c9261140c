// Who does nothing for too long, or signed in too long ago, is signed out by the server. This warns before, tells the server while somebody types or
// moves about in a long form, and leads to signing in when it is over. Several tabs count as one: the server is asked.
"use strict";
(() => {
  const texts = document.getElementById("idle-texts");
  if (!texts) return;
  const { url, leave, warn, end, stay } = texts.dataset;
  const limit = Number(texts.dataset.limit) * 1e3;
  const WARN = Math.min(120e3, limit / 2);
  const TOLD_EVERY = Math.min(60e3, limit / 10);
  // An answer that did not come is asked for again soon, then ever more seldom.
  const SOON = Math.min(2e3, TOLD_EVERY);
  let again = SOON;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let timer = 0;
  let told = Date.now();
  let note = null;

  // What is left, in milliseconds, and whether that is final; nothing is known where there is no network.
  const ask = async (options) => {
    try {
      const answer = await fetch(url, { redirect: "error", ...options });
      if (!answer.ok) return {};
      const { left, final } = await answer.json();
      return { left: left * 1e3, final };
    } catch {
      return {};
    }
  };

  const show = (left, final) => {
    if (!note) {
      note = document.createElement("div");
      note.className = "idle-note";
      note.setAttribute("role", "alert");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: stay });
      button.addEventListener("click", tell);
      note.append(document.createElement("p"), button);
      document.body.append(note);
    }
    const until = new Date(Date.now() + left).toLocaleTimeString(document.documentElement.lang, { timeStyle: "medium" });
    note.firstChild.textContent = (final ? end : warn).replace("%s", until);
    // To go on does not move the end.
    note.lastChild.hidden = Boolean(final);
  };

  const plan = ({ left, final }) => {
    clearTimeout(timer);
    if (left === undefined) {
      timer = setTimeout(check, again);
      again = Math.min(2 * again, TOLD_EVERY);
      return;
    }
    again = SOON;
    if (left <= 0) location.assign(leave);
    else if (left <= WARN) {
      show(left, final);
      timer = setTimeout(check, left + 500);
    } else {
      note?.remove();
      note = null;
      timer = setTimeout(check, left - WARN);
    }
  };

  const check = async () => plan(await ask());

  // A press of the button is told by its pointer or key already: once is enough.
  let isTelling = false;
  const tell = async () => {
    if (isTelling) return;
    isTelling = true;
    told = Date.now();
    plan(await ask({ method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }) }));
    isTelling = false;
  };

  const isDone = () => { if (Date.now() - told >= TOLD_EVERY) tell(); };
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, isDone, { passive: true });
  // A machine that slept, or another tab in which somebody worked.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
  plan({ left: Number(texts.dataset.left) * 1e3, final: "final" in texts.dataset });
})();
