import { defineProbe, httpRequest, served } from "#harness";

const timeoutMs = 1000;
/** Shorter than the probe's own time-out, which would cut it off before it could say which payment it tried. */
const patienceMs = timeoutMs - 100;
let attempts = 0;

/**
 * Tries to write to the OLD primary, by its fixed address, once the failover has begun. `ok` means that it refused or was not
 * there; an accepted write after the promotion is a breach of the fence. The id of each attempt is on record: only one that was
 * accepted, or of which nobody knows how it ended, explains a row in the final readings.
 */
export default defineProbe({
  name: "fence",
  title: "Writes to the old primary after the failover has begun",
  kind: "fence",
  every: { intervalMs: 500 },
  timeoutMs,
  async observe(context) {
    if (!["failover", "restored", "failback"].includes(context.phase))
      return { ok: true, detail: { attempted: false } };
    attempts += 1;
    const id = `${context.idPrefix}${attempts}`;
    const body = JSON.stringify({ id, from: 1, to: 2, amountMinor: 1, currency: "USD", reference: "fence" });
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
    try {
      const url = new URL("/v1/payments", context.endpoints.primary.url).href;
      const answer = await httpRequest({ ...context, signal }, url, { method: "POST", body });
      const accepted = answer.status === 200 || answer.status === 201;
      const refused = answer.status >= 400 && answer.headers["x-not-executed"] !== undefined;
      return {
        ok: !accepted,
        status: answer.status,
        ip: answer.ip,
        ...served(answer),
        detail: { attempted: true, accepted, refused, id },
      };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return {
        ok: true,
        error: error instanceof Error ? error.message : String(error),
        // Nothing was listening, so that no byte of the request was sent.
        detail: { attempted: true, accepted: false, refused: code === "ECONNREFUSED", id },
      };
    }
  },
});
