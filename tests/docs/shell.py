# SPDX-License-Identifier: Apache-2.0
"""The commands of a shell text, as far as pages have them."""
import re

KEYWORDS = {"if", "then", "elif", "else", "while", "until", "do", "!", "{", "time"}
ENDS = {"fi", "done", "esac", "}", "for", "case"}


def commands(text):
    """Each command's words, without quotes, and without assignments and words of the shell's own before them. `$(...)` is a command of its
    own where it isn't in quotes."""
    for words in simple_commands(text):
        while words and (words[0] in KEYWORDS or re.match(r"[A-Za-z_]\w*\+?=", words[0])):
            words = words[1:]
        if words and words[0] not in ENDS:
            yield words


def simple_commands(text):
    words, word, at, documents = [], None, 0, []
    while at < len(text):
        char, after = text[at], text[at + 1:at + 2]
        if char == "\\":
            word = word if after == "\n" else (word or "") + after
            at += 2
        elif char in "'\"":
            end = re.compile(r"'" if char == "'" else r'(?<!\\)"').search(text, at + 1).start()
            word = (word or "") + text[at + 1:end]
            at = end + 1
        elif char == "#" and word is None:
            at = text.index("\n", at)
        elif document := re.compile(r"<<-?\s*(['\"]?)(\w+)\1").match(text, at):
            documents.append(document[2])
            at = document.end()
        elif char in " \t\n;|&()" or text.startswith("$(", at):
            if word is not None:
                words.append(word)
            word = None
            if char not in " \t":
                yield words
                words = []
            at += 2 if char == "$" else 1
            while char == "\n" and documents:
                at = re.compile(rf"^\t*{documents.pop(0)}$\n?", re.M).search(text, at).end()
        else:
            word = (word or "") + char
            at += 1
    yield words + ([word] if word is not None else [])
