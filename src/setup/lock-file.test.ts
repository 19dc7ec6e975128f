import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockFile } from "./lock-file.ts";

async function scratch(): Promise<AsyncDisposable & { readonly path: string; readonly lock: string }> {
  const path = await mkdtemp(join(tmpdir(), "drill-lock-"));
  return { path, lock: join(path, "x.lock"), [Symbol.asyncDispose]: async () => await rm(path, { recursive: true }) };
}
const never = (): never => assert.fail("it waited");

test("a lock of a process that is gone, or whose pid is another's now, is taken over", async () => {
  await using folder = await scratch();
  const gone = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await new Promise((resolve) => gone.once("exit", resolve));
  for (const holder of [`${gone.pid} 12345`, `${process.pid} 1`, "nonsense"]) {
    await writeFile(folder.lock, holder);
    const lock = await lockFile(folder.lock, { withinMs: 5_000, waiting: never });
    await lock[Symbol.asyncDispose]();
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test("a lock that is held is waited for", async () => {
  await using folder = await scratch();
  const order: string[] = [];
  const first = await lockFile(folder.lock, { withinMs: 5_000, waiting: never });
  const second = lockFile(folder.lock, {
    withinMs: 60_000,
    waiting: (pid) => {
      order.push(`waiting for ${pid}`);
      setImmediate(() => {
        order.push("released");
        void first[Symbol.asyncDispose]();
      });
    },
  });
  const lock = await second;
  order.push("taken");
  await lock[Symbol.asyncDispose]();
  assert.deepEqual(order, [`waiting for ${process.pid}`, "released", "taken"]);
});

test("and not for ever", async () => {
  await using folder = await scratch();
  await using first = await lockFile(folder.lock, { withinMs: 5_000, waiting: never });
  await assert.rejects(
    lockFile(folder.lock, { withinMs: 1, waiting: () => {} }),
    new RegExp(`held .* by process ${process.pid}`),
  );
  assert.ok(first);
});
