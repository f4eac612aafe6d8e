"""What deploy/ holds is valid by its own tools, and fits the code: ports, variables, modules, paths."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.runner.model import _ALSO_DECIDES, TRAINED_ON, quiet_environment
from bot.runner.processes import _STOP_SECONDS
from bot.settings import _IN_FILES, CHECKOUT, Settings

DEPLOY = CHECKOUT / "deploy"
SITES = {"ALDIA_CHAT_SITE": "chat.example.org", "ALDIA_DESK_SITE": "desk.example.org"}
# Read by compose and Caddy, not by the servers.
OF_DEPLOYMENT = {*SITES, "ALDIA_IMAGE", "ALDIA_RASA_UPSTREAMS", "ALDIA_DESK_UPSTREAMS", "ALDIA_ROLL_PAUSE"}
SERVERS = {
    "rasa": ("bot.runner.rasa_server", "port"),
    "actions": ("bot.runner.action_server", "actions_port"),
    "desk": ("bot.runner.desk_server", "desk_port"),
    "jobs": ("bot.runner.jobs", "jobs_port"),
}
_SCHEMAS = "v1.33.0-local-strict"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The defaults."""
    return Settings.from_environment({"ALDIA_IDENTITY_KEY": "k" * 40})


def tool(name: str) -> str:
    """A program's path; the test is skipped where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, cwd: Path = CHECKOUT, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": "/tmp", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# -- each by its own tool -----------------------------------------------------------------------------------------------


def test_the_image_passes_its_linter() -> None:
    assert run(tool("hadolint"), "deploy/Dockerfile") == ""


def test_the_proxy_takes_its_configuration() -> None:
    run(tool("caddy"), "validate", "--config", "deploy/Caddyfile", "--adapter", "caddyfile", **SITES)


def test_compose_takes_its_file(tmp_path: Path) -> None:
    program = tool("docker-compose")
    copy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(copy / "aldia.env.example", copy / "aldia.env")
    resolved = yaml.safe_load(run(program, "-f", "deploy/compose.yml", "config", cwd=tmp_path, **SITES))
    assert set(SERVERS) < set(resolved["services"])


@lru_cache(maxsize=1)
def manifests() -> tuple[dict[str, Any], ...]:
    """All manifests as kustomize puts them together."""
    built = run(tool("kubectl"), "kustomize", "deploy/kubernetes")
    return tuple(yaml.safe_load_all(built))


def test_kubernetes_takes_every_manifest() -> None:
    """The schemas are those of Kubernetes; the package's own validator wants a newer jsonschema than Rasa allows."""
    from jsonschema import Draft7Validator, RefResolver

    found = importlib.util.find_spec("kubernetes_validate")
    if found is None or not found.submodule_search_locations:
        pytest.skip("kubernetes-validate is not installed")
    folder = Path(found.submodule_search_locations[0]) / "kubernetes-json-schema" / _SCHEMAS
    definitions = json.loads((folder / "_definitions.json").read_text())
    store = {"https://kubernetes.io/api/_definitions.json": definitions}
    assert len(manifests()) > 20
    for manifest in manifests():
        group, _, version = manifest["apiVersion"].rpartition("/")
        parts = [manifest["kind"], *([group.split(".")[0]] if group else []), version]
        schema = json.loads((folder / f"{'-'.join(parts).lower()}.json").read_text())
        validator = Draft7Validator(schema, resolver=RefResolver.from_schema(schema, store=store))
        faults = [f"{'.'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(manifest)]
        assert faults == [], (manifest["kind"], manifest["metadata"]["name"])


# -- and fitting the code -------------------------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    return content


@pytest.mark.parametrize("name", SERVERS)
def test_a_service_of_compose(name: str) -> None:
    module, port = SERVERS[name]
    service = compose()["services"][name]
    assert service["command"] == [module]
    assert importlib.util.find_spec(module) is not None
    *_, probe, url = service["healthcheck"]["test"]
    # A backlog must not stop the roll-out that mends it.
    path = "/health" if name == "jobs" else "/ready"
    assert (probe, url) == ("bot.runner.probe", f"http://127.0.0.1:{getattr(settings(), port)}{path}")
    assert importlib.util.find_spec(probe) is not None
    assert service["deploy"]["replicas"] >= 2
    assert ("front" in service["networks"]) is (name != "actions")


def test_every_container_is_confined() -> None:
    for name, service in compose()["services"].items():
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]), name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert re.search(r"(:\d|\$\{ALDIA_IMAGE)", service["image"]), f"{name} has no fixed version"
        assert "healthcheck" in service or name == "migrate", name
        if name not in ("proxy", "postgres"):
            assert service["read_only"] is True, name
            assert service["user"].split(":")[0] != "0", name
            assert service["cap_drop"] == ["ALL"], name
    assert compose()["networks"]["back"]["internal"] is True
    assert [name for name, one in compose()["services"].items() if "ports" in one] == ["proxy"]


