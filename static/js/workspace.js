// "/" leads into the search of the conference, as it does in the tools people know; typed in a field it is a stroke.
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("ws-q");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// On a phone each line of tabs scrolls sideways: it begins where the open tab is, with its neighbours.
document.querySelectorAll(".dc-ws-tabs [aria-current], .dc-subtabs [aria-current]").forEach(function (openTab) {
  const line = openTab.closest("ul");
  line.scrollLeft = openTab.parentElement.offsetLeft - line.offsetLeft - (line.clientWidth - openTab.offsetWidth) / 2;
});
