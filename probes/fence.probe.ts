import { defineProbe, httpRequest, served } from "#harness";

let attempts = 0;

/**
 * Tries to write to the OLD primary, by its fixed address, once the failover has begun. `ok` means that it refused or was not
 * there; an accepted write after the promotion is a breach of the fence.
 */
export default defineProbe({
  name: "fence",
  title: "Writes to the old primary after the failover has begun",
  kind: "fence",
  every: { intervalMs: 500 },
  timeoutMs: 1000,
  async observe(context) {
    if (!["failover", "restored", "failback"].includes(context.phase))
      return { ok: true, detail: { attempted: false } };
    attempts += 1;
    const body = JSON.stringify({
      id: `${context.idPrefix}${attempts}`,
      from: 1,
      to: 2,
      amountMinor: 1,
      currency: "USD",
      reference: "fence",
    });
    try {
      const answer = await httpRequest(context, new URL("/v1/payments", context.endpoints.primary.url).href, {
        method: "POST",
        body,
      });
      const accepted = answer.status === 200 || answer.status === 201;
      return {
        ok: !accepted,
        status: answer.status,
        ip: answer.ip,
        ...served(answer),
        detail: { attempted: true, accepted },
      };
    } catch (error) {
      return {
        ok: true,
        error: error instanceof Error ? error.message : String(error),
        detail: { attempted: true, accepted: false },
      };
    }
  },
});
