import { defineDrill } from "#harness";

/**
 * The main drill: the primary Region dies under full load; the big red button moves the service to the other Region; the old
 * Region comes back fenced, what it alone had is salvaged, and the service is protected again. Monthly (systems.md §1).
 */
export default defineDrill({
  name: "regional-failover",
  title: "Regional outage: us-east-1 dies, eu-west-1 takes over",
  load: { profile: "peak" },
  probes: ["customer", "primary", "secondary", "dns", "replication", "fence", "checkout"],
  steadyState: { baselineMs: 20_000, goodRatio: 0.99 },
  targets: {
    appSubnets: {
      resourceType: "aws:ec2:subnet",
      selectionMode: "ALL",
      resourceTags: { Region: "us-east-1", DrDrill: "allowed" },
    },
    databases: {
      resourceType: "aws:ec2:instance",
      selectionMode: "ALL",
      resourceTags: { Region: "us-east-1", Tier: "db", DrDrill: "allowed" },
    },
    tasks: {
      resourceType: "aws:ecs:task",
      selectionMode: "ALL",
      resourceTags: { Region: "us-east-1", DrDrill: "allowed" },
    },
  },
  fault: {
    description: "Region us-east-1 is cut off from its customers and from eu-west-1, then its hosts die",
    maxDurationMs: 20 * 60_000,
    // One period of the quick health checks.
    randomDelayMs: 1_000,
    // The links go first: a killed process's kernel still flushes its sockets, and a drill that only kills under-reports what is lost.
    actions: {
      cutReplication: {
        actionId: "aws:network:route-table-disrupt-cross-region-connectivity",
        targets: { Subnets: "appSubnets" },
        parameters: { region: "eu-west-1", duration: "PT20M" },
      },
      cutCustomers: {
        actionId: "aws:network:disrupt-connectivity",
        targets: { Subnets: "appSubnets" },
        parameters: { scope: "all", duration: "PT20M" },
      },
      settle: { actionId: "aws:fis:wait", parameters: { duration: "PT1S" } },
      stopDatabases: {
        actionId: "aws:ec2:stop-instances",
        targets: { Instances: "databases" },
        parameters: { startInstancesAfterDuration: "PT20M" },
        startAfter: ["settle"],
      },
      stopTasks: { actionId: "aws:ecs:stop-task", targets: { Tasks: "tasks" }, startAfter: ["settle"] },
    },
  },
  detection: { alarms: ["primary-health"] },
  failover: {
    document: "drills/runbooks/regional-failover.yaml",
    movements: {
      closeFlow: "CloseFlow",
      fence: "FencePrimary",
      promote: "WaitPromoted",
      route: "RouteTraffic",
      scale: "WaitScaled",
      reconcile: "Reconcile",
      openFlow: "OpenFlow",
      verify: "Verify",
    },
    deadlineMs: 15 * 60_000,
  },
  failback: {
    document: "drills/runbooks/regional-failback.yaml",
    movements: { salvage: "Salvage", rebuild: "WaitRebuilt" },
    deadlineMs: 15 * 60_000,
  },
  objectives: {
    rtoMs: 15 * 60_000,
    rpoMs: 60_000,
    residual: 0,
    // At 27.8 writes/s, 30 s hold 833 writes; 5 s bins 139.
    hold: { windowMs: 30_000, binMs: 5_000 },
    horizonMs: 16 * 60_000,
  },
});
