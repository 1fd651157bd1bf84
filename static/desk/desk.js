// The page itself: what is read becomes a verdict, and what was decided goes into the queue.
"use strict";
(function (Desk) {
  var UNDO_FOR = 60000, AGAIN_AFTER = 4000, WEDGE_PAUSE = 500;
  var place = function (id) { return document.getElementById(id); };
  var page = document.documentElement, list = Desk.list, here = Desk.here, sync = Desk.sync;
  // "offered": the buttons with people on the page.
  var offered = [], shown = null, last = { text: "", seen: 0 }, undoable = null, counter = 0;
  Desk.words = JSON.parse(place("words").textContent);
  var words = Desk.words;

  // --- what stands on the page ------------------------------------------------------------------------------------

  function button(name, work) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "desk-button";
    made.dataset.does = name;
    made.textContent = words[name];
    made.addEventListener("click", work);
    return made;
  }

  function draw(verdict) {
    var box = place("verdict");
    box.dataset.kind = verdict.kind;
    box.dataset.signal = verdict.signal;
    place("title").textContent = verdict.title;
    place("more").textContent = verdict.more;
    place("name").textContent = verdict.name || "";
    place("unit").textContent = verdict.unit || "";
    var choices = place("choices");
    choices.textContent = "";
    verdict.buttons.forEach(function (name) { choices.append(button(name, function () { choose(name); })); });
    place("instead").hidden = true;
    if (verdict.person && verdict.code && list.data.role === "desk" && verdict.kind !== "twice") {
      choices.append(button("instead", function () { Desk.typed.ask(verdict); }));
    }
  }

  // What the button takes back stands on it: with the next one on the page it is not what is shown any more.
  function drawUndo() {
    if (undoable && Date.now() - undoable.at >= UNDO_FOR) undoable = null;
    var name = undoable && undoable.verdict.name, text = words.undo;
    if (undoable && shown !== undoable.verdict) {
      text = Desk.fill(name ? words.undo_before_of : words.undo_before, { name: name });
    } else if (undoable && !undoable.isNew) {
      text = words.undo_scan;
    }
    place("undo").hidden = !undoable;
    place("undo").textContent = text;
  }

  function say(text) { place("note").textContent = text; }

  Desk.show = {
    state: function () {
      var data = list.data, parts = [];
      // A phone that is not paired, or no longer, works neither with network nor without.
      if (!page.dataset.ended) parts.push(sync.isOnline ? words.online : words.offline);
      if (here.waiting.length) parts.push(Desk.fill(words.queue, { count: here.waiting.length }));
      if (data) parts.push(Desk.fill(words.list_of, { time: Desk.clock(data.made) }));
      if (Math.abs(sync.offset) > 30000) parts.push(words.clock);
      if (sync.refusedCount()) parts.push(Desk.fill(words.not_sent, { count: sync.refusedCount() }));
      if (Desk.store.isFull) parts.push(words.no_room);
      place("state").textContent = parts.join(" · ");
      page.dataset.online = String(sync.isOnline);
      page.dataset.queue = String(here.waiting.length);
      place("counter").textContent = Desk.fill(words.counter, { count: counter });
      drawPresent(data);
      if (data) drawPlace(data);
    },

    // Nothing can be read with this phone any more.
    end: function (state) {
      Desk.camera.stop();
      page.dataset.ended = state;
      place("work").hidden = true;
      place("door").textContent = "";
      shown = undoable = null;
      drawUndo();
      draw(Desk.verdict(state, "bad", words[state], words[state + "_more"], {}));
    },

    // The list is erased: nothing of it stays on the screen either, neither who was read last nor who was looked for.
    forgotten: function () {
      shown = undoable = null;
      drawUndo();
      place("found").textContent = place("query").value = place("names-state").textContent = "";
      place("query").disabled = true;
      Desk.typed.clear();
      draw(Desk.verdict("over", "ask", words.over, "", {}));
    },

    // What the server says about what was sent: only of the last one somebody may still stand here.
    outcomes: function (scans, outcomes) {
      if (!shown || !shown.uid || outcomes[shown.uid] === undefined) return;
      var said = { foreign: words.foreign, unknown: words.still_unknown }[outcomes[shown.uid]];
      if (said) say(said);
    },
  };

  function drawPresent(data) {
    var counts = data && here.counts();
    place("present").textContent = counts ? Desk.fill(words.of_point, { count: counts.here, total: counts.total }) : "";
    offered = offered.filter(function (one) { return one.made.isConnected; });
    offered.forEach(function (one) { one.made.dataset.here = String(here.isHere(one.code)); });
  }

  function drawPlace(data) {
    place("door").textContent = list.pointName(data.point) + " · " + list.doorName(data.door);
    place("conference").textContent = data.conference;
    place("search").hidden = place("walk-in").hidden = data.role !== "desk";
    place("names-state").textContent = Desk.fill(list.names ? words.names_of : words.names_first, {
      time: list.names ? Desk.clock(list.names.made) : "",
    });
    place("query").disabled = !list.names;
    var isTrial = Desk.now() < data.opens;
    place("trial").hidden = !isTrial;
    if (isTrial) place("trial").textContent = Desk.fill(words.trial, { time: Desk.clock(data.opens) });
  }

  // --- verdicts ---------------------------------------------------------------------------------------------------

  function present(verdict, began) {
    shown = verdict;
    say("");
    // What is said there is of something else, until the number is read.
    Desk.typed.mark(place("number-field"), "");
    draw(verdict);
    Desk.signal(verdict.signal);
    page.dataset.took = String(Math.round(performance.now() - began));
    if (verdict.isTaken) take(verdict);
    drawUndo();
    // Who was typed or chosen by name stands far below it.
    place("verdict").scrollIntoView({ block: "nearest" });
    if (!verdict.person) return;
    var named = verdict.token ? list.open(verdict.person, verdict.token) : Promise.resolve(list.nameOf(verdict.person.code));
    named.then(function (found) {
      verdict.name = found[0] || verdict.label || "";
      verdict.unit = found[1];
      if (shown === verdict) {
        place("name").textContent = verdict.name;
        place("unit").textContent = found[1] || "";
      }
    });
  }

  Desk.present = present;

  function take(verdict) {
    var data = list.data, now = Date.now();
    var scan = {
      uid: crypto.randomUUID(), kind: "arrive", code: verdict.code, at: now, door: data ? data.door : null,
      verdict: verdict.isChosen && verdict.kind === "welcome" ? "chosen" : verdict.kind,
    };
    var short = verdict.code.slice(0, list.PREFIX), isNew = !here.isHere(short);
    verdict.uid = scan.uid;
    undoable = { scan: scan, code: short, at: now, isNew: isNew, verdict: verdict };
    if (isNew) counter += 1;
    Desk.store.put("counter", counter);
    send(scan);
    drawUndo();
  }

  // Somebody who was typed.
  Desk.enter = function (scan) {
    undoable = { scan: scan, code: "", at: scan.at, isNew: true, verdict: shown };
    counter += 1;
    Desk.store.put("counter", counter);
    send(scan);
    drawUndo();
  };

  // It counts from now on, and is sent once it is stored.
  function send(scan) {
    scan.known = Math.round(Desk.now());
    here.wait(scan);
    Desk.show.state();
    Desk.store.enqueue(scan).then(function () {
      Desk.show.state();
      sync.run();
    });
  }

  // "only": nothing but the scan with this identifier, and something else is shown at once.
  function undo(only) {
    if (!undoable || Date.now() - undoable.at >= UNDO_FOR) return;
    var back = undoable, isQuiet = typeof only === "string";
    if (isQuiet && back.scan.uid !== only) return;
    undoable = null;
    if (back.isNew) {
      counter = Math.max(0, counter - 1);
      Desk.store.put("counter", counter);
    }
    send({
      uid: crypto.randomUUID(), kind: "undo", code: back.scan.code, at: Date.now(), door: back.scan.door,
      verdict: back.scan.verdict, undoes: back.scan.uid, isNew: back.isNew,
    });
    last = { text: "", seen: 0 };
    if (isQuiet) return;
    var since = here.found(back.code), more = "";
    if (since) more = Desk.fill(words.taken_back_scan, { time: Desk.clock(since.at) });
    // The server puts them in somebody's place as soon as it hears of it, and that stays.
    if (back.scan.kind === "substitute") more = words.taken_back_instead;
    present(Desk.verdict("undone", "ask", words.taken_back, more, {
      name: back.verdict.name, unit: back.verdict.unit,
    }), performance.now());
  }

  Desk.undo = undo;

  // A button below a verdict that has to be decided on.
  function choose(name) {
    var verdict = shown;
    if (name === "admit" || name === "admit_anyway") {
      take(verdict);
      Desk.signal("good");
      draw(Object.assign({}, verdict, { signal: "good", title: words.admitted, more: verdict.title, buttons: [] }));
      return;
    }
    var title = name === "send_on" ? Desk.fill(words.sent_on, verdict.values) : words.turned_away;
    shown = null;
    draw(Desk.verdict("away", "ask", title, "", {}));
  }

  // --- what is read -----------------------------------------------------------------------------------------------

  // From the camera, a scanner or the keyboard. "began": when the picture was taken, of performance.now(). Resolves to
  // what is wrong with it, "" if nothing is; undefined: it was not looked at.
  Desk.read = function (text, began) {
    if (sync.state !== "ready") return Promise.resolve();
    var now = performance.now();
    // The camera sees one code many times.
    if (text === last.text && now - last.seen < AGAIN_AFTER) { last.seen = now; return Promise.resolve(); }
    last = { text: text, seen: now };
    var found = /\/j\/([A-Za-z0-9_-]{16,64})(?:[/?#]|$)/.exec(text);
    if (!found) return readNumber(text, began);
    return list.hash(found[1]).then(function (code) {
      var verdict = Desk.judge(code.slice(0, list.PREFIX));
      verdict.code = code;
      verdict.token = found[1];
      present(verdict, began);
      return "";
    });
  };

  // Resolves to what is wrong with the number; "" if there is one.
  function readNumber(text, began) {
    var number = list.number(text);
    return list.ofNumber(number).then(function (people) {
      if (!people.length) return refuse(number ? "no_number" : "strange", began);
      if (people.length === 1) {
        pick(people[0], began, Desk.fill(words.of_registration, { number: number }));
      } else {
        ask(number, people, began);
      }
      return "";
    });
  }

  function refuse(why, began) {
    var title = list.data ? words[why] : words.no_list, more = list.data ? words[why + "_more"] : "";
    present(Desk.verdict("strange", "bad", title, more, {}), began);
    return list.data ? title + ". " + words.no_number_more : title;
  }

  // Which of the people of a registration it is. Names are known here of this point alone, and if they were taken.
  function ask(number, people, began) {
    var labels = list.labels(number, people), isElsewhere = people[0].point !== list.data.point;
    var isNamed = people.every(function (one) { return list.nameOf(one.code)[0]; });
    var mayTake = !isNamed && !isElsewhere && !list.names && list.data.role === "desk", more = [];
    if (isElsewhere) more.push(Desk.fill(words.elsewhere, { point: list.pointName(people[0].point) }) + ".");
    if (!isNamed && !mayTake) more.push(words.names_by_code);
    var verdict = Desk.verdict("which", "ask", words.which, more.join(" "), {});
    present(verdict, began);
    offer(place("choices"), people.map(function (one, at) { return { code: one.code, text: labels[at] }; }));
    if (mayTake) {
      place("choices").prepend(button("take_names", function () {
        takeNames().then(function () { if (list.names && shown === verdict) ask(number, people, performance.now()); });
      }));
    }
  }

  // Somebody chosen by hand. "label": what they are called where their name is not known.
  function pick(person, began, label) {
    var verdict = Desk.judge(person.code);
    verdict.code = person.code;
    verdict.isChosen = true;
    verdict.label = label;
    present(verdict, began);
  }

  function offer(into, people) {
    into.textContent = "";
    people.forEach(function (one) {
      var made = button("admit", function () { pick(list.byCode.get(one.code) || { code: one.code }, performance.now(), one.text); });
      made.textContent = one.text;
      made.dataset.here = String(here.isHere(one.code));
      offered.push({ made: made, code: one.code });
      into.append(made);
    });
  }

  // Scanners type what they read without a pause, wherever the cursor is, and press Enter.
  function listenToScanners() {
    var typed = "", before = 0;
    document.addEventListener("keydown", function (event) {
      if (event.target.closest("input, textarea")) return;
      // When the key was pressed, however busy the page is.
      var now = event.timeStamp;
      if (now - before > WEDGE_PAUSE) typed = "";
      before = now;
      if (event.key === "Enter" && typed.length >= 8) {
        event.preventDefault();
        Desk.read(typed, now);
        typed = "";
      } else if (event.key.length === 1) {
        typed += event.key;
      }
    });
  }

  function toggleCamera() {
    var video = place("video"), press = place("camera");
    if (Desk.camera.isOn()) {
      Desk.camera.stop();
      video.hidden = true;
      press.textContent = words.camera_on;
      return;
    }
    video.hidden = false;
    Desk.camera.start(video).then(function () { press.textContent = words.camera_off; }, function () {
      video.hidden = true;
      say(words.no_camera);
    });
  }

  function takeNames() {
    return sync.askNames().then(Desk.show.state, function () { say(words.offline); });
  }

  function listen() {
    place("camera").addEventListener("click", toggleCamera);
    place("undo").addEventListener("click", undo);
    place("number").addEventListener("submit", function (event) {
      event.preventDefault();
      var field = place("number-field"), text = field.value;
      last = { text: "", seen: 0 };
      if (!text.trim()) { Desk.typed.mark(field, words.needed); return; }
      Desk.read(text.trim(), performance.now()).then(function (wrong) {
        // Meanwhile somebody may have typed on.
        if (wrong === undefined || field.value !== text) return;
        Desk.typed.mark(field, wrong);
        if (!wrong) field.value = "";
      });
    });
    place("names").addEventListener("click", takeNames);
    place("query").addEventListener("input", function () {
      var found = list.search(place("query").value);
      offer(place("found"), found.map(function (row) { return { code: row[0], text: row[1] + " – " + row[2] }; }));
      if (!found.length && place("query").value.trim()) place("found").textContent = words.nobody;
    });
    Desk.typed.listen();
    listenToScanners();
    setInterval(drawUndo, 1000);
  }

  function begin() {
    if (!window.isSecureContext || !window.crypto.subtle) {
      Desk.show.end("insecure");
      return;
    }
    if (navigator.serviceWorker) navigator.serviceWorker.register("/desk/worker.js", { scope: "/desk/" }).catch(function () {});
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    listen();
    Promise.all([list.load(), Desk.store.get("counter"), Desk.store.queue()]).then(function (kept) {
      counter = kept[1] || 0;
      here.meet(kept[2]);
      Desk.show.state();
      page.dataset.ready = "true";
      sync.begin();
    });
  }

  begin();
})(window.Desk);
