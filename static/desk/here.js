// Who is here by what this phone knows: what the server said last, and over it what was pressed here and has no answer
// yet. An answer changes the one and ends the other in one step: what was asked before a press cannot undo the press.
"use strict";
(function (Desk) {
  // So many digits of a scan's identifier stand in an answer (attendance/arrivals.py).
  var MARK = 8;
  var list = Desk.list;

  function codeOf(scan) { return scan.code.slice(0, list.PREFIX); }

  // When something happened by the server's clock; before the first answer: as far as it was known when it was pressed.
  function momentOf(scan) {
    return Desk.sync.isHeard ? Math.round(scan.at + Desk.sync.offset) : scan.known || scan.at;
  }

  // Before anybody can be checked in, reading was a trial, and nobody is here by it.
  function isOfTheDay(moment) { return !list.data || moment >= list.data.opens; }

  // What stands of "code" with "over", which is made by laid(); undefined: they are not here.
  function standing(code, over) {
    var found = over.byCode.has(code) ? over.byCode.get(code) : here.said.get(code);
    return found && isOfTheDay(found.at) ? found : undefined;
  }

  function arrive(scan, over) {
    var code = codeOf(scan);
    // Whoever the list does not know may be of another conference.
    if (!list.byCode.has(code) || standing(code, over)) return;
    over.byCode.set(code, { code: code, at: momentOf(scan), door: scan.door });
  }

  // Who is here by another scan than the one that is taken back stays.
  function takeBack(scan, over) {
    if (!scan.isNew) return;
    var mark = scan.undoes.slice(0, MARK);
    here.said.forEach(function (one, code) { if (one.scan === mark) over.byCode.set(code, null); });
  }

  // What waits, laid over what the server said: "byCode" an entry, or null for whom it takes back; "typed" the scans of
  // those who have no code yet.
  function laid() {
    var over = { byCode: new Map(), typed: [] };
    var undone = new Set(here.waiting.map(function (scan) { return scan.undoes; }));
    here.waiting.forEach(function (scan) {
      // Pressed and taken back before the server has answered: nothing was.
      if (undone.has(scan.uid)) return;
      if (scan.kind === "undo") takeBack(scan, over);
      else if (scan.kind === "arrive") arrive(scan, over);
      else if (isOfTheDay(momentOf(scan))) over.typed.push(scan);
    });
    return over;
  }

  // Who is here as the server said, and the list does not know of them yet.
  function notListed(over) {
    return Array.from(here.said.values()).filter(function (one) {
      return !list.byCode.has(one.code) && standing(one.code, over);
    });
  }

  // The codes on the list of those in whose place somebody came. Whoever is here is not replaced.
  function replaced(over) {
    var waiting = over.typed.filter(function (scan) { return scan.kind === "substitute" && !standing(codeOf(scan), over); });
    var heard = notListed(over).filter(function (one) { return one.instead; });
    return new Set(waiting.map(codeOf).concat(heard.map(function (one) { return one.instead; })));
  }

  var here = Desk.here = {
    // {code, at, door, point, scan, instead} by code; "point": where their confirmed seat is; "scan": the beginning of the
    // identifier of the scan that counts; "instead": the code of whom they replaced. Of some the list does not know yet.
    said: new Map(),
    // The scans that have no answer, in the order in which they were pressed.
    waiting: [],

    load: function () {
      return Desk.store.here().then(function (kept) { kept.forEach(function (one) { here.said.set(one.code, one); }); });
    },

    forget: function () { here.said = new Map(); },

    wait: function (scan) { here.waiting.push(scan); },

    // "stored": all that is stored to be sent, also by another page of this phone. Returns what such a page has sent
    // meanwhile: it is part of what the server says from now on.
    meet: function (stored) {
      var known = new Set(here.waiting.map(function (one) { return one.uid; }));
      var there = new Set(stored.map(function (one) { return one.uid; }));
      var others = stored.filter(function (one) { return !known.has(one.uid); });
      if (others.length) here.waiting = here.waiting.concat(others).sort(function (one, other) { return one.at - other.at; });
      return here.waiting.filter(function (one) { return one.place !== undefined && !there.has(one.uid); });
    },

    // What an answer says: who is here, who is not any more (null: nobody but those), and the scans of which it tells.
    hear: function (come, gone, answered) {
      var done = new Set(answered.map(function (one) { return one.uid; }));
      if (gone) gone.forEach(function (code) { here.said.delete(code); });
      else here.said.clear();
      come.forEach(function (one) { here.said.set(one.code, one); });
      here.waiting = here.waiting.filter(function (one) { return !done.has(one.uid); });
    },

    // Since when and at which door somebody is here; undefined: they are not.
    found: function (code) { return standing(code, laid()); },

    isHere: function (code) { return here.found(code) !== undefined; },

    // How many of the people of this point are expected, and how many are here. Who was typed counts before the list
    // knows of them.
    counts: function () {
      var over = laid(), off = replaced(over), point = list.data.point;
      var more = notListed(over).filter(function (one) { return one.point === point; }).length + over.typed.length;
      var found = { total: more, here: more };
      list.byCode.forEach(function (person, code) {
        if (person.point !== point || person.state !== 0 || off.has(code)) return;
        found.total += 1;
        if (standing(code, over)) found.here += 1;
      });
      return found;
    },
  };
})(window.Desk);
