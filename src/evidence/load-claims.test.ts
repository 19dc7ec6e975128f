/** What files and records claim to be: none may claim what it is not, or what another is; and files that cannot be read at all. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { formatIntent, formatOutcome, formatRead } from "../model/ledger.ts";
import { writeExampleRun } from "./example-run.ts";
import { loadEvidence } from "./load.ts";
import { asItIs, inserted, set, testTampered } from "./tampered-file.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const hash = "0123456789abcdef";
/** After the load's own last seq and instant, before its marks of the end. */
const seq = 900;
const us = 87_000_000;
const sent = formatIntent({ seq, us, amountMinor: 5, from: 1, to: 2, attempt: 1, hash });
const answered = { seq, us, status: 201, errorCode: 0, ack: 1, region: 2, epoch: 2, lsn: 1 } as const;
const got = { seq, us, endUs: us, status: 200, errorCode: 0, ack: 1, region: 2, epoch: 2, of: -1 } as const;
const unlisted = /^\d+: its Region's number is beyond those that the header lists$/;
const orphan = /an outcome without its intent before it/;
const manyKinds = Array.from({ length: 66_000 }, (_, epoch) => epoch);

testTampered("a claim that cannot be is a problem of its file", [
  {
    what: "a probe's file under another probe's name",
    like: "probes/customer.ndjson",
    file: "probes/fence.ndjson",
    change: asItIs,
    says: /^file: its header says that it is customer\.ndjson$/,
  },
  {
    what: "a reading under another reading's name",
    like: "survivors/final.ndjson",
    file: "survivors/final-again.ndjson",
    change: asItIs,
    says: /^file: its header says that it is final\.ndjson$/,
  },
  {
    what: "a second file that says it is the same reading",
    like: "survivors/final-again.ndjson",
    file: "survivors/a.ndjson",
    change: asItIs,
    says: /^file: its header says that it is final-again\.ndjson$/,
  },
  {
    what: "a ledger under another witness's letter",
    like: "ledger/k.ndjson",
    file: "ledger/t.ndjson",
    change: asItIs,
    says: /^file: its header says that it is witness "k"'s/,
  },
  {
    what: "a second ledger of the same witness",
    like: "ledger/k.ndjson",
    file: "ledger/k6.ndjson",
    change: asItIs,
    says: /^file: a second ledger of witness "k" or of its payments$/,
  },
  {
    what: "another witness's ledger of the same payments",
    like: "ledger/k.ndjson",
    file: "ledger/t.ndjson",
    change: set(0, { witness: "t" }),
    says: /^file: a second ledger of witness "t" or of its payments$/,
  },
  {
    what: "an acknowledgement by a Region that the header does not list",
    like: "ledger/k.ndjson",
    change: inserted(-4, sent, formatOutcome({ ...answered, region: 3 })),
    says: unlisted,
  },
  {
    what: "the same, not in the fixed layout",
    like: "ledger/k.ndjson",
    change: inserted(-4, sent, JSON.stringify(JSON.parse(formatOutcome({ ...answered, region: 3 })))),
    says: unlisted,
  },
  {
    what: "a read from such a Region",
    like: "ledger/k.ndjson",
    change: inserted(-4, formatRead({ ...got, region: 3 })),
    says: unlisted,
  },
  {
    what: "a row of such a Region",
    like: "survivors/final.ndjson",
    change: (lines) => lines.with(5, (lines[5] ?? "").replace(/"rg":\d/, '"rg":3')),
    says: unlisted,
  },
  {
    what: "an outcome twice",
    like: "ledger/k.ndjson",
    change: (lines) => {
      const at = lines.findIndex((line, index) => index > 100 && line.startsWith('{"k":"o"'));
      return inserted(at + 1, lines[at] ?? "")(lines);
    },
    says: orphan,
  },
  {
    what: "more outcomes than attempts",
    like: "ledger/k.ndjson",
    change: inserted(-4, sent, sent, ...[0, 0, 0].map(() => formatOutcome(answered))),
    says: orphan,
  },
  {
    what: "more kinds of answer than there are numbers",
    like: "ledger/k.ndjson",
    change: inserted(-4, ...manyKinds.map((epoch) => formatRead({ ...got, seq: seq + epoch, epoch }))),
    says: /^\d+: it is of more than 65,536 different kinds$/,
  },
  {
    what: "more kinds of row than there are numbers",
    like: "survivors/final.ndjson",
    change: (lines) =>
      inserted(
        2,
        ...manyKinds.map((epoch) => (lines[1] ?? "").replace(/"ep":.{5}/, `"ep":${String(epoch).padStart(5)}`)),
      )(lines),
    says: /^\d+: it is of more than 65,536 different kinds$/,
  },
  ...["journal.ndjson", "ledger/k.ndjson", "survivors/final.ndjson"].map((like) => ({
    what: `${like} with a line of more than a megabyte`,
    like,
    change: inserted(3, "x".repeat((1 << 20) + 1)),
    says: /^file: it cannot be read: a line of more than 1048576 bytes$/,
  })),
]);

test("attempts with one seq may each have an outcome", async () => {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600 });
  const path = join(folder.path, "ledger/k.ndjson");
  const lines = (await readFile(path, "utf8")).split("\n");
  const more = [sent, formatOutcome(answered), sent, sent, formatOutcome(answered), formatOutcome(answered)];
  const counted = set(-2, { n: (JSON.parse(lines.at(-2) ?? "") as { n: number }).n + 3 })(lines);
  await writeFile(path, inserted(-4, ...more)(counted).join("\n"));
  const { files } = await loadEvidence(folder.path, { checkSeal: false });
  assert.deepEqual(
    files.flatMap(({ problems }) => problems),
    [],
  );
});

test("what stands behind the last newline is a torn line, however long it is", async () => {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600 });
  for (const [file, tail] of [
    ["journal.ndjson", "x".repeat(3 << 20)],
    ["ledger/k.ndjson", "\0".repeat(3 << 20)],
  ] as const) {
    await writeFile(join(folder.path, file), tail, { flag: "a" });
    const report = (await loadEvidence(folder.path)).files.find((one) => one.file === file);
    assert.deepEqual([report?.torn, report?.problems], [true, []], file);
  }
});

test("a file whose name is no text is one that cannot be read", async () => {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600 });
  for (const name of ["probes", "ledger"])
    await writeFile(
      Buffer.concat([Buffer.from(join(folder.path, name, "/")), Buffer.from([0xff]), Buffer.from(".ndjson")]),
      "x",
    );
  const wrong = (await loadEvidence(folder.path)).files.filter(({ problems }) => problems.length > 0);
  assert.deepEqual(
    wrong.map(({ problems }) => problems),
    [0, 1].map(() => [{ line: null, message: "it cannot be read: ENOENT" }]),
  );
});
