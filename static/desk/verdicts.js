// What a code means, by what this phone knows: at once, and without asking anybody.
"use strict";
(function (Desk) {
  var STATES = { 1: "waitlisted", 2: "requested", 3: "cancelled" };
  var list = Desk.list;

  // 07:42 at the conference, wherever the phone thinks it is: Vietnam is seven hours ahead all year.
  Desk.clock = function (milliseconds) {
    return new Date(milliseconds + 7 * 3600000).toISOString().slice(11, 16);
  };

  Desk.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) { return name in values ? values[name] : whole; });
  };

  // How it looks and sounds, and what may be pressed. "isTaken": it goes into the queue at once.
  function verdict(kind, signal, title, more, rest) {
    return Object.assign({ kind: kind, signal: signal, title: title, more: more, buttons: [], isTaken: false }, rest);
  }

  function twice(person, found) {
    var words = Desk.words, values = { time: Desk.clock(found.at), door: list.doorName(found.door) };
    // Read at another door: that is written down too, and nobody is reproached for it.
    var isElsewhere = found.door !== list.data.door;
    return verdict("twice", "ask", Desk.fill(words.twice, values), Desk.fill(words.twice_more, values), {
      person: person, isTaken: isElsewhere,
    });
  }

  function elsewhere(person) {
    var words = Desk.words, values = { point: list.pointName(person.point) };
    return verdict("elsewhere", "ask", Desk.fill(words.elsewhere, values), words.elsewhere_more, {
      person: person, buttons: ["admit", "send_on"], values: values,
    });
  }

  function unknown() {
    var words = Desk.words;
    return verdict("unknown", "ask", list.data ? words.unknown : words.no_list, words.unknown_more, { isTaken: true });
  }

  // "code": the beginning of the hash of what was read, or of whom was chosen.
  Desk.judge = function (code) {
    var words = Desk.words, person = list.byCode.get(code), found = Desk.here.found(code);
    if (found && list.data) return twice(person, found);
    if (!person) return unknown();
    if (person.state !== 0) {
      return verdict("no_seat", "bad", words[STATES[person.state]], words.no_seat_more, {
        person: person, buttons: ["admit_anyway", "turn_away"],
      });
    }
    if (person.point !== list.data.point) return elsewhere(person);
    return verdict("welcome", "good", words.welcome, "", { person: person, isTaken: true });
  };

  Desk.verdict = verdict;
})(window.Desk);
