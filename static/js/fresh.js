// A page that was left open: looks whether what it says still holds when somebody comes back to it, and now and then
// while it is looked at; loads anew if not. What it says is in short in data-fresh.
"use strict";
(function () {
  var mark = document.querySelector("[data-fresh]");
  if (!mark) return;
  var PAUSE = 60000;
  // Not everybody in the same second.
  var EVERY = 600000 * (0.8 + 0.4 * Math.random());
  var looked = Date.now();

  function compare(text) {
    var now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-fresh]");
    if (!now || now.dataset.fresh !== mark.dataset.fresh) location.reload();
  }

  function look() {
    if (document.hidden || Date.now() - looked < PAUSE) return;
    looked = Date.now();
    // Without a connection it says what it said.
    fetch(location.href, { cache: "no-store", credentials: "same-origin" }).then(function (answer) {
      // A link that has died is a page, too.
      if (answer.status < 500 && answer.status !== 429) return answer.text().then(compare);
    }).catch(function () {});
  }

  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", function (event) { if (event.persisted) look(); });
  setInterval(look, EVERY);
})();
