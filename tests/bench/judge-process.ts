/** Judges one run folder as `drill judge` does; its own process, so that its memory is its own. */
import { holdYoungGeneration } from "../../src/evidence/memory-use.ts";
import { askJudge } from "./judged.ts";
import { measured } from "./measured.ts";

holdYoungGeneration();
await measured(() => askJudge(process.argv[2] ?? ""));
