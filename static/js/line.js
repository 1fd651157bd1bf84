// Measures the line from this device to the server: delay and jitter by small requests, then download and upload by
// blocks. Each part is stopped by the clock, so that all of it takes some ten seconds on any line.
"use strict";
(function () {
  var card = document.querySelector("[data-line]");
  if (!card || !window.AbortController) return;
  var button = card.querySelector("[data-measure]"), words = card.querySelector("[data-line-words]");
  var short = card.querySelector("[data-line-short]"), address = card.dataset.address;
  var PINGS = 15, PAUSE = 100, LATE = 1000, SECONDS = 3.5, AT_ONCE = 3;

  function at(part, permission) { return address + part + "/?permission=" + encodeURIComponent(permission); }

  function ask(where, options) {
    return fetch(where, Object.assign({ cache: "no-store", credentials: "omit" }, options));
  }

  function wait(time) { return new Promise(function (done) { setTimeout(done, time); }); }

  // Milliseconds until the answer; null where none came in time.
  async function ping(permission) {
    var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, LATE), begun = performance.now();
    try {
      var answer = await ask(at("ping", permission), { signal: stop.signal });
      return answer.ok ? performance.now() - begun : null;
    } catch (error) {
      return null;
    } finally { clearTimeout(timer); }
  }

  async function delays(permission) {
    // The first opens the connection.
    await ping(permission);
    var found = [];
    for (var number = 0, late = 0; number < PINGS && late < 3; number++) {
      var time = await ping(permission);
      found.push(time);
      if (time === null) late++;
      await wait(PAUSE);
    }
    var heard = found.filter(function (time) { return time !== null; });
    var steps = heard.slice(1).map(function (time, index) { return Math.abs(time - heard[index]); });
    var sorted = heard.slice().sort(function (one, other) { return one - other; });
    if (!heard.length) throw new Error("no answer");
    return {
      delay_ms: sorted[Math.floor(sorted.length / 2)],
      jitter_ms: steps.length ? steps.reduce(function (sum, step) { return sum + step; }, 0) / steps.length : 0,
      loss_percent: 100 * (found.length - heard.length) / found.length,
    };
  }

  // Moves blocks by "one", several at once, until the time or the blocks are over; kilobits a second.
  async function speed(blocks, one) {
    var moved = 0, left = blocks, stop = new AbortController(), begun = performance.now(), last = begun;
    var timer = setTimeout(function () { stop.abort(); }, SECONDS * 1000);
    function note(bytes) { moved += bytes; last = performance.now(); }
    async function go() {
      while (left-- > 0 && !stop.signal.aborted) await one(stop.signal, note);
    }
    var ways = [];
    for (var way = 0; way < AT_ONCE; way++) ways.push(go().catch(function () {}));
    await Promise.all(ways);
    clearTimeout(timer);
    return last > begun ? moved * 8 / (last - begun) : 0;
  }

  function download(permission) {
    return async function (signal, note) {
      var answer = await ask(at("download", permission), { signal: signal });
      if (!answer.ok) throw new Error(String(answer.status));
      var reader = answer.body.getReader();
      for (;;) {
        var part = await reader.read();
        if (part.done) return;
        note(part.value.length);
      }
    };
  }

  function upload(permission, size) {
    var block = new Uint8Array(size);
    for (var start = 0; start < size; start += 65536) crypto.getRandomValues(block.subarray(start, start + 65536));
    return function (signal, note) {
      return new Promise(function (done, failed) {
        // fetch does not say how much has gone.
        var request = new XMLHttpRequest(), gone = 0;
        request.open("POST", at("upload", permission));
        request.upload.onprogress = function (event) { note(event.loaded - gone); gone = event.loaded; };
        request.onload = function () { if (request.status === 200) done(); else failed(new Error(String(request.status))); };
        request.onerror = request.onabort = function () { failed(new Error("stopped")); };
        signal.addEventListener("abort", function () { request.abort(); });
        request.send(block);
      });
    };
  }

  async function measure() {
    var answer = await ask(address + "begin/", { method: "POST" });
    if (!answer.ok) throw new Error(String(answer.status));
    var permit = await answer.json(), found = await delays(permit.permission);
    found.download_kbps = await speed(permit.blocks.down, download(permit.permission));
    found.upload_kbps = await speed(permit.blocks.up, upload(permit.permission, permit.block));
    found.permission = permit.permission;
    answer = await ask(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(found),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  card.hidden = button.hidden = false;
  button.addEventListener("click", function () {
    button.disabled = true;
    words.textContent = card.dataset.running;
    short.textContent = "";
    measure().then(function (said) {
      words.textContent = said.words;
      short.textContent = said.short;
    }).catch(function () { words.textContent = card.dataset.failed; }).then(function () { button.disabled = false; });
  });
})();
