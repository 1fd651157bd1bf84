// The page of a room. What is pressed goes into a queue on this device, with its own number and the time of the press,
// and from there to the server: at once, or when there is a network again. The server is asked every few seconds how
// the room stands; being asked is the room's sign of life, so it goes on while another window is in front.
"use strict";
(function () {
  var page = document.querySelector("[data-room]");
  if (!page) return;
  var words = page.querySelector("[data-room-form]").dataset, count = page.querySelector("#people-count");
  // The page that the device keeps is the same for every room: the address says which one it stands for.
  var HERE = location.pathname, SUM = Rooms.sumOf(HERE), isKept = "kept" in page.dataset;
  var EVERY = Number(page.dataset.every), AT_ONCE = 200, MOST_BYTES = 48000, SETTLE = 1200, AGAIN = 60000;
  var queue = [], unstored = [], isLoaded = false, isSending = false, isAway = false, isGone = false;
  var floor = page.querySelector("[data-questions]"), coming = floor.innerHTML, shown = plain(coming);
  var timer = 0, settling = 0, pause = EVERY, drawn = "", isTyped = false, refused = "", mark = "";
  var held = 0, LIFT = 400, PRESS = 10000, looks = 0;

  // How the room stands, for the page without network: what stands on a sign at its door, and no name.
  function keepFace(now) {
    var face = { now: Object.assign({}, now, { on: [], next: [], questions: null }) };
    page.querySelectorAll("[data-face]").forEach(function (place) {
      face[place.dataset.face] = place.textContent.replace(/\s+/g, " ").trim();
    });
    var text = JSON.stringify(face);
    if (isKept || text === drawn) return;
    drawn = text;
    face.seen = Date.now();
    Rooms.keepFace(SUM, face);
  }

  function showFace(face) {
    if (!face) return;
    page.querySelectorAll("[data-face]").forEach(function (place) { place.textContent = face[place.dataset.face]; });
    document.title = face.point;
    page.querySelector("[data-unknown]").hidden = true;
    page.querySelector("[data-known]").hidden = false;
    show(face.now);
  }

  // There is a network again: the page itself has what is not kept. Not again and again where it is slow.
  function comeBack() {
    if (!isKept || isAway || isGone || isSending || refused || queue.length || settling) return;
    var last = Number(sessionStorage.getItem("dc-room-back"));
    if (Date.now() - last < AGAIN) return;
    sessionStorage.setItem("dc-room-back", String(Date.now()));
    location.reload();
  }

  function number() {
    if (crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    var digits = Array.prototype.map.call(bytes, function (byte) { return (byte + 256).toString(16).slice(1); }).join("");
    return digits.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // Where nothing can be stored the queue lives as long as the page. A page that is loaded anew before it is stored has it
  // from the tab.
  function keep(reports) {
    unstored = unstored.concat(reports);
    Rooms.hold(SUM, unstored);
    reports.forEach(function (report) {
      Rooms.keepReport(SUM, report).then(function () {
        unstored = without(unstored, [report]);
        Rooms.hold(SUM, unstored);
      });
    });
  }

  function say(kind, value) {
    var report = { uid: number(), kind: kind, value: String(value), at: Date.now() };
    queue.push(report);
    if (!isGone) keep([report]);
    press(kind, String(value));
    sayNet();
    send();
  }

  // What was pressed shows at once; the answer of the server says it in words.
  function press(kind, value) {
    page.querySelectorAll("button[name=say]").forEach(function (button) {
      var says = button.value.split("=");
      if (says[0] !== kind || kind === "head_count") return;
      if (kind === "state") button.setAttribute("aria-pressed", String(says[1] === value));
      else {
        button.setAttribute("aria-pressed", String(value === "yes"));
        button.value = kind + "=" + (value === "yes" ? "no" : "yes");
      }
    });
  }

  function sayNet() {
    var place = page.querySelector("[data-net]"), said = "";
    if (isGone) said = words.gone;
    else if (refused) said = words.refused + " " + refused;
    else if (isAway) said = navigator.onLine === false ? words.offline : words.away;
    if (queue.length && !isGone) said += (said ? " " : "") + words.waiting + " " + queue.length;
    if (place.textContent !== said) place.textContent = said;
    place.hidden = !said;
  }

  function write(name, text) {
    var place = page.querySelector("[data-" + name + "]");
    if (place.textContent !== text) place.textContent = text;
  }

  function show(now) {
    // What waits to be sent is newer than what the server knows.
    var waits = {};
    queue.forEach(function (report) { waits[report.kind] = true; });
    write("state", now.state_words);
    page.querySelector("[data-state]").className = "dc-room-state dc-room-" + now.state;
    if (!waits.state) press("state", now.state);
    ["help", "floor"].forEach(function (kind) {
      var button = page.querySelector("[data-toggle=" + kind + "]");
      if (!waits[kind]) press(kind, now[kind] ? "yes" : "no");
      write(kind, now[kind] ? button.textContent.trim() + ": " + now[kind + "_words"] : "");
    });
    write("people", now.people_words);
    count.dataset.askedFrom = now.people_from || "";
    // What was typed and not said yet stays.
    if (!waits.head_count && !settling && !isTyped && document.activeElement !== count) {
      count.value = now.people === null ? "" : now.people;
    }
    write("on", now.on.join("; ") || "–");
    write("next", now.next.join("; ") || "–");
    showQuestions(now.questions);
    keepFace(now);
  }

  // Questions and polls come as they are drawn on the server.
  function showQuestions(text) {
    page.querySelector("#ask").hidden = text === null;
    coming = text || "";
    if (!held) drawQuestions();
  }

  // Without what only a browser without JavaScript sends, so that what the page came with is the same as the first answer.
  function plain(text) {
    var box = document.createElement("template");
    box.innerHTML = text;
    box.content.querySelectorAll("[name=csrfmiddlewaretoken], [name=uid]").forEach(function (field) { field.remove(); });
    return box.innerHTML.replace(/\s+/g, " ").trim();
  }

  // A number that is being typed stays, and what is open.
  function drawQuestions() {
    var typed = {}, text = plain(coming);
    if (text === shown) return;
    shown = text;
    floor.querySelectorAll("input[name=hands]").forEach(function (input) {
      if (input.value === input.defaultValue) return;
      typed[input.form.elements.say.value] = { value: input.value, isAsked: !doubtOf(input).hidden };
    });
    var open = Array.prototype.map.call(floor.querySelectorAll("details[id][open]"), function (one) { return one.id; });
    var focused = floor.contains(document.activeElement) ? document.activeElement.id : "";
    floor.innerHTML = coming;
    open.forEach(function (id) {
      var fresh = document.getElementById(id);
      if (fresh) fresh.open = true;
    });
    floor.querySelectorAll("input[name=hands]").forEach(function (input) {
      var kept = typed[input.form.elements.say.value];
      if (!kept) return;
      input.value = kept.value;
      if (kept.isAsked) isDoubtful(input, words.handsAsked);
    });
    var field = focused && document.getElementById(focused);
    if (field) field.focus({ preventScroll: true });
  }

  // A button that is drawn anew while a finger is on it is not pressed: what comes meanwhile waits until the press is over.
  // A press is made a moment after the finger was lifted, which a browser may not say.
  function hold(wait) { clearTimeout(held); held = setTimeout(function () { held = 0; drawQuestions(); }, wait); }
  function lift() { if (held) hold(LIFT); }
  floor.addEventListener("pointerdown", function () { hold(PRESS); });
  document.addEventListener("pointerup", lift);
  document.addEventListener("pointercancel", lift);

  // --- a number that looks like a slip is asked about once ---

  function doubtOf(input) { return input.form.querySelector("[data-doubt]"); }

  function fill(text, number) { return text.replace("{n}", number); }

  // Whether the number in the field is asked about; then the question stands below it, with a button to take it.
  function isDoubtful(input, asks) {
    var from = Number(input.dataset.askedFrom), doubt = doubtOf(input), sure = doubt.querySelector("[data-sure]");
    var number = Number(input.value), isAsked = from > 0 && number >= from;
    doubt.hidden = !isAsked;
    if (!isAsked) return false;
    doubt.querySelector("[data-doubt-words]").textContent = fill(asks, number);
    sure.hidden = false;
    sure.textContent = fill(words.yes, number);
    sure.value = sure.name === "say" ? "head_count=" + number : String(number);
    return true;
  }

  function ask(address, options) {
    // The address is the key; cookies say nothing here.
    return fetch(address, Object.assign({ cache: "no-store", credentials: "omit", redirect: "error" }, options));
  }

  function heard(status) {
    if (status === 404 && !isGone) {
      queue = unstored = [];
      Rooms.hold(SUM, []);
      Rooms.forget(SUM);
    }
    isGone = status === 404;
    isAway = status >= 500 || status === 429;
    pause = EVERY;
  }

  function send() {
    if (!isLoaded || isSending || isGone || !queue.length) return;
    isSending = true;
    var sent = nextBatch();
    ask(HERE + "reports/", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sent: Date.now(), reports: sent }),
    }).then(function (answer) {
      heard(answer.status);
      if (answer.status !== 200 && answer.status !== 400) return null;
      return answer.json().then(function (said) { take(sent, said, answer.status); });
    }).catch(function () { isAway = true; }).then(function () { isSending = false; sayNet(); comeBack(); });
  }

  // As many as the server takes at once, by number and by bytes; a letter has three at most.
  function nextBatch() {
    var bytes = 0;
    return queue.slice(0, AT_ONCE).filter(function (report, place) {
      bytes += report.value.length * 3 + 150;
      return !place || bytes < MOST_BYTES;
    });
  }

  function take(sent, said, status) {
    refused = said.error || "";
    sent.forEach(function (report) {
      var outcome = said.outcomes && said.outcomes[report.uid];
      if (report.kind === "question" && outcome && outcome !== "refused") sayAsked(true);
      if (outcome !== "refused") return;
      if (report.kind === "hands" || report.kind === "question") refused = words.floorRefused;
      if (report.kind === "take_back") refused = words.takeBackRefused;
      if (report.kind === "question" && !giveBack(JSON.parse(report.value))) refused += " " + quote(report.value);
    });
    var done = sent.filter(function (report) { return status === 400 || said.outcomes[report.uid]; });
    queue = without(queue, done);
    Rooms.dropReports(SUM, done);
    if (said.now) { mark = ""; show(said.now); }
    if (queue.length && done.length) setTimeout(send, 0);
  }

  function without(reports, others) {
    return reports.filter(function (report) {
      return !others.some(function (one) { return one.uid === report.uid; });
    });
  }

  function quote(value) { return "“" + JSON.parse(value).text + "”"; }

  // What was typed and not taken stands in the form again; if something else stands there, in the words of the refusal.
  function giveBack(question) {
    var ask = page.querySelector("[data-floor-ask]");
    if (!ask || ask.elements.text.value) return false;
    Object.keys(question).forEach(function (name) { ask.elements[name].value = question[name]; });
    return true;
  }

  function look() {
    clearTimeout(timer);
    if (isGone) return;
    var mine = looks += 1;
    ask(HERE + "live/", { headers: mark ? { "If-None-Match": mark } : {} }).then(function (answer) {
      heard(answer.status);
      if (answer.status !== 200) return null;
      mark = answer.headers.get("ETag") || "";
      return answer.json().then(show);
    }).catch(function () {
      // A later look, once there is a network again, knows better.
      if (mine === looks) { isAway = true; pause = Math.min(pause * 1.5, 60000); }
    }).then(function () {
      if (!isAway) send();
      sayNet();
      comeBack();
      timer = setTimeout(look, pause * (0.9 + 0.2 * Math.random()));
    });
  }

  // A phone that goes to sleep is silent.
  function stayAwake() {
    if (navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(function () {});
  }

  page.addEventListener("submit", function (event) {
    var form = event.target, presses = event.submitter;
    if (form.hasAttribute("data-room-form")) {
      event.preventDefault();
      var says = (presses ? presses.value : "head_count").split("=");
      if (says[0] !== "head_count") say(says[0], says[1]);
      else if (says[1]) sayNumber(says[1]);
      else sayCount();
    } else if (form.hasAttribute("data-floor-form")) {
      event.preventDefault();
      if (form.hasAttribute("data-floor-ask")) sayQuestion(form);
      else if (form.hasAttribute("data-floor-take-back")) sayTakenBack(form, presses);
      else sayHands(form.elements.hands, presses && presses.name === "sure" ? presses.value : "");
    }
  });

  // The list of the room stands above and may be closed: what became of the question is said where it was typed.
  function sayAsked(isTaken) {
    var place = page.querySelector("[data-asked]");
    place.textContent = isTaken ? place.dataset.words : "";
  }

  function sayQuestion(form) {
    var fields = form.elements;
    sayAsked(false);
    say("question", JSON.stringify({ name: fields.name.value, unit: fields.unit.value, text: fields.text.value }));
    form.reset();
  }

  function sayTakenBack(form, button) {
    say("take_back", button.value.split("=")[1]);
    button.disabled = true;
  }

  // Each row that was typed in goes with the one whose button was pressed.
  function sayHands(pressed, sure) {
    page.querySelectorAll("input[name=hands]").forEach(function (input) {
      if (input !== pressed && (input.value === input.defaultValue || !input.checkValidity())) return;
      var isSure = input === pressed && sure !== "" && Number(sure) === Number(input.value);
      if (!isSure && isDoubtful(input, words.handsAsked)) return;
      doubtOf(input).hidden = true;
      input.defaultValue = input.value;
      say("hands", input.form.elements.say.value.split("=")[1] + ":" + Number(input.value));
    });
  }

  function sayCount() {
    clearTimeout(settling);
    settling = 0;
    if (count.value === "" || !count.checkValidity()) count.reportValidity();
    else if (!isDoubtful(count, words.peopleAsked)) sayNumber(count.value);
  }

  function sayNumber(number) {
    count.value = Number(number);
    isTyped = false;
    doubtOf(count).hidden = true;
    say("head_count", Number(number));
  }

  page.addEventListener("input", function (event) {
    if (event.target !== count && event.target.name !== "hands") return;
    if (event.target === count) isTyped = true;
    doubtOf(event.target).hidden = true;
  });

  page.querySelectorAll("[data-step]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      count.value = Math.max(0, Number(count.value) + Number(button.dataset.step));
      isTyped = true;
      doubtOf(count).hidden = true;
      clearTimeout(settling);
      settling = setTimeout(sayCount, SETTLE);
    });
  });

  function back() {
    // A number that was just stepped to goes before the page does.
    if (document.hidden && settling) sayCount();
    if (!document.hidden) { stayAwake(); look(); }
  }
  document.addEventListener("visibilitychange", back);
  window.addEventListener("online", look);
  window.addEventListener("pageshow", function (event) { if (event.persisted) look(); });
  // Only the page itself has a worker made: who has opened the link without network has one.
  if (!isKept && navigator.serviceWorker) {
    navigator.serviceWorker.register(words.worker, { scope: "/room/" }).catch(function () {});
  }
  queue = Rooms.held(SUM);
  keep(queue);
  Rooms.read(SUM).then(function (found) {
    // What was pressed meanwhile comes last, and may have been read as well.
    queue = without(found.queue, queue).concat(queue);
    isLoaded = true;
    if (isKept) showFace(found.face);
    queue.forEach(function (report) {
      if (report.kind === "head_count") count.value = report.value;
      else if (/^(state|help|floor)$/.test(report.kind)) press(report.kind, report.value);
    });
    sayNet();
    stayAwake();
    look();
  });
})();
