import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { releaseSlot, takeSlot } from "./slots.ts";

const slots = new URL("./slots.ts", import.meta.url).href;

/** Another process with a temp folder of its own choice; what it prints. */
async function elsewhere(temporary: string, script: string): Promise<string> {
  const text = `import { releaseSlot, takeSlot } from ${JSON.stringify(slots)};\n${script}`;
  const child = spawn(process.execPath, ["--import", "tsx/esm", "--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: "1" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.equal(code, 0, said);
  return said;
}

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "lab-slots-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test("labs that come and go do not take the temp folder from each other", async () => {
  await inFolder(async (folder) => {
    const often = "for (let n = 0; n < 300; n += 1) releaseSlot(await takeSlot(null));";
    const both = [elsewhere(folder, often), elsewhere(folder, often)];
    // Neither outlives the test, whatever became of the other.
    await Promise.allSettled(both);
    await Promise.all(both);
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("a block that a lab in another temp folder has taken, and not yet used, is left alone", async () => {
  await inFolder(async (folder) => {
    const mine = await takeSlot(null);
    try {
      const ask = "const slot = await takeSlot(null); console.log(slot.layout.base); releaseSlot(slot);";
      assert.notEqual(Number(await elsewhere(folder, ask)), mine.layout.base);
    } finally {
      releaseSlot(mine);
    }
  });
});
