/**
 * The second part: what the ledger costs the load. The same k6 sends the same 1,000 transactions a second to a service on loopback, with the
 * ledger and without, in turn; counted is the processor time of the k6 process alone, in seconds in which nothing else begins or ends.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { k6Arguments, k6ArgumentsUnrecorded, k6Environment } from "../../src/load/k6-invocation.ts";
import type { LoadOptions } from "../../src/load/load-options.ts";
import { parentDeathSignal } from "../../src/load/parent-death.ts";
import { virtualUsers } from "../../src/plan.ts";
import { createRunClock } from "../../src/run/clock.ts";
import { processStat } from "../../src/run/process-stat.ts";
import type { K6Choice } from "../../src/setup/k6.ts";
import { spreadOf, table, told } from "./figures.ts";
import type { Target } from "./figures.ts";
import type { Scratch } from "./scratch.ts";
import { startSystem } from "./system.ts";
import type { System } from "./system.ts";

const perSecond = 1_000;
const writeEvery = 6;
const bodyBytes = 5_000;
const timeoutMs = 2_000;
const warmMs = 3_000;
/** Until the first request: k6 makes its virtual users first. */
const startWithinMs = 30_000;
const costsUpTo = 1.15;
/** A load that was not delivered says nothing about what it costs. */
const deliveredFrom = 0.98;
const repository = join(import.meta.dirname, "../..");
const write = (text: string): void => void process.stdout.write(text);

interface LoadCost {
  readonly cpuMs: number;
  readonly transactions: number;
  /** Of them, in percent: what the two runs of a pair must have in common. */
  readonly writes: number;
  readonly accounts: number;
}

export interface LedgerOptions {
  readonly k6: K6Choice;
  readonly pairs: number;
  readonly windowMs: number;
}

export async function benchLedger(scratch: Scratch, options: LedgerOptions): Promise<Target[]> {
  const { k6, pairs, windowMs } = options;
  const seconds = windowMs / 1000;
  write(
    `\nk6 ${k6.version} with the ledger and without: ${perSecond} transactions a second, ${seconds} s each, in turn\n`,
  );
  const costs: { with: LoadCost[]; without: LoadCost[] } = { with: [], without: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const both = ["with", "without"] as const;
    for (const kind of pair % 2 === 0 ? both : both.toReversed())
      costs[kind].push(await loadCost(scratch, options, kind, pair));
  }
  const each = (runs: readonly LoadCost[]): readonly number[] =>
    runs.map(({ cpuMs, transactions }) => (1000 * cpuMs) / transactions);
  const [withLedger, without] = [each(costs.with), each(costs.without)];
  const ratio = spreadOf(withLedger.map((cost, pair) => cost / (without[pair] ?? Number.NaN)));
  const row = (name: string, runs: readonly LoadCost[]): string[] => {
    const share = (of: (cost: LoadCost) => number): string => `${spreadOf(runs.map(of)).median.toFixed(1)} %`;
    return [
      name,
      told(spreadOf(each(runs)), 0),
      told(spreadOf(runs.map(({ transactions }) => transactions / seconds)), 0),
      share(({ writes }) => writes),
      share(({ accounts }) => accounts),
    ];
  };
  write(
    table([
      [
        `${pairs} pairs, min / median / max`,
        "CPU µs a transaction",
        "transactions a second",
        "writes",
        "accounts read",
      ],
      row("with the ledger", costs.with),
      row("without", costs.without),
      ["with / without, pair by pair", told(ratio, 3), "", "", ""],
    ]),
  );
  return [
    {
      name: `k6's CPU with the ledger, at ${perSecond} transactions a second`,
      asked: `<= ${costsUpTo} x`,
      measured: `${ratio.median.toFixed(3)} x (${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)})`,
      met: ratio.median <= costsUpTo,
    },
  ];
}

