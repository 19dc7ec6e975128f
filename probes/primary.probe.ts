import { defineProbe, httpRequest, served } from "#harness";

/** The canary inside: the primary Region by its fixed address. Its first failure is the proof that the fault bites. */
export default defineProbe({
  name: "primary",
  title: "The primary Region by its fixed address",
  kind: "inside-primary",
  every: { intervalMs: 100 },
  timeoutMs: 250,
  async observe(context) {
    const answer = await httpRequest(context, new URL("/health", context.endpoints.primary.url).href);
    return { ok: answer.status === 200, status: answer.status, ip: answer.ip, ...served(answer) };
  },
});
