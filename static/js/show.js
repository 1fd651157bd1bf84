// The clocks of the run of show, by the server's clock (live.js): [data-from] counts up from that second, [data-until]
// down to it, and on with the words in data-over. Where the part is drawn anew, the button that had the focus keeps it.
"use strict";
(function () {
  var focused = null;

  function two(number) { return (number < 10 ? "0" : "") + number; }

  function words(seconds) {
    var minutes = Math.floor(seconds / 60);
    return (minutes >= 60 ? Math.floor(minutes / 60) + ":" + two(minutes % 60) : minutes) + ":" + two(seconds % 60);
  }

  function show() {
    var now = Math.floor(window.liveClock() / 1000);
    document.querySelectorAll("[data-from]").forEach(function (place) {
      place.textContent = words(Math.max(0, now - Number(place.dataset.from)));
    });
    document.querySelectorAll("[data-until]").forEach(function (place) {
      var left = Number(place.dataset.until) - now;
      place.textContent = left < 0 ? place.dataset.over + " " + words(-left) : words(left);
      place.classList.toggle("dc-show-over", left < 0);
    });
  }

  function mark(button) { return button ? "button[name='" + button.name + "'][value='" + button.value + "']" : null; }

  document.addEventListener("focusin", function (event) {
    focused = event.target.closest("[data-live] button") ? mark(event.target) : null;
  });
  document.addEventListener("live:changed", function () {
    var button = focused && document.activeElement === document.body ? document.querySelector(focused) : null;
    if (button) button.focus();
    show();
  });

  document.querySelectorAll("[data-live-only]").forEach(function (place) { place.hidden = false; });
  document.querySelectorAll("[data-live]").forEach(function (part) { part.dispatchEvent(new Event("live:ask")); });
  setInterval(show, 1000);
  show();
})();
