// The test as Python wrote it: JSON, compressed, as base64.

async function readData() {
  const packed = document.getElementById("data").textContent.trim();
  const bytes = Uint8Array.fromBase64
    ? Uint8Array.fromBase64(packed)
    : Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(milliseconds < 100000 ? 2 : 1) + " s";
}

// How a step ended that is nothing to worry about.
function isGood(result) {
  return ["passed", "skipped", "xfailed", "xpassed", "flaky"].includes(result);
}

function machineName(data, index) {
  return index < 0 ? "" : data.machines[index];
}
