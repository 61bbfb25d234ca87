"""Logins at VRoid Hub: OAuth with the user's own developer application, or the session cookie of a browser.

OAuth 2.0 authorisation code with PKCE, as developer.vroid.com/en/api/oauth-api.html documents it. Secrets come from the
environment, from files or from a hidden prompt; none is printed, logged or written into a manifest.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict
from urllib.parse import parse_qs, urlencode, urlsplit

from panic3d.datagen.sources.http.etiquette import RequestRefused, SiteRefused
from panic3d.datagen.sources.http.web import WebClient
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import open_atomically
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import read_file

SITE = "https://hub.vroid.com"
API_HEADERS = {"X-Api-Version": "11"}
OUT_OF_BAND_URI = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect address with which VRoid Hub shows the code in the browser, for the user to copy."""
ID_VARIABLE, SECRET_VARIABLE, COOKIE_VARIABLE = "VROID_CLIENT_ID", "VROID_CLIENT_SECRET", "VROID_SESSION"
COOKIE_NAME = "_vroid_session"
DEFAULT_LIFETIME_S = 3600.0
"""Of a token whose answer states none."""
PRIVATE_MODE = 0o600
"""The permissions of a file that only its owner can read."""
RENEW_BEFORE_EXPIRY_S = 60.0
"""How long before its end a token is renewed."""


@dataclass(frozen=True)
class Application:
    """A developer's application, as hub.vroid.com/oauth/applications shows it."""

    client_id: str
    client_secret: str


class TokenAnswer(TypedDict):
    """The entries of an answer of /oauth/token that are used (RFC 6749, 5.1)."""

    access_token: str
    refresh_token: NotRequired[str | None]
    created_at: NotRequired[float | None]
    expires_in: NotRequired[float | None]


@dataclass
class Token:
    """The tokens of a login."""

    site: str
    access_token: str
    refresh_token: str
    expires_at: float


class TokenLogin:
    """Credentials by OAuth token, which is renewed when it expires if the application's secret is known."""

    def __init__(self, token: Token, application: Application | None, store: Path, web: WebClient) -> None:
        """`web` is a client of the same site without credentials."""
        self.token, self.application, self.store, self.web = token, application, store, web

    def headers(self) -> dict[str, str]:
        if time.time() > self.token.expires_at - RENEW_BEFORE_EXPIRY_S:
            self.renew()
        return {"Authorization": f"Bearer {self.token.access_token}"}

    def renew(self) -> bool:
        if self.application is None or not self.token.refresh_token:
            return False
        grant = {"grant_type": "refresh_token", "refresh_token": self.token.refresh_token}
        try:
            self.token = request_token(self.web, self.application, grant)
        except (RequestRefused, SiteRefused):
            return False
        save_token(self.token, self.store)
        return True


class CookieLogin:
    """Credentials by the session cookie of a browser in which the user is logged in."""

    def __init__(self, value: str) -> None:
        self.value = value

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE_NAME}={self.value}"}

    def renew(self) -> bool:
        return False


