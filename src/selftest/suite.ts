/** The whole known-answer suite: 26 tests of the harness itself, each with defects planted on purpose (docs/measuring.md §11). */
import { withBench } from "./case.ts";
import type { Bench, Kat, Played, Variant } from "./case.ts";
import type { Claim } from "./compare.ts";
import { gateKats } from "./kats/gates.ts";
import { integrityKats } from "./kats/integrity.ts";
import { lossKats } from "./kats/loss.ts";
import { outageKats } from "./kats/outage.ts";
import { realKats } from "./kats/real.ts";
import { switchOverKats } from "./kats/switch-over.ts";

export const kats: readonly Kat[] = [
  ...lossKats,
  ...integrityKats,
  ...outageKats,
  ...switchOverKats,
  ...gateKats,
  ...realKats,
].sort((a, b) => a.id - b.id);

export interface KatResult {
  readonly id: number;
  readonly title: string;
  readonly agrees: boolean;
  readonly variants: readonly VariantResult[];
}

export interface VariantResult {
  readonly planted: string;
  readonly reported: string;
  readonly disagreements: readonly Claim[];
  readonly tookMs: number;
}

export interface SuiteOptions extends Pick<Bench, "k6" | "environment"> {
  /** Number of one test; null: all. */
  readonly only: number | null;
  /** Folder in which the run folders stay, with the truth beside each; null: they are removed. */
  readonly keep: string | null;
  /** Told of each test when it is done, in the order of their numbers. */
  readonly told: (result: KatResult) => void;
}

export async function runSuite(options: SuiteOptions): Promise<readonly KatResult[]> {
  const chosen = kats.filter(({ id }) => options.only === null || id === options.only);
  const done = new Map<Variant, VariantResult>();
  const play = async (kat: Kat, variant: Variant): Promise<void> => {
    const name = `kat-${String(kat.id).padStart(2, "0")}-${kat.variants.indexOf(variant) + 1}`;
    done.set(variant, await withBench({ ...options, name }, (bench) => runVariant(variant, bench)));
  };
  const pairs = chosen.flatMap((kat) => kat.variants.map((variant) => ({ kat, variant })));
  // Those that live in real time mostly wait: side by side, and before the others, which keep this process busy.
  await Promise.all(
    pairs.filter(({ variant }) => variant.isReal === true).map(({ kat, variant }) => play(kat, variant)),
  );
  const results: KatResult[] = [];
  for (const kat of chosen) {
    for (const variant of kat.variants) if (!done.has(variant)) await play(kat, variant);
    const variants = kat.variants.flatMap((variant) => done.get(variant) ?? []);
    const agrees = variants.every(({ disagreements }) => disagreements.length === 0);
    const result = { id: kat.id, title: kat.title, agrees, variants };
    results.push(result);
    options.told(result);
  }
  return results;
}

async function runVariant(variant: Variant, bench: Bench): Promise<VariantResult> {
  const startedMs = performance.now();
  let played: Played;
  try {
    played = await variant.play(bench);
  } catch (error) {
    const reported = error instanceof Error ? error.message : String(error);
    played = { reported, claims: [{ what: "it could be played", planted: "yes", reported, agrees: false }] };
  }
  return {
    planted: variant.name,
    reported: played.reported,
    disagreements: played.claims.filter(({ agrees }) => !agrees),
    tookMs: Math.round(performance.now() - startedMs),
  };
}
