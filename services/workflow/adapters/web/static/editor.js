// The page on which a document is written: counts while somebody types, saves by itself, and loses
// nothing. The page works without it; what it says the server said first.
(function () {
  "use strict";
  var form = document.getElementById("editor");
  var saved = document.getElementById("saved");
  var merging = document.getElementById("merging");
  var base = "documents.";
  var limit = Number(form.getAttribute("data-limit"));
  var even = form.getAttribute("data-even");
  var QUIET_MS = 1500; // after the last key
  var AGAIN_MS = 10000; // after a save that did not arrive

  function all(selector, within) {
    return Array.prototype.slice.call((within || form).querySelectorAll(selector));
  }
  function thousands(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  // --- What is typed ---

  function fields() {
    return all("textarea[name], input[name], select[name]").filter(function (one) {
      return one.name.indexOf(base) === 0 && one.type !== "file" && !/\.was$/.test(one.name);
    });
  }
  function documentOf(name) {
    return name.split(".")[1];
  }
  function of(document, values) {
    var found = {};
    Object.keys(values || {}).forEach(function (name) {
      if (documentOf(name) === document) found[name] = values[name];
    });
    return found;
  }
  function valueOf(field) {
    if (field.type === "checkbox") return field.checked ? "1" : "";
    return field.value;
  }
  function put(field, value) {
    if (field.type === "checkbox") field.checked = value === "1";
    else field.value = value;
  }
  function typed() {
    var found = {};
    fields().forEach(function (field) {
      found[field.name] = valueOf(field);
    });
    return found;
  }
  function trimmed(text) {
    return (text || "").replace(/\r\n/g, "\n").replace(/^[ \n\u3000]+|[ \n\u3000]+$/g, "");
  }
  function same(one, other) {
    var names = Object.keys(one).concat(Object.keys(other));
    return names.every(function (name) {
      return trimmed(one[name]) === trimmed(other[name]);
    });
  }

  // --- Counts ---

  function percent(number) {
    return number.toFixed(1) + "%";
  }
  function runsOn(part) {
    return limit > 0 && part.longest > 200;
  }
  function hasFile() {
    var own = base + form.getAttribute("data-document") + ".files.";
    return fields().some(function (one) {
      return one.name.indexOf(own) === 0 && /\.sha256$/.test(one.name) && one.value !== "";
    });
  }
  function measure() {
    var parts = all("[data-part]").map(function (card) {
      var area = card.querySelector("textarea[name]");
      var found = window.countCharacters(area.value);
      return { card: card, area: area, count: found.count, longest: found.longest };
    });
    var total = parts.reduce(function (sum, part) {
      return sum + part.count;
    }, 0);
    var begins = 0;
    var uneven = 0;
    parts.forEach(function (part) {
      var share = total ? (100 * part.count) / total : 0;
      var off = total ? share - 100 / parts.length : 0;
      // In whole numbers, as the server: a part exactly at the tolerance is not off.
      var gap = Math.abs(100 * parts.length * part.count - 100 * total);
      var odd = even !== "" && gap > parts.length * Number(even) * total;
      if (odd) uneven += 1;
      part.card.querySelector("[data-count]").textContent = thousands(part.count);
      part.card.querySelector("[data-run]").hidden = !runsOn(part);
      paragraphs(part);
      if (even !== "") shares(part, share, begins, off, odd);
      begins += share;
    });
    var stood = form.hasAttribute("data-file-suffices") && hasFile();
    parts.forEach(function (part) {
      var name = part.card.getAttribute("data-part");
      check("empty." + name, !part.count && !stood);
      check("run." + name, runsOn(part));
    });
    shown(total);
    check("uneven", uneven > 0);
  }
  function shares(part, share, begins, off, odd) {
    var bar = form.querySelector('[data-bar="' + part.card.getAttribute("data-part") + '"]');
    var own = part.card.querySelector("[data-share-bar]");
    bar.setAttribute("x", percent(begins));
    [bar, own].forEach(function (rect) {
      rect.setAttribute("width", percent(share));
      rect.setAttribute("class", odd ? "fsoon" : "fok");
    });
    own.parentNode.setAttribute("aria-label", _("占全文 %(share)s", { share: percent(share) }));
    all("[data-share]", part.card).forEach(function (one) {
      one.textContent = percent(share);
    });
    var said = part.card.querySelector("[data-uneven]");
    said.hidden = !odd || !part.count; // an empty part is not to be handed in
    said.querySelector("[data-off]").textContent = (off > 0 ? _("多") : _("少")) + " " + Math.abs(off).toFixed(1);
  }
  function paragraphs(part) {
    var line = part.card.querySelector("[data-paragraphs]");
    line.textContent = "";
    part.area.value
      .split("\n")
      .map(function (text) {
        return window.countCharacters(text).count;
      })
      .filter(Boolean)
      .forEach(function (count, index) {
        var one = document.createElement("span");
        one.textContent = _("第 %(index)s 段 %(n)s 字", { index: index + 1, n: count });
        line.appendChild(one);
      });
  }
  function shown(total) {
    var over = limit ? Math.max(total - limit, 0) : 0;
    var figure = document.getElementById("total");
    figure.textContent = thousands(total);
    figure.className = over ? "late-text" : "";
    check("over", over > 0, { "[data-total]": thousands(total), "[data-over]": thousands(over) });
  }
  function check(name, open, texts) {
    var line = form.querySelector('[data-check="' + name + '"]');
    if (!line) return;
    line.hidden = !open;
    Object.keys(texts || {}).forEach(function (selector) {
      line.querySelector(selector).textContent = texts[selector];
    });
  }
  // May it be handed in, and what is in the way: said first, as at the end of the page.
  function stands() {
    var line = document.getElementById("stands");
    var open = all("[data-check]").filter(function (one) {
      return !one.hidden;
    });
    var must = open.filter(function (one) {
      return one.querySelector(".g").textContent === "×";
    }).length;
    var should = open.length - must;
    line.hidden = !must && !should;
    line.className = "say stands " + (must ? "late" : "soon");
    line.textContent = (must ? _("还不能提交：%(n)s 处必须改", { n: must }) : _("可以提交")) + (should ? _("，%(n)s 处建议改", { n: should }) : "") + _("。");
    var link = document.createElement("a");
    link.href = "#hand-in";
    link.textContent = _("看是哪几处");
    line.appendChild(link);
  }
  function tick() {
    var answers = all("[data-answer]");
    var lacking = answers.filter(function (one) {
      var done = trimmed(one.querySelector("textarea").value) !== "";
      var mark = one.querySelector(".g");
      mark.textContent = done ? "✓" : "○";
      mark.className = done ? "g g-ok" : "g g-late";
      return !done;
    }).length;
    if (answers.length) {
      document.getElementById("n-answers").textContent = answers.length - lacking;
      check("answers", lacking > 0, { "[data-lacking]": lacking });
    }
    var areas = all(".areas input");
    var covered = areas.filter(function (one) {
      return one.checked;
    }).length;
    if (areas.length) {
      document.getElementById("n-areas").textContent = covered;
      check("areas", covered < areas.length, { "[data-lacking]": areas.length - covered });
    }
    stands();
  }

  // --- Kept in this browser until the server has it ---

  var person = document.body.getAttribute("data-person");
  var place = ["draft", person, form.getAttribute("data-case"), form.getAttribute("data-document")].join(":");
  var SENT = "draft-sent"; // where the page before kept what it sent
  var own = ownPlace(); // each window keeps its own, and lets go of no other's
  var known = form.hasAttribute("data-unsaved") ? null : typed(); // what the server has
  var ground = { tags: {}, known: null }; // what is typed was typed on this, the server's or not
  var last = saved.textContent; // what was said when they last were the same
  var conflicts = 0;
  var over = false; // nothing more can be saved here

  function tags() {
    return all('input[name^="draft."]');
  }
  function tagOf(document) {
    return form.elements["draft." + document];
  }
  function tagged() {
    var found = {};
    tags().forEach(function (one) {
      found[one.name.slice(6)] = one.value;
    });
    return found;
  }
  function ownPlace() {
    var fresh = place + ":" + Math.random().toString(36).slice(2);
    try {
      var sent = sessionStorage.getItem(SENT);
      sessionStorage.removeItem(SENT);
      return form.hasAttribute("data-unsaved") && sent && sent.indexOf(place + ":") === 0 ? sent : fresh;
    } catch (error) {
      return fresh;
    }
  }
  // Until a conflict is resolved, the ground is what was there before it: a reload finds it again.
  function remember() {
    if (!conflicts) ground = { tags: tagged(), known: known };
    var kept = { tags: ground.tags, known: ground.known, typed: typed(), label: form.getAttribute("data-label"), at: Date.now() };
    try {
      localStorage.setItem(own, JSON.stringify(kept));
    } catch (error) {
      say(_("本机存不下了，请尽快存为草稿"), "late");
    }
  }
  function forget(name) {
    try {
      localStorage.removeItem(name || own);
    } catch (error) {
      // Nothing was kept.
    }
  }
  // What any window kept of this document, the newest first.
  function remembered() {
    try {
      return Object.keys(localStorage)
        .filter(function (name) {
          return name === place || name.indexOf(place + ":") === 0;
        })
        .map(function (name) {
          return Object.assign({ at: 0 }, JSON.parse(localStorage.getItem(name)), { name: name });
        })
        .sort(function (one, other) {
          return other.at - one.at;
        });
    } catch (error) {
      return [];
    }
  }
  function say(text, tone) {
    saved.textContent = text;
    saved.className = "right saved" + (tone ? " " + tone : "");
  }

  // --- Saving ---

  var waiting = null;
  var busy = false;

  function changed() {
    if (over) {
      remember();
      copy();
      return;
    }
    measure();
    tick();
    remember();
    if (conflicts) {
      torn();
      return;
    }
    say(_("正在写…"), "waiting");
    later(QUIET_MS);
  }
  function later(pause) {
    clearTimeout(waiting);
    waiting = setTimeout(save, pause);
  }
  function save() {
    clearTimeout(waiting);
    if (busy || conflicts || over) return;
    var now = typed();
    if (known && same(known, now)) {
      forget();
      say(last);
      return;
    }
    busy = true;
    say(_("正在保存…"), "waiting");
    var body = new URLSearchParams();
    ["csrf", "key", "version", "trigger"].forEach(function (name) {
      body.append(name, form.elements[name].value);
    });
    body.append("save", "1");
    Object.keys(tagged()).forEach(function (document) {
      var mine = of(document, now);
      if (known && same(of(document, known), mine)) return;
      body.append("draft." + document, tagOf(document).value);
      Object.keys(mine).forEach(function (name) {
        body.append(name, mine[name]);
      });
    });
    fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: body,
      credentials: "same-origin",
      redirect: "manual",
    })
      .then(function (answer) {
        busy = false;
        return answer
          .json()
          .catch(function () {
            return null; // a page: of the session's end, or of a service that is away
          })
          .then(function (told) {
            if (told && told.saved) kept(told, now);
            else refused(answer, told);
          });
      })
      .catch(function () {
        busy = false;
        say(_("没有连上服务器；内容留在本机，连上后自动保存"), "late");
        later(AGAIN_MS);
      });
  }
  // What another window has a place for, and this page not: a further file.
  function lacks(moved) {
    return Object.keys(moved).some(function (document) {
      var theirs = aligned(moved[document].typed || {});
      return Object.keys(theirs).some(function (name) {
        return theirs[name] && !form.elements[name];
      });
    });
  }
  function kept(told, now) {
    flaws({});
    known = known || {};
    Object.keys(told.saved).forEach(function (document) {
      tagOf(document).value = told.saved[document].tag;
      last = _("✓ 已保存 %(saved_at)s", { saved_at: told.saved[document].at });
      learn(document, of(document, now));
    });
    var moved = Object.keys(told.moved);
    var gone = moved.filter(function (document) {
      return !told.moved[document].tag;
    });
    if (gone.length) {
      var submitted = told.moved[gone[0]].submitted;
      end(submitted ? _("已于 %(at)s 作为第 %(version)s 稿提交，这份草稿不再保存", submitted) : _("这份草稿已提交或弃置，不能再存"));
    } else if (moved.length && lacks(told.moved)) {
      remember(); // the page that is loaded has the place, and merges what was typed here
      location.replace(form.action + "?trigger=" + encodeURIComponent(form.elements.trigger.value));
    } else if (moved.length) {
      merge(told.moved, now, { tags: tagged(), known: known });
    } else if (same(now, typed())) {
      forget();
      say(last);
      compare();
    } else {
      remember();
      later(QUIET_MS);
    }
  }

  // --- Beside the version before ---

  // What was saved is compared by the server, which finds what came and went the same way for all.
  function compare() {
    var chosen = form.querySelector("[data-against][aria-current]");
    if (!chosen) return;
    var trigger = encodeURIComponent(form.elements.trigger.value);
    fetch(chosen.getAttribute("formaction") + "&trigger=" + trigger, { credentials: "same-origin", redirect: "manual" })
      .then(function (answer) {
        return answer.ok ? answer.text() : "";
      })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        all("[data-since], [data-found]").forEach(function (shown) {
          var name = shown.hasAttribute("data-since") ? "[data-since]" : '[data-found="' + shown.getAttribute("data-found") + '"]';
          var fresh = page.querySelector("#editor " + name);
          if (fresh && fresh.innerHTML !== shown.innerHTML) shown.parentNode.replaceChild(document.importNode(fresh, true), shown);
        });
      })
      .catch(function () {
        // The comparison stays what it was; the next save asks again.
      });
  }
  function against(event) {
    event.preventDefault();
    all("[data-against]").forEach(function (one) {
      var on = one === event.currentTarget;
      one.classList.toggle("on", on);
      if (on) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    });
    if (known && same(known, typed())) compare();
    else save();
  }
  function learn(document, values) {
    Object.keys(of(document, known)).forEach(function (name) {
      delete known[name];
    });
    Object.keys(values).forEach(function (name) {
      known[name] = values[name];
    });
  }

  // --- Why nothing is saved ---

  function refused(answer, told) {
    remember();
    if (told && told.code) {
      flaws(told.fields || {});
      if (answer.status === 400 || answer.status === 413 || answer.status === 422) say(_("没有保存：%(reason)s；内容留在本机", told), "late");
      else end(told.reason);
    } else if (answer.status === 503) {
      say(_("服务暂时不可用；内容留在本机，稍后自动保存"), "late");
      later(AGAIN_MS);
    } else if (answer.status === 413) {
      say(_("内容太长，不能保存；内容留在本机"), "late");
    } else if (answer.type === "opaqueredirect" || answer.status === 403) {
      signedOut();
      renew();
    } else {
      say(_("服务出了意外错误，没有保存；内容留在本机，稍后自动再存"), "late");
      later(AGAIN_MS);
    }
  }
  function signedOut() {
    say(_("登录已失效；内容留在本机。"), "late");
    var link = document.createElement("a");
    link.href = "/sign-in?next=" + encodeURIComponent(location.pathname);
    link.textContent = _("重新登录后接着写");
    saved.appendChild(link);
  }
  // The same person may have signed in again in another window: forms carry that session's token.
  function renew() {
    fetch(form.action, { credentials: "same-origin", redirect: "manual" })
      .then(function (answer) {
        return answer.ok ? answer.text() : "";
      })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        var token = page.querySelector('#editor [name="csrf"]');
        if (!token || page.body.getAttribute("data-person") !== person) return;
        if (token.value === form.elements.csrf.value) return;
        all('[name="csrf"]', document).forEach(function (one) {
          one.value = token.value;
        });
        save();
      })
      .catch(function () {
        // The next save tries again.
      });
  }
  // Nothing more can be saved on this page: what was typed is offered as a copy.
  function end(why) {
    var label = document.createElement("label");
    var area = document.createElement("textarea");
    over = true;
    remember();
    say(_("没有保存；内容留在本页和本机"), "late");
    area.readOnly = true;
    area.id = "copy";
    label.htmlFor = area.id;
    label.textContent = _("您写的（可复制）");
    merging.textContent = _("%(why)s。您写的仍在本页和本机，没有丢：", { why: why });
    merging.appendChild(label);
    merging.appendChild(area);
    merging.hidden = false;
    copy();
  }
  function copy() {
    document.getElementById("copy").value = all("[data-part]")
      .map(function (card) {
        return card.querySelector("label").textContent + "\n" + card.querySelector("textarea[name]").value;
      })
      .concat(
        all("[data-answer] textarea[name]").map(function (area) {
          return area.labels[0].textContent + "\n" + area.value;
        })
      )
      .join("\n\n");
  }
  function flaws(found) {
    all("[data-save-flaw]").forEach(function (one) {
      one.parentNode.removeChild(one);
    });
    fields().forEach(function (field) {
      if (!found[field.name]) {
        if (field.hasAttribute("data-refused")) {
          ["aria-invalid", "aria-describedby", "data-refused"].forEach(function (name) {
            field.removeAttribute(name);
          });
        }
        return;
      }
      var line = document.createElement("p");
      line.className = "flaw small";
      line.setAttribute("data-save-flaw", "");
      line.id = "unsaved-" + field.id;
      line.textContent = found[field.name];
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("data-refused", "");
      field.setAttribute("aria-describedby", line.id);
      field.parentNode.insertBefore(line, field.nextSibling);
    });
  }

  // --- Another save came before ---

  // An answer belongs to the case and the row that it answers, whatever its place in either form.
  function aligned(theirs) {
    var found = {};
    var places = {};
    fields().forEach(function (field) {
      var at = /^((.*\.answers\.)\d+)\.case$/.exec(field.name);
      if (at) places[at[2] + field.value + "#" + form.elements[at[1] + ".row"].value] = at[1];
    });
    Object.keys(theirs).forEach(function (name) {
      var at = /^((.*\.answers\.)\d+)\.(\w+)$/.exec(name);
      var here = at && places[at[2] + theirs[at[1] + ".case"] + "#" + (theirs[at[1] + ".row"] || "")];
      if (!at) found[name] = theirs[name];
      else if (here) found[here + "." + at[3]] = theirs[name];
    });
    return found;
  }
  function merge(moved, mine, from) {
    var begun = from.known || {};
    var by = null;
    ground = from;
    known = Object.assign({}, begun);
    Object.keys(moved).forEach(function (document) {
      var told = moved[document];
      var theirs = aligned(told.typed);
      by = by || told;
      tagOf(document).value = told.tag;
      if (told.at) last = _("✓ 已保存 %(saved_at)s", { saved_at: told.at });
      learn(document, theirs);
      fields().forEach(function (field) {
        if (documentOf(field.name) !== document) return;
        var their = theirs[field.name] || "";
        var here = mine[field.name];
        if (trimmed(their) === trimmed(here) || /\.(case|row)$/.test(field.name)) return;
        if (trimmed(here) === trimmed(begun[field.name])) put(field, their);
        else if (trimmed(their) !== trimmed(begun[field.name])) clash(field, their, told);
      });
    });
    if (conflicts) torn(by.at ? _("%(by)s 于 %(at)s", by) : by.by);
    measure();
    tick();
    remember();
    if (!conflicts) save();
  }
  // Nothing is saved before somebody has chosen.
  function torn(by) {
    if (by) {
      merging.hidden = false;
      merging.textContent = _("%(by)s 另存过一份（或在另一窗口）。有 %(n)s 处两边都改了，请在该处选定；选定之前不再自动保存，内容留在本机。", { by: by, n: conflicts });
    }
    say(_("没有保存：两边都改了"), "late");
  }
  function clash(field, theirs, told) {
    conflicts += 1;
    var box = document.createElement("div");
    var label = document.createElement("label");
    var text = document.createElement("textarea");
    var ticks = field.type === "checkbox";
    box.className = "theirs";
    text.readOnly = true;
    text.value = ticks ? (theirs === "1" ? _("已勾选") : _("未勾选")) : theirs;
    text.id = "theirs-" + field.name;
    label.htmlFor = text.id;
    label.textContent = told.at ? _("%(by)s %(at)s 另存的内容", told) : _("%(by)s另存的内容", told);
    box.appendChild(label);
    box.appendChild(text);
    [
      [_("用那一份"), theirs],
      [_("用我写的"), null],
      [_("两份都留下"), "both"],
    ].forEach(function (choice) {
      if (ticks && choice[1] === "both") return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "btn small";
      button.textContent = choice[0];
      button.addEventListener("click", function () {
        if (choice[1] === "both") put(field, field.value + "\n" + theirs);
        else if (choice[1] !== null) put(field, choice[1]);
        box.parentNode.removeChild(box);
        conflicts -= 1;
        merging.hidden = conflicts === 0;
        field.focus();
        changed();
        if (!conflicts) save();
      });
      box.appendChild(button);
    });
    field.parentNode.appendChild(box);
  }

  // --- Beginning ---

  // The page that was sent back may say itself what another save left.
  function choose() {
    var by = "";
    all(".theirs").forEach(function (box) {
      var field = form.elements[box.getAttribute("data-field")];
      var theirs = box.getAttribute("data-theirs");
      by = box.getAttribute("data-by");
      box.parentNode.removeChild(box);
      if (field) clash(field, theirs, { by: by, at: "" });
    });
    if (conflicts) torn(by);
  }

  function restore() {
    var stored = typed();
    var left = remembered().filter(function (one) {
      var saved = same(one.typed, stored);
      if (saved) forget(one.name);
      return !saved;
    })[0];
    if (!left) return;
    fields().forEach(function (field) {
      if (field.name in left.typed) put(field, left.typed[field.name]);
    });
    if (JSON.stringify(left.tags) === JSON.stringify(tagged())) {
      changed();
      say(_("已取回本机未保存的内容"), "waiting");
    } else {
      var moved = {};
      Object.keys(tagged()).forEach(function (document) {
        moved[document] = { tag: tagOf(document).value, typed: of(document, stored), by: form.dataset.savedBy || _("草稿"), at: form.dataset.savedAt || "" };
      });
      merge(moved, typed(), left);
    }
    forget(left.name); // this window keeps it now
  }

  all("[data-against]").forEach(function (one) {
    one.addEventListener("click", against);
  });
  form.addEventListener("input", changed);
  form.onsubmit = function (event) {
    clearTimeout(waiting);
    remember();
    if (conflicts) {
      event.preventDefault();
      form.querySelector(".theirs button").focus();
      return;
    }
    try {
      sessionStorage.setItem(SENT, own);
    } catch (error) {
      // The next page keeps it as its own.
    }
  };
  document.addEventListener("visibilitychange", save); // back from signing in elsewhere, too
  window.addEventListener("online", save);
  form.autocomplete = "off"; // a reload shows what the server has; what was typed is kept here
  measure();
  tick();
  if (form.hasAttribute("data-unsaved")) {
    choose();
    changed();
  } else {
    restore();
  }
})();
