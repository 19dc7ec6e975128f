/**
 * `drill verify <run>`: for an outsider who has nothing but this repository and the folder. Is the evidence as it was sealed, and does
 * judging it again give the verdict that lies beside it? Writes nothing.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { judge } from "../analysis/judge.ts";
import { lossCsv, summarise } from "../analysis/summary.ts";
import { verdictText } from "../analysis/verdict-text.ts";
import { loadEvidence } from "../evidence/load.ts";
import { because, readRegular } from "../evidence/regular-file.ts";
import { sealMark, verifySeal } from "../evidence/seal.ts";
import { exitCodes } from "../model/verdict.ts";
import { runFolder } from "./judge.ts";

export function verifyCommand(program: Command): void {
  program
    .command("verify")
    .description("check a run folder's seal and judge it again; exit 0 if both hold")
    .argument("<run>", "a run folder, or a run id under reports/")
    .action(async (run: string) => {
      process.exitCode = await verify(runFolder(run));
    });
}

async function verify(folder: string): Promise<number> {
  const say = (holds: boolean, text: string): void =>
    void process.stdout.write(`${holds ? "holds         " : "DOES NOT HOLD "} ${text}\n`);
  const { state, problems } = await verifySeal(folder);
  const sealed = state === "valid";
  say(
    sealed,
    sealed
      ? `the seal ${(await sealMark(folder)) ?? ""}: every file is as it was sealed`
      : `the seal (${state}): ${problems.join("; ")}`,
  );
  const evidence = await loadEvidence(folder);
  const verdict = judge(evidence);
  const given = await readRegular(join(folder, "verdict.json")).catch((error: unknown) => ({ lacks: because(error) }));
  const same = given === verdictText(verdict);
  if (typeof given === "object")
    say(false, `there is no verdict.json to be read (${given.lacks}); judged now, it is ${verdict.verdict}`);
  else if (same) say(true, `the verdict: judged again, verdict.json is the same byte for byte (${verdict.verdict})`);
  else
    say(
      false,
      `the verdict: judged again it is ${verdict.verdict}, and verdict.json differs from what the evidence gives`,
    );
  const lost = await readRegular(join(folder, "lost.csv")).catch(() => null);
  const sameLost = lost === null || lost === lossCsv(summarise(evidence, verdict));
  if (lost !== null)
    say(sameLost, `the list of losses: lost.csv ${sameLost ? "is" : "differs from"} what the evidence gives`);
  return sealed && same && sameLost ? 0 : exitCodes.FAIL;
}
