// Runs before the first paint, so that a theme which the reader chose does not flash. Nothing is stored until he chooses.
(() => {
  try {
    const theme = localStorage.getItem("kb-theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch { /* storage may be forbidden: the system's scheme stays */ }
})();
