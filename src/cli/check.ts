/** `drill check`: are the definitions right, the tools there, and can the system be reached? Breaks nothing. */
import { resolve4 } from "node:dns/promises";
import { ListExperimentTemplatesCommand } from "@aws-sdk/client-fis";
import { ListDocumentsCommand } from "@aws-sdk/client-ssm";
import type { Command } from "commander";
import {
  listNames,
  loadDrill,
  loadEnvironment,
  loadProfile,
  loadRunbook,
  probeFile,
  projectRoot,
} from "../definitions.ts";
import { createFisClient, createSsmClient } from "../faults/clients.ts";
import type { Endpoints } from "../model/environment.ts";
import { exitCodes } from "../model/verdict.ts";
import { createResolver } from "../probes/resolver.ts";
import { portsFor, readPortSettings } from "../setup/ports.ts";
import { findTools, toolVersions } from "./tools.ts";

export function checkCommand(program: Command): void {
  program
    .command("check")
    .description("check definitions, tools, access and clocks; breaks nothing")
    .option("--env <name>", "environment: a name from config/ or a path", "lab")
    .action(async (options: { env: string }) => {
      process.exitCode = await check(options.env);
    });
}

async function check(environmentName: string): Promise<number> {
  const root = projectRoot(process.cwd());
  let bad = 0;
  const attempt = async (what: string, act: () => Promise<string>): Promise<void> => {
    try {
      process.stdout.write(`ok      ${what.padEnd(32)} ${await act()}\n`);
    } catch (error) {
      bad += 1;
      process.stdout.write(`NOT OK  ${what.padEnd(32)} ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  let perMinute = 0;
  for (const name of listNames(root, "drills")) {
    await attempt(`drill ${name}`, async () => {
      const { value: drill } = await loadDrill(root, name);
      const profile = await loadProfile(root, drill.load.profile);
      perMinute = Math.max(perMinute, drill.load.ratePerMinute ?? profile.ratePerMinute);
      for (const probe of drill.probes) probeFile(root, probe);
      for (const runbook of [drill.failover, drill.failback]) if (runbook) await loadRunbook(root, runbook.document);
      return drill.title;
    });
  }
  const tools = await findTools();
  for (const [tool, version] of Object.entries(toolVersions(tools))) await attempt(tool, async () => version);
  await attempt(`environment ${environmentName}`, async () => {
    const { value } = await loadEnvironment(root, environmentName);
    if (value.endpoints) await reach(value.endpoints, perMinute, attempt);
    return value.endpoints ? value.title : `${value.title}: brought up for each drill, nothing to reach before`;
  });
  return bad === 0 ? 0 : exitCodes.unavailable;
}

async function reach(
  endpoints: Endpoints,
  perMinute: number,
  attempt: (what: string, act: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const signal = (): AbortSignal => AbortSignal.timeout(10_000);
  await attempt("FIS", async () => {
    await createFisClient(endpoints).send(new ListExperimentTemplatesCommand({ maxResults: 1 }), {
      abortSignal: signal(),
    });
    return endpoints.aws.endpointUrl ?? `AWS ${endpoints.aws.region}`;
  });
  await attempt("SSM", async () => {
    await createSsmClient(endpoints).send(new ListDocumentsCommand({ MaxResults: 1 }), { abortSignal: signal() });
    return endpoints.aws.endpointUrl ?? `AWS ${endpoints.aws.region}`;
  });
  let addresses: readonly string[] = [];
  await attempt("service name", async () => {
    const { hostname } = new URL(endpoints.service.url);
    const { dnsServer } = endpoints.service;
    if (dnsServer === undefined) addresses = await resolve4(hostname);
    else addresses = [(await createResolver(dnsServer).fresh(hostname)).address];
    return addresses.join(", ");
  });
  const ports = readPortSettings();
  // Over loopback the kernel gives ports out again at once.
  if (ports !== null && addresses.length > 0 && !addresses.every((address) => address.startsWith("127.")))
    await attempt("local ports", async () => portsFor(perMinute, addresses.length, ports));
  for (const region of [endpoints.primary, endpoints.secondary]) {
    await attempt(`Region ${region.name}`, async () => {
      const askedMs = Date.now();
      const answer = await fetch(new URL("/health", region.url), { signal: signal() });
      const theirs = Date.parse(answer.headers.get("date") ?? "");
      // The Date header has whole seconds: an offset is only worth saying when it is larger than that and the round trip.
      const offsetMs = Number.isNaN(theirs) ? 0 : theirs - askedMs;
      const clock =
        Math.abs(offsetMs) > 2_000
          ? `; its clock is ${Math.round(offsetMs / 1000)} s away from ours: mend that before a drill`
          : "";
      return `/health answered ${answer.status}${clock}`;
    });
  }
}
