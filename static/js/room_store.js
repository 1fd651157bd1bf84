// What a device keeps of the rooms whose pages it has opened, in IndexedDB: what waits to be sent, and how the room last
// stood. It names nobody, but for a question that waits to be sent. A room goes by a sum of its address, which does not lead
// back to the address.
// The page and its worker share this file.
"use strict";
(function (scope) {
  var opened = null, DAYS = 3 * 86400000;

  function database() {
    opened = opened || scope.idb.openDB("rooms", 1, {
      upgrade: function (db) { db.createObjectStore("queues"); db.createObjectStore("faces"); },
    });
    return opened;
  }

  // After a few days nobody comes back to a room.
  function tidy(db) {
    return db.getAllKeys("faces").then(function (sums) {
      return Promise.all(sums.map(function (sum) {
        return db.get("faces", sum).then(function (face) {
          return face && face.seen > Date.now() - DAYS ? null : remove(db, sum);
        });
      }));
    });
  }

  function remove(db, sum) { return Promise.all([db.delete("queues", all(sum)), db.delete("faces", sum)]); }

  // Each report has a key of its own, in the order of the presses: of two pages of one room neither takes away what waits in
  // the other. "0" comes after "/".
  function keyOf(sum, report) { return sum + "/" + report.at + report.uid; }
  function all(sum) { return IDBKeyRange.bound(sum + "/", sum + "0"); }

  scope.Rooms = {
    // Two halves of 32 bits (cyrb53): enough to tell rooms apart, and far too little to find 128 bits by.
    sumOf: function (path) {
      var a = 0xdeadbeef, b = 0x41c6ce57;
      for (var i = 0; i < path.length; i++) {
        a = Math.imul(a ^ path.charCodeAt(i), 2654435761);
        b = Math.imul(b ^ path.charCodeAt(i), 1597334677);
      }
      a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
      b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
      return (b >>> 0).toString(36) + "-" + (a >>> 0).toString(36);
    },

    // {queue, face} of a room; empty and undefined where nothing is kept, or the browser keeps nothing.
    read: function (sum) {
      return database().then(function (db) {
        return tidy(db).then(function () { return Promise.all([db.getAll("queues", all(sum)), db.get("faces", sum)]); });
      }).then(function (found) { return { queue: found[0], face: found[1] }; })
        .catch(function () { return { queue: [] }; });
    },

    // What the tab holds of a room for the moment in which it is being stored.
    hold: function (sum, reports) {
      try { sessionStorage.setItem("dc-room-" + sum, JSON.stringify(reports)); } catch (full) { /* lost with the page */ }
    },
    held: function (sum) {
      try { return JSON.parse(sessionStorage.getItem("dc-room-" + sum)) || []; } catch (none) { return []; }
    },

    keepReport: function (sum, report) {
      return database().then(function (db) { return db.put("queues", report, keyOf(sum, report)); }).catch(function () {});
    },

    dropReports: function (sum, reports) {
      return database().then(function (db) {
        return Promise.all(reports.map(function (report) { return db.delete("queues", keyOf(sum, report)); }));
      }).catch(function () {});
    },

    keepFace: function (sum, face) {
      return database().then(function (db) { return db.put("faces", face, sum); }).catch(function () {});
    },

    // The link is dead. With the last room go the files and the worker as well.
    forget: function (sum) {
      return database().then(function (db) {
        return remove(db, sum).then(function () { return db.count("faces"); });
      }).catch(function () { return 0; }).then(function (left) { return left ? null : leave(); });
    },
  };

  function leave() {
    var own = scope.registration ? Promise.resolve(scope.registration)
      : scope.navigator.serviceWorker ? scope.navigator.serviceWorker.getRegistration("/room/") : Promise.resolve(null);
    return own.then(function (found) { return found ? found.unregister() : null; })
      .then(function () { return scope.caches ? scope.caches.keys() : []; })
      .then(function (names) {
        return Promise.all(names.filter(function (name) { return name.indexOf("room-") === 0; })
          .map(function (name) { return scope.caches.delete(name); }));
      }).catch(function () {});
  }
})(self);
