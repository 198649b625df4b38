// The plan of an area: machines at their places, zoom, and drawing by drag and drop (pointer or arrow keys).
(() => {
  "use strict";
  const plan = document.querySelector("[data-map]");
  if (!plan) return;
  const FULL = 1000;
  const tray = document.querySelector("[data-map-tray]");
  const told = document.querySelector("[data-map-saved]");
  const editing = Boolean(plan.dataset.save);
  let zoom = 1;

  if (plan.dataset.ratio) plan.style.aspectRatio = plan.dataset.ratio;

  function put(place) {
    const standing = place.parentElement === plan;
    place.style.left = standing ? `${place.dataset.x / 10}%` : "";
    place.style.top = standing ? `${place.dataset.y / 10}%` : "";
  }
  plan.querySelectorAll(".map-place").forEach(put);

  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      zoom = Math.min(5, Math.max(1, zoom * Number(button.dataset.zoom)));
      plan.style.width = `${zoom * 100}%`;
    });
  }
  if (!editing) return;

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
  let waiting = null;

  function save() {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const places = {};
      for (const place of plan.querySelectorAll(".map-place")) {
        places[place.dataset.machine] = [Number(place.dataset.x), Number(place.dataset.y)];
      }
      try {
        const answer = await fetch(plan.dataset.save, {
          method: "POST", body: JSON.stringify(places),
          headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        });
        told.textContent = answer.ok ? told.dataset.saved : told.dataset.failed;
      } catch {
        told.textContent = told.dataset.failed;
      }
    }, 250);
  }

  const within = (value) => Math.min(FULL, Math.max(0, Math.round(value)));

  function moveTo(place, clientX, clientY) {
    const frame = plan.getBoundingClientRect();
    const inside = clientX >= frame.left && clientX <= frame.right && clientY >= frame.top && clientY <= frame.bottom;
    if (inside) {
      if (place.parentElement !== plan) plan.append(place);
      place.dataset.x = within(((clientX - frame.left) / frame.width) * FULL);
      place.dataset.y = within(((clientY - frame.top) / frame.height) * FULL);
    } else if (place.parentElement !== tray) {
      tray.append(place);
    }
    put(place);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest(".map-place")) event.preventDefault(); // no way to the machine while drawing
  }, true);
  document.addEventListener("dragstart", (event) => event.preventDefault());
  document.addEventListener("pointerdown", (event) => {
    const place = event.target.closest(".map-place");
    if (!place || event.button) return;
    event.preventDefault();
    place.focus();
    place.classList.add("is-dragged");
    const move = (next) => moveTo(place, next.clientX, next.clientY);
    const end = () => {
      place.classList.remove("is-dragged");
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      save();
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  });

  document.addEventListener("keydown", (event) => {
    const place = document.activeElement?.closest?.(".map-place");
    const steps = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
    const step = steps[event.key];
    if (!place || !(step || event.key === "Delete")) return;
    event.preventDefault();
    if (event.key === "Delete") tray.append(place);
    else if (place.parentElement !== plan) {
      plan.append(place);
      [place.dataset.x, place.dataset.y] = [FULL / 2, FULL / 2];
    } else {
      place.dataset.x = within(Number(place.dataset.x) + step[0]);
      place.dataset.y = within(Number(place.dataset.y) + step[1]);
    }
    put(place);
    place.focus();
    save();
  });
})();
