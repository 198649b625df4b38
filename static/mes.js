// What every page needs: clocks that tick, a live connection that admits when it is lost, forms left alone.
(() => {
  "use strict";
  const SILENCE = 25_000; // the server's beat comes every 10 s
  const GRACE = 3_000; // a planned reconnect is over before anybody is told
  let ahead = 0; // server clock minus ours, ms
  let lastWord = Date.now();
  let brokenSince = null;

  const now = () => Date.now() + ahead;

  // The same words as the `duration` filter of the server.
  function duration(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return `${seconds} s`;
    if (hours < 1) return `${minutes} min`;
    if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }

  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function tick() {
    for (const time of document.querySelectorAll("time[data-since]")) {
      say(time, duration(now() - Date.parse(time.dateTime)));
    }
    for (const clock of document.querySelectorAll("[data-clock]")) {
      say(clock, new Date(now()).toLocaleTimeString(document.documentElement.lang, {
        hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: clock.dataset.clock || undefined,
      }));
    }
    showWhetherLost();
  }

  // --- the live connection

  const live = () => document.querySelector("[sse-connect]");

  function showWhetherLost() {
    const banner = document.querySelector("[data-lost]");
    const silent = Date.now() - lastWord > SILENCE;
    const broken = brokenSince !== null && Date.now() - brokenSince > GRACE;
    banner.hidden = !(live() && (silent || broken));
    document.body.classList.toggle("is-lost", !banner.hidden);
    if (!banner.hidden) say(banner.querySelector("[data-lost-since]"), duration(Date.now() - lastWord));
  }

  function heard() {
    lastWord = Date.now();
    brokenSince = null;
  }

  const followed = new WeakSet();
  document.addEventListener("htmx:sseOpen", (event) => {
    const source = event.detail.source;
    if (!followed.has(source)) {
      followed.add(source);
      source.addEventListener("beat", (beat) => {
        heard();
        ahead = Date.parse(beat.data) - Date.now();
        tick();
      });
    }
    heard();
    tick();
  });
  document.addEventListener("htmx:sseError", () => {
    brokenSince ??= Date.now();
  });
  document.addEventListener("htmx:sseMessage", heard);

  // --- a person's open form is never touched: the news waits until the form is left or closed

  const waiting = new Map();
  const busy = (element) =>
    element.querySelector("[data-open-form], dialog[open], details[open] form") ||
    (element.contains(document.activeElement) && document.activeElement.closest("form"));

  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (!busy(event.target)) return;
    event.preventDefault();
    heard();
    waiting.set(event.target, event.detail.data);
  });

  // What a page asks for again by itself waits while somebody reads an explanation in it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const again = (event.target.getAttribute("hx-trigger") || "").startsWith("every");
    if (again && (busy(event.target) || event.target.querySelector("details[open]"))) event.preventDefault();
  });

  // A question that is on its way wants no more looks ahead.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-quote]")) event.target.dataset.sent = "";
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-quote][data-sent]")) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
  });

  function deliverWhatWaited() {
    for (const [element, html] of waiting) {
      if (element.isConnected && busy(element)) continue;
      waiting.delete(element);
      if (element.isConnected) htmx.swap(element, html, { swapStyle: "innerHTML" });
    }
  }

  // --- answers that are no answers

  function toast(text) {
    const note = document.createElement("div");
    note.className = "toast-note toast-error";
    note.textContent = text;
    document.querySelector("[data-toasts]").append(note);
    fade(note, 8_000);
  }

  function fade(note, after) {
    setTimeout(() => note.remove(), after);
  }

  document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed));
  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.unreachable));
  document.addEventListener("htmx:timeout", () => toast(document.body.dataset.unreachable));

  // --- what is told once somebody can see it: nobody looks at a page in the background

  function tellShown() {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-shown]")) {
      element.removeAttribute("data-shown");
      htmx.trigger(element, "shown");
    }
  }
  document.addEventListener("htmx:load", tellShown);
  document.addEventListener("visibilitychange", tellShown);

  // --- small comforts

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (event.target.closest("[data-fullscreen]")) {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-ticks]")) {
      event.target.closest("tr").querySelector('input[type="checkbox"]').checked = event.target.value !== "";
    }
    if (event.target.matches("[data-choose-all]")) {
      for (const box of event.target.form.querySelectorAll('input[type="checkbox"]')) box.checked = event.target.checked;
    }
  });

  for (const note of document.querySelectorAll("[data-toasts] > *")) fade(note, 6_000);
  setInterval(() => { tick(); deliverWhatWaited(); }, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();

  window.mes = { duration, now };
})();