async function loadCost(
  scratch: Scratch,
  { k6, windowMs }: LedgerOptions,
  kind: "with" | "without",
  pair: number,
): Promise<LoadCost> {
  const { signal } = scratch;
  await using system = await startSystem(signal);
  const ledger = join(scratch.folder(`load-${kind}-${pair}`), "k.ndjson");
  const called =
    kind === "with"
      ? k6Arguments({ k6, ledgerFile: ledger })
      : k6ArgumentsUnrecorded(join(import.meta.dirname, "load/without-ledger.ts"));
  const [first = "", ...args] = [...(await parentDeathSignal(process.env)), k6.path, ...called];
  const child = spawn(first, args, {
    cwd: repository,
    env: await environmentOf(system, k6, ledger, { windowMs, signal }),
    // k6 ends when its stdin does.
    stdio: ["pipe", "ignore", "pipe"],
    timeout: startWithinMs + warmMs + windowMs + 30_000,
    killSignal: "SIGKILL",
    signal,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-2_000)));
  const ended = once(child, "close") as Promise<[number | null]>;
  // Whoever waits for something else hears of it there.
  ended.catch(() => {});
  try {
    await begun(system, ended, signal, () => said);
    await delay(warmMs, undefined, { signal });
    const pid = child.pid ?? -1;
    const [before, cpuBefore] = [await system.asked(), cpuMsOf(pid)];
    await delay(windowMs, undefined, { signal });
    const [after, cpuAfter] = [await system.asked(), cpuMsOf(pid)];
    const transactions = after.requests - before.requests;
    const due = (perSecond * windowMs) / 1000;
    if (transactions < deliveredFrom * due)
      throw new Error(`k6 sent ${transactions} of ${due} transactions: this machine is too busy to tell their cost`);
    const percent = (count: number): number => (100 * count) / transactions;
    return {
      cpuMs: cpuAfter - cpuBefore,
      transactions,
      writes: percent(after.writes - before.writes),
      accounts: percent(after.accounts - before.accounts),
    };
  } finally {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  }
}

async function begun(
  system: System,
  ended: Promise<[number | null]>,
  signal: AbortSignal,
  said: () => string,
): Promise<void> {
  let over = false;
  void ended.then(
    () => (over = true),
    () => (over = true),
  );
  for (let waitedMs = 0; waitedMs < startWithinMs; waitedMs += 50) {
    if ((await system.asked()).requests > perSecond / 2) return;
    signal.throwIfAborted();
    if (over) break;
    await delay(50, undefined, { signal });
  }
  throw new Error(`k6 ${over ? "ended at once" : "sent nothing"}: ${said().trim()}`);
}

/** What the harness tells k6, for a run of bounded length; the script without a ledger needs a payment to ask for. */
async function environmentOf(
  system: System,
  k6: K6Choice,
  ledgerFile: string,
  { windowMs, signal }: { readonly windowMs: number; readonly signal: AbortSignal },
): Promise<NodeJS.ProcessEnv> {
  const idPrefix = "bench-k-";
  const ratePerMinute = 60 * perSecond;
  const options: LoadOptions = {
    k6,
    clock: createRunClock("bench"),
    ledgerFile,
    logFile: `${ledgerFile}.log`,
    service: { url: system.url, ttlSeconds: 1 },
    regions: ["us-east-1", "eu-west-1"],
    idPrefix,
    seed: "bench",
    ratePerMinute,
    writeEvery,
    bodyBytes,
    timeoutMs,
    vus: virtualUsers(ratePerMinute, timeoutMs),
    environment: process.env,
    signal,
  };
  return {
    ...k6Environment(options, null),
    DRILL_DURATION_SECONDS: String(Math.ceil((warmMs + windowMs) / 1000) + 10),
    BENCH_RECENT: await system.pay(idPrefix, 4_000_000_000),
  };
}

/** User and system time of one process. */
function cpuMsOf(pid: number): number {
  if (process.platform === "linux") {
    // The ticks of user and system time, of 10 ms each.
    const fields = processStat(pid);
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }
  const clock = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim();
  return 1000 * clock.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
}
