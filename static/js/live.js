// Parts of a page that show what is true now: [data-live="address"] is asked for anew every data-every milliseconds, and
// replaced when the answer is another one. The server answers 304 while nothing has changed.
//
// The server's clock is the only one: window.liveClock() gives its time in milliseconds, from its own and the difference
// that the last answer showed. [data-as-of] says as of when the page is true; after 15 seconds without an answer the
// parts are marked .dc-stale. After a change the event "live:changed" is sent from the part.
//
// A part with data-gone says that, and asks no more, once its address is gone.
//
// What its reader has opened or typed stays: <details id>, and a <form id> in which something was changed. A button that is
// replaced while a finger is on it would not be pressed: what comes meanwhile is shown when the press is over.
"use strict";
(function () {
  var parts = Array.prototype.slice.call(document.querySelectorAll("[data-live]"));
  var STALE = 15000, SLOWEST = 30000, PRESS = 10000, LIFT = 400;
  var offset = 0, answered = 0;

  window.liveClock = function () { return Date.now() + offset; };

  function twoDigits(number) { return (number < 10 ? "0" : "") + number; }

  function sayAsOf() {
    var words = "";
    if (answered) {
      // The conference's hour, wherever the screen stands: Vietnam is seven hours ahead all year.
      var moment = new Date(answered + 7 * 3600000);
      words = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()].map(twoDigits).join(":");
    }
    // Until the first answer stands there what the page was drawn with.
    if (words) document.querySelectorAll("[data-as-of]").forEach(function (place) { place.textContent = words; });
    var isStale = answered > 0 && window.liveClock() - answered > STALE;
    document.documentElement.classList.toggle("dc-stale", isStale);
  }

  function hear(answer) {
    var date = Date.parse(answer.headers.get("Date"));
    if (date) offset = date - Date.now();
    answered = window.liveClock();
  }

  function all(part, selector) { return Array.prototype.slice.call(part.querySelectorAll(selector)); }

  function isChanged(field) {
    if (field.tagName === "SELECT") {
      // Where no option is marked, the browser chooses the first.
      var drawn = Array.prototype.findIndex.call(field.options, function (option) { return option.defaultSelected; });
      return field.selectedIndex !== Math.max(drawn, 0);
    }
    return /^(checkbox|radio)$/.test(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  }

  function isInUse(form) {
    return form.contains(document.activeElement) || all(form, "input, select, textarea").some(isChanged);
  }

  function show(part, text) {
    var open = all(part, "details[id][open]"), used = all(part, "form[id]").filter(isInUse);
    var focused = part.contains(document.activeElement) ? document.activeElement : null;
    part.innerHTML = text;
    used.forEach(function (form) {
      var fresh = document.getElementById(form.id);
      if (fresh) fresh.replaceWith(form);
    });
    open.forEach(function (one) {
      var fresh = document.getElementById(one.id);
      if (fresh) fresh.open = true;
    });
    if (focused && focused.id) {
      var place = document.getElementById(focused.id);
      if (place) place.focus({ preventScroll: true });
    }
    part.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  }

  function follow(part) {
    var every = Number(part.dataset.every) || 3000;
    var pause = every, mark = part.dataset.mark || "", timer = 0, isAsking = false, isGone = false;
    var held = 0, coming = null;

    function draw() {
      if (held || coming === null || isGone) return;
      var text = coming;
      coming = null;
      show(part, text);
    }

    // A press is made a moment after the finger was lifted, which a browser may not say.
    function hold(milliseconds) {
      clearTimeout(held);
      held = setTimeout(function () { held = 0; draw(); }, milliseconds);
    }

    function later() {
      clearTimeout(timer);
      if (!isGone) timer = setTimeout(ask, pause);
    }

    // The link of the page was withdrawn: nothing of what it showed stays.
    function leave() {
      isGone = true;
      part.textContent = part.dataset.gone;
    }

    function ask() {
      // A page that nobody looks at asks nothing; coming back to it asks at once.
      if (document.hidden || isAsking || isGone) return;
      isAsking = true;
      fetch(part.dataset.live, {
        headers: mark ? { "If-None-Match": mark } : {}, cache: "no-store", credentials: "same-origin", redirect: "error",
      }).then(function (answer) {
        var isWithdrawn = answer.status === 404 && part.dataset.gone;
        if (answer.status !== 304 && !answer.ok && !isWithdrawn) throw new Error(String(answer.status));
        hear(answer);
        pause = every;
        if (isWithdrawn) return leave();
        if (answer.status === 304) return null;
        mark = answer.headers.get("ETag") || "";
        return answer.text().then(function (text) { coming = text; draw(); });
      }).catch(function () {
        // Slower and slower, so that a server that comes back is not asked by everybody at once.
        pause = Math.min(pause * 2, SLOWEST) * (0.8 + 0.4 * Math.random());
      }).then(function () { isAsking = false; sayAsOf(); later(); });
    }

    document.addEventListener("visibilitychange", function () { if (!document.hidden) ask(); });
    window.addEventListener("online", ask);
    part.addEventListener("live:ask", ask);
    part.addEventListener("pointerdown", function () { hold(PRESS); });
    ["pointerup", "pointercancel"].forEach(function (name) {
      document.addEventListener(name, function () { if (held) hold(LIFT); });
    });
    later();
  }

  if (!parts.length) return;
  parts.forEach(follow);
  setInterval(sayAsOf, 1000);
})();
