/* Piepowder's small helpers. Every page works without them. Loaded in the head, so that a chosen theme is there before the first paint. */
(() => {
  "use strict";
  const root = document.documentElement;
  const consoleTheme = root.hasAttribute("x-data"); // there the theme's own switch decides
  const stored = () => { try { return localStorage.getItem("pp-theme"); } catch { return null; } };
  if (!consoleTheme && ["light", "dark"].includes(stored())) root.dataset.theme = stored();

  /* Words come from the page, in the reader's language. */
  let words = { left: "%(length)s left", over: "overdue by %(length)s", dh: "%(days)d d %(hours)d h", d: "%(days)d d", hm: "%(hours)d h %(minutes)d min", h: "%(hours)d h", m: "%(minutes)d min", less: "less than a minute", days: "%(count)d days", copied: "Copied", sure: "Press again to confirm", room: "%(count)d characters left", kept: "This was not sent; here is what you had written." };
  const fill = (text, facts) => text.replace(/%\((\w+)\)[sd]/g, (_, name) => facts[name]);
  const inWords = (ms) => {
    const all = Math.floor(Math.abs(ms) / 60000), days = Math.floor(all / 1440), hours = Math.floor((all % 1440) / 60), minutes = all % 60;
    if (days >= 10) return fill(words.days, { count: days });
    if (days) return fill(hours ? words.dh : words.d, { days, hours });
    if (hours) return fill(minutes ? words.hm : words.h, { hours, minutes });
    return minutes ? fill(words.m, { minutes }) : words.less;
  };

  /* Deadlines: time left since the page's own moment (data-pp-now), so a page of a moved clock stays true. */
  const started = performance.now();
  const tick = () => {
    for (const left of document.querySelectorAll("[data-pp-due]")) {
      const now = Date.parse(left.dataset.ppNow) + performance.now() - (Number(left.dataset.ppFrom) || started);
      const rest = Date.parse(left.dataset.ppDue) - now;
      if (Number.isNaN(rest)) continue;
      const text = fill(rest > 0 ? words.left : words.over, { length: inWords(rest) });
      if (left.textContent !== text) left.textContent = text;
      const chip = left.closest(".pp-chip");
      if (chip) {
        chip.classList.toggle("pp-chip--overdue", rest <= 0);
        chip.classList.toggle("pp-chip--near", rest > 0 && rest <= 86400000);
      }
    }
  };
  const arrive = (part) => { // what htmx brought later counts from its arrival
    for (const left of part.querySelectorAll("[data-pp-due]:not([data-pp-from])")) left.dataset.ppFrom = performance.now();
    for (const button of part.querySelectorAll("[data-pp-copy][hidden]")) button.hidden = !navigator.clipboard;
    for (const button of part.querySelectorAll("[data-pp-theme][hidden], [data-pp-print][hidden]")) button.hidden = false; // nothing without a script
    for (const area of part.querySelectorAll("textarea[data-pp-count]")) room(area);
  };

  /* Room left in a text with a limit; the limit itself stands in the field's help. Told politely, and only near the end. */
  const room = (area) => {
    let said = area.nextElementSibling;
    if (!said?.matches("[data-pp-room]")) {
      said = document.createElement("span");
      said.className = "pp-field__help";
      said.dataset.ppRoom = "";
      area.after(said);
    }
    const left = area.maxLength - area.value.length;
    said.textContent = fill(words.room, { count: left });
    said.setAttribute("aria-live", left <= 50 ? "polite" : "off");
  };

  /* Keys. Worklists: j and k move, Enter opens (it is a link), x selects. Anywhere: what bears data-pp-key is pressed, or
     focused when words go into it; n opens the next case, u goes back, ? shows the keys, Escape leaves a field, Ctrl (or Cmd)
     with Enter sends the form one writes in. */
  const rows = () => [...document.querySelectorAll(".pp-worklist tbody tr")].filter((row) => row.querySelector(".pp-worklist__open"));
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row.contains(document.activeElement) || row.hasAttribute("data-current"));
    const target = all[Math.min(all.length - 1, Math.max(0, here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step))];
    for (const row of all) row.removeAttribute("data-current");
    target.setAttribute("data-current", "");
    target.querySelector(".pp-worklist__open").focus();
    target.scrollIntoView({ block: "nearest" });
  };
  const current = () => document.querySelector("tr[data-current]") || document.activeElement?.closest(".pp-worklist tbody tr");
  const use = (place) => {
    if (place.matches("input, select, textarea")) { place.focus(); place.select?.(); return; }
    if (place.matches("summary")) {
      place.parentElement.open = true;
      place.parentElement.querySelector("textarea, select, input:not([type=hidden])")?.focus();
      place.scrollIntoView({ block: "nearest" });
      return;
    }
    const bar = place.closest(".pp-bulk"), row = bar && current();
    if (bar && !bar.closest("form").querySelector("input[name=picked]:checked")) { // for the row one stands on
      const box = row?.querySelector("input[name=picked]");
      if (!box) return;
      box.checked = true;
    }
    place.click();
    if (place.matches("a[href^='#']")) begin(place.getAttribute("href")); // after the click, which takes the focus away
  };
  const begin = (where) => {
    const part = document.querySelector(where), fields = ":is(input:not([type=hidden]), textarea, select)";
    (part?.querySelector(`details[open] ${fields}`) || part?.querySelector(`${fields}, summary`))?.focus({ preventScroll: true });
  };
  const typing = (target) => target.closest("input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable]");
  const send = (event) => { // from any field of a form, its first button that is not a helper's
    const form = event.target.closest("form"), button = form && [...form.elements].find((one) => one.type === "submit" && !one.formNoValidate && one.name !== "back");
    if (!button) return;
    event.preventDefault();
    button.click();
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && event.target instanceof Element && typing(event.target)) return send(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !(event.target instanceof Element) || typing(event.target)) return;
    if (event.key === "j" || event.key === "k") {
      if (rows().length) { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
    } else if (event.key === "n") {
      const next = document.querySelector('[data-pp-next], [data-pp-key="n"]');
      if (next) { event.preventDefault(); next.click(); } else if (rows().length) { event.preventDefault(); move(1); document.activeElement.click(); }
    } else if (event.key === "x" && rows().length) {
      const box = current()?.querySelector("input[name=picked]");
      if (box) { event.preventDefault(); box.checked = !box.checked; }
    } else if (event.key === "?") {
      const help = document.querySelector(".pp-keys");
      if (help && help.togglePopover) { event.preventDefault(); help.togglePopover(); }
    } else if (/^[a-z/]$/.test(event.key)) {
      const places = [...document.querySelectorAll(`[data-pp-key="${event.key}"]`)].filter((place) => place.closest(".pp-bulk") || place.getClientRects().length);
      const place = places[0] || (event.key === "u" ? [...document.querySelectorAll(".pp-crumbs a")].pop() : null);
      if (place) { event.preventDefault(); use(place); }
    }
  };

  /* Prepared texts go where the cursor stands; without a script the form brings them back from the server. */
  const inserts = (event, button) => {
    const box = button.closest("[data-pp-texts]"), area = box && document.getElementById(box.dataset.ppTexts);
    const chosen = box?.querySelector("select").selectedOptions[0];
    if (!area) return;
    event.preventDefault();
    if (!chosen?.dataset.text) { box.querySelector("select").focus(); return; }
    const refund = button.form.querySelector("[name=refund], [name=suggest_refund]");
    const amount = refund?.value.trim() ? (/[a-z]$/i.test(refund.value.trim()) ? refund.value.trim() : `${refund.value.trim()} ${refund.dataset.currency || ""}`.trim()) : "{refund}";
    area.focus();
    area.setRangeText(chosen.dataset.text.replaceAll("{refund}", amount), area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /* The row that one left the list from is where one comes back to; when it is gone, the one that took its place. */
  const left = () => { try { return JSON.parse(sessionStorage.getItem("pp-row") || "null"); } catch { return null; } };
  const leave = (row) => { try { sessionStorage.setItem("pp-row", JSON.stringify({ at: location.pathname + location.search, id: row.id, place: rows().indexOf(row) })); } catch { /* nothing is kept then */ } };
  const comeBack = () => {
    const was = left();
    if (!was || was.at !== location.pathname + location.search || location.hash) return;
    const row = document.getElementById(was.id) || rows()[Math.min(was.place, rows().length - 1)];
    if (row) { row.setAttribute("data-current", ""); row.scrollIntoView({ block: "center" }); }
  };

  /* What was last sent from a form is kept until a page says that it arrived: when the session had ended meanwhile, or one
     goes back in the browser, the words stand in the form again. An answer to a form is an ordinary page for the browser, so
     that going back never asks whether to send something twice. */
  const reader = () => document.querySelector("[data-pp-user]")?.dataset.ppUser;
  const sent = () => { try { return JSON.parse(sessionStorage.getItem("pp-sent") || "null"); } catch { return null; } };
  const keep = (what) => { try { if (what) sessionStorage.setItem("pp-sent", JSON.stringify(what)); else sessionStorage.removeItem("pp-sent"); } catch { /* nothing is kept then */ } };
  const written = (form) => [...form.elements].filter((one) => one.matches("textarea, input:not([type=hidden], [type=file], [type=password], [type=search]), select")).map((one) => ({ name: one.name, value: one.value, on: /^(checkbox|radio)$/.test(one.type) ? one.checked : null }));
  const stash = (form) => {
    if (!reader() || form.method !== "post" || !form.closest(".pp-console") || !form.querySelector("textarea")) return;
    keep({ reader: reader(), at: new URL(form.action).pathname, act: form.querySelector("[name=do]")?.value || "", fields: written(form) });
  };
  const refill = () => {
    const was = sent(), posted = document.querySelector("[data-pp-posted]");
    if (posted) { history.replaceState(history.state, "", location.href); return; }
    if (!was) return;
    if (!reader()) { keep({ ...was, lost: true }); return; }
    const way = performance.getEntriesByType("navigation")[0]?.type;
    const form = was.reader === reader() && (was.lost || way === "back_forward") && [...document.querySelectorAll("form")].find((one) => new URL(one.action).pathname === was.at && (one.querySelector("[name=do]")?.value || "") === was.act && one.querySelector("textarea"));
    if (!form) { keep(null); return; }
    for (const field of was.fields) {
      const place = [...form.elements].find((one) => one.name === field.name && (one.type !== "radio" || one.value === field.value));
      if (place && field.on !== null) place.checked = field.on; else if (place) place.value = field.value;
    }
    const fold = form.closest("details"), said = document.createElement("p");
    if (fold) fold.open = true;
    said.className = "pp-p pp-soft";
    said.setAttribute("role", "status");
    said.textContent = words.kept;
    form.prepend(said);
    form.querySelector("textarea").focus();
  };

  const clicks = (event) => {
    if (!(event.target instanceof Element)) return;
    const copy = event.target.closest("[data-pp-copy]");
    if (copy) {
      navigator.clipboard?.writeText(copy.dataset.ppCopy).then(() => {
        const said = copy.querySelector("[role=status]");
        if (said) { said.textContent = words.copied; setTimeout(() => { said.textContent = ""; }, 2000); }
      }).catch(() => {});
    }
    if (event.target.closest("[data-pp-theme]")) {
      const dark = getComputedStyle(root).colorScheme === "dark" || (getComputedStyle(root).colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("pp-theme", root.dataset.theme); } catch { /* a private window keeps no choice */ }
    }
    if (event.target.closest("[data-pp-print]")) window.print();
    const insert = event.target.closest("[data-pp-texts] button");
    if (insert) inserts(event, insert);
    const opened = event.target.closest(".pp-worklist__open")?.closest("tr");
    if (opened) leave(opened);
    for (const menu of document.querySelectorAll("details.pp-menu[open], details.pp-postings[open]")) if (!menu.contains(event.target)) menu.open = false;
    const row = event.target.closest(".pp-worklist tbody tr");
    if (row && !event.target.closest("a, button, input, label, summary, details") && !String(getSelection())) row.querySelector(".pp-worklist__open")?.click();
  };

  /* One confirm without a modal: the first press arms the button for five seconds and says so, the second sends. */
  const sentAt = new WeakMap();
  const submits = (event) => {
    const button = event.submitter, form = event.target;
    if (form.method === "post" && performance.now() - (sentAt.get(form) ?? -Infinity) < 3000) { event.preventDefault(); return; } // pressed twice in haste
    stash(form);
    if (!button?.hasAttribute("data-pp-confirm") || button.hasAttribute("data-armed")) sentAt.set(form, performance.now());
    if (!button || !button.hasAttribute("data-pp-confirm") || button.hasAttribute("data-armed")) return;
    event.preventDefault();
    const before = button.innerHTML;
    button.style.minWidth = `${button.offsetWidth}px`; // no jump; set by script, so the policy on style attributes is kept
    button.setAttribute("data-armed", "");
    button.setAttribute("aria-live", "polite");
    button.textContent = button.dataset.ppConfirm || words.sure;
    setTimeout(() => { button.removeAttribute("data-armed"); button.innerHTML = before; }, 5000);
  };

  document.addEventListener("DOMContentLoaded", () => {
    try { words = { ...words, ...JSON.parse(document.querySelector("meta[name=pp-words]")?.content || "{}") }; } catch { /* the English words stay */ }
    arrive(document);
    tick();
    setInterval(tick, 15000);
    refill();
    if (document.querySelector("[data-pp-focus]")) document.querySelector("[data-pp-focus]").focus();
    else if (location.hash === "#decide" && (document.querySelector("[data-pp-posted]") || /[?&]fill=/.test(location.search))) addEventListener("load", () => setTimeout(() => begin("#decide"), 0)); // with the suggestion filled in, or from the preview
    comeBack();
    const on = document.querySelector("form[data-pp-auto]");
    if (on) setTimeout(() => on.requestSubmit(), 400);
  });
  document.addEventListener("htmx:load", (event) => { arrive(event.target); tick(); });
  document.addEventListener("input", (event) => { if (event.target.matches?.("textarea[data-pp-count]")) room(event.target); });
  document.addEventListener("keydown", keys);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.target instanceof Element && typing(event.target)) event.target.blur();
    for (const menu of document.querySelectorAll("details.pp-menu[open], details.pp-postings[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
    document.querySelector(".pp-zoom:target .pp-zoom__bar a[href^='#']")?.click();
  });
  document.addEventListener("click", clicks);
  document.addEventListener("submit", submits);
})();
