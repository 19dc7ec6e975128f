/** selftest.json: what the harness that ran a drill had to say of itself. Written by `drill selftest`, carried by the run folder. */
import { z } from "zod";

/** As many known-answer tests as there are; a record of fewer is no record. */
export const knownAnswerTests = 26;

export const selftestSchema = z.object({
  schema: z.literal("dr-drill/selftest@1"),
  /** sha256 of the sources that read, judge and define the evidence: another harness needs a self-test of its own. */
  harness: z.string(),
  passed: z.int().nonnegative(),
  total: z.int().nonnegative(),
  at: z.string(),
  tests: z.array(
    z.object({ id: z.int(), title: z.string(), agrees: z.boolean(), planted: z.string(), reported: z.string() }),
  ),
});
export type SelftestRecord = z.infer<typeof selftestSchema>;
