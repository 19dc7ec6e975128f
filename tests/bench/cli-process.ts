/** `drill judge` itself, with its SEAL and all its findings; at its end it tells what it took, whatever its verdict is. */
import { writeSync } from "node:fs";
import { costSince } from "./measured.ts";

const cost = costSince();
process.argv.splice(2, process.argv.length, "judge", process.argv[2] ?? "");
process.on("exit", () => {
  writeSync(1, JSON.stringify({ result: process.exitCode ?? 0, ...cost() }));
  process.exitCode = 0;
});
await import("../../src/cli.ts");
