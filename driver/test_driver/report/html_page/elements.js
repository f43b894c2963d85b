// Elements made from data. Data becomes text and attributes only, never markup.

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

function show(id) {
  byId(id).hidden = false;
}

// Pictures are made by QEMU from what a guest shows; nothing but a PNG in the page itself is shown.
function picture(source, description) {
  if (!source || !source.startsWith("data:image/png;base64,")) return null;
  return element("img", { src: source, alt: description, loading: "lazy" });
}

// Tabs as the ARIA practices want them: arrows move, one tab is in the order of Tab.
function tabs(label, entries) {
  const list = element("div", { role: "tablist", "aria-label": label });
  const panel = element("div", { role: "tabpanel", tabindex: "0" });
  const buttons = entries.map(({ title }, index) =>
    element("button", { type: "button", role: "tab", onclick: () => choose(index) }, title));
  function choose(index, focus = false) {
    buttons.forEach((button, other) => {
      button.setAttribute("aria-selected", String(other === index));
      button.tabIndex = other === index ? 0 : -1;
    });
    panel.setAttribute("aria-label", entries[index].title);
    panel.replaceChildren(...entries[index].content());
    if (focus) buttons[index].focus();
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const now = buttons.indexOf(document.activeElement);
    if (step && now >= 0) {
      event.preventDefault();
      choose((now + step + buttons.length) % buttons.length, true);
    }
  });
  list.append(...buttons);
  choose(0);
  return [list, panel];
}
