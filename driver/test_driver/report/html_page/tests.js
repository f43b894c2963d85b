// What belongs to a test of pytest, added to its section when that is opened for the first time.

const MOST_COMMANDS = 20;
const MOST_LOG_LINES = 400;

// The steps inside a step, however deep, and the step itself.
function stepsInside(data, number) {
  const inside = new Set([number]);
  // A step begins after the one around it.
  for (const step of data.steps) if (inside.has(step.within)) inside.add(step.number);
  return inside;
}

// The lines of the log from the beginning of a test to its end, or to the next step.
function linesOfTest(data, step) {
  const { times, machines, texts, steps } = data.log;
  const others = new Set(data.steps.filter((one) => one.within === step.within && one !== step).map((one) => one.number));
  const found = [];
  let line = steps.indexOf(step.number);
  if (line < 0) return found;
  for (; line < texts.length && times[line] <= step.at + step.ms + ROUNDING && !others.has(steps[line]); line++) {
    const name = machineName(data, machines[line]);
    found.push(`${seconds(times[line])}  ${name ? `${name}: ` : ""}${texts[line]}`);
  }
  return found;
}

function testParts(data, step, onShow) {
  const inside = stepsInside(data, step.number);
  const commands = data.commands.filter((one) => inside.has(one.step));
  const until = step.at + step.ms;
  const taken = data.pictures.filter((one) => one.at >= step.at && one.at <= until);
  const lines = linesOfTest(data, step);
  const left = lines.length - MOST_LOG_LINES;
  const shown = left > 0 ? [`[${left} lines left out here]`, ...lines.slice(-MOST_LOG_LINES)] : lines;
  const unseen = commands.length - MOST_COMMANDS;
  return [
    element("p", {}, element("button", { type: "button", onclick: () => onShow(step) }, "Show in time line and log")),
    ...(unseen > 0 ? [element("p", { class: "notice" }, `${unseen} commands before these are in the time line.`)] : []),
    ...commands.slice(-MOST_COMMANDS).flatMap(commandParts),
    ...taken.map((one) => framed(one, `screenshot of ${machineName(data, one.machine)}`)),
    ...titled("Log", shown.join("\n")),
  ];
}

function showTests(data, onShow) {
  const byNumber = new Map(data.steps.map((step) => [step.number, step]));
  for (const box of document.querySelectorAll("details.test")) {
    const step = byNumber.get(Number(box.dataset.step));
    let isFilled = false;
    const fill = () => {
      if (!box.open || isFilled || !step) return;
      isFilled = true;
      box.append(element("div", { class: "more" }, ...testParts(data, step, onShow)));
    };
    box.addEventListener("toggle", fill);
    fill();
  }
}
