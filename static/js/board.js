// The board: a sound when a room is lost or falls silent. Browsers let a page sound only after a press on it.
"use strict";
(function () {
  var button = document.querySelector("[data-sound]"), part = document.querySelector(".dc-board");
  var Sound = window.AudioContext || window.webkitAudioContext;
  if (!button || !part || !Sound) return;
  var sound = null, known = alarms();

  function alarms() {
    return Array.prototype.map.call(part.querySelectorAll("[data-alarm]"), function (row) { return row.dataset.alarm; });
  }

  function tone(at, pitch) {
    var source = sound.createOscillator(), volume = sound.createGain();
    source.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, sound.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + at + 0.35);
    source.connect(volume).connect(sound.destination);
    source.start(sound.currentTime + at);
    source.stop(sound.currentTime + at + 0.4);
  }

  function ring() {
    if (!sound) return;
    [0, 0.45, 0.9].forEach(function (at) { tone(at, 880); tone(at + 0.2, 660); });
    document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang || 0) + 1);
  }

  button.hidden = false;
  button.addEventListener("click", function () {
    if (sound) { sound.close(); sound = null; } else { sound = new Sound(); tone(0, 880); }
    button.setAttribute("aria-pressed", String(Boolean(sound)));
  });

  part.addEventListener("live:changed", function () {
    var now = alarms();
    if (now.some(function (one) { return known.indexOf(one) < 0; })) ring();
    known = now;
  });
})();
