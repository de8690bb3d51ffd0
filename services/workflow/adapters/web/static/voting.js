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
  var bar = null, ribbon = form.querySelector(".ribbon > span");
  if (ribbon) {  // without a script nothing counts, and an empty bar would tell a lie
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "bar-svg");
    svg.setAttribute("aria-hidden", "true");  // the figures beside it say the same
    bar = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
    bar.setAttribute("class", "fsoon");
    bar.setAttribute("height", "100%");
    ribbon.replaceWith(svg);
  }
  function answered(among) {
    var asked = {};
    Array.prototype.forEach.call(among, function (one) {
      if (one.name.charAt(0) !== "a") { return; }
      asked[one.name] = asked[one.name] || (one.type === "radio" ? one.checked : one.value !== "");
    });
    var names = Object.keys(asked);
    return { all: names.length, given: names.filter(function (name) { return asked[name]; }).length };
  }
  function count() {
    var given = answered(fields).given;
    form.querySelectorAll("[data-count]").forEach(function (one) {
      var all = one.getAttribute("data-count");
      one.textContent = given + " / " + all;
      if (bar) { bar.setAttribute("width", 100 * given / all + "%"); }
    });
    form.querySelectorAll(".who-card").forEach(function (card) {
      var mine = answered(card.querySelectorAll("input"));
      if (mine.all) { card.querySelector("[data-filled]").textContent = mine.given === mine.all ? "✓" : "○"; }
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
