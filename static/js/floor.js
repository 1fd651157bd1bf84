// The chair's table: what is ticked to be merged and typed as an order stays when the table is drawn anew.
"use strict";
(function () {
  var kept = {};

  document.addEventListener("input", function (event) {
    var field = event.target;
    if (!field.dataset.keep) return;
    if (field.type === "checkbox") kept[field.dataset.keep] = field.checked;
    else kept[field.dataset.keep] = field.value;
  });

  document.addEventListener("live:changed", function () {
    document.querySelectorAll("[data-keep]").forEach(function (field) {
      var value = kept[field.dataset.keep];
      if (value === undefined) return;
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    });
  });
})();
