/** Where in the run folder a finding's support stands. */
import type { Finding } from "../model/verdict.ts";

export type Citation = Finding["evidence"][number];
