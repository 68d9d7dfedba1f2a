"""Writes a collection of requests for Postman and Bruno, made from the contract and its examples.

Usage: collection.py openapi.yaml insula.postman_collection.json
       collection.py openapi.yaml --roles      only prints the roles, each of which is a variable of the collection
"""

import json
import sys
from typing import Any

import yaml

Json = dict[str, Any]

# What the requests of a development instance name, until an answer brings another.
VARIABLES = {
    "baseUrl": "http://127.0.0.1:8080/insula/v1",
    "etag": '"1"',
    "hospitalNumber": "71000436",
    "year": "2026",
    "day": "2026-11-20",
    "counterId": "A",
    "ruleId": "CGM-09",
}
# After each answer: its version is the one that the next change acts on.
AFTER_EACH = [
    'pm.test("succeeds", () => pm.expect(pm.response.code).to.be.below(300));',
    'const etag = pm.response.headers.get("ETag");',
    'if (etag) pm.collectionVariables.set("etag", etag);',
]


def script(lines: list[str]) -> list[Json]:
    return [{"listen": "test", "script": {"type": "text/javascript", "exec": lines}}]


class Contract:
    def __init__(self, document: Json) -> None:
        self.document = document
        parameters = [one for _, _, operation in self.operations() for one in operation.get("parameters", [])]
        self.in_paths = {one["name"]: one.get("example", "") for one in parameters if one["in"] == "path"}

    def operations(self) -> list[tuple[str, str, Json]]:
        paths = self.document["paths"].items()
        return [(path, method, operation) for path, item in paths for method, operation in item.items()]

    def resolved(self, schema: Json) -> Json:
        while schema.get("$ref") or len(schema.get("allOf", [])) == 1:
            reference = schema.get("$ref") or schema["allOf"][0]["$ref"]
            schema = self.document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        return schema

    def example(self, described: Json) -> Any:
        return described.get("example", self.resolved(described.get("schema", {})).get("example"))

    def with_variables(self, example: Any) -> Any:
        """The example, with what an earlier answer brought in place of identifiers."""
        if isinstance(example, dict):
            return {
                name: f"{{{{{name}}}}}" if name in self.in_paths.keys() - VARIABLES.keys() else self.with_variables(value)
                for name, value in example.items()
            }
        return [self.with_variables(one) for one in example] if isinstance(example, list) else example

    def body(self, operation: Json) -> tuple[list[Json], Json]:
        """The headers that a body needs, and the body."""
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            example = self.example(content)
            raw = self.with_variables(example)
            raw = raw if isinstance(raw, str) else json.dumps(raw, indent=2, ensure_ascii=False)
            return [{"key": "Content-Type", "value": media_type}], {"body": {"mode": "raw", "raw": raw}}
        return [], {}

    def query(self, operation: Json) -> list[Json]:
        return [
            {
                "key": one["name"],
                "value": str(self.example(one) or ""),
                "description": one["description"],
                "disabled": not one.get("required", False),
            }
            for one in operation.get("parameters", [])
            if one["in"] == "query"
        ]

    def item(self, path: str, method: str, operation: Json) -> Json:
        names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        sent = {one["name"] for one in operation.get("parameters", []) if one.get("required")}
        content_type, body = self.body(operation)
        headers = content_type + [
            {"key": name, "value": value}
            for name, value in [("If-Match", "{{etag}}"), ("Idempotency-Key", '"{{$guid}}"')]
            if name in sent
        ]
        # Without roles any token will do.
        role = (operation.get("x-roles") or ["studyLead"])[0]
        bearer = [{"key": "token", "value": f"{{{{{role}}}}}", "type": "string"}]
        parts = [f":{part[1:-1]}" if part.startswith("{") else part for part in path[1:].split("/")]
        request = {
            "method": method.upper(),
            "description": operation["description"],
            "header": headers,
            "url": {
                "raw": "/".join(["{{baseUrl}}", *parts]),
                "host": ["{{baseUrl}}"],
                "path": parts,
                "query": self.query(operation),
                "variable": [{"key": name, "value": f"{{{{{name}}}}}"} for name in names],
            },
            "auth": {"type": "noauth"} if operation.get("security") == [] else {"type": "bearer", "bearer": bearer},
        }
        # What was created is what the following requests are about.
        below = [part.split("/")[-1] for part in self.document["paths"] if part.rpartition("/")[0] == path]
        created = [part[1:-1] for part in below if part.startswith("{")] if "201" in operation["responses"] else []
        remember = [
            f'if (pm.response.code < 300) pm.collectionVariables.set("{name}", pm.response.json().href.split("/").pop());'
            for name in created
        ]
        return {"name": operation["summary"], "request": request | body, "event": script(remember) if remember else []}

    def roles(self) -> list[str]:
        return sorted({role for _, _, operation in self.operations() for role in operation.get("x-roles", [])})

    def collection(self) -> Json:
        info = self.document["info"]
        variables = dict.fromkeys(self.roles(), "") | self.in_paths | VARIABLES
        return {
            "info": {
                "name": f"{info['title']} {info['version']}",
                "description": "Each role is a variable that holds a token. " + info["description"],
                "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            },
            "variable": [{"key": name, "value": value} for name, value in sorted(variables.items())],
            "event": script(AFTER_EACH),
            "item": [
                {
                    "name": tag["name"],
                    "description": tag["description"],
                    "item": [
                        self.item(path, method, operation)
                        # What deletes comes last, so that a folder can be run from top to bottom.
                        for path, method, operation in sorted(self.operations(), key=lambda one: one[1] == "delete")
                        if operation["tags"] == [tag["name"]]
                    ],
                }
                # A draft names a beneficiary.
                for tag in sorted(self.document["tags"], key=lambda tag: tag["name"] != "Beneficiaries")
            ],
        }


def main(source: str, target: str) -> None:
    with open(source, encoding="utf-8") as file:
        contract = Contract(yaml.safe_load(file))
    if target == "--roles":
        print(*contract.roles())
        return
    with open(target, "w", encoding="utf-8") as file:
        json.dump(contract.collection(), file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
