// The terminal's hands: the keypad writes into the field in use, a scanner finds its field by itself.
(() => {
  "use strict";

  const text = document.querySelector("[data-unreachable-text]");
  if (text) document.body.dataset.unreachable = text.dataset.unreachableText;

  // --- keypad: every form remembers the field that was used last

  const inputs = (form) => [...form.querySelectorAll(".pieces-input")];
  const active = (form) => form.querySelector(".pieces-input.is-active") || inputs(form)[0];

  function activate(input) {
    for (const other of inputs(input.form)) other.classList.toggle("is-active", other === input);
    input.dataset.fresh = "true"; // the first digit replaces what stands there
  }

  function type(input, digit) {
    const old = input.dataset.fresh ? "" : input.value;
    delete input.dataset.fresh;
    if (digit === "." && old.includes(".")) return;
    input.value = (old === "0" ? "" : old) + digit;
  }

  function press(button) {
    const form = button.closest("form");
    const input = active(form);
    if (!input) return;
    if (!input.classList.contains("is-active")) activate(input);
    if (button.dataset.digit !== undefined) type(input, button.dataset.digit);
    else if (button.hasAttribute("data-clear")) input.value = "";
    else input.value = input.value.slice(0, -1);
    if (button.dataset.digit === undefined) delete input.dataset.fresh;
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".pieces-input")) activate(event.target);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches(".pieces-input")) delete event.target.dataset.fresh;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keypad] button");
    if (button) press(button);
  });

  const ready = (root) => {
    const form = root.matches?.("[data-keypad-form]") ? root : root.querySelector("[data-keypad-form]");
    if (form && !form.querySelector(".is-active") && active(form)) activate(active(form));
  };
  ready(document);
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));

  // --- scanner: a wedge types wherever the focus is; outside a field its text goes to the page's scan field

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const digit = document.querySelector("[data-open-form] .pieces-input.is-active");
    if (digit && /[0-9.,]/.test(event.key)) {
      digit.focus();
      type(digit, event.key === "," ? "." : event.key);
      event.preventDefault();
      return;
    }
    const target = document.querySelector("[data-scan-target]");
    if (target && event.key !== " ") target.focus();
  });

  // --- Alt and a digit press the button that carries the digit

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !/^Digit[0-9]$/.test(event.code)) return;
    const button = document.querySelector(`[data-key="${event.code.slice(-1)}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // --- a stop is split at a moment: the slider says which

  const showSplit = (form) => {
    const at = new Date(Date.parse(form.dataset.splitStart) + 1000 * form.elements.after.value);
    const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    form.querySelector("[data-split-output]").value = at.toLocaleTimeString(document.documentElement.lang, {
      ...clock,
      timeZone: form.dataset.splitZone,
    });
  };
  for (const form of document.querySelectorAll("[data-split]")) showSplit(form);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-split]");
    if (form) showSplit(form);
  });

  // --- a plain form is sent once; a page that comes back from the cache may send again

  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("hx-post")) return;
    setTimeout(() => {
      for (const button of event.target.querySelectorAll("button")) button.disabled = true;
    });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
