/**
 * One Region's health checkers. Each has a phase of its own and they tell each other nothing, so the moment at which enough of them have
 * changed their mind varies from failure to failure, as it does with Route 53.
 */
import { request } from "node:http";
import { connect } from "node:net";
import type { Address } from "../layout.ts";
import { isHealthy, noOpinion, observe } from "./health.ts";
import type { Opinion } from "./health.ts";

const checkerCount = 6;
/** Route 53: the TCP connection within 4 s, the status within 2 s more. */
const connectWithinMs = 4_000;
const answerWithinMs = 2_000;

/** One look: a fresh connection, GET /health, 2xx or 3xx is good. */
function look(address: Address, seen: (good: boolean) => void): void {
  const socket = connect({ ...address, noDelay: true });
  let settled = false;
  const settle = (good: boolean): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    socket.destroy();
    seen(good);
  };
  let timer = setTimeout(() => settle(false), connectWithinMs);
  socket.on("error", () => settle(false));
  socket.on("close", () => settle(false));
  socket.once("connect", () => {
    clearTimeout(timer);
    timer = setTimeout(() => settle(false), answerWithinMs);
    const call = request(
      {
        createConnection: () => socket,
        path: "/health",
        headers: { host: "pay.lab.internal", "user-agent": "lab-health-checker" },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        settle(status >= 200 && status < 400);
      },
    );
    call.on("error", () => settle(false));
    call.end();
  });
}

export interface Checkers {
  readonly healthy: () => boolean | null;
  readonly opinions: () => readonly Opinion[];
}

export function startCheckers(options: {
  readonly address: Address;
  readonly intervalMs: number;
  readonly threshold: number;
  readonly onChange: (healthy: boolean) => void;
}): Checkers {
  const opinions: Opinion[] = Array.from({ length: checkerCount }, () => noOpinion);
  let last: boolean | null = null;
  const lookAs = (index: number): void =>
    look(options.address, (good) => {
      opinions[index] = observe(opinions[index] ?? noOpinion, good, options.threshold);
      const now = isHealthy(opinions);
      if (now === null || now === last) return;
      last = now;
      options.onChange(now);
    });
  for (let index = 0; index < checkerCount; index += 1) {
    // The first look is at once, so that nobody's opinion is formed in the middle of a fault; from then on each has its own phase.
    lookAs(index);
    setTimeout(() => {
      lookAs(index);
      // Looks of one checker may overlap when the Region hangs: each counts when it ends, as with real checkers.
      setInterval(() => lookAs(index), options.intervalMs);
    }, Math.random() * options.intervalMs);
  }
  return { healthy: () => last, opinions: () => opinions };
}
