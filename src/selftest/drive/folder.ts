/** Writes a recording as a real run folder. The final readings go through the real reader (src/run/final-read.ts), over real HTTP. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { readSurvivors } from "../../run/final-read.ts";
import type { RunClock } from "../../run/clock.ts";
import { ledgerRegions } from "./answers.ts";
import { listen } from "../liar/serve.ts";
import type { Recording, Snapshot } from "./record.ts";

export async function writeFolder(folder: string, recording: Recording): Promise<void> {
  const { clock, manifest, journal, ledgers, probes, lag, clockLines } = recording;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const put = (name: string, header: Readonly<Record<string, unknown>>, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${JSON.stringify(header)}\n${text}`);
  };
  put("journal.ndjson", { ...clock.header("dr-drill/journal@1"), argv: ["drill", "selftest"] }, ndjson(journal));
  for (const { file, header, rows } of ledgers) put(file, header, rows);
  for (const { header, lines } of probes)
    put(`probes/${header.probe}.ndjson`, { ...clock.header("dr-drill/probe@1"), ...header }, ndjson(lines));
  put("lag.ndjson", clock.header("dr-drill/lag@1"), ndjson(lag));
  put("clock.ndjson", clock.header("dr-drill/clock@1"), ndjson(clockLines));
  await readBack(folder, recording);
}

const ndjson = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

async function readBack(folder: string, { snapshots, manifest, clock }: Recording): Promise<void> {
  let [serving] = snapshots;
  const server = createServer((_request, response) => {
    Readable.from(chunks(serving?.lines ?? [])).pipe(response);
  });
  await listen(server);
  try {
    const { port } = server.address() as AddressInfo;
    for (const snapshot of snapshots) {
      serving = snapshot;
      await readSurvivors(join(folder, "survivors", `${snapshot.reading}.ndjson`), {
        reading: snapshot.reading,
        url: `http://127.0.0.1:${port}`,
        run: manifest.run,
        regions: ledgerRegions,
        clock: clockOf(snapshot, clock),
        signal: AbortSignal.timeout(60_000),
      });
    }
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** The reader looks at its clock when it begins and when it ends. */
function clockOf({ startedUs, endedUs }: Snapshot, clock: RunClock): RunClock {
  let looked = 0;
  return { ...clock, us: () => (looked++ === 0 ? startedUs : endedUs) };
}

/** Many lines at once, and now and then a piece of one: as a network would deliver them. */
function* chunks(lines: readonly object[]): Generator<string> {
  let held = "";
  for (const line of lines) {
    held += `${JSON.stringify(line)}\n`;
    if (held.length < 50_000) continue;
    yield held.slice(0, -7);
    held = held.slice(-7);
  }
  yield held;
}
