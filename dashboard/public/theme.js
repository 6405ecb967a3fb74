// Runs before the first paint, so that a dark dashboard never flashes white. It is a file of its
// own because the Content-Security-Policy allows no inline script.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("parley-theme");
  } catch {
    // Storage may be closed to us; the system's preference decides.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
