// Sends the queue, and hears who has come at other doors: when there is network again, when somebody looks at the page
// again, and every ten seconds. Nothing waits for it, and there is no mode to switch on.
"use strict";
(function (Desk) {
  var EVERY = 10000, LIST_EVERY = 300000, AT_MOST = 200;
  var isSending = false, isWanted = false, batch = AT_MOST, listAsked = 0, since = null, refused = 0;

  var sync = Desk.sync = {
    isOnline: navigator.onLine,
    // Milliseconds by which the server's clock is ahead of this one, and whether any answer has told that yet.
    offset: 0,
    isHeard: false,
    // What the server has never taken.
    refusedCount: function () { return refused; },
    // Whether something is on its way, or about to be.
    isBusy: function () { return isSending || isWanted; },
    state: "ready",
  };

  // The time of the server, as far as it is known.
  Desk.now = function () { return Date.now() + sync.offset; };

  function end(state) {
    sync.state = state;
    Desk.show.end(state);
  }

  function hear(status) {
    if (status === 401) { end("not_paired"); throw new Error("not paired"); }
    if (status === 410) {
      // Everything that this phone knows goes, and it does not ask again.
      return Desk.store.wipe().then(function () {
        Desk.list.take(null);
        Desk.list.names = null;
        Desk.here.forget();
        Desk.here.waiting = [];
        if (navigator.serviceWorker) {
          navigator.serviceWorker.getRegistration("/desk/").then(function (found) { if (found) found.unregister(); });
        }
        if (window.caches) {
          caches.keys().then(function (names) {
            // Pages of rooms are kept in others.
            names.forEach(function (name) { if (name.indexOf("desk-") === 0) caches.delete(name); });
          });
        }
        end("withdrawn");
        throw new Error("withdrawn");
      });
    }
    return null;
  }

  function asSent(scan) {
    var copy = Object.assign({}, scan);
    ["place", "known", "isNew"].forEach(function (name) { delete copy[name]; });
    return copy;
  }

  function entry(row) {
    return { code: row[0], at: row[1], door: row[2], point: row[3], scan: row[4], instead: row[5] };
  }

  // Ask in the next request who is here, all of them, and not only what is new.
  function askAnew() { since = null; }

  // "asked": {scans, elsewhere, isWhole}, as they were when the request began. Resolves to whether there is more to ask.
  function settle(asked, answer) {
    var settled = asked.scans.filter(function (one) { return answer.outcomes[one.uid] !== undefined; });
    refused += settled.filter(function (one) {
      return ["bad", "conflict"].indexOf(answer.outcomes[one.uid]) !== -1;
    }).length;
    var come = answer.here.map(entry), gone = asked.isWhole ? null : answer.gone;
    Desk.here.hear(come, gone, settled.concat(asked.elsewhere));
    Desk.list.cancel(answer.cancelled || []);
    since = answer.now;
    // Something has changed of which no answer has told, as when staff take back what they have pressed.
    if (!asked.isWhole && Desk.here.said.size !== answer.count) askAnew();
    Desk.show.outcomes(settled, answer.outcomes);
    Desk.show.state();
    return Desk.store.settle(settled, come, gone).then(Desk.store.queue).then(function (left) {
      return left.length > 0 || since === null;
    });
  }

  function post(queue, elsewhere) {
    var scans = queue.slice(0, batch), sent = Date.now();
    var asked = { scans: scans, elsewhere: elsewhere, isWhole: since === null };
    var body = {
      clock: sent, queue: queue.length, since: since, scans: scans.map(asSent),
      list: Desk.list.data ? Desk.list.data.made : null,
      // A request that is long on its way would make this clock look slow.
      offset: sync.isHeard ? Math.round(sync.offset) : null,
    };
    return fetch("/desk/scans/", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      credentials: "same-origin", redirect: "error", cache: "no-store",
    }).then(function (answer) {
      var over = hear(answer.status);
      if (over) return over;
      if (answer.status === 400 || answer.status === 413) return aside(scans);
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json().then(function (said) {
        sync.offset = said.now - (sent + Date.now()) / 2;
        sync.isHeard = true;
        batch = AT_MOST;
        return settle(asked, said);
      });
    });
  }

  // A batch that the server does not read: smaller and smaller, until the one that is nothing is alone, and left out.
  function aside(scans) {
    if (scans.length > 1) {
      batch = Math.ceil(scans.length / 2);
      return true;
    }
    refused += scans.length;
    Desk.here.hear([], [], scans);
    return Desk.store.dequeue(scans).then(function () { return true; });
  }

  function rounds() {
    return Desk.store.queue().then(function (queue) {
      return post(queue, Desk.here.meet(queue));
    }).then(function (isMore) { return isMore ? rounds() : null; });
  }

  function askList() {
    if (Date.now() - listAsked < LIST_EVERY && Desk.list.data) return null;
    var mark = Desk.list.data ? Desk.list.data.mark : "";
    var headers = mark ? { "If-None-Match": mark } : {};
    return fetch("/desk/people.json", {
      headers: headers, credentials: "same-origin", redirect: "error", cache: "no-store",
    }).then(function (answer) {
      var over = hear(answer.status);
      if (over) return over;
      listAsked = Date.now();
      if (answer.status === 304) {
        Desk.list.data.made = Math.round(Desk.now());
        return Desk.store.put("list", Desk.list.data);
      }
      if (answer.status === 404) return Desk.list.dropWhatIsOver();
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json().then(function (data) {
        data.mark = answer.headers.get("ETag") || "";
        Desk.list.take(data);
        // Codes may be others: whoever gets a new one is here by that.
        askAnew();
        return Desk.store.put("list", data);
      });
    });
  }

  // Names in clear, because somebody has asked for them.
  sync.askNames = function () {
    return fetch("/desk/names.json", { credentials: "same-origin", redirect: "error", cache: "no-store" })
      .then(function (answer) {
        var over = hear(answer.status);
        if (over) return over;
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json().then(function (names) {
          Desk.list.names = names;
          return Desk.store.put("names", names);
        });
      });
  };

  sync.run = function () {
    if (sync.state !== "ready") return;
    Desk.list.dropWhatIsOver();
    if (isSending) { isWanted = true; return; }
    isSending = true;
    Promise.resolve().then(askList).then(rounds).then(function () { sync.isOnline = true; }, function () {
      sync.isOnline = false;
    }).then(function () {
      isSending = false;
      Desk.show.state();
      if (isWanted) { isWanted = false; sync.run(); }
    });
  };

  sync.begin = function () {
    window.addEventListener("online", sync.run);
    window.addEventListener("offline", function () { sync.isOnline = false; Desk.show.state(); });
    document.addEventListener("visibilitychange", function () { if (!document.hidden) sync.run(); });
    setInterval(sync.run, EVERY);
    sync.run();
  };
})(window.Desk);
