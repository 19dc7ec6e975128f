import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { poll } from "../poll.ts";
import { claim, claimOf, readClaim, releaseClaim, updateClaim } from "./claims.ts";
import type { Claim } from "./claims.ts";
import { childrenOf, isAlive, killWithChildren, startTimeOf } from "./processes.ts";

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), "lab-claims-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

const nobody = (): never => assert.fail("nothing here is stale");
const claimOfPid = (pid: number, startTime: string): Claim => ({ pid, startTime, since: "2026-01-01T00:00:00.000Z" });

test("a claim is had once; a second claimant is told by whom", () => {
  const file = join(folder, "once");
  assert.equal(claim(file, claimOf({ mark: 1 }), nobody), null);
  assert.equal(claim(file, claimOf({ mark: 2 }), nobody)?.["mark"], 1);
  updateClaim(file, claimOf({ mark: 3 }));
  assert.equal(readClaim(file)?.["mark"], 3);
  assert.equal(releaseClaim(file), true);
  assert.equal(existsSync(file), false);
  assert.deepEqual(readdirSync(folder), []);
});

test("a dead owner's claim is taken over, also when its pid lives on in another process", () => {
  const file = join(folder, "stale");
  const stale: (Claim | null)[] = [];
  const recycled = claimOfPid(process.pid, "1");
  writeFileSync(file, JSON.stringify(recycled));
  assert.equal(
    claim(file, claimOf({}), (left) => stale.push(left)),
    null,
  );
  assert.deepEqual(stale, [recycled]);
  releaseClaim(file);
});

test("another's claim is not released", () => {
  const file = join(folder, "other");
  const parent = claimOfPid(process.ppid, startTimeOf(process.ppid) ?? "");
  writeFileSync(file, JSON.stringify(parent));
  assert.equal(releaseClaim(file), false);
  assert.deepEqual(readClaim(file), parent);
});

test("a host's death takes the children along, also those in sessions of their own", async () => {
  const child = spawn("sh", ["-c", "setsid sleep 60 & sleep 60 & wait"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const target = { pid, startTime: startTimeOf(pid) ?? "" };
  await poll("two children", () => (childrenOf(pid).length === 2 ? true : undefined), {
    everyMs: 5,
    deadlineMs: 5_000,
  });
  const children = childrenOf(pid);
  const exited = once(child, "exit");
  await killWithChildren([target]);
  await exited;
  assert.deepEqual([target, ...children].filter(isAlive), []);
});
