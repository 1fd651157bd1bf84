// People who are typed: without a registration, or instead of somebody. They are registered when the queue is sent.
"use strict";
(function (Desk) {
  var place = function (id) { return document.getElementById(id); };
  // A code that a scanner has typed into a field.
  var CODE = /\S*\/j\/[A-Za-z0-9_-]{16,64}\S*/;

  function admitted(scan, begun) {
    var more = isReached(scan.details.phone || "") ? "" : Desk.words.no_sms;
    var verdict = Desk.verdict("welcome", "good", Desk.words.admitted, more, {
      name: scan.details.name, unit: scan.details.organisation || "",
    });
    verdict.uid = scan.uid;
    Desk.present(verdict, begun);
  }

  function typed(kind, code, details) {
    var data = Desk.list.data;
    return {
      uid: crypto.randomUUID(), kind: kind, code: code, at: Date.now(), door: data ? data.door : null,
      verdict: "chosen", details: details,
    };
  }

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) { return field.name; });
  }

  function values(form) {
    var found = {};
    fields(form).forEach(function (field) {
      // What the server would take for no text: a scanner or a paste brings it along, and nobody sees it.
      var text = field.value.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/gu, "").trim();
      if (text) found[field.name] = text;
    });
    return found;
  }

  // The number in E.164; "" if it is none. The rule of registering for numbers of Vietnam, however they are spaced; of a
  // number from abroad the shape alone, since the rules of all countries weigh more than this page.
  function e164(text) {
    var digits = text.replace(/[\s().–-]/g, "").replace(/^00/, "+"), valid = new RegExp(place("walk-in-phone").dataset.valid);
    if (/^\+(?!84)/.test(digits)) return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : "";
    var found = [digits, digits.replace(/^0/, ""), digits.replace(/^\+?840?/, "")].find(function (one) { return valid.test(one); });
    return found ? "+84" + found : "";
  }

  function isPhone(text) { return e164(text) !== ""; }

  // Whether an SMS reaches the number, or there is none: who gives none expects no message.
  function isReached(text) { return !text || new RegExp(place("walk-in-phone").dataset.mobile).test(e164(text)); }

  function wrongIn(field) {
    var text = values(field.form)[field.name] || "";
    if (field.required && !text) return Desk.words.needed;
    return field.type === "tel" && text && !isPhone(text) ? Desk.words.no_phone : "";
  }

  // Whether "form" can be taken; what is wrong stands at its fields, and the first of them has the focus.
  function isRight(form) {
    var wrong = fields(form).filter(function (field) { return wrongIn(field); });
    fields(form).slice().reverse().forEach(function (field) { Desk.typed.mark(field, wrongIn(field)); });
    return !wrong.length;
  }

  function walkIn(event) {
    event.preventDefault();
    if (!isRight(event.target)) return;
    var scan = typed("walk_in", "", values(event.target));
    event.target.reset();
    place("walk-in").open = false;
    admitted(scan, performance.now());
    Desk.enter(scan);
  }

  // Somebody came in the place of whoever the code is of. If that one has just been read, they were not here.
  var before = null;

  function instead(event) {
    event.preventDefault();
    if (!isRight(event.target)) return;
    var verdict = before, details = values(event.target);
    event.target.reset();
    event.target.hidden = true;
    if (verdict.uid) Desk.undo(verdict.uid);
    var scan = typed("substitute", verdict.code, details);
    admitted(scan, performance.now());
    Desk.enter(scan);
  }

  // A scanner types wherever the cursor is: what it has read is no part of a name.
  function takeOutCodes(event) {
    var field = event.target, found = event.key === "Enter" && field.matches("input") && CODE.exec(field.value);
    if (!found || field.id === "number-field") return;
    event.preventDefault();
    field.value = field.value.replace(CODE, "").trim();
    Desk.read(found[0], performance.now());
  }

  Desk.typed = {
    isPhone: isPhone,
    isReached: isReached,

    ask: function (verdict) {
      if (before !== verdict) place("instead-name").value = "";
      before = verdict;
      Desk.typed.mark(place("instead-name"), "");
      place("instead").hidden = false;
      place("instead-name").focus();
    },

    // Say at "field" what is wrong with it: what was typed stays, and is chosen, so that it can be mended or replaced.
    mark: function (field, wrong) {
      var error = place(field.id + "-error");
      error.textContent = wrong;
      error.hidden = !wrong;
      if (!wrong) {
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
        return;
      }
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", error.id);
      field.focus();
      field.select();
    },

    // Whether somebody is typing who comes instead: what the camera sees meanwhile would take the field away.
    isAsking: function () { return place("instead").contains(document.activeElement); },

    clear: function () {
      place("instead-name").value = place("number-field").value = "";
      place("walk-in-form").reset();
    },

    listen: function () {
      place("walk-in-form").addEventListener("submit", walkIn);
      place("instead").addEventListener("submit", instead);
      document.addEventListener("keydown", takeOutCodes);
    },
  };
})(window.Desk);
