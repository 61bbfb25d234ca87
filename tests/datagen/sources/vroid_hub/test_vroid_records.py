"""Lists of ids in every form, and licences, on made-up records and on real ones."""

import json
from pathlib import Path

import pandas
import pytest

from helpers.requirements import require_real_data
from helpers.sites.local_vroid_hub import make_record
from panic3d.datagen.sources.http.web import WebClient
from panic3d.datagen.sources.vroid_hub.login import (
    Application,
    CookieLogin,
    exchange_code,
    read_application,
    read_cookie,
    start_authorization,
)
from panic3d.datagen.sources.vroid_hub.records import (
    LicenceFilter,
    extract_licence,
    make_metadata_row,
    parse_licence_filter,
    read_lists,
)
from panic3d.runtime.errors import UserError

IDS = ["7396549782493746846", "6624303797276596292"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ids.txt", "\n".join(IDS)),
        ("ids.csv", "id,split\n" + "\n".join(f"{key},train" for key in IDS)),
        ("ids.csv", "\ufeff" + "\r\n".join(IDS)),
        ("pages.txt", "\n".join(f"https://hub.vroid.com/en/characters/8/models/{key}?x=1" for key in IDS)),
        ("ids.json", json.dumps(IDS)),
        ("ids.json", json.dumps([int(key) for key in IDS])),
        ("records.json", json.dumps([make_record(key) for key in IDS])),
        ("records.json", json.dumps({key: make_record(key) for key in IDS})),
        ("answers.jsonl", "\n".join(json.dumps({"character_model": make_record(key)}) for key in IDS)),
    ],
)
def test_lists_of_every_form_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    listed = read_lists([tmp_path / name])
    assert list(listed) == IDS
    assert (listed[IDS[0]].record is not None) == (name in ("records.json", "answers.jsonl"))


def test_a_table_brings_hashes(tmp_path: Path) -> None:
    pandas.DataFrame({"id": IDS, "sha256": ["ab" * 32, None]}).to_parquet(tmp_path / "m.parquet")
    (tmp_path / "ids.txt").write_text(IDS[0])
    listed = read_lists([tmp_path / "m.parquet", tmp_path / "ids.txt"])
    assert [listed[key].sha256 for key in IDS] == ["ab" * 32, None], "a plain list takes nothing back"


@pytest.mark.parametrize(("name", "text"), [("a.txt", "hello"), ("a.json", "{"), ("a.json", "[[1]]"), ("a.txt", "")])
def test_what_is_no_list_is_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=r"a\.(txt|json) (cannot be read as a list|holds no model id)"):
        read_lists([tmp_path / name])


def test_a_vrm_1_licence_in_the_words_of_a_record() -> None:
    record = make_record("1000001")
    del record["license"]
    assert extract_licence(record) == {}
    assert (
        parse_licence_filter(["credit=unnecessary"], False)
        .explain_refusal(record)
        .startswith("licence: credit is not stated")
    )
    record["latest_character_model_version"]["vrm_meta"] = {
        "avatarPermission": "everyone",
        "commercialUsage": "personalProfit",
        "modification": "allowModification",
        "allowRedistribution": False,
    }
    licence = extract_licence(record)
    assert (licence["modification"], licence["redistribution"]) == ("allow", "disallow")
    assert (licence["personal_commercial_use"], licence["corporate_commercial_use"]) == ("profit", "disallow")
    assert (licence["credit"], licence["characterization_allowed_user"]) == ("necessary", "everyone")


def test_real_records_and_ids() -> None:
    ids = read_lists([require_real_data("metadata/vroid_ids.txt")])
    assert len(ids) == 13_754
    records = read_lists([require_real_data("metadata/vroid_hub_records.json")])
    assert len(records) == 60
    offered = [
        listed for listed in records.values() if listed.record and not LicenceFilter().explain_refusal(listed.record)
    ]
    assert len(offered) == 5
    changeable = parse_licence_filter(["modification=allow"], True)
    for listed in records.values():
        assert listed.record
        expected = listed.record["is_downloadable"] and listed.record["license"]["modification"] == "allow"
        assert bool(changeable.explain_refusal(listed.record)) != expected
    table = pandas.DataFrame([make_metadata_row(key, listed.record) for key, listed in records.items()])
    assert table["licence_redistribution"].value_counts().to_dict() == {"disallow": 53, "allow": 7}
    assert table["triangle_count"].notna().all()


def test_logins_from_files_and_environment(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"application_id": "a", "secret": "b"}')
    assert read_application(tmp_path / "app.json") == Application("a", "b")
    assert read_application(None, {"VROID_CLIENT_ID": "a", "VROID_CLIENT_SECRET": "b"}) == Application("a", "b")
    assert read_application(None, {"VROID_CLIENT_ID": "a"}) is None
    (tmp_path / "app.json").write_text('["hush"]')
    with pytest.raises(UserError, match="expected JSON with client_id") as caught:
        read_application(tmp_path / "app.json")
    assert "hush" not in str(caught.value)
    assert read_cookie(None, {}) is None
    with pytest.raises(UserError, match="expected the value of _vroid_session") as caught:
        read_cookie(None, {"VROID_SESSION": "two words hush"})
    assert "hush" not in str(caught.value)
    assert CookieLogin("x").headers() == {"Cookie": "_vroid_session=x"}


def test_an_answer_to_another_invitation_is_refused() -> None:
    mine = Application("a", "b")
    invitation = start_authorization("https://hub.vroid.com", mine, "http://127.0.0.1/back")
    with pytest.raises(UserError, match="belongs to another login"):
        exchange_code(WebClient("https://hub.vroid.com"), mine, invitation, "http://127.0.0.1/back?code=c&state=forged")
