// Reads codes from the camera: with the browser's own detector where it has one, else with the vendored decoder.
"use strict";
(function (Desk) {
  // Between two pictures: what is faster only warms the phone.
  var PAUSE = 80, WIDTH = 640;
  var video = null, stream = null, detect = null, canvas = null, isOn = false;

  function own() {
    if (!("BarcodeDetector" in window)) return Promise.resolve(null);
    return window.BarcodeDetector.getSupportedFormats().then(function (formats) {
      if (formats.indexOf("qr_code") === -1) return null;
      var detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      return function () {
        return detector.detect(video).then(function (found) { return found.length ? found[0].rawValue : ""; });
      };
    }).catch(function () { return null; });
  }

  function vendored() {
    return import(video.dataset.decoder).then(function (qr) {
      canvas = document.createElement("canvas");
      var pen = canvas.getContext("2d", { willReadFrequently: true });
      return function () {
        var scale = Math.min(1, WIDTH / video.videoWidth);
        canvas.width = Math.round(video.videoWidth * scale);
        canvas.height = Math.round(video.videoHeight * scale);
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        var picture = pen.getImageData(0, 0, canvas.width, canvas.height);
        try {
          return Promise.resolve(qr.decodeQR(picture));
        } catch (error) {
          // There is no code in the picture.
          return Promise.resolve("");
        }
      };
    });
  }

  function look() {
    if (!isOn) return;
    var began = performance.now();
    var work = video.readyState >= 2 && !document.hidden ? detect() : Promise.resolve("");
    work.catch(function () { return ""; }).then(function (text) {
      if (text && isOn && !Desk.typed.isAsking()) Desk.read(text, began);
      setTimeout(look, Math.max(0, PAUSE - (performance.now() - began)));
    });
  }

  Desk.camera = {
    isOn: function () { return isOn; },

    start: function (element) {
      video = element;
      if (!navigator.mediaDevices) return Promise.reject(new Error("no camera"));
      return navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      }).then(function (found) {
        stream = found;
        video.srcObject = stream;
        return video.play();
      }).then(function () {
        return detect || own().then(function (found) { return found || vendored(); });
      }).then(function (found) {
        detect = found;
        isOn = true;
        look();
      });
    },

    stop: function () {
      isOn = false;
      if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
      stream = null;
      if (video) video.srcObject = null;
    },
  };
})(window.Desk);