def test_no_secret_stands_in_compose() -> None:
    content = compose()
    given = set(content["secrets"])
    for service in content["services"].values():
        assert set(service.get("secrets", ())) <= given
        for name, value in service.get("environment", {}).items():
            assert name.removeprefix("ALDIA_") not in _IN_FILES, name
            assert not name.endswith("_FILE") or value.removeprefix("/run/secrets/") in given


@pytest.mark.parametrize("name", SERVERS)
def test_a_deployment_of_kubernetes(name: str) -> None:
    module, port = SERVERS[name]
    named = {(one["kind"], one["metadata"]["name"]): one for one in manifests()}
    deployment = named["Deployment", name]["spec"]
    # By which it is rolled out in its turn (deploy/README.md).
    assert named["Deployment", name]["metadata"]["labels"]["app.kubernetes.io/component"] == name
    is_scaled = ("HorizontalPodAutoscaler", name) in named
    assert is_scaled is ("replicas" not in deployment), (
        "a number would undo the autoscaler's at each roll-out"
    )
    pod = deployment["template"]["spec"]
    stop = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > stop + _STOP_SECONDS
    (container,) = deployment["template"]["spec"]["containers"]
    assert container["args"] == [module]
    assert container["ports"] == [{"name": "http", "containerPort": getattr(settings(), port)}]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    # A backlog must not stop the roll-out that mends it; the other servers take no traffic before they are ready.
    assert container["readinessProbe"]["httpGet"]["path"] == ("/health" if name == "jobs" else "/ready")
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert named["PodDisruptionBudget", name]["spec"]["selector"] == deployment["selector"]
    assert (
        deployment["selector"]["matchLabels"].items() <= deployment["template"]["metadata"]["labels"].items()
    )
    if name != "jobs":
        (served,) = named["Service", name]["spec"]["ports"]
        assert served == {"name": "http", "port": getattr(settings(), port), "targetPort": "http"}


def test_every_pod_is_confined() -> None:
    pods = [one["spec"]["template"]["spec"] for one in manifests() if one["kind"] in ("Deployment", "Job")]
    assert len(pods) == 5
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert set(container["resources"]) == {"requests", "limits"}
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert {"secretRef": {"name": "aldia"}} in container["envFrom"]
            assert not container["image"].endswith(":latest")
    assert not [one for one in manifests() if one["kind"] == "Secret"]


def test_what_the_proxies_let_in_is_what_providers_and_widgets_call() -> None:
    def paths(ingress: str, service: str) -> set[str]:
        return {
            path["path"]
            for one in manifests()
            if one["kind"] == "Ingress" and one["metadata"]["name"] == ingress
            for rule in one["spec"]["rules"]
            for path in rule["http"]["paths"]
            if path["backend"]["service"]["name"] == service
        }

    caddy = (DEPLOY / "Caddyfile").read_text()
    let_in = re.search(r"@open path (.+)", caddy)
    assert let_in is not None
    assert {path.rstrip("*") for path in let_in[1].split()} == paths("chat", "rasa")
    kept_out = [set(line.split()) for line in re.findall(r"@internal path (.+)", caddy)]
    assert kept_out == [paths("chat", "nowhere"), paths("desk", "nowhere")]


def test_every_variable_is_one_that_the_code_reads() -> None:
    known = set(re.findall(r"ALDIA_[A-Z_]+", (CHECKOUT / ".env.example").read_text())) | OF_DEPLOYMENT
    known |= {f"ALDIA_{name}_FILE" for name in _IN_FILES}
    for file in DEPLOY.rglob("*"):
        if file.is_file() and "secrets" not in file.parts:
            used = set(re.findall(r"ALDIA_[A-Z_]+[A-Z]", file.read_text(encoding="utf-8")))
            assert used <= known, file.name


