/** How fast the lab's name service notices and moves: two profiles with Route 53's own numbers or a tenth of them. */
export interface DnsProfile {
  readonly name: "quick" | "route53";
  readonly title: string;
  readonly checkIntervalMs: number;
  readonly failureThreshold: number;
  readonly ttlSeconds: number;
}

export const profiles: Readonly<Record<DnsProfile["name"], DnsProfile>> = {
  quick: {
    name: "quick",
    title: "quick (1 s x 3, TTL 5 s)",
    checkIntervalMs: 1_000,
    failureThreshold: 3,
    ttlSeconds: 5,
  },
  route53: {
    name: "route53",
    title: "route53 (10 s x 3, TTL 60 s)",
    checkIntervalMs: 10_000,
    failureThreshold: 3,
    ttlSeconds: 60,
  },
};
