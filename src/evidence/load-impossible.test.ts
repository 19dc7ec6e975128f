/** Values and orders that cannot be, in every kind of file: each is a problem of that file and of no other, and reading the folder goes on. */
import { set, swapped, testTampered } from "./tampered-file.ts";
import type { Change } from "./tampered-file.ts";

/** The first journal event of that type, with other fields. */
const event =
  (type: string, fields: (line: { readonly us: number }) => object): Change =>
  (lines) => {
    const at = lines.findIndex((line) => line.includes(`"type":"${type}"`));
    return set(at, fields(JSON.parse(lines[at] ?? "") as { us: number }))(lines);
  };
const headerOf: readonly string[] = [
  "journal.ndjson",
  "lag.ndjson",
  "clock.ndjson",
  "resources.ndjson",
  "probes/dns.ndjson",
  "ledger/k.ndjson",
  "survivors/final.ndjson",
];
const noHeader = /^file: the first line is not the header of such a file$/;
const noInt = /Us: (Invalid input: expected int|Too (small|big))/;

testTampered("what cannot be is a problem of its file", [
  ...headerOf.flatMap((like) =>
    [{ wallNs: "abc" }, { monoNs: "-1" }, { epochMonoNs: "1.5" }, { wallNs: "" }].map((fields) => ({
      what: `${like} with ${JSON.stringify(fields)} in its header`,
      like,
      change: set(0, fields),
      says: noHeader,
    })),
  ),
  ...[0.001, 1e-300, 0, -5, 1e308].map((ratePerMinute) => ({
    what: `a ledger at ${ratePerMinute} a minute`,
    like: "ledger/k.ndjson",
    change: set(0, { ratePerMinute }),
    says: noHeader,
  })),
  ...[{ intervalMs: 0 }, { timeoutMs: -1 }, { timeoutMs: 1e308 }].map((fields) => ({
    what: `a probe with ${JSON.stringify(fields)}`,
    like: "probes/dns.ndjson",
    change: set(0, fields),
    says: noHeader,
  })),
  ...[{ writeEvery: 0 }, { vus: 1.5 }, { timeoutMs: 1e308 }, { dnsTtlSeconds: -1 }, { ratePerMinute: 0.001 }].map(
    (load) => ({
      what: `a manifest whose load has ${JSON.stringify(load)}`,
      like: "manifest.json",
      change: (lines: string[]) => set(0, { load })([lines.join("")]),
      says: /^file: .*at load\./,
    }),
  ),
  ...["journal.ndjson", "lag.ndjson", "clock.ndjson"].map((like) => ({
    what: `${like} with a line in the place of the next`,
    like,
    change: swapped(20),
    says: /^\d+: (its time, \d+ µs, is before that of the line before it|event \d+ after event)/,
  })),
  {
    what: "a journal event from before the event before it",
    like: "journal.ndjson",
    change: set(20, { us: 5 }),
    says: /^21: its time, 5 µs, is before that of the line before it, \d+ µs/,
  },
  {
    what: "an observation that was over before the one written down before it",
    like: "probes/dns.ndjson",
    change: swapped(20),
    says: /^22: its time, \d+ µs, is before that of the line before it/,
  },
  ...["journal.ndjson", "lag.ndjson", "clock.ndjson", "resources.ndjson"].flatMap((like) =>
    [-1, 0.5, 1e308].map((instant) => ({
      what: `${like} with a line of ${instant} µs`,
      like,
      change: set(1, { us: instant }),
      says: /^2: us: /,
    })),
  ),
  ...[{ schedUs: -1e15 }, { startUs: 0.5 }, { endUs: 1e308 }].map((fields) => ({
    what: `an observation with ${JSON.stringify(fields)}`,
    like: "probes/dns.ndjson",
    change: set(9, fields),
    says: noInt,
  })),
  {
    what: "an observation that ended before it began",
    like: "probes/dns.ndjson",
    change: set(9, { startUs: 9_000_000 }),
    says: /^10: the observation ended before it began$/,
  },
  {
    what: "a wall clock that is no number",
    like: "clock.ndjson",
    change: set(4, { wallNs: "1.5" }),
    says: /^5: wallNs: /,
  },
  ...[-1e308, 1000, 1e15].map((sourceMs) => ({
    what: `an alarm that its source dates ${sourceMs}`,
    like: "journal.ndjson",
    change: event("detected", () => ({ sourceMs })),
    says: /^\d+: sourceMs: Too /,
  })),
  {
    what: "an alarm that had been looked at before, later",
    like: "journal.ndjson",
    change: event("detected", ({ us: seenUs }) => ({ previousPollUs: seenUs + 1 })),
    says: /^\d+: what was looked at before was looked at later$/,
  },
  {
    what: "a reading that ended before it began",
    like: "survivors/final.ndjson",
    change: set(-2, { endedUs: 1_000_000 }),
    says: /^file: it ended before it began$/,
  },
]);