def test_the_image_has_the_tools_of_the_database_beside_it() -> None:
    """pg_dump refuses a newer server, and what a newer pg_restore sends an older server refuses."""
    tools = re.search(r"^ARG POSTGRESQL=(\d+)$", (DEPLOY / "Dockerfile").read_text(), re.M)
    server = re.match(r"postgres:(\d+)\.", compose()["services"]["postgres"]["image"])
    assert tools is not None
    assert server is not None
    assert tools[1] == server[1]


def test_prometheus_asks_every_server_of_each_kind() -> None:
    folder = DEPLOY / "observability"
    ports = {name: getattr(settings(), port) for name, (_, port) in SERVERS.items()}

    def job(file: str) -> Any:
        (found,) = yaml.safe_load((folder / file).read_text())["scrape_configs"]
        assert found["job_name"] == "aldia"  # as the alerts call it
        return found

    (here,) = job("prometheus.yml")["static_configs"]
    assert {int(one.rpartition(":")[2]) for one in here["targets"]} == set(ports.values())
    by_name = job("prometheus-compose.yml")["dns_sd_configs"]
    assert {one["names"][0]: one["port"] for one in by_name} == ports
    (pods,) = job("prometheus-kubernetes.yml")["dns_sd_configs"]
    (service,) = (one for one in manifests() if one["metadata"]["name"] == "servers")
    (port,) = service["spec"]["ports"]
    name = f"_{port['name']}._tcp.servers.{service['metadata']['namespace']}.svc.cluster.local"
    assert (pods["names"], pods["type"], service["spec"]["clusterIP"]) == ([name], "SRV", "None")
    for one in manifests():
        if one["kind"] == "Deployment":
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert service["spec"]["selector"].items() <= labels.items()


def test_a_new_version_comes_in_by_the_written_order(tmp_path: Path) -> None:
    """With a docker that only notes what it is asked: the tables, then each kind, the new ones before the old ones go."""
    asked = tmp_path / "asked"
    docker = tmp_path / "docker"
    docker.write_text(
        '#!/bin/sh\necho "$@" >> "$ASKED"\ncase "$*" in *" ps "*) for n in 1 2; do eval echo "\\${$#}-$n"; done;; esac\n'
    )
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ASKED": str(asked), "ALDIA_ROLL_PAUSE": "0"}
    run("bash", "deploy/roll.sh", **environment)
    steps = [line.removeprefix("compose -f compose.yml ") for line in asked.read_text().splitlines()]
    wanted = ["run --rm --no-deps migrate"]
    for kind in ("actions", "rasa", "desk", "jobs"):
        wanted += [
            f"ps --quiet {kind}",
            f"up --detach --wait --no-deps --no-recreate --scale {kind}=4 {kind}",
            f"stop {kind}-1 {kind}-2",
            f"rm {kind}-1 {kind}-2",
        ]
    assert steps == wanted
    asked.unlink()
    run("bash", "deploy/roll.sh", "jobs", "desk", **environment)
    rolled = re.findall(r"--scale (\w+)=", asked.read_text())
    assert rolled == ["jobs", "desk"]


def test_the_image_has_what_the_model_depends_on_and_the_variables_that_the_runner_sets() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = set(re.findall(r"[\w./-]+", " ".join(re.findall(r"^COPY (?!--)(.+)", text, re.M))))
    wanted = {Path(name).parts[0] for name in (*TRAINED_ON, *_ALSO_DECIDES)}
    assert wanted | {"actions", "rulebook", "credentials.yml", "endpoints.yml", "channels.yml"} <= copied
    allowed = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert wanted <= allowed
    assert not allowed & {"var", "models", ".env", "tests", ".git"}
    for name in quiet_environment():
        assert re.search(rf"^ +{name}=\S", text, re.M), name
    assert re.search(r"^USER 10001:10001$", text, re.M)
    exposed = re.search(r"^EXPOSE (.+)$", text, re.M)
    assert exposed is not None
    assert {int(one) for one in exposed[1].split()} == {
        getattr(settings(), port) for _, port in SERVERS.values()
    }
