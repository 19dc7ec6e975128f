/** Run folders that were tampered with, or whose instruments failed: what depends on them is INCONCLUSIVE, and nothing else changes. */
import assert from "node:assert/strict";
import { rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findingIds } from "../model/verdict.ts";
import { changes, edit, editLines, inconclusive, judged, losses, rows, times } from "./judged-run.ts";
import type { Planted } from "./judged-run.ts";

const sound = await judged({});
/** Of an observation; the empty piece behind the last newline comes last. */
const endedUs = (line: string): number => Number(/"endUs":(\d+)/.exec(line)?.[1] ?? Number.POSITIVE_INFINITY);

const planted: Planted[] = [
  {
    name: "a broken line in the ledger",
    tamper: (folder) =>
      editLines(folder, "ledger/k.ndjson", (lines) => lines.with(100, `${(lines[100] ?? "").slice(0, 20)}#`)),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(
      ...times,
      "step.detect",
      ...losses,
      ...rows,
      "splitBrain",
      "fenceBreach",
      "staleReads",
      "availability",
      "functional",
      "load.delivered",
      "fault.effective",
      "evidence.intact",
    ),
  },
  {
    name: "a digit of the ledger changed after the seal",
    tamper: async (folder) => {
      await editLines(folder, "ledger/k.ndjson", (lines) =>
        lines.map((line, index) => (index === 200 ? line.replace('"rg":1', '"rg":2') : line)),
      );
      return "leave the seal";
    },
    verdict: "INCONCLUSIVE",
    changed: inconclusive(
      ...times,
      "step.detect",
      ...losses,
      ...rows,
      "splitBrain",
      "fenceBreach",
      "staleReads",
      "availability",
      "functional",
      "load.delivered",
      "fault.effective",
      "evidence.intact",
    ),
  },
  {
    name: "no SEAL",
    tamper: async (folder) => {
      await unlink(join(folder, "SEAL"));
      return "leave the seal";
    },
    verdict: "INCONCLUSIVE",
    changed: inconclusive("evidence.intact"),
  },
  {
    name: "no final readings",
    tamper: async (folder) => {
      await rm(join(folder, "survivors/final.ndjson"));
      await rm(join(folder, "survivors/final-again.ndjson"));
    },
    verdict: "INCONCLUSIVE",
    changed: inconclusive(...losses, ...rows, "balance", "staleReads", "evidence.intact"),
  },
  {
    name: "no ledger",
    tamper: (folder) => rm(join(folder, "ledger/k.ndjson")),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(
      ...times,
      "step.detect",
      ...losses,
      ...rows,
      "splitBrain",
      "fenceBreach",
      "staleReads",
      "availability",
      "functional",
      "load.delivered",
      "fault.effective",
      "evidence.intact",
    ),
  },
  {
    name: "a ledger that was cut short with a write under way",
    tamper: (folder) =>
      editLines(folder, "ledger/k.ndjson", (lines) => [
        ...lines.slice(0, lines.findLastIndex((line) => line.startsWith('{"k":"i"')) + 1),
        "",
      ]),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(
      "availability",
      ...losses,
      ...rows,
      "splitBrain",
      "fenceBreach",
      "staleReads",
      "evidence.intact",
    ),
  },
  {
    name: "no probe of customers",
    tamper: (folder) => rm(join(folder, "probes/customer.ndjson")),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(...times, "functional", "evidence.intact"),
  },
  {
    name: "a customers' probe that saw another outage than the load",
    tamper: (folder) =>
      editLines(folder, "probes/customer.ndjson", ([header = "", ...lines]) => [
        header,
        ...lines
          .map((line) =>
            /"schedUs":(2[1-9]|3\d)\d{6},/.test(line)
              ? line.replace(
                  /"startUs":(\d+),"endUs":\d+,"ok":false/,
                  (_, us: string) => `"startUs":${us},"endUs":${Number(us) + 5000},"ok":true`,
                )
              : line,
          )
          .sort((a, b) => endedUs(a) - endedUs(b)),
      ]),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(...times, "functional"),
  },
  {
    name: "a probe that was paused for 30 s",
    tamper: (folder) =>
      editLines(folder, "probes/dns.ndjson", (lines) =>
        lines.filter((line) => !/"schedUs":(4[5-9]|[56]\d|7[0-5])\d{6},/.test(line)),
      ),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("evidence.intact"),
  },
  {
    name: "the wall clock was set back 5 s",
    tamper: (folder) =>
      editLines(folder, "clock.ndjson", (lines) =>
        lines.map((line, index) =>
          index > 70
            ? line.replace(/"wallNs":"(\d+)"/, (_, ns: string) => `"wallNs":"${BigInt(ns) - 5_000_000_000n}"`)
            : line,
        ),
      ),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("clocks"),
  },
  {
    name: "a file from another host",
    tamper: (folder) => edit(folder, "ledger/k.ndjson", (text) => text.replace(/"host":"[^"]+"/, '"host":"elsewhere"')),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("clocks"),
  },
  {
    name: "an action of the fault that failed",
    tamper: (folder) =>
      edit(folder, "journal.ndjson", (text) =>
        text.replace(/("action":"stop-primary".*?"state":)"completed"/, '$1"failed","reason":"no local driver"'),
      ),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("fault.effective"),
  },
  {
    name: "k6 that died",
    tamper: (folder) =>
      edit(folder, "journal.ndjson", (text) =>
        text.replace('"code":0,"signal":null,"dropped', '"code":null,"signal":"SIGKILL","dropped'),
      ),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("load.delivered"),
  },
  {
    name: "a promotion that failed",
    tamper: (folder) =>
      edit(folder, "journal.ndjson", (text) => text.replace(/("step":"Promote".*?"status":)"Success"/, '$1"Failed"')),
    verdict: "INCONCLUSIVE",
    changed: inconclusive("step.promote"),
  },
  {
    name: "a verification that failed",
    tamper: (folder) =>
      edit(folder, "journal.ndjson", (text) => text.replace(/("step":"Verify".*?"status":)"Success"/, '$1"Failed"')),
    verdict: "FAIL",
    changed: { "step.verify": "INCONCLUSIVE", functional: "FAIL" },
  },
  {
    name: "a journey that failed after the recovery",
    tamper: (folder) =>
      edit(folder, "probes/checkout.ndjson", (text) => text.replace(/"ok":true(,"phase":"restored")/, '"ok":false$1')),
    verdict: "FAIL",
    changed: { functional: "FAIL" },
  },
  {
    name: "no alarm",
    tamper: (folder) =>
      editLines(folder, "journal.ndjson", (lines) =>
        lines.map((line) => line.replace(/"type":"(alarm|detected)".*/, '"type":"note","text":"nothing"}')),
      ),
    verdict: "FAIL",
    changed: { "rto.fromDetection": "NOT_MEASURABLE", "step.detect": "FAIL", "step.decide": "NOT_MEASURABLE" },
  },
  {
    name: "lines of the journal taken away",
    tamper: (folder) =>
      editLines(folder, "journal.ndjson", (lines) => lines.filter((line) => !line.includes('"alarm"'))),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(
      ...times,
      "step.detect",
      "step.decide",
      "step.promote",
      "step.fence",
      "step.route",
      "step.scale",
      "failback",
      "rpo.time",
      "fenceBreach",
      "functional",
      "load.delivered",
      "fault.effective",
      "evidence.intact",
    ),
  },
  {
    name: "no manifest",
    tamper: (folder) => rm(join(folder, "manifest.json")),
    verdict: "INCONCLUSIVE",
    changed: inconclusive(...findingIds),
  },
];

for (const { name, options, tamper, verdict, changed } of planted) {
  test(`planted: ${name}`, async () => {
    const found = await judged(options ?? {}, tamper);
    assert.deepEqual(changes(found, sound), changed);
    assert.equal(found.verdict, verdict);
  });
}
