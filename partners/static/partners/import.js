// How far an import is, without loading the page again.
"use strict";
(() => {
  const progress = document.querySelector("[data-import]");
  if (progress) {
    const find = (name) => progress.querySelector(name);
    const bar = find("progress");
    const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");

    const show = (told) => {
      find("[data-step]").textContent = told.step;
      find("[data-count]").textContent = told.total ? `${numbers.format(told.done)} / ${numbers.format(told.total)}` : "";
      find("[data-waits]").hidden = !told.waits;
      if (told.total) {
        bar.max = told.total;
        bar.value = told.done;
      } else {
        bar.removeAttribute("value");
      }
    };

    const look = async () => {
      try {
        const answer = await fetch(progress.dataset.import, { headers: { Accept: "application/json" } });
        // Somebody who is no longer signed in is led to where he signs in.
        if (!answer.ok || answer.redirected) return location.reload();
        const told = await answer.json();
        if (!told.is_to_do || told.state !== progress.dataset.state) return location.assign(location.pathname);
        show(told);
      } catch { /* the network is away: it may come back */ }
      setTimeout(look, 1000);
    };
    setTimeout(look, 700);
  }
})();
