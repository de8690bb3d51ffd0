// What a slip's code opens, and what is filled in, stays on this device: the address bar loses the
// code at once, and a form that was left half-filled is found again. Nothing is sent from here.
(function () {
  "use strict";
  var secret = document.querySelector("input[data-slip]");
  if (secret && location.hash.length > 1) {
    secret.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
  var form = document.querySelector("form[data-kept]");
  var done = document.querySelector("[data-done]");
  if (done) { try { sessionStorage.removeItem(done.getAttribute("data-done")); } catch (e) { return; } }
  if (!form) { return; }
  var key = form.getAttribute("data-kept");
  var fields = Array.prototype.filter.call(form.elements, function (one) { return /^[ac]\./.test(one.name); });
  function count() {
    var lines = {};
    fields.forEach(function (one) {
      var given = one.type === "radio" ? one.checked : one.value !== "";
      if (given && one.name.charAt(0) === "a") { lines[one.name] = true; }
    });
    form.querySelectorAll("[data-count]").forEach(function (one) {
      one.textContent = Object.keys(lines).length + " / " + one.getAttribute("data-count");
    });
  }
  function keep() {
    var kept = {};
    fields.forEach(function (one) {
      if (one.type !== "radio") { kept[one.name] = one.value; } else if (one.checked) { kept[one.name] = one.value; }
    });
    try { sessionStorage.setItem(key, JSON.stringify(kept)); } catch (e) { return; }
  }
  try {
    var before = JSON.parse(sessionStorage.getItem(key) || "{}");
    fields.forEach(function (one) {
      if (!(one.name in before)) { return; }
      if (one.type === "radio") { one.checked = one.value === before[one.name]; } else if (!one.value) { one.value = before[one.name]; }
    });
  } catch (e) { /* no store: what is filled in stays in the form alone */ }
  form.addEventListener("input", function () { keep(); count(); });
  count();
}());
