// Keeps the page of the desk and its files, so that it opens without network. Nothing about anybody is kept here: lists
// and what was read lie in the page's own database, which the page wipes when the phone is withdrawn.
"use strict";
var NAME = "desk-{{ version }}", PAGE = "{% url 'attendance:desk' %}", FILES = {{ files|safe }};

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(NAME).then(function (cache) {
    return cache.addAll(FILES.concat([PAGE]));
  }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.indexOf("desk-") === 0 && name !== NAME; })
      .map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

// The newest page within two seconds, else the one that is kept.
function page(request) {
  var kept = caches.match(PAGE);
  var fresh = fetch(request).then(function (answer) {
    if (!answer.ok) return answer;
    var copy = answer.clone();
    return caches.open(NAME).then(function (cache) { return cache.put(PAGE, copy); }).then(function () { return answer; });
  });
  var late = new Promise(function (resolve) { setTimeout(resolve, 2000); }).then(function () { return kept; });
  return Promise.race([fresh, late.then(function (found) { return found || fresh; })])
    .catch(function () { return kept.then(function (found) { return found || Response.error(); }); });
}

self.addEventListener("fetch", function (event) {
  var address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === PAGE && event.request.mode === "navigate") {
    event.respondWith(page(event.request));
  } else if (FILES.indexOf(address.pathname) !== -1) {
    event.respondWith(caches.match(address.pathname).then(function (found) { return found || fetch(event.request); }));
  }
});
