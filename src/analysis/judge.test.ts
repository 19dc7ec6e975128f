/** Whole runs, planted with one defect each: exactly the findings that it touches must change, and the verdict with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeExampleRun } from "../evidence/example-run.ts";
import { loadEvidence } from "../evidence/load.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { findingIds, verdictSchema } from "../model/verdict.ts";
import type { FindingId } from "../model/verdict.ts";
import { judge } from "./judge.ts";
import { changes, finding, inconclusive, judged, times } from "./judged-run.ts";
import type { Planted } from "./judged-run.ts";
import { verdictText } from "./verdict-text.ts";

const sound = await judged({});

test("a sound run passes, with every finding in its place", () => {
  assert.equal(sound.verdict, "PASS");
  assert.deepEqual(
    sound.findings.map(({ id }) => id),
    [...findingIds],
  );
  assert.deepEqual(
    sound.findings.filter(({ status }) => status !== "PASS").map(({ id }) => id),
    ["selftest"],
  );
  verdictSchema.parse(sound);
});

test("the sound run's numbers hold what the script did", () => {
  const measured = (id: FindingId) => finding(sound, id).measured ?? { lo: Number.NaN, hi: Number.NaN };
  const holds = (id: FindingId, truth: number, width: number): void => {
    const { lo, hi } = measured(id);
    assert.ok(lo <= truth && hi !== null && truth <= hi, `${id}: ${truth} in [${lo}, ${String(hi)}]`);
    assert.ok(hi - lo <= width, `${id}: [${lo}, ${hi}] is wider than ${width}`);
  };
  holds("rto", 16_400, 1000);
  holds("rto.fromDetection", 36_450 - 25_070, 1000);
  holds("rto.fromDecision", 36_450 - 25_350, 1000);
  holds("step.detect", 25_070 - 20_050, 1000);
  // The script's looks are 150 ms late, and its journal does not say when it looked before.
  holds("step.promote", 3900, 400);
  holds("step.scale", 2900, 750);
  holds("step.route", 4900, 600);
  holds("protected", 80_450 - 36_450, 1000);
  holds("rpo.count", 7, 20);
  holds("residual", 0, 0);
});

test("the same evidence gives the same bytes", async () => {
  assert.equal(verdictText(await judged({})), verdictText(sound));
  assert.deepEqual(JSON.parse(verdictText(sound)), sound);
});

const planted: Planted[] = [
  { name: "nothing lost", options: { lost: 0 }, verdict: "PASS", changed: {} },
  {
    name: "two of forty lost are never salvaged",
    options: { lost: 40, salvaged: 38 },
    verdict: "FAIL",
    changed: { residual: "FAIL" },
  },
  { name: "duplicates", options: { duplicated: 3 }, verdict: "FAIL", changed: { duplicates: "FAIL" } },
  { name: "corruption", options: { corrupted: 2 }, verdict: "FAIL", changed: { corrupt: "FAIL" } },
  { name: "torn transfers", options: { torn: 1 }, verdict: "FAIL", changed: { torn: "FAIL", balance: "FAIL" } },
  {
    name: "RTO objective of 16 s and an outage of 16.4 s",
    options: { objectives: { rtoMs: 16_000 } },
    verdict: "FAIL",
    changed: { rto: "FAIL" },
  },
  {
    name: "RTO objective within the interval",
    options: { objectives: { rtoMs: 16_400 } },
    verdict: "INCONCLUSIVE",
    changed: { rto: "INCONCLUSIVE" },
  },
  {
    name: "a step over its budget",
    options: { objectives: { steps: { promoteMs: 3000 } } },
    verdict: "FAIL",
    changed: { "step.promote": "FAIL" },
  },
  {
    name: "a limit on the count",
    options: { objectives: { rpoCount: 6 } },
    verdict: "FAIL",
    changed: { "rpo.count": "FAIL" },
  },
  {
    name: "a limit on availability",
    options: { objectives: { availability: 0.999 } },
    verdict: "FAIL",
    changed: { availability: "FAIL" },
  },
  {
    name: "split brain",
    options: { oldPrimaryAcks: 3 },
    verdict: "FAIL",
    changed: { splitBrain: "FAIL", fenceBreach: "FAIL" },
  },
  {
    name: "the old primary accepts the fence probe's writes",
    options: { fenceAccepts: 2 },
    verdict: "FAIL",
    changed: { fenceBreach: "FAIL" },
  },
  {
    name: "dropped iterations",
    options: { droppedIterations: 5 },
    verdict: "INCONCLUSIVE",
    changed: inconclusive(...times, "functional", "load.delivered"),
  },
  {
    name: "the fault does nothing",
    options: { harmless: true },
    verdict: "INCONCLUSIVE",
    changed: {
      ...inconclusive(
        "rto",
        "rto.customer",
        "step.detect",
        "step.promote",
        "step.route",
        "step.scale",
        "step.verify",
        "protected",
        "rpo.time",
        "functional",
        "fault.effective",
      ),
      "rto.fromDetection": "NOT_MEASURABLE",
      "rto.fromDecision": "NOT_MEASURABLE",
      "step.decide": "NOT_MEASURABLE",
      "step.fence": "NOT_MEASURABLE",
      failback: "INCONCLUSIVE",
      splitBrain: "NOT_MEASURABLE",
      fenceBreach: "NOT_MEASURABLE",
    },
  },
  {
    name: "no failover, never restored",
    options: { failover: false, outageSeconds: Number.POSITIVE_INFINITY, objectives: { rtoMs: 30_000 } },
    verdict: "FAIL",
    changed: {
      rto: "FAIL",
      residual: "FAIL",
      functional: "FAIL",
      ...Object.fromEntries(
        (
          [
            "rto.fromDecision",
            "step.decide",
            "step.promote",
            "step.fence",
            "step.route",
            "step.scale",
            "step.verify",
            "protected",
            "failback",
            "splitBrain",
            "fenceBreach",
          ] as const
        ).map((id) => [id, "NOT_MEASURABLE"]),
      ),
    },
  },
  {
    name: "never restored, watched for less than the objective",
    options: { failover: false, outageSeconds: Number.POSITIVE_INFINITY, lost: 0 },
    verdict: "FAIL",
    changed: {
      rto: "INCONCLUSIVE",
      functional: "FAIL",
      ...Object.fromEntries(
        (
          [
            "rto.fromDecision",
            "step.decide",
            "step.promote",
            "step.fence",
            "step.route",
            "step.scale",
            "step.verify",
            "protected",
            "failback",
            "splitBrain",
            "fenceBreach",
          ] as const
        ).map((id) => [id, "NOT_MEASURABLE"]),
      ),
    },
  },
];

for (const { name, options, tamper, verdict, changed } of planted) {
  test(`planted: ${name}`, async () => {
    const found = await judged(options ?? {}, tamper);
    assert.deepEqual(changes(found, sound), changed);
    assert.equal(found.verdict, verdict);
  });
}

test("never restored: measured from below only", async () => {
  const found = await judged({
    failover: false,
    outageSeconds: Number.POSITIVE_INFINITY,
    objectives: { rtoMs: 30_000 },
  });
  const { measured } = finding(found, "rto");
  assert.equal(measured?.hi, null);
  // The load went on for 66 s after the cut; an arrival may stay open for 2 s.
  assert.ok(measured.lo > 63_000 && measured.lo < 66_000, String(measured.lo));
});

test("a check that throws is INCONCLUSIVE with its message, and does not take the others with it", async () => {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600 });
  const evidence = await loadEvidence(folder.path);
  const trap = new Proxy(evidence.lag, {
    get: () => {
      throw new Error("trapped");
    },
  });
  const found = judge({ ...evidence, lag: trap });
  assert.deepEqual(
    [finding(found, "protected").status, finding(found, "protected").reason],
    ["INCONCLUSIVE", "the check itself failed: trapped"],
  );
  assert.equal(finding(found, "residual").status, "PASS");
});
