// The details of tests that passed: they are made when a row is opened for the first time. Python has
// escaped all text in them, and the policy of the page lets no script in them run.

function showDetails(rows) {
  let reading = null;
  rows.forEach((row, place) => {
    if (row.querySelector(".more")) return;
    row.addEventListener("toggle", async () => {
      reading ??= readData();
      const details = (await reading)[place];
      if (row.querySelector(".more")) return;
      const made = new DOMParser().parseFromString(details, "text/html");
      row.append(document.adoptNode(made.body.firstElementChild));
    });
  });
}
