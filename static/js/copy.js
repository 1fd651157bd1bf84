// [data-copy="id"]: a button that copies the text of the element with this id, and says so in the words of data-done.
// Without this script, or where the browser forbids it, the text is there to be selected.
"use strict";
(function () {
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    var source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(source.textContent.trim()).then(function () {
        button.textContent = button.dataset.done;
      }, function () {
        window.getSelection().selectAllChildren(source);
      });
    });
  });
})();
