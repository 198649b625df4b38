// TV mode: as many machines as can be read from afar fill the screen, one screenful after the other; a stop is shown at
// once. The page is never loaded anew, so that full screen and the live connection last; the banner of the live
// connection tells when it is lost.
(() => {
  "use strict";
  const MOST = 16; // tiles that are legible at 5 m on a screen of 55 inches
  const SHAPE = 1.7; // of a tile, width by height
  const box = document.querySelector("[data-tv]");
  if (!box) return;
  const places = [...box.querySelectorAll(".place")];
  let place = 0;
  let page = -1;

  // The tiles of a place as they are seen: trouble first is told by the style sheet.
  const order = (tile) => Number(getComputedStyle(tile).order);
  const tilesOf = (at) => [...places[at].querySelectorAll(".tile-slot")];
  const pagesOf = (at) => Math.ceil(tilesOf(at).length / MOST) || 1;

  // The number of columns with the largest tiles.
  function columnsFor(number, width, height) {
    let best = 1;
    let largest = 0;
    for (let columns = 1; columns <= number; columns += 1) {
      const size = Math.min(width / columns / SHAPE, height / Math.ceil(number / columns));
      if (size > largest) [best, largest] = [columns, size];
    }
    return best;
  }

  function show() {
    places.forEach((each, at) => { each.hidden = at !== place; });
    const tiles = tilesOf(place);
    tiles.forEach((tile) => { tile.hidden = false; });
    const each = Math.ceil(tiles.length / pagesOf(place));
    const seen = tiles.sort((one, other) => order(one) - order(other)).slice(page * each, (page + 1) * each);
    tiles.forEach((tile) => { tile.hidden = !seen.includes(tile); });
    const grid = places[place].querySelector(".tiles");
    grid.style.setProperty("--columns", columnsFor(seen.length, grid.clientWidth, grid.clientHeight));
  }

  function next() {
    page += 1;
    if (page >= pagesOf(place)) [place, page] = [(place + 1) % places.length, 0];
    show();
  }

  next();
  setInterval(next, Number(box.dataset.tv) * 1000);
  window.addEventListener("resize", show);
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
