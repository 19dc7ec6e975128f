/**
 * The second witness's own process (docs/measuring.md §7: a lost acknowledgement hides a loss, so two ledgers that share nothing must agree):
 * a few writes a second beside k6, through the same front door. Orders arrive as JSON lines on stdin ({"start":…} once, {"stop":true});
 * the end of stdin means stop. Stopping cuts no request.
 */
import { createInterface } from "node:readline";
import { z } from "zod";
import { UserError } from "../model/user-error.ts";
import { createResolver } from "../probes/resolver.ts";
import { createRunClock } from "../run/clock.ts";
import { writeUntil } from "./writer.ts";

const startOrder = z.object({
  run: z.string(),
  epochMonoNs: z.string(),
  ledgerFile: z.string(),
  service: z.object({ url: z.string(), dnsServer: z.string().optional() }),
  regions: z.array(z.string()),
  idPrefix: z.string(),
  seed: z.string(),
  ratePerMinute: z.number().positive(),
  bodyBytes: z.number(),
  timeoutMs: z.number().positive(),
});
const order = z.union([z.object({ start: startOrder }), z.object({ stop: z.literal(true) })]);
export type WitnessOrder = z.input<typeof order>;

const stopping = new AbortController();
// The harness may be gone before we tell it that we have begun; the end of stdin says so, too.
process.stdout.on("error", () => {});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const parsed = order.parse(JSON.parse(line));
    if ("start" in parsed) void start(parsed.start);
    else stopping.abort();
  })
  .on("close", () => stopping.abort());

async function start(settings: z.infer<typeof startOrder>): Promise<void> {
  const { service, regions, timeoutMs } = settings;
  try {
    await writeUntil(
      stopping.signal,
      {
        ...settings,
        clock: createRunClock(settings.run, BigInt(settings.epochMonoNs)),
        service: {
          url: service.url.replace(/\/$/, ""),
          resolve: createResolver(service.dnsServer).cached,
          timeoutMs,
          regions,
        },
      },
      () => void process.stdout.write('{"started":true}\n'),
    );
    process.exit(0);
  } catch (error) {
    const isTold = error instanceof UserError;
    const said = !(error instanceof Error) ? String(error) : isTold ? error.message : (error.stack ?? error.message);
    process.stderr.write(`witness: ${said}\n`);
    process.exit(isTold ? error.exitCode : 70);
  }
}
