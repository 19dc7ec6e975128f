/** Writes and seals the run folder that is to be judged; its own process, so that Ctrl+C need not wait for it. */
import { seal } from "../../src/evidence/seal.ts";
import { writeLargeRun } from "./large-run.ts";
import { measured } from "./measured.ts";

const [folder = "", records = "", seed = ""] = process.argv.slice(2);
await measured(async () => {
  const run = await writeLargeRun(folder, { records: Number(records), seed: Number(seed) });
  await seal(folder);
  return run;
});
