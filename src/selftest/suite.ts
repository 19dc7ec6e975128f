/** The whole known-answer suite: 26 tests of the harness itself, each with defects planted on purpose. */
import { withBench } from "./case.ts";
import type { Bench, Kat, Played, Variant } from "./case.ts";
import type { Claim } from "./compare.ts";
import { gateKats } from "./kats/gates.ts";
import { integrityKats } from "./kats/integrity.ts";
import { lossKats } from "./kats/loss.ts";
import { outageKats } from "./kats/outage.ts";
import { switchOverKats } from "./kats/switch-over.ts";

export const kats: readonly Kat[] = [...lossKats, ...integrityKats, ...outageKats, ...switchOverKats, ...gateKats].sort(
  (a, b) => a.id - b.id,
);

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

export async function runKat(
  kat: Kat,
  where: { readonly keep: string | null } & Pick<Bench, "k6" | "environment">,
): Promise<KatResult> {
  const variants: VariantResult[] = [];
  for (const [index, variant] of kat.variants.entries()) {
    const name = `kat-${String(kat.id).padStart(2, "0")}-${index + 1}`;
    variants.push(await withBench({ ...where, name }, (bench) => runVariant(variant, bench)));
  }
  return {
    id: kat.id,
    title: kat.title,
    agrees: variants.every(({ disagreements }) => disagreements.length === 0),
    variants,
  };
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
