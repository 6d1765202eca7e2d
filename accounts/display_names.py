"""What others read instead of a mail address."""

from __future__ import annotations

import unicodedata

from .errors import DisplayNameInvalidError

LONGEST = 80
# Joiners that scripts and emoji need; every other invisible character could disguise a name.
JOINERS = "\u200c\u200d"
# Fillers and an empty pattern, which Unicode counts among letters and symbols.
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def parse_display_name(text: str) -> str:
    """Return the name in its normal form: NFC, one space at a time.

    Any script is welcome. Raises DisplayNameInvalidError for an empty or long name and for
    characters that cannot be seen, such as those that turn the direction of what follows.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name.strip(JOINERS) or len(name) > LONGEST:
        raise DisplayNameInvalidError(f"A name has 1 to {LONGEST} characters.", longest=LONGEST)
    for character in name:
        unseen = unicodedata.category(character) in INVISIBLE and character not in JOINERS
        if unseen or character in BLANKS:
            raise DisplayNameInvalidError(
                "There is a character in this name that cannot be seen. Leave it out."
            )
    return name
