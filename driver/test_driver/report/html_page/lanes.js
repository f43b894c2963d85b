// What the time line draws: a row for the script and one for each machine, each with lanes, so that
// steps inside steps, and those at the same time, lie below one another.

const MOST_LANES = 8;
// Beginnings and durations are rounded apart: what follows at once may seem to begin a bit early.
const ROUNDING = 2;
const KINDS = ["subtest", "boot", "command", "wait", "transfer", "restore", "admission", "step"];
const KIND_TITLES = {
  subtest: "subtest", boot: "boot", command: "command", wait: "wait",
  transfer: "transfer", restore: "state kept or restored", admission: "waiting for the host", step: "other step",
};

function makeRows(data) {
  const rows = ["script", ...data.machines].map((title) => ({ title, bars: [], marks: [], lanes: 1 }));
  const byNumber = new Map(data.steps.map((step) => [step.number, step]));
  for (const step of data.steps) {
    rows[step.machine + 1].bars.push({ at: step.at, ms: step.ms, kind: step.kind, step, title: step.name });
  }
  // Commands that are a step of their own are drawn as that.
  for (const command of data.commands) {
    const around = byNumber.get(command.step);
    if (around && (around.kind === "command" || around.kind === "wait") && around.machine === command.machine) continue;
    const failed = command.timed_out ? "failed" : "passed";
    const step = { number: 0, result: failed, name: command.command, kind: "command", machine: command.machine, at: command.at, ms: command.ms, within: command.step };
    rows[command.machine + 1].bars.push({ at: command.at, ms: command.ms, kind: "command", step, command, title: command.command });
  }
  for (const taken of data.pictures) rows[taken.machine + 1].marks.push(taken);
  rows.forEach(layOut);
  return rows;
}

function layOut(row) {
  row.bars.sort((one, other) => one.at - other.at || other.ms - one.ms);
  const ends = [];
  for (const bar of row.bars) {
    let lane = ends.findIndex((end) => end <= bar.at + ROUNDING);
    if (lane < 0) lane = ends.length < MOST_LANES ? ends.length : MOST_LANES - 1;
    // Below what is still going on, so that what is inside comes below what is around it.
    for (let other = ends.length - 1; other > lane; other--) {
      if (ends[other] > bar.at + ROUNDING && other + 1 < MOST_LANES) {
        lane = other + 1;
        break;
      }
    }
    ends[lane] = Math.max(ends[lane] ?? 0, bar.at + bar.ms);
    bar.lane = lane;
    row.lanes = Math.max(row.lanes, lane + 1);
  }
}
