// TV mode: one area after the other, each for a while; a stop is shown at once. The page is never loaded anew, so that
// full screen and the live connection last; the banner of the live connection tells when it is lost.
(() => {
  "use strict";
  const box = document.querySelector("[data-tv]");
  if (!box) return;
  const places = [...box.querySelectorAll(".place")];
  const turn = Number(box.dataset.tv) * 1000;
  let shown = -1;
  let page = 0;

  const overflow = () => Math.max(1, Math.ceil((places[shown].scrollHeight - 8) / visible()));
  const visible = () => window.innerHeight - box.getBoundingClientRect().top - window.scrollY;

  function show(index) {
    shown = index;
    page = 0;
    places.forEach((place, at) => { place.hidden = at !== index; });
    window.scrollTo(0, 0);
  }

  // An area that is higher than the screen takes a turn for each screenful.
  function next() {
    if (shown >= 0 && page + 1 < overflow()) {
      page += 1;
      window.scrollTo({ top: page * visible(), behavior: "auto" });
      return;
    }
    show((shown + 1) % places.length);
  }

  next();
  setInterval(next, turn);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.fullscreenElement) {
      const address = new URL(location.href);
      address.searchParams.delete("tv");
      location.assign(address);
    }
    if (event.key === "ArrowRight") next();
    if (event.key === "f") document.documentElement.requestFullscreen();
  });
  document.addEventListener("dblclick", () => document.documentElement.requestFullscreen());
})();
