import { defineProbe } from "#harness";

/** What the name server answers, asked afresh each time (no cache): when the route really changed. */
export default defineProbe({
  name: "dns",
  title: "DNS answers for the service's name",
  kind: "dns",
  every: { intervalMs: 200 },
  timeoutMs: 1000,
  async observe(context) {
    const { service, primary, secondary } = context.endpoints;
    const { address, ttlSeconds } = await context.resolve(new URL(service.url).hostname);
    const region = [primary, secondary].find((candidate) => new URL(candidate.url).hostname === address)?.name;
    return { ok: true, ip: address, ...(region === undefined ? {} : { region }), detail: { ttlSeconds } };
  },
});
