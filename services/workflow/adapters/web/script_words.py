"""What scripts say, for one language: a script of its own, made once when the service starts.

Scripts say `_("已保存")` as pages do; a page brings the words of its language with it.
"""

import json
import re
from collections.abc import Iterable

from services.workflow.adapters.web.languages import said_in

_TEXT = re.compile(rb'\b_\(("(?:[^"\\\n]|\\.)*")')
_SAY = """"use strict";
window._ = function (text, figures) {
  var told = window._.words[text] || text;
  return told.replace(/%\\((\\w+)\\)s/g, function (whole, name) { return figures[name]; });
};
window._.words = """


def script_words(scripts: Iterable[bytes], language: str) -> bytes:
    """Return the script that says the texts of *scripts* in *language*."""
    texts = sorted({json.loads(text) for one in scripts for text in _TEXT.findall(one)})
    words = {text: told for text in texts if (told := said_in(language, text)) != text}
    return f"{_SAY}{json.dumps(words, ensure_ascii=False, sort_keys=True)};\n".encode()
