// The editor of message mappings: a row that fills a field is no longer pale, a chosen converter is put behind the others.
(() => {
  "use strict";
  const known = new Set([...document.querySelectorAll("#steps option")].map((option) => option.value));
  const before = new WeakMap();

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-steps]")) before.set(event.target, event.target.value);
  });

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.name === "f-target") field.closest("tr").classList.toggle("is-unused", field.value === "");
    if (!field.matches("[data-steps]")) return;
    const had = (before.get(field) || "").trim();
    // Choosing from the list replaces what was typed: keep the converters that were there.
    if (known.has(field.value) && had && event.inputType !== "insertText" && !had.startsWith(field.value)) {
      field.value = `${had} | ${field.value}`;
    }
    before.set(field, field.value);
  });
})();
