"""What of a text is not seen as it stands: control characters, and those that hide or reorder others."""


def visible(text: str) -> str:
    """A text in which all that is not printable, but new lines, is escaped: ``\\u001b``, which JSON can read, too.

    Tabs, with which click sets lists of choices, become spaces.
    """
    text = text.expandtabs(4)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(sign if sign == "\n" or sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 1 << 16 else f"\\U{ord(sign):08x}"


def in_one_line(text: str) -> str:
    """The same with line breaks escaped, too: what is repeated of a stranger's begins no line of its own."""
    return visible(text).replace("\n", _escape("\n"))
