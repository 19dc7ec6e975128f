/** What the ready line says: `endpointsSchema` of src/model/environment.ts, filled in for one lab. */
import { flowParameter, routingControlArn } from "./machinery/inventory.ts";
import { instanceOf, interRegionDelayMs, serviceName } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { DnsProfile } from "./profile.ts";

export function endpoints(
  where: Layout,
  profile: DnsProfile,
  postgresVersion: string,
): Readonly<Record<string, unknown>> {
  const [primary, secondary] = [where.frontDoors["us-east-1"], where.frontDoors["eu-west-1"]];
  const control = `http://${where.controlPlane.host}:${where.controlPlane.port}`;
  return {
    aws: {
      region: "us-east-1",
      endpointUrl: control,
      // The lab checks no signatures; the SDK wants something to sign with.
      credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
      fisRoleArn: "arn:aws:iam::000000000000:role/dr-drill-lab",
    },
    service: {
      url: `http://${serviceName}:${primary.port}`,
      dnsServer: `${where.dns.host}:${where.dns.port}`,
      ttlSeconds: profile.ttlSeconds,
    },
    primary: { name: "us-east-1", url: `http://${primary.host}:${primary.port}` },
    secondary: { name: "eu-west-1", url: `http://${secondary.host}:${secondary.port}` },
    alarmsUrl: `${control}/alarms`,
    replicationUrl: `${control}/replication`,
    bindings: {
      primaryRegion: "us-east-1",
      secondaryRegion: "eu-west-1",
      primaryDatabase: "payments-use1a",
      primaryStandbyDatabase: "payments-use1b",
      secondaryDatabase: "payments-euw1",
      primaryInstance: instanceOf["payments-use1a"],
      primaryStandbyInstance: instanceOf["payments-use1b"],
      secondaryInstance: instanceOf["payments-euw1"],
      cluster: "payments",
      service: "payments",
      primaryRoutingControl: routingControlArn("us-east-1"),
      secondaryRoutingControl: routingControlArn("eu-west-1"),
      primaryFlow: flowParameter("us-east-1"),
      secondaryFlow: flowParameter("eu-west-1"),
      reconcileFunction: "payments-reconcile",
      verifyFunction: "payments-verify",
      salvageFunction: "payments-salvage",
    },
    facts: {
      "dns profile": profile.title,
      database: `PostgreSQL ${postgresVersion}: primary and synchronous standby in us-east-1, asynchronous standby in eu-west-1`,
      "between the Regions": `${2 * interRegionDelayMs} ms round trip`,
    },
  };
}
