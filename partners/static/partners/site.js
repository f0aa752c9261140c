// Keeps a listing steady while htmx replaces it. Everything works without this file, only less smoothly.

const wide = matchMedia("(min-width: 62rem)");
let open = [];
let ticked = [];
let typed = null;
let focused = "";
let leap = false;

// Browsers that cannot show folded parts by style alone get them opened on a wide screen.
if (wide.matches && !CSS.supports("selector(::details-content)")) {
  for (const fold of document.querySelectorAll(".fold")) fold.open = true;
}

// Addresses stay short: no empty fields, no defaults, the columns of a table in one parameter and where they were chosen.
document.addEventListener("htmx:configRequest", ({ detail, target }) => {
  for (const field of target.elements ?? []) {
    if (field.value === "" || field.selectedIndex === 0) {
      const left = detail.formData.getAll(field.name).filter((value) => value !== "" && value !== field.value);
      detail.formData.delete(field.name);
      for (const value of left) detail.formData.append(field.name, value);
    }
  }
  const columns = detail.formData.getAll("columns");
  if (!columns.length) return;
  const chosen = [...target.elements].some((box) => box.name === "columns" && box.checked !== box.defaultChecked);
  if (chosen || new URLSearchParams(location.search).has("columns")) detail.formData.set("columns", columns.join(","));
  else detail.formData.delete("columns");
});

// What leads to another page than the listing is followed as any link.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { requestPath, anchor } = event.detail.pathInfo;
  const asked = new URL(requestPath, location);
  if (asked.pathname === location.pathname) return;
  if (anchor) asked.hash = anchor;
  event.preventDefault();
  location.assign(asked);
});

// A search within a facet narrows the values at hand while one types; the answer brings the others.
const folded = (text) =>
  text.normalize("NFKD").replace(/[\p{M}'’ʼ]/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").toLowerCase().trim();

document.addEventListener("input", ({ target }) => {
  if (!target.matches(".find")) return;
  const sought = folded(target.value).split(" ");
  const facet = target.closest("fieldset");
  for (const line of facet.querySelectorAll(".value")) {
    const name = folded(line.querySelector("label > span").textContent);
    line.hidden = !sought.every((part) => name.includes(part));
  }
  // Values that are folded away are among those at hand.
  const more = facet.querySelector("fieldset > details");
  if (more) more.open = true;
});

// Escape folds the choice of columns, which lies over the table; so does a click beside it.
document.addEventListener("keydown", ({ key }) => {
  const chooser = key === "Escape" && document.querySelector(".chooser[open]");
  if (!chooser) return;
  chooser.open = false;
  chooser.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => {
  const chooser = document.querySelector(".chooser[open]");
  if (chooser && target.isConnected && !chooser.contains(target)) chooser.open = false;
});

// Back leads from choice to choice: typing on or repeating a choice makes no step of its own.
document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
  detail.history.path = detail.history.path.replace(/\?$/, "");
  const now = new URLSearchParams(location.search);
  const next = new URL(detail.history.path, location);
  const typing = now.has("q") && next.searchParams.has("q") && now.get("q") !== next.searchParams.get("q");
  if (typing || next.href === location.href) detail.history.type = "replace";
});

// "Show results" on a phone folds the filters and goes there.
document.addEventListener("submit", ({ submitter }) => {
  leap = Boolean(submitter?.closest(".apply"));
  if (leap) document.getElementById("filters").open = wide.matches;
});

// The first is an answer to what was asked here, the second a page of the way back, whose search is its own.
for (const event of ["htmx:beforeSwap", "htmx:historyCacheMissLoad"]) {
  document.addEventListener(event, () => {
    open = [...document.querySelectorAll("#listing details[open]")].map((fold) => fold.id);
    focused = document.activeElement.id;
    typed = event === "htmx:beforeSwap" && focused === "q" ? document.activeElement.value : null;
    if (document.getElementById("compare")) ticked = [...document.querySelectorAll(".pick:has(:checked)")];
  });
}

document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  // Who was ticked stays so, also where other rows are shown now.
  for (const label of ticked) {
    const box = document.querySelector(`.pick [value="${label.control.value}"]`);
    if (box) box.checked = true;
    else {
      // Its name is read out in a row, and shown here.
      label.querySelector(".hidden")?.removeAttribute("class");
      document.getElementById("compare")?.prepend(label);
    }
  }
  const search = document.getElementById("q");
  if (typed !== null && typed.trim() !== search.value) {
    // More was typed while the answer was on its way.
    search.value = typed;
    search.dispatchEvent(new Event("input"));
  }
});

document.addEventListener("htmx:afterSettle", () => {
  const heading = document.getElementById("results");
  // A live region speaks when its text changes, not when it appears.
  heading.textContent = heading.textContent;
  // What lies in a fold could not be focused before that was open again.
  const before = document.getElementById(focused) ?? heading;
  if (document.activeElement === document.body) before.focus({ preventScroll: true });
  if (leap) heading.scrollIntoView();
  leap = false;
});

// An answer that cannot take its place here is shown as a page of its own.
for (const event of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(event, ({ detail }) => location.assign(detail.pathInfo.finalRequestPath));
}

// The other language of a page is that of what it shows now, which htmx may have replaced.
document.addEventListener("click", ({ target }) => {
  const link = target.closest("a[data-here]");
  if (!link) return;
  link.search = location.search;
  link.hash = location.hash;
});

// A number beside a value shows its source right there; without this it leads to the list of the sources.
document.addEventListener("click", (event) => {
  const mark = event.target.closest('.marks a[href^="#"]');
  const note = mark && document.querySelector(mark.hash);
  if (!note || !HTMLElement.prototype.showPopover || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openNote(mark, note);
});

function openNote(mark, note) {
  document.getElementById("note")?.remove();
  const words = note.closest("[data-close]").dataset;
  const shown = document.createElement("aside");
  shown.id = "note";
  shown.popover = "auto";
  shown.tabIndex = -1;
  shown.autofocus = true;
  shown.setAttribute("aria-label", mark.getAttribute("aria-label"));
  const close = document.createElement("button");
  close.textContent = words.close;
  close.addEventListener("click", () => shown.hidePopover());
  const all = document.createElement("a");
  all.href = mark.hash;
  all.textContent = words.all;
  all.addEventListener("click", () => shown.hidePopover());
  const copy = note.cloneNode(true);
  const fields = mark.closest(".evidence").dataset.fields.split(" ");
  for (const said of copy.querySelectorAll(".statement")) {
    if (!said.dataset.fields.split(" ").some((field) => fields.includes(field))) said.remove();
  }
  shown.append(...copy.childNodes, all, close);
  mark.closest(".evidence").after(shown);
  shown.showPopover();
  // On a phone it stands at the foot of the window instead.
  if (matchMedia("(max-width: 40rem)").matches) return;
  const place = mark.getBoundingClientRect();
  const left = Math.min(place.left, document.documentElement.clientWidth - shown.offsetWidth - 16);
  const below = place.bottom + 8 + shown.offsetHeight <= innerHeight;
  shown.style.left = `${scrollX + Math.max(left, 8)}px`;
  shown.style.top = `${scrollY + (below ? place.bottom + 8 : Math.max(place.top - 8 - shown.offsetHeight, 8))}px`;
}

// Columns were explained on the page of the data once: addresses that name one lead on to where it is now.
const moved = document.querySelector("[data-moved]");
if (moved && location.hash && !document.getElementById(location.hash.slice(1))) {
  location.replace(moved.dataset.moved + location.hash);
}
