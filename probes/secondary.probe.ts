import { defineProbe, httpRequest, served } from "#harness";

/** The secondary Region by its fixed address: healthy only once it may serve customers. */
export default defineProbe({
  name: "secondary",
  title: "The secondary Region by its fixed address",
  kind: "inside-secondary",
  every: { intervalMs: 100 },
  timeoutMs: 1000,
  async observe(context) {
    const answer = await httpRequest(context, new URL("/health", context.endpoints.secondary.url).href);
    return { ok: answer.status === 200, status: answer.status, ip: answer.ip, ...served(answer) };
  },
});
