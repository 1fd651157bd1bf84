// Lets the page of a room open without network. Kept are files, and one page that is the same for every room; what a device
// remembers of a room lies in the page's own database, and goes when its link is withdrawn.
"use strict";
importScripts({% for name in store %}"{{ name|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %});
var NAME = "room-{{ version }}", KEPT = "{% url 'control:room_kept' %}", FILES = {{ files|safe }}, PATIENCE = 6000;

function keepPage(cache) { return cache.add(new Request(KEPT, { cache: "no-cache" })); }

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(NAME).then(function (cache) {
    return Promise.all([cache.addAll(FILES), keepPage(cache)]);
  }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.indexOf("room-") === 0 && name !== NAME; })
      .map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

// What the answer means for what is kept: a room whose link is dead is forgotten; else the page may speak another
// language by now.
function note(address, answer) {
  if (answer.status === 404) return self.Rooms.forget(self.Rooms.sumOf(address));
  return answer.ok ? caches.open(NAME).then(keepPage) : null;
}

// The page itself, as long as the server answers within some seconds and is not broken; else the one that is kept.
function page(event, address) {
  var kept = caches.match(KEPT);
  var fresh = fetch(event.request).then(function (answer) {
    event.waitUntil(Promise.resolve(note(address, answer)).catch(function () {}));
    return answer.status < 500 ? answer : kept.then(function (found) { return found || answer; });
  });
  var late = new Promise(function (resolve) { setTimeout(resolve, PATIENCE); }).then(function () { return kept; });
  return Promise.race([fresh, late.then(function (found) { return found || fresh; })])
    .catch(function () { return kept.then(function (found) { return found || Response.error(); }); });
}

self.addEventListener("fetch", function (event) {
  var address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (address.pathname !== KEPT) event.respondWith(page(event, address.pathname));
  } else if (FILES.indexOf(address.pathname) !== -1) {
    event.respondWith(caches.match(address.pathname).then(function (found) { return found || fetch(event.request); }));
  }
});
