"""VRoid Hub as its documentation has it, on this machine: records, download licences, OAuth, a storage of its own."""

import base64
import hashlib
import struct
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from helpers.sites.local_site import LocalSite, Reply, Request, make_json_reply

SIGNATURE = "signature-that-nobody-may-see"
LICENCE = {
    "modification": "disallow",
    "redistribution": "disallow",
    "credit": "necessary",
    "characterization_allowed_user": "everyone",
    "sexual_expression": "disallow",
    "violent_expression": "disallow",
    "corporate_commercial_use": "disallow",
    "personal_commercial_use": "nonprofit",
}


def make_model_file(seed: str) -> bytes:
    """Make a file with a binary glTF's header."""
    body = hashlib.sha256(seed.encode()).digest() * 200
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def make_record(key: str, downloadable: bool = True, **licence: str) -> dict[str, Any]:
    """Make a record with the fields that the site gives (those that are used, and some that are not)."""
    return {
        "id": key,
        "name": f"model {key}",
        "is_private": False,
        "is_downloadable": downloadable,
        "created_at": "2021-08-31T13:50:18.000Z",
        "published_at": "2021-08-31T13:51:54.000Z",
        "license": {**LICENCE, **licence},
        "tags": [{"name": "VRoid", "locale": None, "en_name": None, "ja_name": None}],
        "age_limit": {"is_r18": False, "is_r15": False, "is_adult": False},
        "character": {"name": "someone", "user": {"id": "1", "name": "an author"}},
        "latest_character_model_version": {"id": f"9{key}", "spec_version": "0.0", "triangle_count": 24054},
    }


def make_error(status: int, code: str, **headers: str) -> Reply:
    return make_json_reply({"error": {"code": code, "message": code, "details": {}}, "rand": "x"}, status, **headers)


class LocalVroidHub:
    """The site and its storage, on two ports. What must not reach the storage is checked by the tests."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.site, self.storage = LocalSite(), LocalSite()
        self.tokens, self.refresh_tokens, self.cookies = {"token-one"}, {"refresh-one"}, {"cookie-one"}
        self.verifier_challenge = ""
        self.records = {key: make_record(key) for key in keys}
        for key in keys:
            self.site.answers[f"GET /api/character_models/{key}"] = self._record
            self.site.answers[f"GET /api/download_licenses/L{key}/download"] = self._redirect
            self.site.answers[f"GET /api/character_models/{key}/versions/9{key}/download"] = self._redirect
            self.storage.answers[f"GET /bucket/{key}.vrm"] = Reply(body=make_model_file(key))
        self.site.answers["POST /api/download_licenses"] = self._licence
        self.site.answers["POST /oauth/token"] = self._token

    @property
    def address(self) -> str:
        return self.site.address

    def _record(self, request: Request) -> Reply:
        if request.headers.get("x-api-version") != "11":
            return make_error(400, "API_VERSION_REQUIRED")
        record = self.records.get(request.path.rpartition("/")[2])
        if record is None:
            return make_error(404, "COMMON_NOT_FOUND")
        return make_json_reply({"data": {"character_model": record, "description": ""}, "error": {}, "_links": {}})

    def _is_known(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return (
            bearer in self.tokens or request.headers.get("cookie", "").removeprefix("_vroid_session=") in self.cookies
        )

    def _licence(self, request: Request) -> Reply:
        if not self._is_known(request):
            return make_error(401, "COMMON_SIGNED_IN_REQUIRED")
        key = request.json()["character_model_id"]
        if not self.records[key]["is_downloadable"]:
            return make_error(403, "OAUTH_FORBIDDEN")
        return make_json_reply({"data": {"id": f"L{key}", "character_model_id": key, "expires_at": "2099-01-01"}})

    def _redirect(self, request: Request) -> Reply:
        if not self._is_known(request):
            return make_error(401, "COMMON_SIGNED_IN_REQUIRED")
        parts = request.path.split("/")
        key = parts[3].removeprefix("L")
        return Reply(302, headers={"Location": f"{self.storage.address}/bucket/{key}.vrm?X-Amz-Signature={SIGNATURE}"})

    def _token(self, request: Request) -> Reply:
        form = request.form()
        if (form.get("client_id"), form.get("client_secret")) != ("the-app", "the-secret"):
            return make_json_reply({"error": "invalid_client"}, 400)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] in self.refresh_tokens:
            self.tokens = {"token-two"}
            return make_json_reply({"access_token": "token-two", "token_type": "Bearer", "expires_in": 3600})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if form.get("code") == "the-code" and challenge.rstrip(b"=").decode() == self.verifier_challenge:
            given = {"access_token": "token-one", "refresh_token": "refresh-one", "expires_in": 7200}
            return make_json_reply({**given, "token_type": "Bearer", "created_at": 4_000_000_000})
        return make_json_reply({"error": "invalid_grant", "error_description": urlencode(form)}, 400)

    def __enter__(self) -> "LocalVroidHub":
        self.site.__enter__()
        self.storage.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.site.__exit__()
        self.storage.__exit__()
