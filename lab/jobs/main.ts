/**
 * One piece of work in a process of its own, which ends with it: the payments system's functions (as Lambda would run them), and the
 * cloning of a database. What fails answers with its reason.
 */
import { inside } from "../supervision/inside.ts";
import { cloneDatabase } from "./clone.ts";
import type { CloneWork } from "./clone.ts";
import { reconcile } from "./reconcile.ts";
import type { ReconcileWork } from "./reconcile.ts";
import { salvage } from "./salvage.ts";
import type { SalvageWork } from "./salvage.ts";
import { verify } from "./verify.ts";
import type { VerifyWork } from "./verify.ts";

export type Work =
  | ({ readonly job: "reconcile" } & ReconcileWork)
  | ({ readonly job: "verify" } & VerifyWork)
  | ({ readonly job: "salvage" } & SalvageWork)
  | ({ readonly job: "clone" } & CloneWork);

export type JobAnswer = { readonly answer: Readonly<Record<string, unknown>> } | { readonly failed: string };

function run(work: Work): Promise<Readonly<Record<string, unknown>>> {
  if (work.job === "reconcile") return reconcile(work);
  if (work.job === "verify") return verify(work);
  if (work.job === "salvage") return salvage(work);
  return cloneDatabase(work);
}

async function answerTo(work: Work): Promise<JobAnswer> {
  try {
    return { answer: await run(work) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

inside(async (work, { tell }) => {
  void answerTo(work as Work).then(tell);
  return () => undefined;
});
