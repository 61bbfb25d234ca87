"""`panic3d data`: downloads with the user's own account, and imports of files that the user has."""

import sys
from pathlib import Path

import click

from panic3d.datagen.sources.animerecon.commands import animerecon
from panic3d.datagen.sources.official.commands import import_official
from panic3d.runtime.errors import UserError

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
OUT = click.option(
    "--out", required=True, type=FOLDER, help="Folder for the files, manifest.jsonl and metadata.parquet."
)
RETRY = click.option("--retry-failed", is_flag=True, help="Try the items again that failed in an earlier run.")
VERIFY = click.option(
    "--verify", is_flag=True, help="Hash the files in the folder, and fetch those again that have changed."
)
INTERVAL = click.option(
    "--interval",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.0),
    help="Seconds between two requests to the site.",
)
APPLICATION = click.option(
    "--application",
    type=FILE,
    help="JSON file with client_id and client_secret, if not in VROID_CLIENT_ID and VROID_CLIENT_SECRET.",
)


@click.group()
def data() -> None:
    """Download the original data with your own account, or import the authors' files."""


@data.command()
@APPLICATION
@click.option(
    "--redirect-uri",
    help="Redirect address of your application, if it is not the one with which the site shows the code.",
)
@click.option("--site", default="https://hub.vroid.com", hidden=True)
def login(application: Path | None, redirect_uri: str | None, site: str) -> None:
    """Log in to VRoid Hub with your own developer application (made at hub.vroid.com/oauth/applications).

    Prints an address to open in a browser, asks for the code that the site then shows (or for the address that it
    redirects to), and stores the token in your configuration folder, readable only by you.
    """
    from panic3d.datagen.sources.http.web import WebClient
    from panic3d.datagen.sources.vroid_hub import login as vroid_login

    own = vroid_login.read_application(application)
    if own is None:
        where = f"--application or in {vroid_login.ID_VARIABLE} and {vroid_login.SECRET_VARIABLE}"
        raise UserError(f"expected a developer application in {where}: make one at {site}/oauth/applications")
    authorization = vroid_login.start_authorization(site, own, redirect_uri or vroid_login.OUT_OF_BAND_URI)
    click.echo(f"open this address, log in and allow the application:\n  {authorization.address}")
    answer = click.prompt("code", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not answer.strip():
        raise UserError(
            "expected the code of the login, got nothing: open the address and enter the code that it shows"
        )
    web = WebClient(site, headers=vroid_login.API_HEADERS)
    token = vroid_login.exchange_code(web, own, authorization, answer)
    vroid_login.save_token(token, vroid_login.get_token_path())
    click.echo(f"logged in; the token is in {vroid_login.get_token_path()}")


@data.command()
@click.argument("lists", nargs=-1, required=True, type=FILE)
@OUT
@click.option(
    "--licence",
    "conditions",
    multiple=True,
    metavar="FIELD=VALUE[,VALUE]",
    help="Only models whose licence has this value, such as modification=allow. Can be repeated.",
)
@click.option("--without-age-limit", is_flag=True, help="Leave out models with an age limit.")
@click.option(
    "--cookie-file",
    type=FILE,
    help="File with the session cookie of your browser, if you have no developer application.",
)
@APPLICATION
@click.option("--refresh", is_flag=True, help="Request known records again, because licences may have changed.")
@click.option("--limit", type=click.IntRange(1), help="Only the first models of the lists.")
@VERIFY
@RETRY
@INTERVAL
@click.option("--site", default="https://hub.vroid.com", hidden=True)
def vroid(
    lists: tuple[Path, ...],
    out: Path,
    conditions: tuple[str, ...],
    without_age_limit: bool,
    cookie_file: Path | None,
    application: Path | None,
    refresh: bool,
    limit: int | None,
    verify: bool,
    retry_failed: bool,
    interval: float,
    site: str,
) -> None:
    """Download the models in LISTS from VRoid Hub: those that their authors offer, with your own login.

    A list has one id or address per line, or is JSON, CSV, or a metadata.parquet, with whose sha256 the files must
    agree. Log in with `panic3d data login`, or put the cookie _vroid_session of your browser into a file or into
    VROID_SESSION.
    """
    from panic3d.datagen.sources.http.etiquette import RequestPolicy
    from panic3d.datagen.sources.http.web import WebClient
    from panic3d.datagen.sources.vroid_hub.download import VroidCollection, VroidOptions
    from panic3d.datagen.sources.vroid_hub.login import API_HEADERS, load_credentials
    from panic3d.datagen.sources.vroid_hub.records import parse_licence_filter, read_lists
    from panic3d.shards.outcome import report_outcome

    options = VroidOptions(parse_licence_filter(conditions, without_age_limit), retry_failed, refresh, verify)
    listed = dict(list(read_lists(lists).items())[:limit])
    web = WebClient(
        site, load_credentials(site, application, cookie_file), RequestPolicy(interval_s=interval), API_HEADERS
    )
    manifest = VroidCollection(web, out, options).fetch(listed)
    report_outcome(out, [manifest.records[key] for key in listed if key in manifest.records], "models")


@data.command()
@OUT
@click.option(
    "--category",
    "categories",
    multiple=True,
    default=("Hololive", "Nijisanji", "VShojo"),
    show_default=True,
    help="Category of the wiki. Can be repeated.",
)
@click.option(
    "--depth", default=1, show_default=True, type=click.IntRange(0), help="Levels of subcategories to include."
)
@click.option("--gallery", is_flag=True, help="Also download the other pictures of each article.")
@click.option(
    "--min-side",
    default=256,
    show_default=True,
    type=click.IntRange(1),
    help="Smallest accepted width and height in pixels.",
)
@click.option("--limit", type=click.IntRange(1), help="Only the first articles.")
@VERIFY
@RETRY
@INTERVAL
@click.option(
    "--site", default="https://virtualyoutuber.fandom.com", show_default=True, help="Address of the MediaWiki site."
)
def vtuber(
    out: Path,
    categories: tuple[str, ...],
    depth: int,
    gallery: bool,
    min_side: int,
    limit: int | None,
    verify: bool,
    retry_failed: bool,
    interval: float,
    site: str,
) -> None:
    """Download portraits from the virtual YouTuber wiki, and record the licences that their pages state."""
    from panic3d.datagen.sources.http.collection import METADATA_FILE
    from panic3d.datagen.sources.http.etiquette import RequestPolicy
    from panic3d.datagen.sources.http.web import WebClient
    from panic3d.datagen.sources.vtuber.download import VtuberOptions, fetch_portraits
    from panic3d.shards.outcome import report_outcome

    options = VtuberOptions(tuple(categories), depth, gallery, min_side, limit, retry_failed, verify)
    manifest = fetch_portraits(WebClient(site, policy=RequestPolicy(interval_s=interval)), out, options)
    report_outcome(out, manifest.records.values(), "pictures")
    click.echo(f"  index: {out / METADATA_FILE}; the outcome of each picture is in {manifest.path}")


data.add_command(animerecon)
data.add_command(import_official)
