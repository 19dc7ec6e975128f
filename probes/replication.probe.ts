import { defineProbe } from "#harness";

/** Replication lag with the time at which its source computed it: a lag that a dead primary froze is thereby seen to be frozen. */
export default defineProbe({
  name: "replication",
  title: "Replication lag to the other Region",
  kind: "replication",
  every: { intervalMs: 500 },
  timeoutMs: 2000,
  async observe(context) {
    const { lagMs, lagBytes, computedAtMs, protected: isProtected, standbys } = await context.replication();
    return {
      ok: lagMs !== null || lagBytes !== null,
      detail: {
        lagMs,
        lagBytes,
        computedAtMs,
        protected: isProtected,
        standbys: standbys.map((standby) => `${standby.name}:${standby.state}:${standby.sync}`).join(" "),
      },
    };
  },
});
