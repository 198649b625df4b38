// Runs before the first paint, so that a dark page never flashes white.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const wanted = () => localStorage.getItem("mes-theme") || (dark.matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.bsTheme = wanted(); };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    localStorage.setItem("mes-theme", wanted() === "dark" ? "light" : "dark");
    apply();
    document.dispatchEvent(new CustomEvent("mes:theme"));
  });
})();
