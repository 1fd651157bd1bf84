// Sends the queue, and hears who has come at other doors: when there is network again, when somebody looks at the page
// again, and every ten seconds. Nothing waits for it, and there is no mode to switch on.
"use strict";
(function (Desk) {
  var EVERY = 10000, LIST_EVERY = 300000, AT_MOST = 200;
  var isSending = false, isWanted = false, batch = AT_MOST, listAsked = 0, since = null, refused = 0;

  var sync = Desk.sync = {
    isOnline: navigator.onLine,
    queueLength: 0,
    // Milliseconds by which the server's clock is ahead of this one.
    offset: 0,
    // What the server has never taken.
    refusedCount: function () { return refused; },
    state: "ready",
  };

  // "queue": all that waits to be sent.
  sync.hold = function (queue) {
    sync.queueLength = queue.length;
    Desk.list.hold(queue);
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
        Desk.list.here = new Map();
        sync.hold([]);
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
    delete copy.place;
    delete copy.isTyped;
    return copy;
  }

  // "held": whom this phone took for here when it asked who is, all of them; null: it asked what is new.
  function settle(scans, answer, held) {
    var settled = scans.filter(function (one) { return answer.outcomes[one.uid] !== undefined; });
    refused += settled.filter(function (one) {
      return ["bad", "conflict"].indexOf(answer.outcomes[one.uid]) !== -1;
    }).length;
    since = answer.now;
    var come = answer.here.map(function (row) { return { code: row[0], at: row[1], door: row[2], point: row[3] }; });
    come.forEach(function (one) { Desk.list.here.set(one.code, one); });
    // Who was taken back, unless this phone has read them again and not sent it yet.
    return Desk.store.dequeue(settled).then(function () { return Desk.store.queue(); }).then(function (left) {
      var mine = left.map(function (one) { return (one.code || "").slice(0, Desk.list.PREFIX); });
      var stay = new Set(mine.concat(come.map(function (one) { return one.code; })));
      var gone = (held || answer.gone).filter(function (code) { return !stay.has(code); });
      gone.forEach(function (code) { Desk.list.here.delete(code); });
      sync.hold(left);
      Desk.show.outcomes(settled, answer.outcomes);
      return Desk.store.note(come, gone).then(function () { return left.length; });
    });
  }

  function post(queue) {
    var scans = queue.slice(0, batch), sent = Date.now();
    var held = since === null ? Array.from(Desk.list.here.keys()) : null;
    var body = {
      clock: sent, queue: queue.length, since: since, scans: scans.map(asSent),
      list: Desk.list.data ? Desk.list.data.made : null,
      // A request that is long on its way would make this clock look slow.
      offset: since === null ? null : Math.round(sync.offset),
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
        batch = AT_MOST;
        return settle(scans, said, held);
      });
    });
  }

  // A batch that the server does not read: smaller and smaller, until the one that is nothing is alone, and left out.
  function aside(scans) {
    if (scans.length > 1) {
      batch = Math.ceil(scans.length / 2);
      return scans.length;
    }
    refused += scans.length;
    return Desk.store.dequeue(scans).then(function () { return 1; });
  }

  function rounds() {
    return Desk.store.queue().then(function (queue) {
      sync.hold(queue);
      return post(queue);
    }).then(function (left) { return left ? rounds() : null; });
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
