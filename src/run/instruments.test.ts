import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import type { Endpoints } from "../model/environment.ts";
import type { RunEventInput } from "../model/journal.ts";
import type { RunSettings } from "./context.ts";
import { createRunClock } from "./clock.ts";
import { openInstruments } from "./instruments.ts";
import type { Journal } from "./journal.ts";

/** What the journal tells of the end of probes that were killed, or ended in order. */
async function exits(how: "killed" | "in order"): Promise<readonly RunEventInput[]> {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, "logs"));
  const said: RunEventInput[] = [];
  const region = (name: string) => ({ name, url: "http://127.0.0.1:9" });
  const endpoints: Endpoints = {
    aws: { region: "us-east-1", fisRoleArn: "arn" },
    service: { url: "http://127.0.0.1:9", ttlSeconds: 1 },
    primary: region("us-east-1"),
    secondary: region("eu-west-1"),
    bindings: {},
    facts: {},
  };
  const over = new AbortController();
  const environment = { alarms: async () => await Promise.resolve([]) };
  const settings = { runFolder: folder.path, probeFiles: [], environmentFile: null, environment };
  const instruments = await openInstruments({
    settings: settings as unknown as RunSettings,
    endpoints,
    clock: createRunClock("instruments"),
    journal: { append: (event: RunEventInput) => void said.push(event) } as unknown as Journal,
    systemPid: null,
    signal: over.signal,
    onFull: () => {},
  });
  if (how === "killed") {
    process.kill(instruments.probes.pid, "SIGKILL");
    await instruments.probes.exited;
  }
  await instruments[Symbol.asyncDispose]();
  over.abort();
  return said.filter(({ type }) => type === "probe.exit");
}

test("probes that end by themselves are journalled, those that are ended are not", async () => {
  assert.deepEqual(await exits("killed"), [{ type: "probe.exit", code: null }]);
  assert.deepEqual(await exits("in order"), []);
});
