/* Adds rows of people and products in place. Without this script the same buttons fetch the page with one row more. */
"use strict";
(function () {
  var MOST = { people: 50, interests: 20 };

  /* people-3-phone becomes people-4-phone, also in what refers to it. */
  function renumber(row, kind, number) {
    var pattern = new RegExp("^((?:id_)?" + kind + "-)\\d+-");
    var names = ["name", "id", "for"];
    row.querySelectorAll("[name], [id], [for]").forEach(function (part) {
      names.forEach(function (name) {
        var value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(pattern, "$1" + number + "-"));
      });
      var described = part.getAttribute("aria-describedby");
      if (described) {
        var kept = described.split(" ").filter(function (id) { return !/_error$/.test(id); });
        if (kept.length) {
          part.setAttribute("aria-describedby", kept.map(function (id) {
            return id.replace(pattern, "$1" + number + "-");
          }).join(" "));
        } else part.removeAttribute("aria-describedby");
      }
    });
  }

  function empty(row) {
    row.querySelectorAll(".dc-error, .dc-choice-red, legend .dc-tag").forEach(function (part) { part.remove(); });
    row.querySelectorAll("input, select, textarea").forEach(function (field) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("autofocus");
      if (field.type === "checkbox" || field.type === "radio") field.checked = false;
      else if (field.tagName === "SELECT") field.selectedIndex = 0;
      else field.value = "";
    });
  }

  function add(kind) {
    var box = document.querySelector("[data-rows=" + kind + "]");
    var rows = box.querySelectorAll("[data-row]");
    var last = rows[rows.length - 1];
    if (rows.length >= MOST[kind]) return false;
    var field = last.querySelector("[name^=" + kind + "-]");
    var row = last.cloneNode(true);
    empty(row);
    renumber(row, kind, Number(field.name.split("-")[1]) + 1);
    row.querySelector("[data-count]").textContent = rows.length + 1;
    box.append(row);
    row.querySelector("input:not([type=hidden]), select").focus();
    return true;
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-add]");
    if (button && add(button.dataset.add)) event.preventDefault();
  });
})();