def get_token_path() -> Path:
    """`vroid_hub.json` in `$XDG_CONFIG_HOME/panic3d`, else in `~/.config/panic3d`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "panic3d" / "vroid_hub.json"


def read_application(file: Path | None, environment: Mapping[str, str] = os.environ) -> Application | None:
    """Read an application from a credential file of the site, else from the environment; None where there is neither.

    Raises UserError where the file has no application.
    """
    if file is None:
        values = environment.get(ID_VARIABLE), environment.get(SECRET_VARIABLE)
        return Application(*values) if values[0] and values[1] else None  # type: ignore[arg-type]
    try:
        record = parse_json(read_file(file), dict[str, Any])
        plain = {re.sub("[^a-z]", "", name.lower()): str(value) for name, value in record.items()}
        client_id = plain.get("clientid") or plain.get("applicationid") or plain["uid"]
        return Application(client_id, plain.get("clientsecret") or plain["secret"])
    except (OSError, ValueError, KeyError):
        raise UserError(f"expected JSON with client_id and client_secret in {file}, found something else") from None


def read_cookie(file: Path | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """Read the session cookie from its value, a `Cookie:` header, or a browser's cookies.txt; None where there is none.

    Raises UserError where the file cannot be read or has something else.
    """
    if file is None:
        text = environment.get(COOKIE_VARIABLE, "").strip()
    else:
        try:
            text = read_file(file).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UserError(f"expected a session cookie in {file}, which cannot be read ({reason})") from None
    if not text:
        return None
    match = re.search(rf"{COOKIE_NAME}[=\t]([^;\s]+)", text)
    value = match.group(1) if match else text
    if re.fullmatch(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+", value) is None:  # RFC 6265's cookie-octet
        where = file or f"${COOKIE_VARIABLE}"
        raise UserError(f"expected the value of {COOKIE_NAME}, a Cookie header or a cookies.txt in {where}, found else")
    return value


def read_token(site: str, store: Path) -> Token | None:
    """Read the stored token; None unless there is one for this site."""
    try:
        token: Token = parse_json(read_file(store), Token)
    except (OSError, ValueError):
        return None
    return token if token.site == site else None


def save_token(token: Token, store: Path) -> None:
    """Write a token into a file that only its owner can read, also while it is written."""
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open_atomically(store, PRIVATE_MODE) as file:
        file.write(json.dumps(asdict(token)).encode())


def load_credentials(site: str, application_file: Path | None, cookie_file: Path | None) -> TokenLogin | CookieLogin:
    """Load the cookie in a file, else the stored token, else the cookie in the environment.

    Raises UserError without any.
    """
    cookie, token = read_cookie(cookie_file), read_token(site, get_token_path())
    if token is not None and cookie_file is None:
        return TokenLogin(
            token, read_application(application_file), get_token_path(), WebClient(site, headers=API_HEADERS)
        )
    if cookie is None:
        raise UserError(f"expected a login for {site}, found none: run `panic3d data login`, or put your browser's "
                        f"cookie {COOKIE_NAME} into a file (--cookie-file) or into ${COOKIE_VARIABLE}")  # fmt: skip
    return CookieLogin(cookie)


@dataclass(frozen=True)
class AuthorizationRequest:
    """The address to open in a browser, and the secrets that the answer is checked with (PKCE)."""

    address: str
    state: str
    verifier: str
    redirect_uri: str


def start_authorization(
    site: str, application: Application, redirect_uri: str = OUT_OF_BAND_URI
) -> AuthorizationRequest:
    """Return the page on which the user allows their own application to act for them."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": redirect_uri,
        "scope": "default",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return AuthorizationRequest(f"{site}/oauth/authorize?{urlencode(query)}", state, verifier, redirect_uri)


def exchange_code(web: WebClient, application: Application, authorization: AuthorizationRequest, answer: str) -> Token:
    """Exchange the code, alone or in the whole address that the browser was sent to, for a token.

    Raises UserError where it belongs to another authorization request, or the site does not accept it.
    """
    answer = answer.strip()
    if "code=" in answer:
        query = parse_qs(urlsplit(answer).query)
        if query.get("state", [authorization.state]) != [authorization.state]:
            raise UserError("the address belongs to another login (its state differs): start again")
        answer = query["code"][0]
    grant = {
        "grant_type": "authorization_code",
        "code": answer,
        "code_verifier": authorization.verifier,
        "redirect_uri": authorization.redirect_uri,
    }
    try:
        return request_token(web, application, grant)
    except (RequestRefused, SiteRefused) as error:
        raise UserError(f"the code was not accepted ({error}): codes work once and for minutes, try again") from None


def request_token(web: WebClient, application: Application, grant: Mapping[str, str]) -> Token:
    """Request a token (POST /oauth/token). Raises RequestRefused or SiteRefused where the site does not give one."""
    answer: TokenAnswer = web.fetch_json("/oauth/token", TokenAnswer, "POST", data={**asdict(application), **grant})
    expires_at = (answer.get("created_at") or time.time()) + (answer.get("expires_in") or DEFAULT_LIFETIME_S)
    refresh = answer.get("refresh_token") or grant.get("refresh_token", "")
    return Token(web.site, answer["access_token"], refresh, expires_at)
