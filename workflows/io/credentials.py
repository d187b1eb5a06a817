"""Recognise passwords, keys and tokens in text.

Two kinds of evidence count: the shape of a value (a token of a known service, a private key, a
password within an address), and a value assigned to a telling name (``DB_PASS=...``). A value that
the shell reads from elsewhere, such as ``$NAME`` or ``$(cat FILE)``, is not a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

HIDDEN = "(hidden)"

#: What a value of each service begins with, followed by its own characters.
_TOKENS = {
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}",
    "a GitLab token": r"gl(?:pat|dt|rt|ptt|cbt|soat|ft|agent)-[\w-]{12,}",
    "an AWS key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}",
    "a Slack token": r"xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}",
    "a secret key": r"[sr]k[-_](?=[\w-]*\d)[\w-]{16,}",
    "a Hugging Face token": r"hf_[A-Za-z0-9]{16,}",
    "a token of a package index": r"pypi-[\w-]{16,}|npm_[A-Za-z0-9]{16,}",
    "a Google key": r"AIza[\w-]{30,}|ya29\.[\w-]{16,}",
    "a SendGrid key": r"SG\.[\w-]{16,}\.[\w-]{16,}",
    "a JSON web token": r"eyJ[\w-]{6,}\.eyJ[\w-]{6,}(?:\.[\w-]*)?",
    "a random key": (  # such as that of the Materials Project; not a part of a path
        r"(?<![./])(?=[a-zA-Z]*\d)(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{32,64}(?![\w./-])"
    ),
}
_TOKEN = re.compile(
    "|".join(
        rf"(?P<t{number}>(?<![\w-])(?:{shape}))" for number, shape in enumerate(_TOKENS.values())
    )
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*", re.DOTALL)

#: Not a literal: the shell fills it in. ``$'...'`` and ``$"..."`` are literals.
_LITERAL = r"""(?!["']?(?:`|\$(?!['"])))"""
_WORD = r"""(?P<value>"[^"]+"|'[^']+'|\$'[^']+'|[^\s"';&|]+)"""

#: ``scheme://user:password@host`` and ``scheme://token@host``. A password may hold ``/``, but not
#: so that a port and a path are taken for one.
_ADDRESS = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.-]{0,30})://"
    r"(?:[^/\s:@?#'\"]*:(?P<password>(?!\d+(?:/|$))[^\s@'\"]*)|(?P<user>[^/\s:@?#'\"]+))@",
    re.IGNORECASE,
)
_LOGIN_SCHEMES = ("ssh", "sftp", "rsync", "git+ssh", "svn+ssh")  #: that name a user as a rule

#: Commands and headers that carry a password without naming it.
_CARRIERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bcurl\b.*?\s-[a-z]*[uU]\s*{_LITERAL}(?P<value>[^\s:]+:(?!\$)\S+)",
        rf"(?<![\w-])--(?:proxy-)?user[=\s]\s*{_LITERAL}"
        r"(?P<value>[^\s:]*[^\s:\d][^\s:]*:(?!\$)[^\s]+)",
        rf"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b.*?\s-p{_LITERAL}(?P<value>[^\s]+)",
        rf"\bsshpass\b.*?\s-p\s*{_LITERAL}{_WORD}",
        rf"\b(?:docker|podman|singularity|apptainer)\b.*?\blogin\b.*?\s-p\s*{_LITERAL}{_WORD}",
        rf"\bAuthorization\s*[:=]\s*(?:Basic|Bearer|Token)\s+{_LITERAL}{_WORD}",
        rf"\blogin\s+\S+\s+password\s+{_LITERAL}{_WORD}",
    )
)
#: ``NAME=value``; ``setenv NAME value`` and ``--name value``. A value may hold another assignment:
#: ``--export=ALL,NAME=value``.
_ASSIGNMENTS = (
    re.compile(rf"(?<![\w$-])(?:--?)?(?P<name>[\w-]+)\s?=\s*{_LITERAL}(?={_WORD})"),
    re.compile(rf"(?<![\w-])(?:setenv\s+|--?)(?P<name>\w[\w-]*)\s+{_LITERAL}(?!-){_WORD}"),
)
#: ``NAME: value``, as in the header of a request; in prose a colon means other things.
_HEADER = re.compile(rf"(?<![\w-])(?P<name>\w[\w-]*):\s+{_LITERAL}{_WORD}")

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TELLING = re.compile(
    r"PASS(?:W(?:OR[DT]|D)?|PHRASE|CODE)?S?|\w*PASSW(?:OR[DT]|D)?|(?!BY|COM|TRES|UNDER|OVER)\w+PASS"
    r"|\w*PWD?|PATS?|\w*BEARER|\w*TOKENS?|\w*SECRETS?|\w*CREDENTIALS?|(?!MON|TUR|DON|HOC|JOC|WHIS)\w*KEYS?",
    re.IGNORECASE,
)
#: A name that ends so says where a secret is, and is given a path.
_PLACES = ("FILE", "PATH", "DIR", "FD", "STDIN", "ENV", "COMMAND", "CMD", "HELPER")
_FOLDERS = ("PWD", "OLDPWD", "SLURM_SUBMIT_PWD")  #: of the shell; no passwords


