// The list of the people: codes by the beginning of their SHA-256, names sealed by each person's own code.
"use strict";
(function (Desk) {
  // As attendance/guest_list.py and static/desk/verdicts.js call it.
  var PREFIX = 16, CANCELLED = 3;
  var PURPOSE = new TextEncoder().encode("diem-cau/desk/name");

  function hex(bytes) {
    return Array.prototype.map.call(new Uint8Array(bytes), function (byte) {
      return (byte < 16 ? "0" : "") + byte.toString(16);
    }).join("");
  }

  function hash(text) {
    return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)).then(hex);
  }

  function plain(text) {
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }

  var list = Desk.list = {
    // As attendance/guest_list.py makes it, with "mark", its ETag; null: there is none.
    data: null,
    names: null,
    byCode: new Map(),
    byNumber: new Map(),
    hash: hash,
    PREFIX: PREFIX,

    load: function () {
      return Promise.all([Desk.store.get("list"), Desk.store.get("names"), Desk.here.load()]).then(function (kept) {
        list.take(kept[0] || null);
        list.names = kept[1] || null;
        list.dropWhatIsOver();
      });
    },

    take: function (data) {
      list.data = data;
      list.byCode = new Map();
      list.byNumber = new Map();
      (data ? data.people : []).forEach(function (row) {
        var person = { code: row[0], point: row[2], state: row[3], sealed: row[4] };
        list.byCode.set(row[0], person);
        if (!list.byNumber.has(row[1])) list.byNumber.set(row[1], []);
        list.byNumber.get(row[1]).push(person);
      });
    },

    // Those of "codes" who are on the list are not expected any more: minutes before a new list says so.
    cancel: function (codes) {
      codes.filter(function (code) { return list.byCode.has(code); }).forEach(function (code) {
        list.byCode.get(code).state = CANCELLED;
        // This is not the list that the server knows by its mark: should they be confirmed again, it is sent whole.
        list.data.mark = "";
      });
    },

    // The list, and the names above all, are gone a day after the end, whether there is network or not.
    dropWhatIsOver: function () {
      var now = Desk.now();
      var isOver = [list.data, list.names].some(function (one) { return one && now >= one.until; });
      if (!isOver) return false;
      list.take(null);
      list.names = null;
      Desk.here.forget();
      Desk.store.forgetPeople();
      Desk.show.forgotten();
      return true;
    },

    pointName: function (pk) {
      var found = list.data && list.data.points.find(function (one) { return one[0] === pk; });
      return found ? found[1] : "";
    },

    doorName: function (pk) {
      var found = list.data && list.data.doors.find(function (one) { return one[0] === pk; });
      return found ? found[1] : Desk.words.main_desk;
    },

    // Name and organisation of whoever has shown their code; ["", ""] where the seal does not open.
    open: function (person, token) {
      var bytes = Uint8Array.from(atob(person.sealed), function (letter) { return letter.charCodeAt(0); });
      var nonce = new Uint8Array(12);
      nonce.set(bytes.subarray(0, 6));
      return crypto.subtle.importKey("raw", new TextEncoder().encode(token), "HKDF", false, ["deriveKey"])
        .then(function (code) {
          var how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: PURPOSE };
          return crypto.subtle.deriveKey(how, code, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
        })
        .then(function (key) {
          return crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, bytes.subarray(6));
        })
        .then(function (text) { return new TextDecoder().decode(text).split("\n"); })
        .catch(function () { return ["", ""]; });
    },

    // Name and organisation from the second list; ["", ""] where it was not taken.
    nameOf: function (code) {
      var row = list.names && list.names.people.find(function (one) { return one[0] === code; });
      return row ? [row[1], row[2]] : ["", ""];
    },

    // People by words of their name or organisation, accents or not; at most 20.
    search: function (text) {
      var wanted = plain(text).split(/\s+/).filter(Boolean);
      if (!list.names || !wanted.length) return [];
      return list.names.people.filter(function (row) {
        var found = plain(row[1] + " " + row[2]);
        return wanted.every(function (word) { return found.indexOf(word) !== -1; });
      }).slice(0, 20);
    },

    // The number of a registration as it is written, from what was typed; "": that is no number.
    number: function (text) {
      var letters = text.toUpperCase().replace(/[^0-9A-Z]/g, "");
      return letters.length === 8 ? letters.slice(0, 4) + "-" + letters.slice(4) : "";
    },

    // The people of the registration with this number, the contact person first.
    ofNumber: function (number) {
      if (!number) return Promise.resolve([]);
      return hash("number/" + number).then(function (mark) { return list.byNumber.get(mark.slice(0, 12)) || []; });
    },

    // What the people of a registration are called: by name, else as the second of whoever is known, or of the number.
    labels: function (number, people) {
      var first = list.nameOf(people[0].code), words = Desk.words;
      var whose = first[0] ? first[0] + " (" + first[1] + ")" : Desk.fill(words.registration, { number: number });
      return people.map(function (one, place) {
        return list.nameOf(one.code)[0] || Desk.fill(words.person, { number: place + 1, whose: whose });
      });
    },
  };
})(window.Desk);
