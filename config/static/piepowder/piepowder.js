/* Piepowder's small helpers. Every page works without them. Loaded in the head, so that a chosen theme is there before the first paint. */
(() => {
  "use strict";
  const root = document.documentElement;
  const consoleTheme = root.hasAttribute("x-data"); // there the theme's own switch decides
  const stored = () => { try { return localStorage.getItem("pp-theme"); } catch { return null; } };
  if (!consoleTheme && ["light", "dark"].includes(stored())) root.dataset.theme = stored();

  /* Words come from the page, in the reader's language. */
  let words = { left: "%(length)s left", over: "overdue by %(length)s", dh: "%(days)d d %(hours)d h", d: "%(days)d d", hm: "%(hours)d h %(minutes)d min", h: "%(hours)d h", m: "%(minutes)d min", less: "less than a minute", days: "%(count)d days", copied: "Copied", sure: "Press again to confirm", room: "%(count)d characters left" };
  const fill = (text, facts) => text.replace(/%\((\w+)\)[sd]/g, (_, name) => facts[name]);
  const inWords = (ms) => {
    const all = Math.floor(Math.abs(ms) / 60000), days = Math.floor(all / 1440), hours = Math.floor((all % 1440) / 60), minutes = all % 60;
    if (days >= 10) return fill(words.days, { count: days });
    if (days) return fill(hours ? words.dh : words.d, { days, hours });
    if (hours) return fill(minutes ? words.hm : words.h, { hours, minutes });
    return minutes ? fill(words.m, { minutes }) : words.less;
  };

  /* Deadlines: time left since the page's own moment (data-now), so a page of a moved clock stays true. */
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
    for (const button of part.querySelectorAll("[data-pp-theme][hidden]")) button.hidden = false;
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

  /* Worklists: j and k move, Enter opens (it is a link), n opens the next case, ? shows the keys. */
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
  const typing = (target) => target.closest("input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable]");
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !(event.target instanceof Element) || typing(event.target)) return;
    if (event.key === "j" || event.key === "k") {
      if (rows().length) { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
    } else if (event.key === "n") {
      const next = document.querySelector("[data-pp-next]");
      if (next) { event.preventDefault(); next.click(); } else if (rows().length) { event.preventDefault(); move(1); document.activeElement.click(); }
    } else if (event.key === "x" && rows().length) {
      const tick = document.querySelector("tr[data-current] input[name=picked]");
      if (tick) { event.preventDefault(); tick.checked = !tick.checked; }
    } else if (event.key === "?") {
      const help = document.querySelector(".pp-keys");
      if (help && help.togglePopover) { event.preventDefault(); help.togglePopover(); }
    }
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
    for (const menu of document.querySelectorAll("details.pp-menu[open], details.pp-postings[open]")) if (!menu.contains(event.target)) menu.open = false;
    const row = event.target.closest(".pp-worklist tbody tr");
    if (row && !event.target.closest("a, button, input, label, summary, details") && !String(getSelection())) row.querySelector(".pp-worklist__open")?.click();
  };

  /* One confirm without a modal: the first press arms the button for five seconds and says so, the second sends. */
  const submits = (event) => {
    const button = event.submitter;
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
    document.querySelector("[data-pp-focus]")?.focus();
  });
  document.addEventListener("htmx:load", (event) => { arrive(event.target); tick(); });
  document.addEventListener("input", (event) => { if (event.target.matches?.("textarea[data-pp-count]")) room(event.target); });
  document.addEventListener("keydown", keys);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.pp-menu[open], details.pp-postings[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
    document.querySelector(".pp-zoom:target .pp-zoom__bar a[href^='#']")?.click();
  });
  document.addEventListener("click", clicks);
  document.addEventListener("submit", submits);
})();
