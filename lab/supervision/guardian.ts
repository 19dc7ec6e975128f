/**
 * The guardian: a process in a session of its own that outlives the lab's main process by just as long as it takes to clear away.
 * It holds the register of what was started and the leases on what was broken. When its stdin ends (the main process ended, or was
 * killed) it clears everything away; when a lease runs out it heals the links itself, even while the main process hangs.
 *
 * stdin: one JSON line per `GuardianOrder`. stdout: one JSON line per lease that ran out.
 */
import { request } from "node:http";
import { createInterface } from "node:readline";
import type { ProcessId } from "../host/processes.ts";
import { clearAway } from "./clear-away.ts";
import type { Belongings } from "./clear-away.ts";

export interface Heal {
  /** Links' control. */
  readonly host: string;
  readonly port: number;
  readonly links: readonly string[];
}

export type GuardianOrder =
  | { readonly kind: "started"; readonly process: ProcessId }
  | { readonly kind: "ended"; readonly pid: number }
  | { readonly kind: "lease"; readonly id: string; readonly expiresAtMs: number; readonly heal: Heal }
  | { readonly kind: "release"; readonly id: string };

const healAttempts = 20;

/** The timer sleeps at most this long at once: setTimeout takes no more than 2^31 - 1 ms. */
const longestSleepMs = 60_000;

function heal(target: Heal, attemptsLeft: number, done: (ok: boolean) => void): void {
  const again = (): void => {
    if (attemptsLeft <= 1) done(false);
    else setTimeout(() => heal(target, attemptsLeft - 1, done), 250);
  };
  const call = request(
    { host: target.host, port: target.port, path: "/heal", method: "POST", timeout: 1_000, agent: false },
    (response) => {
      response.resume();
      response.on("end", () => (response.statusCode === 200 ? done(true) : again()));
    },
  );
  call.on("timeout", () => call.destroy(new Error("timeout")));
  call.on("error", again);
  call.end(JSON.stringify({ links: target.links }));
}

function main(): void {
  const belongings = JSON.parse(process.argv[2] ?? "") as Belongings;
  const processes = new Map<number, ProcessId>();
  const leases = new Map<string, { readonly timer: NodeJS.Timeout; readonly links: readonly string[] }>();
  // The reader of our stdout may be dead or hang; neither may stop us.
  process.stdout.on("error", () => undefined);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

  const arm = (id: string, expiresAtMs: number, target: Heal): void => {
    clearTimeout(leases.get(id)?.timer);
    const leftMs = expiresAtMs - Date.now();
    const next = (): void => {
      if (leftMs > longestSleepMs) return arm(id, expiresAtMs, target);
      leases.delete(id);
      // What another lease still covers stays as it is until that one ends.
      const covered = new Set([...leases.values()].flatMap((lease) => lease.links));
      const links = target.links.filter((link) => !covered.has(link));
      heal({ ...target, links }, healAttempts, (ok) =>
        process.stdout.write(`${JSON.stringify({ leaseRanOut: id, healed: ok })}\n`),
      );
    };
    const timer = setTimeout(next, Math.min(Math.max(0, leftMs), longestSleepMs));
    leases.set(id, { timer, links: target.links });
  };

  const orders = createInterface({ input: process.stdin });
  orders.on("line", (line) => {
    const order = JSON.parse(line) as GuardianOrder;
    if (order.kind === "started") processes.set(order.process.pid, order.process);
    else if (order.kind === "ended") processes.delete(order.pid);
    else if (order.kind === "lease") arm(order.id, order.expiresAtMs, order.heal);
    else {
      clearTimeout(leases.get(order.id)?.timer);
      leases.delete(order.id);
    }
  });
  orders.on("close", () => {
    for (const { timer } of leases.values()) clearTimeout(timer);
    clearAway(belongings, [...processes.values()]).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

main();
