/** The probes of a drill against the liar, each with the lines that the real probe process would write (src/probes/schedule.ts). */
import type { ProbeHeader, ProbeLine } from "../../model/files.ts";
import type { Liar, LiarRequest, Reply } from "../liar/liar.ts";
import { regionNames } from "../liar/script.ts";
import type { Course } from "./harness.ts";
import { isBlind, probeName } from "./options.ts";
import type { DriveOptions, Vantage } from "./options.ts";
import { once } from "./traffic.ts";
import type { Client } from "./traffic.ts";

export interface PlayedProbe {
  readonly header: Pick<ProbeHeader, "probe" | "title" | "kind" | "vantage" | "intervalMs" | "timeoutMs">;
  readonly lines: ProbeLine[];
  readonly clients: readonly Client[];
}

interface Setting {
  readonly liar: Liar;
  readonly options: DriveOptions;
  readonly course: Course;
}

type Seen = Omit<ProbeLine, "schedUs" | "startUs">;

const addresses = ["127.0.1.1", "127.0.2.1"] as const;
const dnsAfterUs = 900;

export function playProbes(setting: Setting): PlayedProbe[] {
  const { options } = setting;
  const inside = { via: "primary", path: "/health" } as const;
  return [
    ...options.vantages.map((vantage) => customer(setting, vantage)),
    periodic(setting, "primary", "inside-primary", (us) => look(setting, us, inside)),
    periodic(setting, "secondary", "inside-secondary", (us) => look(setting, us, { ...inside, via: "secondary" })),
    periodic(setting, "dns", "dns", (us) => {
      const region = setting.liar.resolve(us);
      return { endUs: us + dnsAfterUs, ok: true, ip: addresses[region], region: regionNames[region] };
    }),
    fence(setting),
    journey(setting),
  ];
}

function customer(setting: Setting, { name, blind }: Vantage): PlayedProbe {
  const account = { via: "name", path: "/v1/accounts/1" } as const;
  const see = (us: number): Seen =>
    isBlind(blind, us) ? { endUs: us + 600, ok: false, error: "ENETUNREACH" } : look(setting, us, account);
  return periodic(setting, probeName(name), "customer", see, name);
}

function look({ liar, options }: Setting, us: number, ask: Pick<LiarRequest, "via" | "path">): Seen {
  const patienceUs = options.probeTimeoutMs * 1000;
  return seen(liar.handle({ method: "GET", ...ask, atUs: us, patienceUs }), us, patienceUs);
}

function seen(reply: Reply, us: number, patienceUs: number): Seen {
  if (reply.kind === "silence")
    return { endUs: us + patienceUs, ok: false, error: `no answer within ${patienceUs / 1000} ms` };
  if (reply.kind !== "answer") return { endUs: reply.atUs, ok: false, error: reply.kind };
  const { atUs: endUs, status, headers } = reply;
  return { endUs, ok: status === 200, status, region: headers["x-region"] ?? "", epoch: Number(headers["x-epoch"]) };
}

function periodic(
  setting: Setting,
  probe: string,
  kind: ProbeHeader["kind"],
  see: (us: number) => Seen,
  vantage = "outside",
): PlayedProbe {
  const { options, course } = setting;
  const intervalUs = options.probeIntervalMs * 1000;
  const lines: ProbeLine[] = [];
  const client: Client = {
    nextUs: options.loadStartUs,
    act: () => {
      const schedUs = client.nextUs;
      const startUs = schedUs + 200;
      lines.push({ schedUs, startUs, phase: phaseAt(course, startUs), ...see(startUs) });
      let nextUs = schedUs + intervalUs;
      const paused = options.probesPaused;
      // What would have been due during the pause is not made up for.
      if (paused !== null && nextUs >= paused.fromUs && nextUs < paused.untilUs)
        nextUs += Math.ceil((paused.untilUs - nextUs) / intervalUs) * intervalUs;
      client.nextUs = nextUs >= course.loadStopUs ? Number.POSITIVE_INFINITY : nextUs;
    },
  };
  const { probeIntervalMs: intervalMs, probeTimeoutMs: timeoutMs } = options;
  return { header: { probe, title: probe, kind, vantage, intervalMs, timeoutMs }, lines, clients: [client] };
}

const phaseAt = ({ phases }: Course, us: number): string =>
  phases.findLast(({ startUs }) => startUs <= us)?.phase ?? "set-up";

function fence(setting: Setting): PlayedProbe {
  const { liar, options, course } = setting;
  let attempts = 0;
  return periodic(setting, "fence", "fence", (us) => {
    if (!["failover", "restored"].includes(phaseAt(course, us)))
      return { endUs: us + 100, ok: true, detail: { attempted: false } };
    attempts += 1;
    const id = `${options.run}.f.${attempts}`;
    const body = JSON.stringify({ id, from: 1, to: 2, amountMinor: 1, currency: "USD", reference: "fence" });
    const patienceUs = options.probeTimeoutMs * 1000;
    const reply = liar.handle({ method: "POST", path: "/v1/payments", body, via: "primary", atUs: us, patienceUs });
    const found = seen(reply, us, patienceUs);
    const accepted = reply.kind === "answer" && (reply.status === 200 || reply.status === 201);
    const attested = reply.kind === "answer" && reply.status >= 400 && reply.headers["x-not-executed"] !== undefined;
    const refused = attested || reply.kind === "refused";
    return { ...found, ok: !accepted, detail: { attempted: true, accepted, refused, id } };
  });
}

/** One in each of before, during and after. */
function journey({ liar, options, course }: Setting): PlayedProbe {
  const lines: ProbeLine[] = [];
  const patienceUs = 2_000_000;
  const clients = course.journeysUs.map((us, n) =>
    once(us, () => {
      const id = `${options.run}.c.journey-${n}`;
      const body = JSON.stringify({ id, from: 12, to: 34, amountMinor: 1_234, currency: "USD", reference: "" });
      const reply = liar.handle({ method: "POST", path: "/v1/payments", body, via: "name", atUs: us, patienceUs });
      const found = seen(reply, us, patienceUs);
      const ok = reply.kind === "answer" && reply.status === 201;
      const detail = { status: ok ? "committed" : "unknown", id };
      lines.push({ schedUs: us, startUs: us, phase: phaseAt(course, us), ...found, ok, detail });
    }),
  );
  const header = { probe: "checkout", title: "A customer pays", kind: "journey", vantage: "outside" } as const;
  return { header: { ...header, intervalMs: null, timeoutMs: patienceUs / 1000 }, lines, clients };
}
