// What the phone keeps, in IndexedDB: the queue, who is here, the lists. Where that fails, because the memory is full or
// the browser forbids it, the queue goes on in the page itself and says so.
//
// The page of the desk is made of scripts that share one object, window.Desk.
"use strict";
window.Desk = {};
(function (Desk) {
  // "storing": how many are on their way into the memory.
  var opened = null, inPage = [], storing = 0;

  function database() {
    opened = opened || idb.openDB("desk", 1, {
      upgrade: function (db) {
        db.createObjectStore("queue", { keyPath: "place", autoIncrement: true });
        db.createObjectStore("here", { keyPath: "code" });
        db.createObjectStore("kept");
      },
    });
    return opened;
  }

  function write(stores, change) {
    return database().then(function (db) {
      var work = db.transaction(stores, "readwrite");
      change(work);
      return work.done;
    });
  }

  function takeOut(scans, work) {
    inPage = inPage.filter(function (one) { return scans.indexOf(one) === -1; });
    scans.forEach(function (one) { if (one.place !== undefined) work.objectStore("queue").delete(one.place); });
  }

  // What is in the page alone, or not stored yet, is lost with it, so whoever closes or reloads it is asked first.
  window.addEventListener("beforeunload", function (event) {
    if (inPage.length || storing) event.preventDefault();
  });

  Desk.store = {
    // Whether something could not be stored.
    isFull: false,

    get: function (name) {
      return database().then(function (db) { return db.get("kept", name); }).catch(function () { return undefined; });
    },

    put: function (name, value) {
      return database().then(function (db) { return db.put("kept", value, name); }).catch(function () {
        Desk.store.isFull = true;
      });
    },

    forget: function (name) {
      return database().then(function (db) { return db.delete("kept", name); }).catch(function () {});
    },

    // The queue, the oldest first. Each has a place that nobody else has.
    queue: function () {
      return database().then(function (db) { return db.getAll("queue"); })
        .catch(function () { return []; })
        .then(function (stored) { return stored.concat(inPage); });
    },

    enqueue: function (scan) {
      storing += 1;
      return database().then(function (db) { return db.add("queue", scan); }).then(function (place) {
        scan.place = place;
      }, function () {
        Desk.store.isFull = true;
        inPage.push(scan);
      }).then(function () { storing -= 1; });
    },

    dequeue: function (scans) {
      return write(["queue"], function (work) { takeOut(scans, work); }).catch(function () {});
    },

    // Who is here, as the server said: {code, at, door, point, scan, instead} by code.
    here: function () {
      return database().then(function (db) { return db.getAll("here"); }).catch(function () { return []; });
    },

    // What an answer says ("gone": null: nobody but who has come is here), at once: a page that is closed in between would
    // count somebody twice, or not at all.
    settle: function (scans, come, gone) {
      return write(["queue", "here"], function (work) {
        takeOut(scans, work);
        if (gone) gone.forEach(function (code) { work.objectStore("here").delete(code); });
        else work.objectStore("here").clear();
        come.forEach(function (one) { work.objectStore("here").put(one); });
      }).catch(function () {
        Desk.store.isFull = true;
        return Desk.store.dequeue(scans);
      });
    },

    // What tells anything about people; the queue stays.
    forgetPeople: function () {
      return database().then(function (db) {
        return Promise.all([db.clear("here"), db.delete("kept", "list"), db.delete("kept", "names")]);
      }).catch(function () {});
    },

    // Everything, the queue as well: the phone was withdrawn.
    wipe: function () {
      inPage = [];
      return database().then(function (db) {
        return Promise.all([db.clear("queue"), db.clear("here"), db.clear("kept")]);
      }).catch(function () {});
    },
  };
})(window.Desk);
