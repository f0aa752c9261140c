// What somebody types into a form of a record is kept in this browser until it is saved: an expired sign-in, a closed
// tab or a lost network takes nothing away. It is offered when the form is opened again, and goes when it was saved,
// thrown away, or when its writer signs out.
"use strict";
(() => {
  const PREFIX = "desk-draft ";
  const SENT = "desk-sent";
  const KEPT_DAYS = 14;
  // Of a form, these say nothing that was typed.
  const NOT_TYPED = /^(csrfmiddlewaretoken|_opened|_listed|.*-(INITIAL|MIN_NUM|MAX_NUM)_FORMS)$/;

  // A browser can forbid to keep anything, or have no room left: then the form works without.
  const usable = (name) => { try { return window[name]; } catch { return null; } };
  const local = usable("localStorage");
  const session = usable("sessionStorage");
  const draftAt = (key) => { try { return JSON.parse(local.getItem(key)); } catch { return null; } };

  const texts = document.getElementById("draft-texts")?.dataset;
  const signOut = document.getElementById("logout-form");
  const stored = () => Object.keys(local || {}).filter((key) => key.startsWith(PREFIX));

  let hasLeft = false;
  signOut?.addEventListener("submit", () => {
    hasLeft = true;
    // Those of others who use this browser stay.
    stored().filter((key) => key.startsWith(`${PREFIX}${texts?.user} `)).forEach((key) => local.removeItem(key));
  });
  for (const key of stored()) {
    const at = draftAt(key)?.at;
    if (!at || Date.now() - at > KEPT_DAYS * 86400e3) local.removeItem(key);
  }

  // The page that follows a save says so; then the draft has done its work. A page that asks to sign in does not.
  const sent = session?.getItem(SENT);
  if (sent && texts) {
    session.removeItem(SENT);
    const isSaved = document.querySelector(".messagelist .success") && !document.querySelector(".errornote, .messagelist .error");
    if (isSaved) local?.removeItem(sent);
  }

  const form = document.querySelector("#content-main > form[id$=_form]");
  if (!form || !texts || document.body.matches(".popup")) return;
  // Each tab keeps a draft of its own: two that have the same form open take nothing from each other.
  const TAB = "desk-tab";
  const tab = session?.getItem(TAB) || Math.random().toString(36).slice(2);
  try { session?.setItem(TAB, tab); } catch { /* no room is left */ }
  const ofForm = `${PREFIX}${texts.user} ${location.pathname} `;
  const key = ofForm + tab;

  // Pickers bring their choices from the server, so a draft keeps the words of what was chosen too.
  const valueOf = (field) => {
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked;
    if (field.matches("select")) return [...field.selectedOptions].map((option) => [option.value, option.textContent]);
    return field.value;
  };
  const fields = () =>
    [...form.elements].filter(
      (field) => field.name && !NOT_TYPED.test(field.name) && !field.matches("[type=submit], [type=file], [type=password], button") && !field.name.includes("__prefix__"),
    );
  // Of several boxes with one name each is kept for itself.
  const nameOf = (field) => (field.matches("[type=radio], [type=checkbox][value]") ? `${field.name}=${field.value}` : field.name);
  const read = () => Object.fromEntries(fields().map((field) => [nameOf(field), valueOf(field)]));

  const put = (field, value) => {
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = value;
    else if (field.matches("select")) {
      for (const [chosen, words] of value) {
        if (![...field.options].some((option) => option.value === chosen)) field.add(new Option(words, chosen));
      }
      for (const option of field.options) option.selected = value.some(([chosen]) => chosen === option.value);
    } else field.value = value;
    // Django's scripts and Select2 listen through jQuery.
    window.django?.jQuery?.(field).trigger("change");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Which saved rows a form shows, each in its place.
  const rowsIn = (values) => Object.keys(values).filter((name) => /-\d+-id$/.test(name) && values[name]).map((name) => `${name}=${values[name]}`).sort().join(" ");
  const counts = () => Object.fromEntries([...form.elements].filter((field) => /_FORMS$/.test(field.name)).map((field) => [field.name, field.value]));

  // Where others have added or taken away rows since, the places in a draft are those of other rows now. The server knows
  // what the form had shown: it is sent there, saves nothing, and comes back with what changed and what was typed.
  const bringBack = (from, draft) => {
    local.setItem(key, JSON.stringify(draft));
    if (from !== key) local.removeItem(from);
    const sent = Object.assign(document.createElement("form"), { method: "post", action: location.href, hidden: true });
    const add = (name, value) => sent.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    add("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    add("_opened", draft.opened);
    add("_bring", "yes");
    for (const [name, value] of Object.entries({ ...draft.values, ...draft.counts })) {
      const [own, box] = name.split(/=(.*)/s);
      if (Array.isArray(value)) value.forEach(([chosen]) => add(name, chosen));
      else if (value === true) add(own, box ?? "on");
      else if (value !== false) add(name, value);
    }
    document.body.append(sent);
    sent.submit();
  };

  const addRows = (draft) => {
    for (const total of form.querySelectorAll("input[name$=-TOTAL_FORMS]")) {
      const prefix = total.name.replace("-TOTAL_FORMS", "");
      const add = document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`);
      for (let left = Number(draft[total.name]) - Number(total.value); add && left > 0; left -= 1) add.click();
    }
  };

  const isShownAgain = Boolean(document.querySelector(".errornote, .meanwhile-summary"));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const blank = read();
  let timer = 0;

  // What was shown when it was typed: with it, the server tells what others have changed since, as if nothing had closed.
  const opened = () => form.elements._opened?.value || "";

  const keep = () => {
    if (hasLeft || !local) return;
    const now = read();
    // A form that is shown again with its errors holds what was never saved, changed since or not.
    if (!isShownAgain && same(now, blank)) local.removeItem(key);
    else {
      try {
        local.setItem(key, JSON.stringify({ at: Date.now(), opened: opened(), values: now, counts: counts() }));
      } catch {
        // No room is left; what is kept already stays.
      }
    }
  };

  const restore = ({ values, opened: shown }) => {
    addRows(values);
    form.dispatchEvent(new CustomEvent("draft:restore", { detail: values }));
    if (shown && form.elements._opened) form.elements._opened.value = shown;
    for (const field of fields()) {
      const name = nameOf(field);
      if (name in values && !name.endsWith("-TOTAL_FORMS") && !same(values[name], valueOf(field))) put(field, values[name]);
    }
    form.dispatchEvent(new CustomEvent("draft:restored"));
    keep();
  };

  const offer = (from, draft) => {
    const note = document.createElement("div");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    const words = document.createElement("p");
    words.textContent = texts.offer.replace("%s", new Date(draft.at).toLocaleString(document.documentElement.lang));
    const button = (label, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
      made.addEventListener("click", () => { note.remove(); act(); });
      return made;
    };
    const take = () => {
      if (draft.counts && rowsIn(draft.values) !== rowsIn(blank)) { bringBack(from, draft); return; }
      local.removeItem(from);
      restore(draft);
    };
    note.append(words, button(texts.take, take), " ", button(texts.drop, () => local.removeItem(from)));
    form.before(note);
  };

  const kept = stored().filter((each) => each.startsWith(ofForm)).map((each) => [each, draftAt(each)]);
  // Rows are added by scripts of Django, and sections by those of ours: what is offered before they are ready is put in without them.
  const whenReady = (act) => (window.django?.jQuery ? window.django.jQuery(act) : act());
  whenReady(() => {
    if (isShownAgain) return;
    for (const [from, draft] of kept.sort(([, one], [, other]) => one.at - other.at)) {
      if (!same(draft.values, blank)) offer(from, draft);
    }
  });

  let isSent = false;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 300); });
  document.addEventListener("formset:added", () => { if (timer) keep(); });
  addEventListener("pagehide", () => { if (timer) keep(); });
  form.addEventListener("submit", (event) => {
    // What opens in another window, as a preview, saves nothing.
    if (event.submitter?.formTarget) return;
    // A second press sends nothing twice.
    if (isSent) { event.preventDefault(); return; }
    isSent = true;
    clearTimeout(timer);
    keep();
    session?.setItem(SENT, key);
    // Where the network fails, or somebody stops it, the page stays and can be sent again.
    setTimeout(() => { isSent = false; }, 10e3);
  });
  addEventListener("pageshow", () => { isSent = false; });
})();
