/** AWS's requests per second for the Automation operations, as a token bucket each: what a harness that polls too fast meets in a real account. */
import { ApiError } from "../wire.ts";

const perSecond: Readonly<Record<string, number>> = {
  StartAutomationExecution: 1,
  StopAutomationExecution: 1,
  SendAutomationSignal: 3,
  GetAutomationExecution: 3,
  DescribeAutomationStepExecutions: 3,
  DescribeAutomationExecutions: 3,
};

export function createRates(now: () => number = Date.now): { take(operation: string): void } {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(operation) {
      const rate = perSecond[operation];
      if (rate === undefined) return;
      const bucket = buckets.get(operation) ?? { tokens: rate, atMs: now() };
      buckets.set(operation, bucket);
      bucket.tokens = Math.min(rate, bucket.tokens + ((now() - bucket.atMs) / 1000) * rate);
      bucket.atMs = now();
      if (bucket.tokens < 1) throw new ApiError("ThrottlingException", "Rate exceeded");
      bucket.tokens -= 1;
    },
  };
}
