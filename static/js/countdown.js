// Counts down to the moment in data-countdown and loads the page anew when it comes. Without this script the page
// says the time in words. The server's clock (data-now) decides: clocks of phones are often wrong.
"use strict";
(function () {
  var box = document.querySelector("[data-countdown]");
  if (!box) return;
  var end = Date.parse(box.dataset.countdown) - Date.parse(box.dataset.now) + Date.now();
  if (isNaN(end)) return;

  function two(n) {
    return n < 10 ? "0" + n : String(n);
  }

  function show() {
    var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    var days = Math.floor(left / 86400);
    var clock = two(Math.floor(left / 3600) % 24) + ":" + two(Math.floor(left / 60) % 60) + ":" + two(left % 60);
    box.textContent = (days ? days + " " + box.dataset.day + " " : "") + clock;
    if (!left) {
      clearInterval(timer);
      // Not everybody in the same second.
      setTimeout(function () { location.reload(); }, 1000 + Math.random() * 4000);
    }
  }

  var timer = setInterval(show, 1000);
  box.hidden = false;
  show();
})();
