/** Lost writes as rows: the CSV that an auditor sorts, and the page's table, have the same columns. */
import { formatMoney } from "./format.ts";
import type { LostWrite, ReportInput } from "./input.ts";

export const lostColumns = [
  "id",
  "acked_at_utc",
  "acked_us",
  "amount_minor",
  "from",
  "to",
  "region",
  "epoch",
  "state",
] as const;

export const lostStates: Readonly<Record<LostWrite["state"], string>> = {
  replayed: "salvaged and replayed",
  missing: "missing at the final read",
};

export function lostCsv(input: ReportInput): string {
  const rows = input.lost.map((write) =>
    [
      quoted(write.id),
      new Date(input.epochWallMs + write.ackedUs / 1000).toISOString(),
      write.ackedUs,
      write.amountMinor,
      write.from,
      write.to,
      quoted(write.region ?? ""),
      write.epoch,
      write.state,
    ].join(","),
  );
  return `${[lostColumns.join(","), ...rows].join("\r\n")}\r\n`;
}

/** RFC 4180; an id comes from a client and might start a formula in a spreadsheet. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** Cells of one row on the page, in the order id, acknowledged, amount, accounts, by, what became of it. */
export function lostCells(input: ReportInput, write: LostWrite): readonly string[] {
  const at = new Date(input.epochWallMs + write.ackedUs / 1000).toISOString().slice(11, 23);
  return [
    write.id,
    at,
    formatMoney(write.amountMinor),
    `${write.from} → ${write.to}`,
    `${write.region ?? "unknown"}, epoch ${write.epoch}`,
    lostStates[write.state],
  ];
}
