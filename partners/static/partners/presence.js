// Says that this form is open, and shows who else has it open.
"use strict";
(() => {
  const note = document.getElementById("others-here");
  if (!note) return;
  const EVERY = 30e3;
  const { url, kind, key, words } = note.dataset;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const body = (more) => new URLSearchParams({ kind, key, csrfmiddlewaretoken: token, ...more });

  const show = (others) => {
    note.textContent = others.map(({ name, since }) =>
      words.replace("%(name)s", name).replace("%(time)s", new Date(since).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" })),
    ).join(" ");
    note.hidden = !others.length;
  };

  const tell = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(url, { method: "POST", body: body({}), redirect: "error" });
      if (answer.ok) show((await answer.json()).others);
    } catch {
      // No network, or signed out: saving will say so.
    }
  };

  tell();
  setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
  addEventListener("pagehide", () => navigator.sendBeacon(url, body({ left: "yes" })));
})();