def is_telling(name: str) -> bool:
    """Whether the value of a variable is a secret, judged by its name.

    Parameters
    ----------
    name : of a variable, option or header.

    Examples
    --------
    >>> [is_telling(name) for name in ("DB_PASS", "MYSQL_PWD", "GITHUB_PAT", "apiKey")]
    [True, True, True, True]
    >>> [is_telling(name) for name in ("PATH", "PWD", "BYPASS", "KEY_FILE", "OMP_NUM_THREADS")]
    [False, False, False, False, False]
    """
    parts = _PARTS.findall(name)
    if not parts or name.upper() in _FOLDERS or parts[-1].upper().endswith(_PLACES):
        return False
    return any(_TELLING.fullmatch(part) for part in parts)


def credential_in(text: str) -> str | None:
    """The kind of secret in a line, without repeating it.

    Parameters
    ----------
    text : a line of a script or file.

    Returns
    -------
    str or None
        Such as ``a GitHub token``; None without a secret.

    Examples
    --------
    >>> credential_in("export GITHUB_PAT=abc"), credential_in("curl -u me:pw https://host")
    ('the value of GITHUB_PAT', 'the password of a command')
    >>> credential_in("export GITHUB_PAT=$(cat ~/.pat)"), credential_in("module load vasp")
    (None, None)
    """
    return next((what for what, _, _ in _credentials(text, (*_ASSIGNMENTS, _HEADER))), None)


def redacted(text: str) -> str:
    """Replace every secret in a message.

    Parameters
    ----------
    text : may quote the output of a program or a server.

    Returns
    -------
    str
        The message with ``(hidden)`` for each secret.

    Examples
    --------
    >>> redacted("no answer from http://me:secret@host/")
    'no answer from http://(hidden)@host/'
    """
    spans = sorted({(start, end) for _, start, end in _credentials(text, _ASSIGNMENTS)})
    pieces, at = [], 0
    for start, end in spans:
        if start >= at:
            pieces += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _credentials(
    text: str, assignments: Iterable[re.Pattern[str]]
) -> Iterator[tuple[str, int, int]]:
    """(kind, first, last character) of every secret in a text."""
    for match in _PRIVATE_KEY.finditer(text):
        yield "a private key", match.start(), match.end()
    for match in _TOKEN.finditer(text):
        kind = int(str(match.lastgroup)[1:])
        yield list(_TOKENS)[kind], match.start(), match.end()
    for match in _ADDRESS.finditer(text):
        secret = match["password"] if match["user"] is None else match["user"]
        login = match["user"] is not None and match["scheme"].lower() in _LOGIN_SCHEMES
        if secret and not secret.startswith("$") and not login:
            start = match.end("scheme") + len("://")
            yield "the password of an address", start, match.end() - 1
    for pattern in _CARRIERS:
        for match in pattern.finditer(text):
            yield "the password of a command", *match.span("value")
    for pattern in assignments:
        for match in pattern.finditer(text):
            if is_telling(match["name"]):
                yield f"the value of {match['name']}", *match.span("value")
