/* The pages about messages in the administration; each of them works without this. */
"use strict";

document.documentElement.classList.add("dc-with-script");

/* A placeholder goes in at the cursor of the field that was last in use. */
let lastField = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-placeholders]")) lastField = event.target;
});

function insertPlaceholder(text) {
  const field = lastField && document.contains(lastField) ? lastField : document.querySelector("textarea[data-placeholders]");
  if (!field) return;
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function makeButtons() {
  for (const code of document.querySelectorAll("code[data-insert]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dc-insert";
    button.textContent = code.textContent;
    button.addEventListener("click", () => insertPlaceholder(code.dataset.insert));
    code.replaceWith(button);
  }
}

/* The mail with its looks: the form is sent into a new frame, which takes the place of the old one when it is there. */
function refreshFrame() {
  const box = document.getElementById("live-frame");
  if (!box) return;
  const button = box.querySelector("button[formtarget]");
  for (const waiting of box.querySelectorAll("iframe[hidden]")) waiting.remove();
  const old = box.querySelector("iframe");
  const next = old.cloneNode();
  next.name = `mail-frame-${Date.now()}`;
  next.hidden = true;
  box.append(next);
  next.addEventListener("load", () => {
    if (!next.isConnected) return;
    old.remove();
    next.hidden = false;
  }, { once: true });
  button.formTarget = next.name;
  button.form.requestSubmit(button);
}

/* On a page of its own a rule's field has no number in front. */
const MOMENTS = "select[name='timing'], select[name$='-timing']";

/* Of a rule's fields only those that its moment needs. */
function showMoment(select) {
  const prefix = select.name.replace(/timing$/, "");
  const fixed = select.value === "at";
  const group = select.closest(".inline-related") || select.form;
  for (const [name, needed] of [["at_0", fixed], ["amount", !fixed], ["unit", !fixed]]) {
    const field = group.querySelector(`[name="${prefix}${name}"]`);
    if (field) field.closest(".fieldBox, .form-row, .dc-field").classList.toggle("dc-not-needed", !needed);
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches(MOMENTS)) showMoment(event.target);
});
document.addEventListener("formset:added", (event) => {
  for (const select of event.target.querySelectorAll(MOMENTS)) showMoment(select);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "live") refreshFrame();
});

function start() {
  makeButtons();
  /* On a phone the preview is nearer without the list. */
  if (matchMedia("(max-width: 767px)").matches) {
    for (const list of document.querySelectorAll(".dc-placeholders")) list.open = false;
  }
  document.querySelectorAll(MOMENTS).forEach(showMoment);
  refreshFrame();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
