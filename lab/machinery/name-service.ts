/** The main process's hand on the name service, and what its checkers have found: the alarms. */
import type { DnsConfiguration, DnsOrder, DnsSaid } from "../dns/main.ts";
import { regions, serviceName } from "../layout.ts";
import type { Layout } from "../layout.ts";
import type { RegionName } from "../machinery.ts";
import type { DnsProfile } from "../profile.ts";
import { Child } from "../supervision/child.ts";
import type { Guardian } from "../supervision/guardian-client.ts";
import type { TruthLog } from "../truth.ts";

export interface Alarm {
  readonly name: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  readonly sinceMs: number;
}

const alarmNames: Readonly<Record<RegionName, string>> = {
  "us-east-1": "primary-health",
  "eu-west-1": "secondary-health",
};

export class NameService {
  readonly child: Child;
  readonly #alarms: Map<RegionName, Alarm>;
  readonly #controls = new Map<RegionName, "On" | "Off">([
    ["us-east-1", "On"],
    ["eu-west-1", "Off"],
  ]);
  readonly #truth: TruthLog;

  constructor(options: {
    readonly layout: Layout;
    readonly profile: DnsProfile;
    readonly bundle: string;
    readonly folder: string;
    readonly guardian: Guardian;
    readonly truth: TruthLog;
  }) {
    const { layout, profile, bundle, folder, guardian, truth } = options;
    const sinceMs = Date.now();
    this.#truth = truth;
    this.#alarms = new Map(
      regions.map((region) => [region, { name: alarmNames[region], state: "INSUFFICIENT_DATA", sinceMs }]),
    );
    const configuration: DnsConfiguration = {
      listen: layout.dns,
      name: serviceName,
      ttlSeconds: profile.ttlSeconds,
      checkIntervalMs: profile.checkIntervalMs,
      failureThreshold: profile.failureThreshold,
      regions: regions.map((region) => ({
        region,
        address: layout.frontDoors[region],
        control: this.routingControl(region),
      })),
    };
    this.child = new Child({
      role: "dns",
      bundle,
      folder,
      guardian,
      configuration,
      onMessage: (message) => this.#heard(message as DnsSaid),
    });
  }

  #heard(said: DnsSaid): void {
    if ("answers" in said)
      return this.#truth.record("dns-answers", { region: said.answers.region }, said.answers.monoNs);
    const { region, healthy, atMs, monoNs } = said.health;
    const alarm = { name: alarmNames[region], state: healthy ? ("OK" as const) : ("ALARM" as const), sinceMs: atMs };
    this.#alarms.set(region, alarm);
    this.#truth.record("alarm", { name: alarm.name, state: alarm.state }, monoNs);
  }

  async startChecks(): Promise<void> {
    await this.child.order({ startChecks: true } satisfies DnsOrder);
  }

  async setRoutingControls(
    entries: readonly { readonly region: RegionName; readonly state: "On" | "Off" }[],
  ): Promise<void> {
    for (const { region, state } of entries) this.#controls.set(region, state);
    await this.child.order({ controls: entries } satisfies DnsOrder);
    for (const { region, state } of entries) this.#truth.record("routing-control", { region, state });
  }

  routingControl(region: RegionName): "On" | "Off" {
    return this.#controls.get(region) ?? "Off";
  }

  alarms(): readonly Alarm[] {
    return [...this.#alarms.values()];
  }
}
