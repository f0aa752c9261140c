// The form of a record on one page. All of it can be sent without this script; it shortens the way.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const bar = find("#source-bar");
  const form = bar?.closest("form");
  if (!form) return;
  const token = () => find("[name=csrfmiddlewaretoken]", form).value;
  const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

  // Of a row: the fields of its evidence.
  const sourceOf = (row) => find("select[name$='-source']", row);
  const quoteOf = (row) => find("textarea[name$='-quote']", row);
  const seenOf = (row) => find("input[name$='-retrieved_date']", row);
  const rows = () => all("tr[data-value]", form);
  const evidenceRows = () => rows().filter(sourceOf);
  const valueOf = (row) => {
    const fields = all(`tr[data-value="${row.dataset.value}"] .c-v :is(input, select, textarea)`, form);
    const checks = fields.filter((field) => field.matches("[type=checkbox]"));
    if (checks.length) return checks.some((field) => field.checked) ? "yes" : "";
    return fields.filter((field) => field.name).map((field) => field.value).join("").trim();
  };

  // The sources of the page ------------------------------------------------------------------------------------------

  const list = find("#page-sources");
  const said = find("#source-said");
  const asked = find("#id_source_asked");
  const total = find("#id_sources-TOTAL_FORMS");
  const items = () => all("li[data-token]", list);
  const current = () => find("input[name=_current]:checked", list)?.value || "";
  const itemOf = (value) => items().find((item) => item.dataset.token === value);
  const keyOf = (item) => find(".d-key", item).textContent;
  const titleOf = (item) => find("input[name$='-title']", item)?.value || find("[data-title]", item)?.textContent || "";
  const labelOf = (item) => `${keyOf(item)} ${titleOf(item).slice(0, 40)}`.trim();

  // Each choice of a source offers the same sources.
  const offer = (item) => {
    const label = labelOf(item);
    for (const select of all("select[name$='-source']", form)) {
      const option = [...select.options].find((each) => each.value === item.dataset.token);
      if (option) option.textContent = label;
      else select.add(new Option(label, item.dataset.token));
    }
    const template = find("[id$='-empty']", form);
    if (template) for (const select of all("select[name$='-source']", template)) if (![...select.options].some((each) => each.value === item.dataset.token)) select.add(new Option(label, item.dataset.token));
  };

  const append = (template, value) => {
    const item = find(template).content.firstElementChild.cloneNode(true);
    item.dataset.token = value;
    find("input[name=_current]", item).value = value;
    find(".d-key", item).textContent = `S${items().length + 1}`;
    list.append(item);
    return item;
  };

  const read = (item) => {
    find("input[name=_current]", item).checked = true;
    showText(item);
  };

  const bring = (source) => {
    const { token: value, title, details, url } = source;
    const item = itemOf(value) || append("#known-source", value);
    item.dataset.url = url;
    const kept = find("[data-kept]", item);
    if (kept) Object.assign(kept, { name: `_known-${value}`, value: JSON.stringify(source) });
    find("[data-title]", item).textContent = title;
    find("[data-details]", item).textContent = details.join(" · ");
    offer(item);
    return item;
  };
  const takeKnown = (source) => {
    read(bring(source));
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // A row of a form that is still without a number gets its own.
  const numbered = (row, number) => {
    for (const field of all("[name*=__prefix__], [id*=__prefix__], [for*=__prefix__]", row)) {
      for (const name of ["name", "id", "for"]) {
        if (field.hasAttribute(name)) field.setAttribute(name, field.getAttribute(name).replace("__prefix__", number));
      }
    }
    return row;
  };

  const addNew = () => {
    const number = Number(total.value);
    total.value = number + 1;
    const item = numbered(append("#new-source", `new-${number}`), number);
    offer(item);
    return item;
  };

  const beginNew = (facts) => {
    const item = addNew();
    item.dataset.url = facts.url;
    for (const [name, value] of Object.entries(facts)) {
      const field = find(`[name$='-${name}']`, item);
      if (field) field.value = value;
    }
    offer(item);
    read(item);
    find("input[name$='-title']", item).focus();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const say = (words, level = "d-find-e") => {
    const line = Object.assign(document.createElement("p"), { className: level, textContent: words });
    said.replaceChildren(...(words ? [line] : []));
  };

  const offerKnown = (found) => {
    said.replaceChildren(...found.map((source) => {
      const line = Object.assign(document.createElement("p"), { className: "d-small" });
      const button = Object.assign(document.createElement("button"), { type: "button", className: "d-b d-mini", textContent: bar.dataset.take });
      button.addEventListener("click", () => { say(""); asked.value = ""; takeKnown(source); firstValue()?.focus(); });
      line.append(`${source.title} · ${source.details.join(" · ")} `, button);
      return line;
    }));
    find("button", said)?.focus();
  };

  const firstValue = () => find("tr[data-value] .c-v :is(input, select, textarea)", form);

  const use = async () => {
    const words = asked.value.trim();
    try {
      const answer = await fetch(`${bar.dataset.knownUrl}?${new URLSearchParams({ q: words })}`);
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      if (found.known || found.new) { say(""); asked.value = ""; }
      if (found.known) { takeKnown(found.known); firstValue()?.focus(); }
      else if (found.new) beginNew(found.new);
      else if (found.offered.length) offerKnown(found.offered);
      else say(found.problem);
    } catch {
      say(bar.dataset.gone);
    }
  };

  list.addEventListener("change", (event) => {
    const item = event.target.closest("li[data-token]");
    if (event.target.name === "_current") showText(item);
  });
  list.addEventListener("input", (event) => { if (event.target.name?.endsWith("-title")) offer(event.target.closest("li[data-token]")); });

  // Its text ---------------------------------------------------------------------------------------------------------

  const panel = find("#source-text");
  const words = panel.dataset;
  const textBox = find("[data-text]", panel);
  const pasted = find("#id_pasted_text");
  const texts = new Map();
  panel.hidden = false;

  const show = (text) => {
    textBox.replaceChildren(...text.split("\n").filter(Boolean).map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    evidenceRows().forEach(judge);
  };
  const note = (text) => {
    textBox.replaceChildren(Object.assign(document.createElement("p"), { className: "d-soft", textContent: text }));
  };

  const fill = (item, name, value) => {
    const field = find(`[name$='-${name}']`, item);
    if (field && value && !field.value) { field.value = value; if (name === "title") offer(item); }
  };

  async function showText(item) {
    const value = item?.dataset.token;
    const link = find("[data-open]", panel);
    find("[data-which]", panel).textContent = item ? keyOf(item) : "";
    link.hidden = !/^https?:/i.test(item?.dataset.url || "");
    if (!item) { note(words.none); return; }
    if (item.dataset.url) link.href = item.dataset.url;
    if (texts.has(value)) { show(texts.get(value)); return; }
    if (!item.dataset.url) { note(words.none); return; }
    note(words.reading);
    try {
      const body = new URLSearchParams({ url: item.dataset.url, csrfmiddlewaretoken: token() });
      const answer = await (await fetch(bar.dataset.readUrl, { method: "POST", body })).json();
      if (answer.text) texts.set(value, answer.text);
      fill(item, "title", answer.title);
      fill(item, "published_date", answer.date);
      if (current() !== value) return;
      if (answer.text) show(answer.text);
      else note(answer.problem);
    } catch {
      if (current() === value) note(bar.dataset.gone);
    }
  }
  pasted.addEventListener("input", () => {
    if (!current()) return;
    texts.set(current(), pasted.value);
    show(pasted.value);
  });

  // A quote is in a text when its words are, in this order; case, accents and signs do not matter.
  const plain = (text) => ` ${(text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) || []).join(" ")} `;
  const isIn = (text, quote) => {
    const whole = plain(text);
    let at = 0;
    for (const part of quote.split(/\[?(?:…|\.\.\.)\]?/)) {
      const wanted = plain(part);
      if (wanted.trim() === "") continue;
      const place = whole.indexOf(wanted, at);
      if (place < 0) return false;
      at = place + wanted.length - 1;
    }
    return true;
  };

  // What is told beside a value: no source, no quote, a quote that is not in the text. The first two stand in the empty
  // field: a line that comes when somebody clicks elsewhere would move the very thing that they click on.
  const judge = (row) => {
    const [quote, source] = [quoteOf(row), sourceOf(row)];
    const otherwise = find("[data-otherwise]", row);
    // Words that are quoted may say otherwise; a row without any has one stop of the keyboard less.
    if (otherwise) otherwise.hidden = !(quote.value || all("textarea, input", otherwise).some((field) => field.value));
    const text = texts.get(source.value);
    const isCited = evidenceRows().some((each) => each.dataset.value === row.dataset.value && sourceOf(each).value);
    const lacks = source.value ? words.unquoted : !isCited && valueOf(row) && row.matches("[data-wants-source]:not(:has([data-finding]))") ? words.unsourced : "";
    quote.placeholder = lacks && `▲ ${lacks}`;
    const isJudged = Boolean(quote.value && source.value && text);
    let line = find("[data-judged]", row);
    if (!isJudged) { line?.remove(); return; }
    if (!line) {
      line = Object.assign(document.createElement("span"), { id: `judged-${quote.id}` });
      line.setAttribute("data-judged", "");
      quote.after(line);
      quote.setAttribute("aria-describedby", line.id);
    }
    const isPresent = isIn(text, quote.value);
    line.className = isPresent ? "d-find-o" : "d-find-w";
    line.textContent = isPresent ? words.present : words.absent;
  };

  // One value, one row -----------------------------------------------------------------------------------------------

  let at = null;
  form.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-value]");
    if (row) at = sourceOf(row) ? row : evidenceRows().find((each) => each.dataset.value === row.dataset.value) || at;
  });

  // A value that is filled in while a source is read takes that source and today, in plain sight: both are the next stops.
  const takeSource = (name) => {
    const row = evidenceRows().find((each) => each.dataset.value === name);
    if (!row) return;
    const [source, seen] = [sourceOf(row), seenOf(row)];
    if (valueOf(row) && current() && !source.value && !source.dataset.chosen) {
      source.value = current();
      source.dataset.taken = "yes";
      seen.value ||= bar.dataset.today;
    } else if (!valueOf(row) && source.dataset.taken && !quoteOf(row).value) {
      source.value = seen.value = "";
      delete source.dataset.taken;
    }
    judge(row);
  };
  form.addEventListener("change", (event) => {
    const row = event.target.closest("tr[data-value]");
    if (!row) return;
    if (event.target.closest(".c-v")) takeSource(row.dataset.value);
    if (event.target === sourceOf(row)) {
      event.target.dataset.chosen = "yes";
      delete event.target.dataset.taken;
      if (!event.target.value && !quoteOf(row).value) seenOf(row).value = "";
      else if (event.target.value) seenOf(row).value ||= bar.dataset.today;
    }
    if (sourceOf(row)) judge(row);
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-value]");
    if (row && event.target === quoteOf(row)) judge(row);
  });

  const quote = () => {
    const chosen = String(getSelection()).trim().replace(/\s+/g, " ");
    const tell = find("[data-said]", panel);
    if (!chosen || !at || !textBox.contains(getSelection().anchorNode)) { tell.textContent = words.first; return; }
    const field = quoteOf(at);
    field.value = chosen;
    if (!sourceOf(at).value && current()) { sourceOf(at).value = current(); changed(sourceOf(at)); }
    tell.textContent = `${words.set} ${chosen.slice(0, 40)}`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    changed(field);
    field.focus();
  };
  // Pressed by a mouse it must not take the selection away.
  find("[data-quote]").addEventListener("mousedown", (event) => { event.preventDefault(); quote(); });
  find("[data-quote]").addEventListener("click", (event) => { if (!event.detail) quote(); });

  const reveal = (row) => {
    row.hidden = false;
    find("[data-further-of]", row.previousElementSibling)?.remove();
  };
  // Further evidence of a value waits behind a button until it is wanted.
  for (const row of rows().filter((each) => each.hasAttribute("data-further"))) {
    if (sourceOf(row).value || quoteOf(row).value || row.classList.contains("errors")) continue;
    row.hidden = true;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "d-b d-mini", textContent: words.another });
    button.setAttribute("data-further-of", row.dataset.value);
    button.addEventListener("click", () => { reveal(row); sourceOf(row).focus(); });
    find(".c-s", row.previousElementSibling).append(button);
  }

  // Check boxes are one stop: a letter goes to the next that starts so, arrows go on.
  for (const group of all("[data-letters]", form)) {
    const boxes = all("input[type=checkbox]", group);
    const goTo = (box) => { boxes.forEach((each) => { each.tabIndex = each === box ? 0 : -1; }); box.focus(); };
    boxes.forEach((box, number) => { box.tabIndex = number ? -1 : 0; });
    group.addEventListener("focusin", (event) => { if (boxes.includes(event.target)) boxes.forEach((each) => { each.tabIndex = each === event.target ? 0 : -1; }); });
    group.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !boxes.includes(event.target)) return;
      const here = boxes.indexOf(event.target);
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      let next = step && boxes[(here + step + boxes.length) % boxes.length];
      if (/^\p{L}$/u.test(event.key)) {
        const behind = [...boxes.slice(here + 1), ...boxes.slice(0, here)];
        next = behind.find((box) => box.parentElement.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      }
      if (next) { event.preventDefault(); goTo(next); }
    });
  }

  // Rows of the table of citations -----------------------------------------------------------------------------------

  for (const group of all(".d-own-rows", form)) {
    const prefix = group.id.replace("-group", "");
    const empty = find(`#${CSS.escape(prefix)}-empty`, group);
    const count = find(`#id_${CSS.escape(prefix)}-TOTAL_FORMS`, form);
    if (!empty) continue;
    const options = JSON.parse(group.dataset.inlineFormset).options;
    const line = Object.assign(document.createElement("p"), { className: "add-row" });
    const link = Object.assign(document.createElement("a"), { href: "#", role: "button", className: "addlink", textContent: options.addText });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const number = count.value;
      const row = numbered(empty.cloneNode(true), number);
      row.classList.remove("empty-form");
      row.id = `${prefix}-${number}`;
      count.value = Number(number) + 1;
      empty.before(row);
      row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { formsetName: prefix } }));
    });
    line.append(link);
    find("table", group).after(line);
  }

  // Whoever adds a row goes on in it.
  document.addEventListener("formset:added", (event) => {
    event.target.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });

  // The parties of a new agreement -----------------------------------------------------------------------------------

  const agreement = find("#agreement-group", form);
  if (agreement) {
    const named = find("#named", agreement);
    const known = new Map();
    const roles = { government: "agency", funder: "agency", facility: "laboratory" };
    const offerNames = (field) => { if (field.name.endsWith("-organization")) field.setAttribute("list", "named"); };
    const parties = () => all("input[name$='-organization']", agreement);
    parties().forEach(offerNames);
    let timer = 0;
    agreement.addEventListener("input", (event) => {
      if (!parties().includes(event.target)) return;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const query = event.target.value.trim();
        if (query.length < 2) return;
        try {
          const answer = await (await fetch(`${agreement.dataset.namedUrl}?${new URLSearchParams({ q: query })}`)).json();
          const names = answer.named.map((each) => each.name);
          for (const each of answer.named) {
            const alone = names.filter((name) => name === each.name).length === 1;
            each.shown = alone ? each.name : each.label;
            known.set(each.shown, each.type);
          }
          named.replaceChildren(...answer.named.map((each) => new Option(each.label, each.shown)));
          follow(event.target);
        } catch { /* names can be typed whole */ }
      }, 150);
    });
    // The role follows the type of the party, until somebody chooses another one.
    const follow = (field) => {
      const role = find("select[name$='-role']", field.closest(".l-party"));
      if (known.has(field.value) && !role.dataset.chosen) role.value = roles[known.get(field.value)] || "partner";
    };
    agreement.addEventListener("change", (event) => {
      if (parties().includes(event.target)) follow(event.target);
      else if (event.target.name?.endsWith("-role")) event.target.dataset.chosen = "yes";
      const title = find("[name='agreement-title_en']", agreement);
      const source = find("[name='agreement-source']", agreement);
      if (event.target === title && title.value && current() && !source.value) source.value = current();
    });
    const button = find("[data-add-party]", agreement);
    const count = find("[name='agreement-parties-TOTAL_FORMS']", agreement);
    button.hidden = false;
    button.addEventListener("click", () => {
      const row = numbered(find("#new-party", agreement).content.firstElementChild.cloneNode(true), count.value);
      count.value = Number(count.value) + 1;
      row.setAttribute("aria-label", `${row.getAttribute("aria-label").trim()} ${count.value}`);
      find("#agreement-parties", agreement).append(row);
      offerNames(find("input", row));
      find("input", row).focus();
    });
  }

  // Is there one like it? --------------------------------------------------------------------------------------------

  const alike = find("#alike-while-typing", form);
  if (alike) {
    const names = alike.dataset.fields.split(" ");
    let timer = 0;
    const ask = async () => {
      const typed = Object.fromEntries(names.map((name) => [name, form.elements[name]?.value || ""]));
      if (!Object.values(typed).some(Boolean)) { alike.hidden = true; return; }
      try {
        const query = new URLSearchParams({ ...typed, but: alike.dataset.but });
        const { alike: found } = await (await fetch(`${alike.dataset.url}?${query}`)).json();
        const confirmed = (form.elements._different?.value || "").split(",");
        const left = found.filter((each) => !confirmed.includes(String(each.key)));
        alike.hidden = !left.length;
        find("ul", alike).replaceChildren(...left.map((each) => {
          const line = document.createElement("li");
          const link = Object.assign(document.createElement("a"), { href: each.url, target: "_blank", rel: "noopener", textContent: each.label });
          line.append(link);
          return line;
        }));
        alike.dataset.keys = left.map((each) => each.key).join(",");
      } catch { /* it is asked again when the form is saved */ }
    };
    form.addEventListener("input", (event) => {
      if (!names.includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(ask, 400);
    });
    find("button", alike).addEventListener("click", () => {
      let field = form.elements._different;
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name: "_different" });
        form.append(field);
      }
      field.value = [field.value, alike.dataset.keys].filter(Boolean).join(",");
      alike.hidden = true;
    });
  }

  // What is missing before it can be published -----------------------------------------------------------------------

  const needs = all("[data-needs]", form);
  const count = () => {
    for (const link of needs) {
      const field = document.getElementById(link.dataset.needs);
      if (field?.matches("input, select, textarea")) link.hidden = Boolean(field.value);
      else if (link.dataset.needs === "citations-group") link.hidden = all("select[name$='-source']", form).some((each) => each.value && !each.name.includes("__prefix__") && each.name !== "agreement-source");
    }
    const line = find("#to-publish");
    if (line) line.hidden = needs.every((link) => link.hidden);
  };
  form.addEventListener("input", count);
  form.addEventListener("change", count);

  // Keys -------------------------------------------------------------------------------------------------------------

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=submit]), select")) return;
    // Enter saves nothing: it looks up what was asked for, and else does nothing.
    if (event.target === asked) { event.preventDefault(); use(); }
    else if (!event.target.matches("[list]")) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "_use") { event.preventDefault(); event.stopImmediatePropagation(); use(); }
  }, true);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      (find("[name=_continue]", form) || find("[name=_save]", form))?.click();
    } else if (event.altKey && event.key.toLowerCase() === "q") { event.preventDefault(); quote(); }
  });

  // A draft comes back: first the rows that it was typed into, then what follows from its values.
  form.addEventListener("draft:restore", ({ detail: values }) => {
    // In the order in which they stood, so that each keeps its number.
    for (const [name, value] of Object.entries(values)) {
      const row = name.match(/^sources-(\d+)-title$/);
      if (name.startsWith("_known-") && !form.elements[name]) bring(JSON.parse(value));
      else if (row && Number(row[1]) >= Number(total.value)) addNew();
    }
    const parties = form.elements["agreement-parties-TOTAL_FORMS"];
    while (parties && Number(parties.value) < Number(values[parties.name] || 0)) find("[data-add-party]", form).click();
  });
  form.addEventListener("draft:restored", () => {
    for (const item of items()) item.dataset.url ||= find("input[name$='-url']", item)?.value || "";
    items().forEach(offer);
    for (const row of evidenceRows()) { if (row.hidden && (sourceOf(row).value || quoteOf(row).value)) reveal(row); judge(row); }
    count();
    showText(itemOf(current()));
  });

  items().forEach(offer);
  evidenceRows().forEach(judge);
  count();
  showText(itemOf(current()));
})();
