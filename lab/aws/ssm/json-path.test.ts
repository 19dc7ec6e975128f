/** Selectors: what the paths of runbooks find, and what is no path. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePath, select } from "./json-path.ts";

const answer = {
  DBInstances: [
    { Id: "a", Tags: [{ Key: "k" }] },
    { Id: "b", Tags: [] },
  ],
  "odd name": 1,
};

test("a path finds one value, a wildcard a list, and nothing is undefined", () => {
  assert.equal(select("$.DBInstances[1].Id", answer), "b");
  assert.deepEqual(select("$.DBInstances[*].Id", answer), ["a", "b"]);
  assert.deepEqual(select("$.DBInstances[*].Tags[*].Key", answer), ["k"]);
  assert.equal(select("$['odd name']", answer), 1);
  assert.equal(select("$", 7), 7);
  assert.equal(select("$.DBInstances[2].Id", answer), undefined);
  assert.equal(select("$.DBInstances.Id", answer), undefined);
  assert.equal(select("$.constructor", answer), undefined);
});

test("what is no path is told apart", () => {
  for (const path of ["DBInstances", "$DBInstances", "$.a b", "$.a[", "$..a", "$.a[-1]", ""])
    assert.equal(parsePath(path), null, path);
});
