"""The example job files: the shell accepts them, the YAML is a valid indexed job, and the commands in them are ours."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from keyfill.app import app
from keyfill.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def parsed(words):
    """What our command line makes of these words; fails when it does not know one of them."""
    command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return command.__name__, bound.arguments


def test_the_slurm_script_runs_its_slice(tmp_path):
    """The script itself, under the variables that SLURM sets, with a stand-in that records what it was asked."""
    script = EXAMPLES / "slurm-array.sh"
    subprocess.run(["bash", "-n", script], check=True)
    recorder = tmp_path / ".venv" / "bin" / "keyfill"
    recorder.parent.mkdir(parents=True)
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > asked\n')
    recorder.chmod(0o755)
    slurm = {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "64", "SLURM_CPUS_PER_TASK": "8"}
    words = [str(EXAMPLES.parents[1] / "configs" / "conference.yaml"), "/shared/out with space"]
    for device, more in (("cpu", []), ("cuda", ["cuda"])):
        job = ["bash", script, *words, *more]
        subprocess.run(job, check=True, cwd=tmp_path, env={"PATH": os.environ["PATH"], **slurm})
        name, asked = parsed((tmp_path / "asked").read_text().splitlines())
        assert name == "render" and str(asked["out"]) == words[1]
        assert (asked["where"].shard_index, asked["where"].num_shards) == (3, 64)
        assert asked["common"].set == (f"render.device={device}", "render.threads=8")
    assert "gres" not in "".join(line for line in script.read_text().splitlines() if line.startswith("#SBATCH"))
    refused = subprocess.run(["bash", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert refused.returncode != 0 and "give a config" in refused.stderr


def test_the_kubernetes_job_is_an_indexed_job_of_as_many_slices():
    (job,) = yaml.safe_load_all((EXAMPLES / "kubernetes-indexed-job.yaml").read_text())
    assert (job["apiVersion"], job["kind"], job["spec"]["completionMode"]) == ("batch/v1", "Job", "Indexed")
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # what a failure policy and a limit per index ask for
    (container,) = pod["containers"]
    words = [*container["command"][1:], *container["args"]]
    name, asked = parsed([word.replace("$(JOB_COMPLETION_INDEX)", "7") for word in words])
    assert name == "render"
    assert (asked["where"].shard_index, asked["where"].num_shards) == (7, job["spec"]["completions"])
    assert asked["common"].set == ("render.threads=8",) and "gpu" not in str(container["resources"])
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    (rule, _) = job["spec"]["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"] == {"containerName": container["name"], "operator": "In", "values": [2]}


@pytest.mark.parametrize("words", [["--shard-index", "1"], ["--num-shards", "4"], ["--workers", "0"]])
def test_half_a_slice_is_refused(words, capsys, tmp_path):
    config = EXAMPLES.parents[1] / "configs" / "quick.yaml"
    assert main(["render", str(config), "--out", str(tmp_path / "out"), *words]) == 2
    assert "expected at least 1" in (said := capsys.readouterr().err) or "go together" in said
