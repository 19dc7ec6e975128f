import { defineEnvironment } from "#harness";

/**
 * A real AWS environment: copy to config/<name>.ts and fill in. Credentials come from the SDK's default chain (profile, role, SSO).
 * What the system must answer is in docs/system-contract.md; what it lacks becomes NOT_MEASURABLE, never PASS. A system with an API of its
 * own: transfers.example.ts.
 */
export default defineEnvironment({
  name: "aws",
  title: "Payments, production-like, us-east-1 → eu-west-1",
  endpoints: {
    aws: {
      // Run FIS from the Region under fault: its actions break that Region.
      region: "us-east-1",
      fisRoleArn: process.env["DRILL_FIS_ROLE_ARN"] ?? "arn:aws:iam::111122223333:role/dr-drill-fis",
    },
    service: { url: "https://pay.example.com", ttlSeconds: 60 },
    primary: { name: "us-east-1", url: "https://use1.pay.example.com" },
    secondary: { name: "eu-west-1", url: "https://euw1.pay.example.com" },
    // For the runbooks' parameters: a value "$oldPrimary" in a drill is looked up here.
    bindings: { oldPrimary: "i-0123456789abcdef0" },
    facts: { "dns profile": "Route 53, 10 s × 3, TTL 60 s" },
  },
  blastRadius: { regions: ["us-east-1"] },
  /** e.g. CloudWatch DescribeAlarms or Route 53 GetHealthCheckStatus: the first alarm to fire is the detection. */
  alarms: async (_endpoints, signal) => {
    const answer = await fetch("https://ops.pay.example.com/alarms", { signal });
    return (
      (await answer.json()) as {
        alarms: { name: string; state: "OK" | "ALARM" | "INSUFFICIENT_DATA"; sinceMs: number }[];
      }
    ).alarms;
  },
  /** e.g. aurora_global_db_status() through a small endpoint of your own. */
  replication: async (_endpoints, signal) => {
    const answer = await fetch("https://ops.pay.example.com/replication", { signal });
    return (await answer.json()) as {
      lagMs: number;
      lagBytes: number;
      computedAtMs: number;
      protected: boolean;
      standbys: [];
    };
  },
});
