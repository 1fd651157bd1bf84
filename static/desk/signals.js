// Sound and vibration: what was said can be heard without looking. Tones are made here, no file is loaded.
"use strict";
(function (Desk) {
  var sound = null;
  // Frequencies in Hz, one after the other, and the pattern of the vibration in milliseconds.
  var SIGNALS = {
    good: { tones: [880], shakes: [60] },
    ask: { tones: [520, 520], shakes: [80, 60, 80] },
    bad: { tones: [300, 220], shakes: [250, 80, 250] },
  };

  // Browsers let a page sound once it has been touched.
  document.addEventListener("pointerdown", function () {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!sound && Context) sound = new Context();
    if (sound && sound.state === "suspended") sound.resume();
  });

  function tone(frequency, after) {
    var from = sound.currentTime + after, source = sound.createOscillator(), volume = sound.createGain();
    source.frequency.value = frequency;
    volume.gain.setValueAtTime(0.25, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.16);
    source.connect(volume);
    volume.connect(sound.destination);
    source.start(from);
    source.stop(from + 0.17);
  }

  Desk.signal = function (kind) {
    var signal = SIGNALS[kind];
    if (navigator.vibrate) navigator.vibrate(signal.shakes);
    if (sound && sound.state === "running") {
      signal.tones.forEach(function (frequency, place) { tone(frequency, place * 0.18); });
    }
  };
})(window.Desk);
