// A file is sent as soon as it is chosen: how far it is, and why it is not taken, stand at its field.
// Without this it is sent with the form that it stands in.
(function () {
  "use strict";
  var MOST_BYTES = 5 * 1024 * 1024;
  var GONE = _("登录已失效，文件没有上传；请重新登录后再选一次");
  var AWAY = _("没有连上服务器，文件没有上传；请稍后再选一次");

  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }
  function size(bytes) {
    return bytes < 1024 ? _("%(length)s 字节", { length: bytes }) : String(Math.round(bytes / 1024)).replace(/\B(?=(\d{3})+$)/g, ",") + " KB";
  }
  function reference(box, member) {
    var input = box.querySelector("input[type=file]");
    return input.form.elements[input.name + "." + member];
  }
  function tell(box, text) {
    var line = box.querySelector("[data-told]");
    var input = box.querySelector("input[type=file]");
    line.textContent = text;
    line.hidden = !text;
    if (text) {
      line.id = line.id || "told-" + input.id;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", line.id);
    } else {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  }
  function show(box, kept) {
    if (kept) {
      var link = box.querySelector("[data-kept]");
      link.href = box.getAttribute("data-file").replace(/documents\/[^/]+\/files$/, "files/" + kept.sha256);
      link.textContent = kept.name || link.textContent;
      box.querySelector("[data-size]").textContent = size(Number(kept.length));
    }
    box.querySelector(".brought").hidden = !kept;
  }
  // What was kept in this browser may know of a file that the page was sent without.
  function known(box) {
    var kept = {};
    ["sha256", "length", "name"].forEach(function (member) {
      kept[member] = reference(box, member).value;
    });
    if (kept.sha256) show(box, kept);
  }
  function refer(box, kept) {
    var input = box.querySelector("input[type=file]");
    reference(box, "sha256").value = kept ? kept.sha256 : "";
    reference(box, "length").value = kept ? String(kept.length) : "";
    reference(box, "name").value = kept ? kept.name : "";
    show(box, kept);
    input.required = box.hasAttribute("data-required") && !kept;
    reference(box, "length").dispatchEvent(new Event("input", { bubbles: true }));
  }
  function why(answer, status) {
    if (answer && answer.reason) return answer.reason + (answer.lift ? _("；") + answer.lift : "");
    if (status === 413) return _("文件过大，至多 5 MiB");
    if (status === 503) return _("服务暂时不可用，文件没有上传；请稍后再选一次");
    return GONE;
  }
  function read(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      return null;
    }
  }
  function send(box, file) {
    var bar = box.querySelector("progress");
    var input = box.querySelector("input[type=file]");
    var body = new FormData();
    var request = new XMLHttpRequest();
    body.append("csrf", input.form.elements.csrf.value);
    body.append("file", file, file.name);
    request.open("POST", box.getAttribute("data-file"));
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = function (event) {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    };
    request.onload = function () {
      var answer = read(request.responseText);
      bar.hidden = true;
      if (request.status === 200 && answer && answer.sha256) {
        input.value = "";
        tell(box, "");
        refer(box, answer);
      } else {
        input.value = "";
        tell(box, why(answer, request.status));
      }
    };
    request.onerror = function () {
      bar.hidden = true;
      tell(box, AWAY);
    };
    bar.value = 0;
    bar.hidden = false;
    tell(box, "");
    request.send(body);
  }

  all("[data-file]").forEach(function (box) {
    var input = box.querySelector("input[type=file]");
    known(box);
    input.onchange = function (event) {
      var file = input.files[0];
      event.stopPropagation();
      if (!file) return;
      if (file.size > MOST_BYTES) {
        input.value = "";
        tell(box, _("文件过大（%(size)s），至多 5 MiB；请压缩其中的图片", { size: size(file.size) }));
        return;
      }
      send(box, file);
    };
    input.addEventListener("input", function (event) {
      event.stopPropagation(); // nothing was typed: what the form says of the file comes later
    });
    box.querySelector("[name=drop]").addEventListener("click", function (event) {
      event.preventDefault();
      refer(box, null);
      input.focus();
    });
  });
})();
