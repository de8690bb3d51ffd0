// Characters as the server counts them (domain/data/characters.py): each full one counts one, each
// run of others counts one. The classes come from there; what counts in the end is its figure.
(function () {
  "use strict";
  var marks = new Uint8Array(0x110000); // 0: part of a run
  var at = 0;
  window.characterClasses.replace(/([ROBN])([0-9a-z]+)/g, function (whole, letter, length) {
    var end = at + parseInt(length, 36);
    if (letter !== "R") marks.fill({ O: 79, B: 66, N: 78 }[letter], at, end);
    at = end;
  });
  var APOSTROPHE = 0x2019;

  // Return {count, longest}: how many characters, and of how many the longest run is made.
  window.countCharacters = function (text) {
    var found = { count: 0, longest: 0 };
    var run = 0;
    var points = Array.from(text, function (one) {
      return one.codePointAt(0);
    }).filter(function (code) {
      return marks[code] !== 78;
    });
    points.forEach(function (code, index) {
      var mark = marks[code];
      // The closing mark of a quotation is an apostrophe where it stands between letters: don’t.
      var within = code === APOSTROPHE && run > 0 && index + 1 < points.length;
      if (within && marks[points[index + 1]] === 0) mark = 0;
      if (mark === 0) {
        run += 1;
        if (run === 1) found.count += 1;
        found.longest = Math.max(found.longest, run);
        return;
      }
      run = 0;
      if (mark === 79) found.count += 1;
    });
    return found;
  };
})();
