// Comforts; every page works without them.
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
  // What was typed and not saved stays in this browser: until it was handed in, or somebody leaves.
  function forget(ours) {
    try {
      Object.keys(localStorage).filter(ours).forEach(function (name) {
        localStorage.removeItem(name);
      });
    } catch (error) {
      // Nothing was kept.
    }
  }
  var done = document.querySelector("[data-forget]");
  if (done) {
    forget(function (name) {
      return name.split(":")[0] === "draft" && name.split(":")[2] === done.getAttribute("data-forget");
    });
  }
  var leaving = document.querySelector('form[action="/sign-out"]');
  if (leaving) {
    leaving.onsubmit = function () {
      forget(function (name) {
        return /^(draft|form):/.test(name);
      });
    };
  }
})();
