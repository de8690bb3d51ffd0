// Three comforts; every page works without them.
(function () {
  "use strict";
  // "/" goes to the search field, unless somebody is typing.
  document.addEventListener("keydown", function (event) {
    var field = document.getElementById("q");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !field) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    field.focus();
  });
  // "j" and "k" go to what comes next and what came before, where there is such a link.
  document.addEventListener("keydown", function (event) {
    var rel = { j: "next", k: "prev" }[event.key];
    if (!rel || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    var link = document.querySelector('.turns a[rel="' + rel + '"]');
    if (link) link.click();
  });
  // Characters as the office suite counts them: each Han character or full-width mark one, each run
  // of other non-blank characters one. What counts in the end is the server's own figure.
  function count(text) {
    var full = /[\u1100-\u115f\u2010-\u2027\u2030-\u205e\u2190-\u23ff\u2460-\u27bf\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6]|[\ud840-\ud888][\udc00-\udfff]|[\u00b7\u00d7\u00f7\u00b1\u00b0\u00a7]/g;
    text = text.replace(/[^\P{Cc}\s]|[\p{Mn}\p{Me}\p{Cf}]/gu, ""); // accents and joiners belong to their neighbour
    var marks = text.match(full);
    var runs = text.replace(full, " ").match(/\S+/g);
    return (marks ? marks.length : 0) + (runs ? runs.length : 0);
  }
  Array.prototype.forEach.call(document.querySelectorAll("form[data-limit]"), function (form) {
    var limit = Number(form.getAttribute("data-limit"));
    var areas = form.querySelectorAll("textarea[data-counted]");
    var output = form.querySelector("[data-total]");
    function show() {
      var total = 0;
      Array.prototype.forEach.call(areas, function (area) {
        var n = count(area.value);
        total += n;
        form.querySelector('[data-count="' + area.name + '"]').textContent = n + " 字";
      });
      output.textContent = "合计 " + total + " / " + limit + " 字" + (total > limit ? "，超出 " + (total - limit) + " 字" : "");
      output.className = total > limit ? "over-limit" : "muted";
    }
    form.addEventListener("input", show);
    show();
  });
})();
