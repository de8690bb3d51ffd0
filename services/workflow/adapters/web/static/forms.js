// What was typed into a form and not sent stays in this browser: through leaving the page, the end of
// a session, another window. It goes when it was done, or when somebody signs out (page.js).
(function () {
  "use strict";
  var person = document.body.getAttribute("data-person");
  var SENT = "sent";
  if (!person) return;

  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }
  function stored(store, act) {
    try {
      return act(store);
    } catch (error) {
      return null; // nothing can be kept here
    }
  }
  // Forms of one page that go to one address are told apart by what they say unasked.
  function nameOf(form) {
    var of = form.elements.trigger || form.elements.kind;
    var unasked = Array.prototype.filter.call(form.elements, function (one) {
      return one.type === "hidden" && !/^(csrf|key|version)$/.test(one.name);
    });
    var own = unasked.map(function (one) {
      return one.value;
    });
    return ["form", person, form.getAttribute("action"), of && of.value ? of.value : own.join(" ")].join(":");
  }
  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (one) {
      var typed = one.tagName === "TEXTAREA" || one.tagName === "SELECT" || /^(text|date|datetime-local)$/.test(one.type);
      return typed && one.name && one.name !== "number" && one.name !== "code";
    });
  }
  function begins(field) {
    if (field.tagName !== "SELECT") return field.defaultValue;
    var chosen = Array.prototype.filter.call(field.options, function (one) {
      return one.defaultSelected;
    });
    return chosen.length ? chosen[0].value : field.options.length ? field.options[0].value : "";
  }
  function remember(form) {
    var typed = {};
    fields(form).forEach(function (field) {
      if (field.value !== begins(field)) typed[field.name] = field.value;
    });
    stored(localStorage, function (store) {
      if (Object.keys(typed).length) store.setItem(nameOf(form), JSON.stringify(typed));
      else store.removeItem(nameOf(form));
    });
  }
  function forget(name) {
    stored(localStorage, function (store) {
      store.removeItem(name);
    });
  }
  function button(text, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "btn small";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function restore(form) {
    var typed = stored(localStorage, function (store) {
      return JSON.parse(store.getItem(nameOf(form)));
    });
    var found = fields(form).filter(function (field) {
      return typed && field.name in typed && field.value === begins(field) && typed[field.name] !== field.value;
    });
    if (!found.length) return;
    found.forEach(function (field) {
      field.value = typed[field.name];
      for (var at = field.parentNode; at; at = at.parentNode) if (at.tagName === "DETAILS") at.open = true;
    });
    var line = document.createElement("p");
    line.className = "small kept";
    line.setAttribute("role", "status");
    line.textContent = _("已取回本机没有提交的内容") + " ";
    line.appendChild(
      button(_("弃置"), function () {
        found.forEach(function (field) {
          field.value = begins(field);
        });
        forget(nameOf(form));
        line.parentNode.removeChild(line);
      })
    );
    form.insertBefore(line, form.firstChild);
  }

  // A document that can no longer be written here: what was not saved of it is offered as a copy.
  function offer(place) {
    var start = ["draft", person, place.getAttribute("data-case"), ""].join(":");
    var names = stored(localStorage, function (store) {
      return Object.keys(store).filter(function (name) {
        return name.indexOf(start) === 0;
      });
    });
    (names || []).forEach(function (name) {
      var left = stored(localStorage, function (store) {
        return JSON.parse(store.getItem(name));
      });
      var texts = Object.keys((left && left.typed) || {}).filter(function (at) {
        return left.typed[at] && /\.(parts\.\w+|text)$/.test(at);
      });
      var written = name.slice(start.length).split(":")[0];
      if (!texts.length || all('a.write[href*="/documents/' + written + '"]').length) return;
      var label = document.createElement("label");
      var copy = document.createElement("textarea");
      copy.readOnly = true;
      copy.id = "left-" + name.slice(start.length);
      copy.value = texts
        .map(function (at) {
          return left.typed[at];
        })
        .join("\n\n");
      label.htmlFor = copy.id;
      label.textContent = _("本机还留着没有保存的%(label)s（可复制）", { label: left.label || _("内容") });
      place.appendChild(label);
      place.appendChild(copy);
      place.appendChild(
        button(_("弃置"), function () {
          forget(name);
          place.hidden = true;
        })
      );
      place.hidden = false;
    });
  }

  var sent = stored(sessionStorage, function (store) {
    var name = store.getItem(SENT);
    store.removeItem(SENT);
    return name;
  });
  if (sent && document.querySelector(".say.ok[role=status]")) forget(sent);
  all('main form[method="post"]').forEach(function (form) {
    if (form.id === "editor") return;
    restore(form);
    form.addEventListener("input", function () {
      remember(form);
    });
    form.onsubmit = function () {
      remember(form);
      stored(sessionStorage, function (store) {
        store.setItem(SENT, nameOf(form));
      });
    };
  });
  all("#left").forEach(offer);
})();
