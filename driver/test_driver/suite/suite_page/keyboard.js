// Keys of the page. Enter and Space open a row by themselves.

function listenToKeys(filters) {
  function move(by) {
    const rows = filters.shown();
    const now = rows.indexOf(document.activeElement.closest(".test"));
    const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by];
    if (!next) return;
    const summary = next.querySelector("summary");
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "nearest" });
  }

  function openReport() {
    const row = document.activeElement.closest(".test");
    const link = row && row.querySelector("a.name");
    if (link) link.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input, select");
    if (event.key === "Escape") {
      filters.set(filters.none());
      if (isTyping) event.target.blur();
      return;
    }
    const isDown = event.key === "ArrowDown";
    // From the search, the arrow goes to the first test that was found.
    if (isTyping && !(isDown && event.target.id === "search")) return;
    const act = {
      "/": () => filters.search.focus(),
      ArrowDown: () => move(1), ArrowUp: () => move(-1),
      j: () => move(1), k: () => move(-1),
      o: openReport,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
