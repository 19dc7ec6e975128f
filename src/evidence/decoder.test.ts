/** Both ways to read a large file: in this thread, and with a thread of its own for the first half. */
import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { formatIntent, formatMark, formatOutcome, formatSurvivor } from "../model/ledger.ts";
import { inItsOwnThread, inThisThread } from "./decoder.ts";
import type { Decoder } from "./decoder.ts";
import type { LargeFile } from "./decode.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const hash = "0123456789abcdef";
/** More than all slots of the queue hold, with lines of every kind among them. */
const writes = 60_000;

function ledger(): string {
  const lines = ["{}\n", formatMark({ mark: "open", us: 0, n: 0 })];
  for (let seq = 0; seq < writes; seq++) {
    lines.push(formatIntent({ seq, us: 10 * seq, amountMinor: seq % 700, from: 1, to: seq % 90, attempt: 1, hash }));
    if (seq % 5000 === 17) lines.push('{"k":"i" broken é\n');
    const answer = { status: seq % 999 === 0 ? 503 : 201, errorCode: 0, ack: 1, region: 1, epoch: 2 } as const;
    lines.push(formatOutcome({ seq, us: 10 * seq + 3, ...answer, lsn: 7 * seq }));
  }
  return lines.join("");
}

function reading(): string {
  const legs = { debits: 1, credits: 1, net: 0, replayed: false, region: 1, epoch: 1 };
  const rows = Array.from({ length: writes }, (_, seq) =>
    formatSurvivor({ ...legs, witness: seq % 7000 < 9 ? "t" : "k", seq, hash, amountMinor: 5, from: 1, to: 2 }),
  );
  return ["{}\n", ...rows, '{"k":"end"}\n'].join("");
}

/** All that a taker is given, as one text. */
async function given(decoder: Decoder, path: string, kind: LargeFile): Promise<unknown> {
  let records = "";
  const texts: string[] = [];
  let checked = 0;
  const { lines, bytes, tail } = await decoder.decode(path, kind, {
    text: (text, line) => texts.push(`${line} ${text}`),
    records: ({ kind: kinds, seq, us, answer, amount }, count, firstLine) => {
      for (let n = 0; n < count; n++)
        checked = (checked * 31 + (kinds[n] ?? 0) + (seq[n] ?? 0) + (us[n] ?? 0) + (answer[n] ?? 0)) % 1e9;
      checked = (checked * 31 + firstLine + (amount[0] ?? 0)) % 1e9;
      records = `${firstLine + count}`;
    },
    rows: ({ seq, hashHigh, hashLow }, count, firstLine, letter, { region }) => {
      for (let n = 0; n < count; n++)
        checked = (checked * 31 + (seq[n] ?? 0) + (hashHigh[n] ?? 0) + (hashLow[n] ?? 0)) % 1e9;
      records = `${firstLine + count} ${letter} ${region}`;
    },
  });
  return { records, texts, lines, bytes, tail, checked: kind === "ledger" ? "" : checked };
}

test("what a thread of its own decodes is what this one does, file after file", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [join(folder.path, "ledger"), join(folder.path, "reading")];
  await writeFile(one, ledger());
  await writeFile(other, reading());
  await appendFile(one, '{"k":"o","to');
  await using apart = inItsOwnThread();
  for (const [path, kind] of [
    [one, "ledger"],
    [other, "reading"],
    [one, "ledger"],
  ] as const)
    assert.deepEqual(await given(apart, path, kind), await given(inThisThread(), path, kind));
});

test("a file that is not there fails in both, and the thread goes on", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "ledger");
  await writeFile(path, ledger());
  await using apart = inItsOwnThread();
  await assert.rejects(given(apart, join(folder.path, "none"), "ledger"), /ENOENT/);
  await assert.rejects(given(inThisThread(), join(folder.path, "none"), "ledger"), /ENOENT/);
  assert.deepEqual(await given(apart, path, "ledger"), await given(inThisThread(), path, "ledger"));
});

test("a taker that throws loses its own file, and the next one is read from its beginning", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "ledger");
  await writeFile(path, ledger());
  await using apart = inItsOwnThread();
  for (const decoder of [apart, inThisThread()]) {
    const throws = decoder.decode(path, "ledger", {
      text: () => {},
      records: () => {
        throw new Error("no room");
      },
    });
    await assert.rejects(throws, /no room/);
    assert.deepEqual(await given(decoder, path, "ledger"), await given(inThisThread(), path, "ledger"));
  }
});
