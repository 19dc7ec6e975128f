/**
 * The liar: a two-Region payments system in one process and on whatever clock its callers have (every call says what time it is). It
 * speaks docs/system-contract.md, as a function here and over real HTTP in serve.ts, and keeps a truth log that no judge ever sees.
 */
import type { ExportLine } from "../../model/export.ts";
import { randomOf } from "../random.ts";
import { fenceLeaks, respond } from "./contract.ts";
import type { LiarRequest, LiarState, Response, StaleRead } from "./contract.ts";
import { createControl } from "./control.ts";
import type { Control } from "./control.ts";
import { regionNames } from "./script.ts";
import type { LiarScript, Moments, Trouble } from "./script.ts";
import { createVolume } from "./volume.ts";
import type { Volume } from "./volume.ts";

export type { LiarRequest } from "./contract.ts";

export type Reply =
  | {
      readonly kind: "answer";
      readonly atUs: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "refused" | "reset"; readonly atUs: number }
  | { readonly kind: "silence" };

export interface Liar {
  readonly script: LiarScript;
  readonly control: Control;
  readonly volume: Volume;
  /** To be called in the order of time. */
  readonly handle: (request: LiarRequest) => Reply;
  /** What the service's name resolves to: 0 = primary, 1 = secondary. */
  readonly resolve: (us: number) => 0 | 1;
  /** The export of the Region that serves. */
  readonly exportLines: (us: number) => Generator<ExportLine>;
  readonly tamper: (again: boolean) => void;
  /** Writes that the old primary accepted from the fence probe; and those among them whose answer came too late for the probe. */
  readonly fenceAccepted: () => number;
  readonly fenceUnheard: () => number;
  readonly staleReads: () => readonly StaleRead[];
}

const refusedAfterUs = 700;
const silence: Reply = { kind: "silence" };

export function createLiar(script: LiarScript): Liar {
  const control = createControl(script);
  const volume = createVolume(script);
  const state: LiarState = {
    script,
    volume,
    random: randomOf(script.seed),
    writes: 0,
    fenceAccepted: 0,
    fenceUnheard: 0,
    foundUs: new Map(),
    staleReads: [],
  };
  const troubleAt = troublesOf(state);

  /** What happens to the volumes happens when somebody could first notice. */
  function catchUp(us: number): Moments {
    const moments = control.moments();
    if (us >= moments.promotedUs) volume.promote(moments);
    if (us >= moments.salvagedUs) volume.salvage();
    return moments;
  }

  return {
    script,
    control,
    volume,
    handle: (request) => {
      const moments = catchUp(request.atUs);
      return handle(state, request, moments, request.via === "name" ? troubleAt(moments, request) : null);
    },
    resolve: (us) => routedTo(control.moments(), us),
    exportLines: (us) => volume.exportLines(us, catchUp(us)),
    tamper: (again) => {
      const serving = control.moments().promotedUs < Number.POSITIVE_INFINITY ? 1 : 0;
      (again ? script.tamperAgain : script.tamper)(volume.tampering(serving));
    },
    fenceAccepted: () => state.fenceAccepted,
    fenceUnheard: () => state.fenceUnheard,
    staleReads: () => state.staleReads,
  };
}

const routedTo = ({ routedUs, switchedUs }: Moments, us: number): 0 | 1 => (us >= routedUs && us < switchedUs ? 1 : 0);

function troublesOf(state: LiarState): (moments: Moments, request: LiarRequest) => Trouble | null {
  const { script } = state;
  let known: { readonly of: Moments; readonly list: readonly Trouble[] } | null = null;
  return (moments, { atUs: us, random = state.random }) => {
    if (known?.of !== moments) known = { of: moments, list: script.troubles(moments) };
    const now = known.list.find(({ fromUs, untilUs }) => us >= fromUs && us < untilUs);
    return now === undefined || (now.share !== undefined && random() >= now.share) ? null : now;
  };
}

function handle(state: LiarState, request: LiarRequest, moments: Moments, trouble: Trouble | null): Reply {
  const { script } = state;
  const { atUs, via, method, patienceUs, random = state.random } = request;
  if (trouble?.kind === "hang") return silence;
  if (trouble?.kind === "refuse") return { kind: "refused", atUs: atUs + refusedAfterUs };
  const old = via === "name" && method === "POST" && reachesOld(script, moments, request, random);
  const routed = routedTo(moments, request.resolvedUs ?? atUs);
  const region = old ? 0 : via === "name" ? routed : via === "primary" ? 0 : 1;
  const leaks = via === "primary" && method === "POST" && fenceLeaks(state, moments, atUs);
  const isCut = region === 0 && !old && !leaks;
  const isDuring = atUs >= moments.faultUs && atUs < Math.min(moments.faultEndsUs, moments.switchedUs);
  const { share } = script.fault;
  if (isCut && isDuring && (share === undefined || random() < share))
    return script.fault.effect === "hang" ? silence : { kind: "refused", atUs: atUs + refusedAfterUs };
  const latency = script.latencyUs + Math.floor(script.jitterUs * random()) + (trouble?.delayUs ?? 0);
  const [instantUs, endUs] = [atUs + Math.floor(latency / 2), atUs + latency];
  const dies = isCut && share === undefined && atUs < moments.faultUs && endUs >= moments.faultUs;
  if (dies && instantUs >= moments.faultUs) return broken(script, moments, request);
  const epoch = script.epochOf(region, instantUs, moments);
  if (trouble?.kind === "shed") return answerOf(shed, region, endUs, epoch);
  const accepted = state.fenceAccepted;
  const response = respond(state, { request, region, instantUs, moments, old, trouble });
  if (dies) return broken(script, moments, request);
  const isHeard = response.status !== 0 && latency < patienceUs;
  if (!isHeard) state.fenceUnheard += state.fenceAccepted - accepted;
  if (!isHeard) return silence;
  response.delivered?.(endUs);
  return answerOf(response, region, endUs, epoch);
}

const shed: Response = { status: 503, body: { error: "busy" }, headers: { "x-not-executed": "true" } };

function answerOf(response: Response, region: 0 | 1, atUs: number, epoch: number): Reply {
  const { status, body, headers } = response;
  const common = { "x-region": regionNames[region], "x-epoch": String(epoch), "x-attempt": "1" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answer", atUs, status, headers: { ...common, ...headers }, body: text };
}

/** The connection dies under a request that had been taken. */
function broken(script: LiarScript, { faultUs }: Moments, { atUs, patienceUs }: LiarRequest): Reply {
  const resetUs = Math.ceil(faultUs) + refusedAfterUs;
  return script.fault.effect === "hang" || resetUs - atUs >= patienceUs ? silence : { kind: "reset", atUs: resetUs };
}

function reachesOld(script: LiarScript, { promotedUs }: Moments, { atUs }: LiarRequest, random: () => number): boolean {
  if (script.oldWriter === null) return false;
  const since = atUs - promotedUs - script.oldWriter.afterUs;
  return since >= 0 && since < script.oldWriter.lastsUs && random() < script.oldWriter.share;
}
