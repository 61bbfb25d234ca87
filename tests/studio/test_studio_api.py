"""The API is what its description says: random requests get no error of the server, and answers have its shape."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from helpers.studio.running import RunningStudio, run_studio
from helpers.studio.uploads import make_faceless_picture

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

HEAD = "/api/heads/{head_id}"
REQUESTS = [
    ("GET", "/api/info"), ("POST", "/api/heads"), ("GET", "/api/heads"), ("GET", HEAD), ("PATCH", HEAD),
    ("PUT", f"{HEAD}/matte"), ("DELETE", f"{HEAD}/matte"), ("PUT", f"{HEAD}/back"), ("DELETE", f"{HEAD}/back"),
    ("POST", f"{HEAD}/turntable"), ("GET", f"{HEAD}/files/{{name}}"), ("GET", f"{HEAD}/all.zip"),
    ("POST", f"{HEAD}/cancel"), ("DELETE", HEAD),
]  # fmt: skip
"""All requests but that for events, which has no end."""


class Target:
    """A running studio with a head that random requests meet."""

    def __init__(self, studio: RunningStudio) -> None:
        self.studio, self.head_id = studio, ""

    def provide_head(self) -> str:
        """Return the id of a head that is there, whatever the requests before have done."""
        if not self.head_id or self.studio.client.get(f"/api/heads/{self.head_id}").status_code == 404:
            self.head_id = self.studio.upload(make_faceless_picture())
        return self.head_id


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with run_studio(tmp_path_factory.mktemp("api") / "out") as studio:
        yield Target(studio)
        assert "Traceback" not in studio.read_log()


@pytest.fixture(scope="module")
def described(target: Target) -> Any:
    return schemathesis.openapi.from_url(str(target.studio.client.base_url.join("/api/openapi.json")))


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_random_requests_are_answered_as_described(described: Any, target: Target, method: str, path: str) -> None:
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method].as_strategy())
    def check(case: schemathesis.Case) -> None:
        if "head_id" in case.path_parameters and len(str(case.body)) % 4:
            case.path_parameters["head_id"] = target.provide_head()
        case.validate_response(case.call(), checks=CHECKS)

    check()


def test_the_description_names_every_request(target: Target) -> None:
    described = target.studio.client.get("/api/openapi.json").json()
    found = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert found == {*REQUESTS, ("GET", "/api/events")}
    text = str(described)
    assert "HTTPValidationError" not in text
    record = described["components"]["schemas"]["HeadRecord"]["properties"]
    assert {"id", "status", "stage", "stages", "faces", "files", "character", "revision"} <= set(record)


def test_what_can_be_chosen_is_listed(target: Target) -> None:
    info = target.studio.client.get("/api/info").json()
    assert info["methods"][0]["name"] == "panic3d-auto"
    assert all(method["weights"] for method in info["methods"])
    assert {"none", "line-removal-paired", "albedo"} <= {remover["name"] for remover in info["line_removers"]}
    assert len(info["landmarks"]) == 28 and len({point["name"] for point in info["landmarks"]}) == 28
    fields = {field["name"]: field for field in info["fields"]}
    assert "blunt" in fields["hair.fringe"]["choices"] and fields["hair.fringe"]["kind"] == "choice"
    assert fields["hair.volume_m"]["range"] == [0.0, 0.016] and fields["hair.volume_m"]["unit"] == "m"
    assert "glasses" in fields["accessories"]["choices"] and fields["accessories"]["kind"] == "set"
    assert {"happy", "blink", "aa"} <= set(info["expressions"])
