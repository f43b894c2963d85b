// What is shown of a step, of a command, of pictures, of evidence.

function pair(term, ...description) {
  return [element("dt", {}, term), element("dd", {}, ...description)];
}

function titled(title, text) {
  return text ? [element("h3", {}, title), element("pre", { tabindex: "0" }, text)] : [];
}

function commandParts(command) {
  const bad = command.timed_out || command.status !== 0;
  const how = command.timed_out ? "timed out and was killed" : `exit status ${command.status}`;
  return [
    element("h3", {}, "Command"),
    element("pre", { tabindex: "0" }, command.command),
    element("dl", { class: "pair" },
      ...pair("ended", element("span", { class: bad ? "bad" : "" }, how)),
      ...pair("took", seconds(command.ms))),
    ...titled("stdout", command.stdout),
    ...titled("stderr", command.stderr),
  ];
}

function framed(taken, title) {
  const shown = picture(taken.src, title);
  const place = element("a", { href: encodeURI(taken.path), rel: "noopener" }, taken.path);
  return element("figure", {}, shown, element("figcaption", {}, `${title}, at ${seconds(taken.at)}: `, place));
}

function showDetails(data, { bar, mark }) {
  const body = byId("details-body");
  show("details");
  if (mark) {
    body.replaceChildren(framed(mark, `screen of ${machineName(data, mark.machine)}`));
    return;
  }
  const { step } = bar;
  const commands = bar.command ? [bar.command] : data.commands.filter((one) => one.step === step.number);
  const around = [];
  const byNumber = new Map(data.steps.map((one) => [one.number, one]));
  for (let one = byNumber.get(step.within); one; one = byNumber.get(one.within)) around.unshift(one.name);
  const until = step.at + step.ms;
  const taken = step.number
    ? data.pictures.filter((one) => one.machine === step.machine && one.at >= step.at && one.at <= until)
    : [];
  body.replaceChildren(
    element("dl", { class: "pair" },
      ...pair("step", step.name),
      ...(step.machine >= 0 ? pair("machine", machineName(data, step.machine)) : []),
      ...(around.length ? pair("within", around.join(" > ")) : []),
      ...pair("time", `${seconds(step.at)} to ${seconds(until)}, ${seconds(step.ms)}`),
      ...pair("result", element("span", { class: isGood(step.result) ? "" : "bad" }, step.result))),
    ...titled("Error", step.error),
    ...commands.slice(-20).flatMap(commandParts),
    ...taken.map((one) => framed(one, "screenshot")));
}

function showEvidence(data) {
  if (!data.evidence.length) return;
  show("evidence");
  const machines = [...new Set(data.evidence.map((entry) => entry.machine))];
  const content = (machine) => () => data.evidence
    .filter((entry) => entry.machine === machine)
    .sort((one, other) => Boolean(other.src) - Boolean(one.src) || one.name.localeCompare(other.name))
    .flatMap((entry) => entry.text === undefined
      ? [element("h3", {}, entry.title), framed(entry, entry.title)]
      : titled(`${entry.title} (${entry.name})`, entry.text));
  const entries = machines.map((machine) => ({ title: machineName(data, machine), content: content(machine) }));
  byId("evidence-body").append(...tabs("Machines", entries));
}

function showScreens(data, timeLine) {
  const filmed = [...new Set(data.frames.map((frame) => frame.machine))];
  const body = byId("recordings-body");
  body.append(...filmed.map((machine) => player(data, machine, timeLine)));
  if (data.pictures.length) {
    body.append(element("h3", {}, "Screenshots"), element("div", { class: "gallery" },
      ...data.pictures.map((taken) => framed(taken, machineName(data, taken.machine)))));
  }
  if (body.childNodes.length) show("recordings");
}

function player(data, machine, timeLine) {
  const frames = data.frames.filter((frame) => frame.machine === machine);
  const name = machineName(data, machine);
  const screen = element("img", { alt: `the screen of ${name}` });
  const place = element("output", {});
  const slider = element("input", { type: "range", min: 0, max: frames.length - 1, value: 0, "aria-label": `Moment of the recording of ${name}` });
  const button = element("button", { type: "button" }, "Play");
  let timer = 0;
  const showFrame = (index, follow = true) => {
    slider.value = index;
    screen.src = frames[index].src;
    place.textContent = `${seconds(frames[index].at)} (${index + 1} of ${frames.length})`;
    slider.setAttribute("aria-valuetext", place.textContent);
    if (follow) timeLine.setCursor(frames[index].at);
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
  };
  slider.addEventListener("input", () => showFrame(Number(slider.value)));
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === frames.length - 1) showFrame(0);
    button.textContent = "Stop";
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next < frames.length) showFrame(next);
      else stop();
    }, 250);
  });
  showFrame(frames.length - 1, false);
  return element("div", { class: "player" }, element("h3", {}, `Recording of ${name}`), screen,
    element("div", { class: "tools" }, button, slider, place));
}

function showScript(data) {
  if (!data.test.source) return;
  show("script");
  const failed = new Set((data.failure.where || []).map((one) => one.line));
  byId("source").append(...data.test.source.replace(/\n$/, "").split("\n").map((text, index) =>
    element("span", { class: failed.has(index + 1) ? "failed-line" : "" }, element("i", {}, String(index + 1)), text + "\n")));
}
