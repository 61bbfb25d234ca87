"""`--executor ray` on a cluster of two nodes on this machine: the shard files of one process."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.panic3d_command import COUNT, QUICK, build_command, have_same_shards, run_panic3d, write_avatars
from helpers.requirements import needs_blender, needs_ray

pytestmark = [pytest.mark.slow, needs_blender, needs_ray]

NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    made.add_node(**NODE)
    yield made
    made.shutdown()


def test_two_nodes_write_the_shards_of_one_process(cluster: Any, tmp_path: Path) -> None:
    avatars = write_avatars(tmp_path / "avatars")
    more = ("--per-shard", 2, *QUICK, "--size", 256, "--samples", 16)  # long enough for both nodes to get some
    assert run_panic3d("render", avatars, "--out", tmp_path / "one", *more).returncode == 0
    environment = {**os.environ, "RAY_ADDRESS": cluster.address}
    result = run_panic3d("render", avatars, "--out", tmp_path / "ray", "--executor", "ray", *more, env=environment)
    assert result.returncode == 0, result.stderr
    shares = [int(count) for count in re.findall(r"(\d+) on ", result.stderr.partition("ray: ")[2])]
    assert len(shares) == 2 and sum(shares) == COUNT, result.stderr
    assert have_same_shards(tmp_path / "ray", tmp_path / "one")
    assert (tmp_path / "ray" / "dataset.json").read_bytes() == (tmp_path / "one" / "dataset.json").read_bytes()


def test_a_lost_node_loses_no_avatar(cluster: Any, tmp_path: Path) -> None:
    avatars, out = write_avatars(tmp_path / "avatars"), tmp_path / "ray"
    more = ("--per-shard", 2, *QUICK, "--size", 256, "--samples", 16)
    extra = cluster.add_node(**NODE)
    words = build_command("render", avatars, "--out", out, "--executor", "ray", *more)
    environment = {**os.environ, "RAY_ADDRESS": cluster.address}
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not any((out / ".partial").glob("*/*/*.png")) and process.poll() is None:
        time.sleep(0.05)
    cluster.remove_node(extra, allow_graceful=False)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert run_panic3d("render", avatars, "--out", tmp_path / "one", *more).returncode == 0
    assert have_same_shards(out, tmp_path / "one")


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    avatars = write_avatars(tmp_path / "avatars")
    environment = {**os.environ, "RAY_ADDRESS": "127.0.0.1:1"}
    result = run_panic3d("render", avatars, "--out", tmp_path / "D", "--executor", "ray", *QUICK, env=environment)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "no Ray cluster answers at 127.0.0.1:1" in result.stderr
