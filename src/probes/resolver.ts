/** Names through the environment's name server, kept for exactly the record's TTL, as a well-behaved client would. */
import { Resolver } from "node:dns/promises";

export interface Answer {
  readonly address: string;
  readonly ttlSeconds: number;
}

export function createResolver(dnsServer: string | undefined): {
  readonly cached: (hostname: string) => Promise<Answer>;
  readonly fresh: (hostname: string) => Promise<Answer>;
} {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  if (dnsServer !== undefined) resolver.setServers([dnsServer]);
  const cache = new Map<string, { answer: Answer; until: number }>();

  async function fresh(hostname: string): Promise<Answer> {
    const records = await resolver.resolve4(hostname, { ttl: true });
    const record = records[0];
    if (!record) throw new Error(`${hostname} has no A record`);
    return { address: record.address, ttlSeconds: record.ttl };
  }

  async function cached(hostname: string): Promise<Answer> {
    const known = cache.get(hostname);
    if (known && known.until > performance.now()) return known.answer;
    const answer = await fresh(hostname);
    cache.set(hostname, { answer, until: performance.now() + answer.ttlSeconds * 1000 });
    return answer;
  }

  return { cached, fresh };
}
