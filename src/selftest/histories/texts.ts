/** The files of a small drill as texts, so that some of them can be damaged on the way to the folder. Readings as src/run/final-read.ts writes them. */
import type { ExportLine } from "../../model/export.ts";
import { formatSurvivor } from "../../model/ledger.ts";
import type { Recording, Snapshot } from "../drive/record.ts";
import { regionNames } from "../liar/script.ts";

export type Texts = Map<string, string>;

const ndjson = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** By name of the file, in the run folder. */
export function textsOf(recording: Recording): Texts {
  const { clock, manifest, journal, ledgers, probes, lag, clockLines, snapshots } = recording;
  const headed = (schema: string, rest: object, text: string): string =>
    `${JSON.stringify({ ...clock.header(`dr-drill/${schema}@1`), ...rest })}\n${text}`;
  return new Map([
    ["manifest.json", `${JSON.stringify(manifest)}\n`],
    ["journal.ndjson", headed("journal", { argv: [] }, ndjson(journal))],
    ...ledgers.map(({ file, header, rows }) => [file, `${JSON.stringify(header)}\n${rows}`] as const),
    ["lag.ndjson", headed("lag", {}, ndjson(lag))],
    ["clock.ndjson", headed("clock", {}, ndjson(clockLines))],
    ...probes.map(
      ({ header, lines }) => [`probes/${header.probe}.ndjson`, headed("probe", header, ndjson(lines))] as const,
    ),
    ...snapshots.map((snapshot) => [`survivors/${snapshot.reading}.ndjson`, readingText(recording, snapshot)] as const),
  ]);
}

function readingText({ manifest, clock }: Recording, { reading, lines, startedUs, endedUs }: Snapshot): string {
  const own = new RegExp(`^${manifest.run}\\.([kt])\\.(\\d{1,10})$`);
  let text = "";
  for (const line of lines) {
    if ("export" in line) {
      const { region, epoch, lsn } = line;
      const head = {
        ...clock.header("dr-drill/survivors@1"),
        reading,
        region,
        regions: regionNames,
        startedUs,
        epoch,
        lsn,
      };
      text += `${JSON.stringify(head)}\n`;
    } else if ("account" in line) {
      const { account: id, opening, balance, posted } = line;
      text += `${JSON.stringify({ k: "a", id, opening, balance, posted })}\n`;
    } else if ("end" in line) {
      text += `${JSON.stringify({ k: "end", endedUs, payments: line.payments, accounts: line.accounts })}\n`;
    } else text += rowText(line, own, manifest.run);
  }
  return text;
}

function rowText(row: Extract<ExportLine, { id: string }>, own: RegExp, run: string): string {
  const [, witness, seq] = own.exec(row.id) ?? [];
  const { id, amountMinor, from, to, epoch, replayed, bodyHash = "", debits = 1, credits = 1 } = row;
  if (witness === undefined || seq === undefined)
    return `${JSON.stringify({ k: "f", id, amt: amountMinor, ours: id.startsWith(`${run}.`) })}\n`;
  return formatSurvivor({
    witness,
    seq: Number(seq),
    amountMinor,
    from,
    to,
    epoch,
    replayed,
    debits,
    credits,
    hash: bodyHash.slice(0, 16),
    region: regionNames.findIndex((name) => name === row.region) + 1,
    net: (row.credited ?? 0) - (row.debited ?? 0),
  });
}
