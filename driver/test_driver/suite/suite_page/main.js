// Shows what needs a script.

listenToKeys(new Filters(document.getElementById("tests")));
showDetails(document.querySelectorAll(".test"));
for (const id of ["tools", "help"]) document.getElementById(id).hidden = false;
document.documentElement.dataset.ready = "true";
