// A finding is tied to a paragraph where it is read: its number, pressed, fills in the next empty row
// of the form that sends the text back. Without this the numbers are typed there.
(function () {
  "use strict";
  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }
  function opened(field) {
    for (var at = field.parentNode; at; at = at.parentNode) if (at.tagName === "DETAILS") at.open = true;
  }
  // Return the fields of the first row in which nothing was typed, by their columns.
  function emptyRow(start) {
    var rows = [];
    all('[name^="' + start + '"]').forEach(function (field) {
      var at = /^(\d+)\.(\w+)$/.exec(field.name.slice(start.length));
      if (!at || field.type === "hidden") return;
      rows[at[1]] = rows[at[1]] || {};
      rows[at[1]][at[2]] = field;
    });
    return rows.filter(function (row) {
      return Object.keys(row).every(function (name) {
        return !row[name].value;
      });
    })[0];
  }
  all("section[data-findings]").forEach(function (section) {
    var start = section.getAttribute("data-findings");
    if (!emptyRow(start)) return;
    all("[data-pointing]").forEach(function (one) {
      one.hidden = false;
    });
    all(".paragraphs > li[id]", section).forEach(function (item) {
      var number = item.querySelector(".nth");
      var button = document.createElement("button");
      button.type = "button";
      button.className = "nth linkish";
      button.textContent = number.textContent;
      button.setAttribute("aria-label", _("%(number)s：写%(label)s", { number: number.textContent, label: section.getAttribute("data-label") }));
      button.addEventListener("click", function () {
        var row = emptyRow(start);
        if (!row) {
          var more = document.querySelector('button[name="more"][value="' + start.split(".")[1] + '"]');
          if (more) opened(more), more.focus();
          return;
        }
        row[section.getAttribute("data-part")].value = item.parentNode.getAttribute("data-of");
        row[section.getAttribute("data-paragraph")].value = item.id.split("-").pop();
        var text = Object.keys(row)
          .map(function (name) {
            return row[name];
          })
          .filter(function (field) {
            return !field.value;
          })[0];
        opened(text);
        text.dispatchEvent(new Event("input", { bubbles: true }));
        text.focus();
      });
      item.replaceChild(button, number);
    });
  });
})();
