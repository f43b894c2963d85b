// Which tests are shown, and in which order. What is chosen stands in the address, so that it can be passed on.

class Filters {
  constructor(section) {
    this.section = section;
    this.rows = [...section.querySelectorAll(".test")].map((row) => ({
      row,
      name: row.querySelector(".name").textContent,
      text: `${row.querySelector(".name").textContent}\n${row.querySelector(".why").textContent}`.toLowerCase(),
      verdict: row.dataset.verdict,
      cause: row.dataset.cause,
      seconds: Number(row.dataset.seconds),
    }));
    this.sorted = this.rows;
    this.chosen = { verdict: "", search: "", cause: "", sort: "attention" };
    this.search = document.getElementById("search");
    this.sort = document.getElementById("sort");
    this.search.addEventListener("input", () => this.set({ search: this.search.value }));
    this.sort.addEventListener("change", () => this.set({ sort: this.sort.value }));
    for (const button of document.querySelectorAll("#verdicts button")) {
      button.addEventListener("click", () => this.set({ verdict: button.dataset.verdict }));
    }
    for (const button of document.querySelectorAll(".cause")) {
      button.disabled = false;
      button.addEventListener("click", () => {
        const cause = button.dataset.cause;
        this.set({ ...this.none(), cause: this.chosen.cause === cause ? "" : cause });
      });
    }
    addEventListener("hashchange", () => this.readAddress());
    this.readAddress();
  }

  none() {
    return { verdict: "", search: "", cause: "" };
  }

  readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const known = Object.keys(this.chosen).filter((name) => given.has(name));
    this.set({ ...this.none(), ...Object.fromEntries(known.map((name) => [name, given.get(name)])) });
  }

  set(changes) {
    const before = this.chosen.sort;
    Object.assign(this.chosen, changes);
    if (![...this.sort.options].some((option) => option.value === this.chosen.sort)) this.chosen.sort = "attention";
    if (this.chosen.sort !== before) this.arrange();
    this.show();
    const told = Object.entries(this.chosen).filter(([name, value]) => value && !(name === "sort" && value === "attention"));
    const address = told.length ? `#${new URLSearchParams(told)}` : "";
    if (address !== location.hash) history.replaceState(null, "", address || location.pathname + location.search);
  }

  arrange() {
    const compare = {
      attention: () => 0,
      name: (one, other) => one.name.localeCompare(other.name, "en", { numeric: true }),
      seconds: (one, other) => other.seconds - one.seconds,
    }[this.chosen.sort];
    this.sorted = [...this.rows].sort(compare);
    this.section.append(...this.sorted.map(({ row }) => row));
  }

  show() {
    const { verdict, cause, search, sort } = this.chosen;
    const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, ...about } of this.rows) {
      const isShown = (!verdict || about.verdict === verdict) && (!cause || about.cause === cause)
        && wanted.every((part) => about.text.includes(part));
      row.hidden = !isShown;
      count += isShown;
    }
    if (this.search.value !== search) this.search.value = search;
    this.sort.value = sort;
    for (const button of document.querySelectorAll("#verdicts button, .cause")) {
      const isPressed = "cause" in button.dataset ? button.dataset.cause === cause : button.dataset.verdict === verdict;
      button.setAttribute("aria-pressed", String(isPressed));
    }
    document.getElementById("count").textContent = `${count} of ${this.rows.length} tests`;
    document.getElementById("none").hidden = count > 0;
  }

  shown() {
    return this.sorted.map(({ row }) => row).filter((row) => !row.hidden);
  }
}
