import { defineProbe, httpRequest, served } from "#harness";

/** What a new customer meets: the name through DNS (TTL honoured), a fresh connection, one read that must be right. */
export default defineProbe({
  name: "customer",
  title: "HTTP from outside both Regions, through DNS",
  kind: "customer",
  every: { intervalMs: 100 },
  timeoutMs: 1000,
  async observe(context) {
    const answer = await httpRequest(context, new URL("/v1/accounts/1", context.endpoints.service.url).href);
    const ok = answer.status === 200 && answer.body.includes('"balanceMinor"');
    return { ok, status: answer.status, ip: answer.ip, ...served(answer) };
  },
});
